"""Whatever a source holds, and whatever it held before: an import makes the directory so, also after a crash."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scimbridge.adapters.sqlite.database import Database
from scimbridge.directory.ports import Actor, New, Record
from scimbridge.provisioning.sources.ports import Row

from .import_site import Fake, ImportSite, team

KEYS = st.sampled_from(["1", "2", "3", "4", "5"])
PERSON = st.fixed_dictionaries(
    {
        "firstName": st.sampled_from(["", "Ada", "ada", "Bo \N{BLACK STAR}"]),
        "email": st.sampled_from(["", "a@x.test", "A@X.test"]),
        "title": st.sampled_from(["", "Boss"]),
    }
)
# A key's name may change; no two people have one name.
NAMES = st.permutations(["ada", "bo", "cy", "dee", "eve"])
GROUPS = st.dictionaries(st.sampled_from(["red", "blue", "all"]), st.lists(st.one_of(KEYS, st.just("red")), max_size=4))


@st.composite
def contents(draw: st.DrawFn) -> list[Row]:
    people: dict[str, dict[str, str]] = draw(st.dictionaries(KEYS, PERSON, min_size=1))
    names = draw(NAMES)
    rows = [Row("User", key, key, {"login": names[int(key) - 1], **values}) for key, values in people.items()]
    return rows + [team(name, *members) for name, members in draw(GROUPS).items()]


class Crash(Exception):  # noqa: N818
    """As a kill: nobody handles it."""


class Crashing:
    """The directory of a site that dies at the n-th create."""

    def __init__(self, site: ImportSite, survived: int) -> None:
        self._create = site.directory.create
        self._left = survived
        site.directory.create = self  # type: ignore[method-assign]

    async def __call__(self, new: New, actor: Actor) -> Record:
        self._left -= 1
        if self._left < 0:
            raise Crash
        return await self._create(new, actor)


async def imported(site: ImportSite, fake: Fake) -> None:
    """Runs until nothing raises, and checks that the directory is what the source says."""
    done = await site.run("removals", "empty-source")
    assert done.problems == []
    assert (await site.plan(everything=True)).items == []
    people = {row.key: row for row in fake.rows if row.type == "User"}
    links = {link.key: link for link in site.store.links("s1") if link.type == "User"}
    for key, row in people.items():
        user = site.find(str(row.values["login"]))
        assert (user["id"], user["active"]) == (links[key].id, True)
        assert user.get("name", {}).get("givenName", "") == row.values["firstName"]
        assert user.get("title", "") == row.values["title"]
    for row in fake.rows:
        if row.type == "Group":
            known = [*people, *(other.key for other in fake.rows if other.type == "Group")]
            expected = {people[key].values["login"] if key in people else key.title() for key in row.members or ()}
            expected -= {key.title() for key in row.members or () if key not in known}
            assert await site.members(str(row.values["displayName"])) == expected


def in_realm(check: Any) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            database = Database(Path(folder) / "directory.db")
            try:
                fake = Fake()
                # Who is only deactivated keeps the name, and then nobody else gets it.
                await check(await ImportSite(database, fake, on_leave="delete").begin(), fake)
            finally:
                await database.close()

    asyncio.run(run())


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=contents(), second=contents())
def test_an_import_makes_the_directory_what_the_source_says(first: list[Row], second: list[Row]) -> None:
    async def check(site: ImportSite, fake: Fake) -> None:
        for rows in (first, second):
            fake.rows = rows
            await imported(site, fake)

    in_realm(check)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=contents(), survived=st.integers(0, 6))
def test_an_import_that_died_is_finished_by_the_next(rows: list[Row], survived: int) -> None:
    async def check(site: ImportSite, fake: Fake) -> None:
        fake.rows = rows
        create = site.directory.create
        Crashing(site, survived)
        try:
            await site.run()
        except Crash:
            site.directory.create = create  # type: ignore[method-assign]
        await imported(site, fake)

    in_realm(check)

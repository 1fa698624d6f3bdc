"""Many people and groups in a directory, made as fast as the store takes them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.directory.ports import Actor, Change, New
from scimbridge.scim.core import CORE
from scimbridge.wiring.sources import new_id, now

EVERYBODY = "everybody"
# What every group that `fill` makes begins with, but for that of all.
TEAM = "team-"
_ACTOR = Actor("crowd")
_AT_ONCE = 500


def user_name(number: int) -> str:
    return f"person-{number:06}@example.test"


def person(number: int) -> New:
    """As much of a profile as a directory usually has."""
    name = user_name(number)
    document = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": {"givenName": f"Given{number}", "familyName": f"Family{number}"},
        "displayName": f"Given{number} Family{number}",
        "emails": [{"value": name, "type": "work", "primary": True}],
        "locale": "en-US",
        "active": True,
    }
    return New("User", document)


def fill(database: Path, realm: str, people: int, *, groups: int, each: int) -> None:
    """`people` users of a realm, `groups` groups with `each` of them in it, and one group of all."""
    asyncio.run(_fill(database, realm, people, groups, each))


def change(database: Path, realm: str, numbers: Iterable[int]) -> None:
    """These people get another displayName."""
    asyncio.run(_change(database, realm, numbers))


@asynccontextmanager
async def _open(file: Path, realm: str) -> AsyncIterator[SqliteDirectory]:
    database = Database(file)
    try:
        found = SqliteAccessStore(database).realm(realm)
        assert found is not None
        yield SqliteDirectory(database, found.id, CORE, clock=now, ids=new_id)
    finally:
        await database.close()


async def _change(file: Path, realm: str, numbers: Iterable[int]) -> None:
    async with _open(file, realm) as directory:
        for number in numbers:
            record = directory.lookup("User", user_name(number))
            assert record is not None
            document = orjson.loads(record.document) | {"displayName": f"Changed {number}"}
            await directory.update("User", record.id, lambda _, document=document: Change(document), _ACTOR)  # type: ignore[misc]


async def _fill(file: Path, realm: str, people: int, groups: int, each: int) -> None:
    async with _open(file, realm) as directory:
        ids: list[str] = []
        for start in range(0, people, _AT_ONCE):
            made = (directory.create(person(n), _ACTOR) for n in range(start, min(people, start + _AT_ONCE)))
            ids += [record.id for record in await asyncio.gather(*made)]
        for number in range(groups):
            members = [ids[(number * each + place) % people] for place in range(min(each, people))]
            await _group(directory, f"{TEAM}{number:03}", members)
        await _group(directory, EVERYBODY, ids)


async def _group(directory: SqliteDirectory, name: str, members: Sequence[str]) -> None:
    document = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name}
    await directory.create(New("Group", document, members=members), _ACTOR)

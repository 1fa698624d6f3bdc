"""A property: SQLite finds what the in-memory reader finds, in the same order, whatever the resources and filters."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim.truth import BADGE, TYPES
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.directory.ports import Document, Page, Query
from scimbridge.scim.filter import bind_text
from scimbridge.scim.ordering import bind_sort

from .conftest import USER, Site, counting, joined_by_cursor, ticking

USER_TYPE = TYPES.by_name["User"]
Values = st.SearchStrategy[Any]
Leaves = Mapping[tuple[str, ...], tuple[list[str], Values]]

WORDS = ["a", "A", "b", "ab", "Ab c", "ß", "ss", "İ", "é", "É", "%", "_", '"', "\\", "'", "zz"]
TIMES = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
    "2026-01-01T00:00:00.000001Z",
    "2025-06-01T00:00:00.5-02:00",
]
BADGE_NUMBERS = [-1, 0, 1, 2, 2**40]
BADGE_WEIGHTS = [-1, 0, 1, 1.0, 1.5, 1e300]

words, booleans, times = st.sampled_from(WORDS), st.booleans(), st.sampled_from(TIMES)


def shape(required: dict[str, Values], **optional: Values) -> Values:
    return st.fixed_dictionaries(required, optional=optional)


visits = shape({}, at=times, floor=st.sampled_from(BADGE_NUMBERS), tags=st.lists(words, min_size=1, max_size=2)).filter(
    bool
)
badges = shape(
    {"code": words},
    number=st.sampled_from(BADGE_NUMBERS),
    weight=st.sampled_from(BADGE_WEIGHTS),
    issued=times,
    valid=booleans,
    doors=st.lists(words, min_size=1, max_size=3),
    visits=st.lists(visits, min_size=1, max_size=3),
)
emails = st.lists(shape({}, value=words, type=words, primary=booleans).filter(bool), min_size=1, max_size=3)
documents = shape(
    {"schemas": st.just([USER])},
    displayName=words,
    externalId=words,
    title=words,
    active=booleans,
    name=shape({"givenName": words}, familyName=words),
    emails=emails,
    **{BADGE: badges},
)

TEXT = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
ORDER = ["eq", "ne", "gt", "ge", "lt", "le"]
EQUALITY = ["eq", "ne"]
TEXTS = "userName displayName externalId title name.familyName emails.value emails.type code doors visits.tags"
LEAVES: Leaves = {
    (*TEXTS.split(), "groups.display", "groups.type"): (TEXT, words),
    ("active", "emails.primary", "valid"): (EQUALITY, booleans),
    ("number", "weight", "visits.floor"): (ORDER, st.sampled_from([*BADGE_NUMBERS, *BADGE_WEIGHTS])),
    ("issued", "visits.at", "meta.created"): (ORDER, times),
}
ELEMENTS: Mapping[str, Leaves] = {
    "emails": {("value", "type"): (TEXT, words), ("primary",): (EQUALITY, booleans)},
    "visits": {("tags",): (TEXT, words), ("at",): (ORDER, times), ("floor",): (ORDER, st.sampled_from(BADGE_NUMBERS))},
    "name": {("givenName", "familyName"): (TEXT, words)},
}


def comparisons(leaves: Leaves) -> st.SearchStrategy[str]:
    def compare(paths: tuple[str, ...], operators: list[str], values: Values) -> st.SearchStrategy[str]:
        literals = values.map(json.dumps)
        return st.builds("{} {} {}".format, st.sampled_from(paths), st.sampled_from(operators), literals)

    present = st.sampled_from([path for paths in leaves for path in paths]).map("{} pr".format)
    return st.one_of(present, *(compare(paths, *rule) for paths, rule in leaves.items()))


def joined(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        items,
        lambda inner: st.one_of(
            inner.map("not ({})".format),
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
        ),
        max_leaves=4,
    )


elements = st.one_of(
    *(st.builds("{}[{}]".format, st.just(of), joined(comparisons(subs))) for of, subs in ELEMENTS.items())
)
filters = joined(
    st.one_of(comparisons(LEAVES), elements, st.sampled_from(["emails pr", "visits pr", "name pr", "groups pr"]))
)
orders = st.sampled_from(
    [None, "userName", "title", "emails", "number", "weight", "issued", "active", "doors", "groups"]
)


def test_sqlite_finds_what_memory_finds(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(opened(tmp_path / "property.db"))
        realm_names = (f"realm-{number}" for number in itertools.count())

        @given(st.lists(documents, max_size=6), st.lists(filters, min_size=1, max_size=4), orders, booleans)
        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        def check(people: list[Document], texts: list[str], by: str | None, descending: bool) -> None:
            realm = next(realm_names)
            stores = (
                Site(MemoryDirectory(TYPES, realm=realm, clock=ticking(), ids=(counting(realm)))),
                Site(SqliteDirectory(database, realm, TYPES, clock=ticking(), ids=counting(realm))),
            )
            expected, found = [runner.run(answers(store, people, texts, by, descending=descending)) for store in stores]
            assert found == expected

        check()
        runner.run(database.close())


async def opened(path: Path) -> Database:
    return Database(path)


async def answers(
    site: Site, people: list[Document], texts: list[str], by: str | None, *, descending: bool
) -> list[tuple[Page, list[str]]]:
    """For each filter, and for one person and for all of them, the first page and all pages by cursor."""
    made = [await site.user(f"{WORDS[number]}{number}", **person) for number, person in enumerate(people)]
    crew = await site.group("ab", [person.id for person in made[::2]])
    await site.group("ß", [crew.id, *(person.id for person in made[::3])])
    found = []
    sort = {} if by is None else {"User": bind_sort(by, USER_TYPE)}
    for bound in [None, *(bind_text(text, USER_TYPE) for text in [*texts, 'userName eq "a0"'])]:
        for order in [{}, sort]:
            query = Query({"User": bound}, order, descending, count=3)
            page = await site.directory.search(query)
            # What each store goes on with is its own.
            found.append((page._replace(records=list(page.records), next=None), await joined_by_cursor(site, query, 2)))
    return found

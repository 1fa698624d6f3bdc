"""Every store of the directory, with two realms, and a clock and ids that tests can foretell."""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scim.truth import TYPES
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.directory.ports import (
    Actor,
    Change,
    Directory,
    Document,
    MemberChange,
    New,
    Page,
    Query,
    Record,
)
from scimbridge.scim.filter import bind_text

ACTOR = Actor("service-account-okta", "okta", "req-1")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def ticking() -> Callable[[], datetime]:
    """A clock that is a millisecond later each time it is asked."""
    ticks = itertools.count(1)
    return lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=next(ticks))


def counting(prefix: str = "00000000-0000-4000-8000") -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers):012}"


def user(name: str, /, **attributes: Any) -> Document:
    return {"schemas": [USER], "userName": name, **attributes}


def group(name: str, /, **attributes: Any) -> Document:
    return {"schemas": [GROUP], "displayName": name, **attributes}


@dataclass(frozen=True)
class Site:
    """One realm, and short words for what tests do to it."""

    directory: Directory

    async def user(self, name: str, /, **attributes: Any) -> Record:
        return await self.directory.create(New("User", user(name) | attributes), ACTOR)

    async def group(self, name: str, members: Sequence[str] = (), /, **attributes: Any) -> Record:
        return await self.directory.create(New("Group", group(name, **attributes), members), ACTOR)

    async def change(self, record: Record, document: Document | None = None, *members: MemberChange) -> Record | None:
        return await self.directory.update(record.type, record.id, lambda _: Change(document, members), ACTOR)

    async def members(self, record: Record) -> list[str]:
        return [member.id for member in await self.directory.members(record.id)]

    async def find(self, kind: str, text: str) -> list[str]:
        """The ids that a filter finds."""
        return ids(await self.directory.search(Query({kind: bind_text(text, TYPES.by_name[kind])})))

    def groups(self, record: Record) -> list[tuple[str, bool]]:
        """The names of the groups a resource is in, and whether directly."""
        found = self.directory.get(record.type, record.id)
        assert found is not None
        return [(membership.display, membership.direct) for membership in found.groups]


@dataclass(frozen=True)
class Realms:
    """Two realms in one store."""

    acme: Site
    other: Site


def ids(page: Page) -> list[str]:
    return [record.id for record in page.records]


async def joined_by_index(acme: Site, query: Query, count: int) -> list[str]:
    """All pages of a query, one `startIndex` after the other."""
    found: list[str] = []
    while True:
        page = await acme.directory.search(replace(query, start=len(found) + 1, count=count))
        if not page.records:
            assert page.total == len(found)
            return found
        found += ids(page)


async def joined_by_cursor(acme: Site, query: Query, count: int) -> list[str]:
    """All pages of a query, one cursor after the other."""
    page = await acme.directory.search(replace(query, count=count))
    found = ids(page)
    while page.next is not None:
        page = await acme.directory.search(replace(query, count=count, after=page.next))
        found += ids(page)
    assert page.total == len(found)
    return found


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "directory.db")
    yield database
    await database.close()


@pytest.fixture(params=["memory", "sqlite"])
def realms(request: pytest.FixtureRequest) -> Realms:
    clock, next_id = ticking(), counting()
    if request.param == "memory":
        acme, other = (MemoryDirectory(TYPES, realm=name, clock=clock, ids=next_id) for name in ("r-acme", "r-other"))
        return Realms(Site(acme), Site(other))
    database: Database = request.getfixturevalue("database")
    sites = [Site(SqliteDirectory(database, name, TYPES, clock=clock, ids=next_id)) for name in ("r-acme", "r-other")]
    return Realms(*sites)


@pytest.fixture
def acme(realms: Realms) -> Site:
    return realms.acme

"""A realm with a source, and short words for what tests of imports do to it."""

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from scimbridge.access.ports import AdminEvent
from scimbridge.access.realm import Realm
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.sources import SqliteSources
from scimbridge.directory.ports import Actor, New, Query, Record
from scimbridge.provisioning.intake import Imported, Intake
from scimbridge.provisioning.sources.comparison import KINDS
from scimbridge.provisioning.sources.import_plan import ImportPlan
from scimbridge.provisioning.sources.ports import Kind, People, Problem, Reading, Row
from scimbridge.provisioning.sources.source import CsvFile, Source
from scimbridge.provisioning.sources.usual import usual_mappings
from scimbridge.provisioning.target import Attempted
from scimbridge.scim.core import CORE

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
EVENT = AdminEvent(datetime(2026, 1, 1, tzinfo=UTC), "tester", "test", "test")


def ticking() -> Callable[[], datetime]:
    ticks = itertools.count(1)
    return lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=next(ticks))


def counting() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


def person(key: str, *, where: str = "", **values: str) -> Row:
    return Row("User", key, where or f"line of {key}", {"login": f"{key}@example.test", **values})


def team(key: str, *members: str) -> Row:
    return Row("Group", key, f"group {key}", {"displayName": key.title()}, members)


@dataclass
class Fake:
    """A source in memory; `later` is what a reading with a cursor gives, besides what was asked for `again`."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    later: Reading | None = None
    cursors: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)

    async def test(self) -> Sequence[Attempted]:
        return []

    async def read(self, cursor: str, again: Collection[str] = ()) -> Reading:
        self.cursors.append(cursor)
        self.again = sorted(again)
        if not cursor or self.later is None:
            return self.reading()
        known = {row.key for row in self.later.rows}
        rows = [row for row in self.rows if row.key in again and row.key not in known]
        return replace(self.later, rows=[*self.later.rows, *rows])

    async def close(self) -> None:
        """Nothing is open."""

    def reading(self, *rows: Row, cursor: str = "c1") -> Reading:
        """All keys, and these rows, or all."""
        keys: dict[Kind, frozenset[str]] = {
            kind: frozenset(row.key for row in self.rows if row.type == kind)
            | {problem.key for problem in self.problems if problem.key and kind == "User"}
            for kind in KINDS
        }
        usual = usual_mappings(["login", "firstName", "lastName", "email", "title", "active"])
        return Reading(rows or self.rows, keys, usual, self.problems, cursor)


class ImportSite:
    """One realm, one source."""

    def __init__(self, database: Database, people: People, **settings: Any) -> None:
        self.people = people
        self._access = SqliteAccessStore(database)
        self.directory = SqliteDirectory(database, "r1", CORE, clock=ticking(), ids=counting())
        self.store = SqliteSources(database, "r1")
        kind = settings if {"ldap", "scim", "csv"} & settings.keys() else {"csv": CsvFile("people.csv"), **settings}
        self.source = Source("s1", "hr", **kind)
        self.clock = ticking()
        self._numbers = itertools.count(1)

    async def begin(self) -> "ImportSite":
        await self._access.add_realm(Realm(id="r1", name="acme"), EVENT)
        await self.store.add(self.source, EVENT)
        return self

    async def change(self, **settings: Any) -> None:
        changed = await self.store.update(self.source.name, lambda source: replace(source, **settings), EVENT)
        assert changed is not None
        self.source = changed

    def intake(self, holder: str = "here") -> Intake:
        def new_id() -> str:
            return f"new-{next(self._numbers)}"

        return Intake(
            self.source, self.people, self.store, self.directory, CORE, clock=self.clock, ids=new_id, holder=holder
        )

    async def plan(self, *, everything: bool = False) -> ImportPlan:
        return await self.intake().plan(everything=everything)

    async def run(self, *allow: str, everything: bool = False) -> Imported:
        return await self.intake().run(allow=frozenset(allow), everything=everything)

    async def user(self, name: str, **attributes: Any) -> Record:
        document = {"schemas": [USER], "userName": name, **attributes}
        return await self.directory.create(New("User", document), Actor("tester"))

    def find(self, name: str) -> dict[str, Any]:
        """A user by userName."""
        record = self.directory.lookup("User", name)
        assert record is not None, name
        return dict(orjson.loads(record.document))

    def has(self, name: str) -> bool:
        return self.directory.lookup("User", name) is not None

    async def members(self, group: str) -> set[str]:
        """The displayName or userName of each member."""
        record = self.directory.lookup("Group", group)
        assert record is not None, group
        return {self._name(member.type, member.id) for member in await self.directory.members(record.id)}

    async def everybody(self) -> int:
        return (await self.directory.search(Query({"User": None}, count=1))).total

    def _name(self, kind: str, id_: str) -> str:
        record = self.directory.get(kind, id_)
        assert record is not None
        document = orjson.loads(record.document)
        return str(document.get("userName") or document["displayName"])

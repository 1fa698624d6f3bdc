"""The sources of a realm, and what came from where, in SQLite."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import orjson

from scimbridge.access.ports import AdminEvent
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.lease import Lease
from scimbridge.adapters.sqlite.ledger import Ledger
from scimbridge.provisioning.sources.ports import Problem, Progress, SourceLink
from scimbridge.provisioning.sources.settings import read_source, source_to_document
from scimbridge.provisioning.sources.source import Source

_FIND: Final = "SELECT settings FROM source WHERE realm = ? AND name = ?"
_PUT_LINK: Final = """
    INSERT OR REPLACE INTO source_link (realm, source, type, key, id, presence) VALUES (?, ?, ?, ?, ?, ?)
"""
_DROP_LINKS: Final = "DELETE FROM source_link WHERE realm = ? AND source = ? AND id IN (SELECT value FROM json_each(?))"


class SqliteSources:
    """Fulfils provisioning.sources.ports.SourceStore; `realm` is a realm's id."""

    def __init__(self, database: Database, realm: str) -> None:
        self._ledger = Ledger(database)
        self._presence = database.presence
        self._realm = realm

    def all(self) -> Sequence[Source]:
        sql = "SELECT settings FROM source WHERE realm = ? ORDER BY name"
        return [_read(row[0]) for row in self._ledger.reader.execute(sql, (self._realm,)).fetchall()]

    def get(self, name: str) -> Source | None:
        return _find(self._ledger.reader, self._realm, name)

    async def add(self, source: Source, event: AdminEvent) -> None:
        row = (source.id, self._realm, source.name, _text(source))

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("INSERT INTO source VALUES (?, ?, ?, ?, '', '', 0, '', '', '', '')", row)
            return True

        await self._ledger.record(event, work)

    async def update(self, name: str, change: Callable[[Source], Source], event: AdminEvent) -> Source | None:
        def find(connection: sqlite3.Connection) -> Source | None:
            return _find(connection, self._realm, name)

        def keep(connection: sqlite3.Connection, before: Source, after: Source) -> Source:
            after = replace(after, revision=before.revision + 1)
            sql = "UPDATE source SET name = ?, settings = ? WHERE id = ?"
            connection.execute(sql, (after.name, _text(after), after.id))
            return after

        return await self._ledger.record_change(event, find, change, keep)

    async def delete(self, name: str, event: AdminEvent) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            if (source := _find(connection, self._realm, name)) is None:
                return False
            connection.execute("DELETE FROM source_link WHERE source = ?", (source.id,))
            connection.execute("DELETE FROM source WHERE id = ?", (source.id,))
            return True

        return await self._ledger.record(event, work)

    def links(self, source: str) -> Sequence[SourceLink]:
        sql = "SELECT type, key, id, presence FROM source_link WHERE source = ?"
        return [SourceLink(*row) for row in self._ledger.reader.execute(sql, (source,)).fetchall()]

    def owner(self, id: str) -> str | None:  # noqa: A002
        sql = "SELECT source FROM source_link WHERE realm = ? AND id = ?"
        row = self._ledger.reader.execute(sql, (self._realm, id)).fetchone()
        return row[0] if row else None

    async def keep(self, source: str, links: Iterable[SourceLink], dropped: Iterable[str] = ()) -> None:
        rows = [(self._realm, source, *link) for link in links]
        ids = orjson.dumps(list(dropped)).decode()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_DROP_LINKS, (self._realm, source, ids))
            connection.executemany(_PUT_LINK, rows)

        await self._ledger.write(work)

    def progress(self, source: str) -> Progress:
        sql = "SELECT cursor, imported, revision, failure FROM source WHERE id = ?"
        row = self._ledger.reader.execute(sql, (source,)).fetchone()
        return Progress(*row) if row else Progress()

    async def advance(self, source: str, progress: Progress, refused: Sequence[Problem] = ()) -> None:
        rows = [(source, number, *problem) for number, problem in enumerate(refused)]

        def work(connection: sqlite3.Connection) -> None:
            sql = "UPDATE source SET cursor = ?, imported = ?, revision = ?, failure = ? WHERE id = ?"
            if connection.execute(sql, (*progress, source)).rowcount:  # else it was deleted meanwhile
                connection.execute("DELETE FROM source_refusal WHERE source = ?", (source,))
                connection.executemany("INSERT INTO source_refusal VALUES (?, ?, ?, ?, ?)", rows)

        await self._ledger.write(work)

    def refused(self, source: str) -> Sequence[Problem]:
        sql = "SELECT place, reason, key FROM source_refusal WHERE source = ? ORDER BY number"
        return [Problem(*row) for row in self._ledger.reader.execute(sql, (source,)).fetchall()]

    async def acquire(self, source: str, holder: str, now: str, until: str) -> str | None:
        ours = (holder, until, self._presence.hold(), source)

        def work(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("SELECT holder, until, presence FROM source WHERE id = ?", (source,)).fetchone()
            if row is not None and (lease := Lease._make(row)).keeps_out(holder, now, self._presence):
                return lease.holder
            connection.execute("UPDATE source SET holder = ?, until = ?, presence = ? WHERE id = ?", ours)
            return None

        return await self._ledger.write(work)

    async def release(self, source: str, holder: str) -> None:
        sql = "UPDATE source SET holder = '' WHERE id = ? AND holder = ?"
        await self._ledger.write(lambda connection: connection.execute(sql, (source, holder)))


def _find(connection: sqlite3.Connection, realm: str, name: str) -> Source | None:
    row = connection.execute(_FIND, (realm, name)).fetchone()
    return _read(row[0]) if row else None


def _read(settings: str) -> Source:
    return read_source(orjson.loads(settings))


def _text(source: Source) -> str:
    return orjson.dumps(source_to_document(source)).decode()

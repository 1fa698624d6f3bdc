"""Writes of the access store: each with the event that records it, and a new version for every process to see."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

import orjson

from scimbridge.access.ports import AdminEvent, NameTaken, RealmGone
from scimbridge.adapters.sqlite.database import Database

T = TypeVar("T")


class Ledger:
    """The changes of access; one for the store and everything bound to its realms."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._version = 0
        self._fresh = False

    @property
    def reader(self) -> sqlite3.Connection:
        return self._database.reader

    async def record(self, event: AdminEvent, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` in the writer; unless its result is false, which says that nothing changed, keeps the event."""

        def write(connection: sqlite3.Connection) -> T:
            try:
                result = work(connection)
            except sqlite3.IntegrityError as error:
                # The only reference of the tables written here is to their realm.
                if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                    raise RealmGone from None
                raise NameTaken from None
            if result:
                _append(connection, event)
                connection.execute("UPDATE access_version SET n = n + 1")
            return result

        try:
            return await self._database.write(write)
        finally:
            self._fresh = False

    async def record_change(
        self,
        event: AdminEvent,
        find: Callable[[sqlite3.Connection], T | None],
        change: Callable[[T], T],
        keep: Callable[[sqlite3.Connection, T, T], T],
    ) -> T | None:
        """What `find` gives is changed, and handed with what it was to `keep`, which gives what stands now.

        A change that changes nothing is not kept, nor is its event. None if nothing was found.
        """
        unchanged: list[T] = []

        def work(connection: sqlite3.Connection) -> T | None:
            unchanged.clear()
            if (before := find(connection)) is None:
                return None
            after = change(before)
            if after == before:
                unchanged.append(before)
                return None
            return keep(connection, before, after)

        changed = await self.record(event, work)
        return changed or (unchanged[0] if unchanged else None)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` in the writer, with no event and no new version."""
        return await self._database.write(work)

    def version(self) -> int:
        """The row is read once in each turn of the event loop, however many requests run in it: 4 us each saved."""
        if not self._fresh:
            self._version = self.reader.execute("SELECT n FROM access_version").fetchone()[0]
            try:
                asyncio.get_running_loop().call_soon(self._expire)
            except RuntimeError:  # no loop: a command, not the server
                return self._version
            self._fresh = True
        return self._version

    def events(self, realm: str | None, after: int, count: int) -> list[AdminEvent]:
        rows = self.reader.execute(
            "SELECT sequence, time, actor, operation, subject, realm, detail FROM admin_event"
            " WHERE sequence > ? AND (?2 IS NULL OR realm = ?2) ORDER BY sequence LIMIT ?",
            (after, realm, count),
        ).fetchall()
        return [
            AdminEvent(
                datetime.fromisoformat(time), actor, operation, subject, of, orjson.loads(detail), sequence=sequence
            )
            for sequence, time, actor, operation, subject, of, detail in rows
        ]

    def _expire(self) -> None:
        self._fresh = False


def _append(connection: sqlite3.Connection, event: AdminEvent) -> None:
    row: Mapping[str, Any] = asdict(event) | {
        "time": event.time.isoformat(),
        "detail": orjson.dumps(event.detail).decode(),
    }
    connection.execute(
        "INSERT INTO admin_event (time, actor, operation, subject, realm, detail)"
        " VALUES (:time, :actor, :operation, :subject, :realm, :detail)",
        row,
    )

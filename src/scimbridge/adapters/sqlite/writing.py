"""What changes the directory of a realm, a transaction of the writer thread each."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.writer import Work
from scimbridge.adapters.sqlite.writes import Writes
from scimbridge.directory.ports import Actor, Change, New, Record

T = TypeVar("T")


class SqliteWriting:
    """Fulfils directory.ports.Writing. `also` is done after what is written, in the same transaction."""

    def __init__(self, database: Database, writes: Writes, *, synced: bool = True, also: Work | None = None) -> None:
        """`synced` as in Database.write."""
        self._database = database
        self._writes = writes
        self._is_synced = synced
        self._also = also

    def along_with(self, work: Work) -> "SqliteWriting":
        """The same, whose writes do this too."""
        return SqliteWriting(self._database, self._writes, synced=self._is_synced, also=work)

    async def create(self, new: New, actor: Actor) -> Record:
        return await self._write(lambda connection: self._writes.create(connection, new, actor))

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        return await self._write(lambda connection: self._writes.update(connection, type, id, change, actor))

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        return await self._write(lambda connection: self._writes.delete(connection, type, id, check, actor))

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        also = self._also
        if also is None:
            return self._database.write(work, synced=self._is_synced)

        def both(connection: sqlite3.Connection) -> T:
            result = work(connection)
            also(connection)
            return result

        return self._database.write(both, synced=self._is_synced)

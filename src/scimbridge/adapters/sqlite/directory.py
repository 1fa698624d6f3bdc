"""The directory of a realm in an SQLite database."""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime

from scimbridge.adapters.sqlite import records
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.journal import Journal
from scimbridge.adapters.sqlite.listing import list_page
from scimbridge.adapters.sqlite.search import FEW, Search
from scimbridge.adapters.sqlite.writes import Writes
from scimbridge.adapters.sqlite.writing import SqliteWriting
from scimbridge.directory.ports import Entry, JournalQuery, Member, Page, Query, Record
from scimbridge.scim.schema import ResourceTypes

EVERYBODY = -1  # SQLite's LIMIT for no limit


class SqliteDirectory(SqliteWriting):
    """Fulfils directory.ports.Directory.

    `clock` and `ids` are called in the writer thread. A search that no index serves ends with SearchTimeout after
    `scan_timeout` seconds.
    """

    def __init__(
        self,
        database: Database,
        realm: str,
        types: ResourceTypes,
        *,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        scan_timeout: float = 5.0,
    ) -> None:
        super().__init__(database, Writes(realm, types, clock, ids))
        self._realm = realm
        self._search = Search(realm, types)
        self._journal = Journal(realm)
        self._scan_timeout = scan_timeout

    def unsynced(self) -> "SqliteDirectory":
        """The same, but a write may be lost with the power: for one that can be made again, and need not wait."""
        other = copy(self)
        other._is_synced = False  # noqa: SLF001
        return other

    async def confirm(self, type: str, id: str) -> None:  # noqa: A002
        """Nobody else writes to this file."""

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002
        found = records.find(self._database.reader, self._realm, type, id)
        return found[1] if found else None

    def lookup(self, type: str, id: str) -> Record | None:  # noqa: A002
        found = records.find_named(self._database.reader, self._realm, type, id)
        return found[1] if found else None

    def password(self, id: str) -> str | None:  # noqa: A002
        return records.password(self._database.reader, self._realm, id)

    async def members(self, id: str, limit: int | None = None) -> Sequence[Member]:  # noqa: A002
        few = FEW + 1 if limit is None else min(limit, FEW + 1)
        found = records.members(self._database.reader, self._realm, id, few)
        if len(found) <= FEW or limit == few:
            return found
        most = EVERYBODY if limit is None else limit
        return await self._database.scan(lambda connection: records.all_members(connection, self._realm, id, most))

    def outnumbers(self, id: str, number: int) -> bool:  # noqa: A002
        return records.outnumbers(self._database.reader, self._realm, id, number)

    async def search(self, query: Query) -> Page:
        if not query.filters:
            return Page([], 0)
        if not query.sort and not any(query.filters.values()):
            return list_page(self._database.reader, self._realm, query)
        page = self._search.among_few(self._database.reader, query)
        if page is not None:
            return page
        return await self._database.scan(
            lambda connection: self._search.among_all(connection, query), self._scan_timeout
        )

    async def journal(self, query: JournalQuery) -> Sequence[Entry]:
        return await self._database.scan(lambda connection: self._journal.read(connection, query))

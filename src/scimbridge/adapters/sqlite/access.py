"""The access store in SQLite.

Signing keys are stored unsealed: the file is 0600, and a key to seal them with would lie beside it.
"""

import sqlite3
from collections.abc import Callable, Sequence

import orjson

from scimbridge.access.ports import SERVER, AdminEvent, RealmAccess
from scimbridge.access.realm import Realm
from scimbridge.access.settings import realm_from_document, realm_to_document
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.ledger import Ledger
from scimbridge.adapters.sqlite.realm_access import SqliteRealmAccess
from scimbridge.adapters.sqlite.realm_purge import purge


class SqliteAccessStore:
    """Fulfils access.ports.AccessStore."""

    def __init__(self, database: Database) -> None:
        self._ledger = Ledger(database)

    def version(self) -> int:
        return self._ledger.version()

    def realms(self) -> Sequence[Realm]:
        rows = self._ledger.reader.execute(
            "SELECT settings FROM realm WHERE id <> ? ORDER BY name", (SERVER,)
        ).fetchall()
        return [_read(settings) for (settings,) in rows]

    def realm(self, name: str) -> Realm | None:
        return _find(self._ledger.reader, name)

    async def add_realm(self, realm: Realm, event: AdminEvent) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("INSERT INTO realm VALUES (?, ?, ?)", (realm.id, realm.name, _dump(realm)))
            return True

        await self._ledger.record(event, work)

    async def update_realm(self, name: str, change: Callable[[Realm], Realm], event: AdminEvent) -> Realm | None:
        def work(connection: sqlite3.Connection) -> Realm | None:
            if (realm := _find(connection, name)) is None:
                return None
            changed = change(realm)
            connection.execute(
                "UPDATE realm SET name = ?, settings = ? WHERE id = ?", (changed.name, _dump(changed), realm.id)
            )
            return changed

        return await self._ledger.record(event, work)

    async def delete_realm(self, name: str, event: AdminEvent) -> bool:
        def work(connection: sqlite3.Connection) -> str | None:
            if (realm := _find(connection, name)) is None:
                return None
            connection.execute("INSERT INTO deleted_realm VALUES (?)", (realm.id,))
            connection.execute("DELETE FROM realm WHERE id = ?", (realm.id,))
            return realm.id

        deleted = await self._ledger.record(event, work)
        if deleted is None:
            return False
        await purge(self._ledger, latest=deleted)
        return True

    def access(self, realm_id: str) -> RealmAccess:
        return SqliteRealmAccess(self._ledger, realm_id)

    def events(self, realm: str | None = None, after: int = 0, count: int = 100) -> Sequence[AdminEvent]:
        return self._ledger.events(realm, after, count)

    async def purge(self) -> None:
        """Finishes the deletion of realms that a crash cut short; to be called at the start of a server."""
        await purge(self._ledger)


def _find(connection: sqlite3.Connection, name: str) -> Realm | None:
    row = connection.execute("SELECT settings FROM realm WHERE name = ? AND id <> ?", (name, SERVER)).fetchone()
    return _read(row[0]) if row else None


def _read(settings: str) -> Realm:
    return realm_from_document(orjson.loads(settings))


def _dump(realm: Realm) -> str:
    return orjson.dumps(realm_to_document(realm)).decode()

"""What grants access to one realm, in SQLite."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import orjson

from scimbridge.access.ports import AdminEvent, Client, Secret, SigningKey, Token
from scimbridge.adapters.sqlite.ledger import Ledger

T = TypeVar("T")


class SqliteRealmAccess:
    """Fulfils access.ports.RealmAccess."""

    def __init__(self, ledger: Ledger, realm_id: str) -> None:
        self._ledger = ledger
        self._realm = realm_id

    def client(self, client_id: str) -> Client | None:
        return _one_client(self._ledger.reader, self._realm, client_id)

    def clients(self) -> Sequence[Client]:
        rows = self._ledger.reader.execute(
            "SELECT body FROM client WHERE realm = ? ORDER BY client_id", (self._realm,)
        ).fetchall()
        return [_read_client(body) for (body,) in rows]

    async def add_client(self, client: Client, event: AdminEvent) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("INSERT INTO client VALUES (?, ?, ?)", (self._realm, client.client_id, _dump(client)))
            return True

        await self._ledger.record(event, work)

    async def update_client(
        self, client_id: str, change: Callable[[Client], Client], event: AdminEvent
    ) -> Client | None:
        def work(connection: sqlite3.Connection) -> Client | None:
            if (client := _one_client(connection, self._realm, client_id)) is None:
                return None
            changed = change(client)
            connection.execute(
                "UPDATE client SET body = ? WHERE realm = ? AND client_id = ?", (_dump(changed), self._realm, client_id)
            )
            return changed

        return await self._ledger.record(event, work)

    async def delete_client(self, client_id: str, event: AdminEvent) -> bool:
        return await self._delete("DELETE FROM client WHERE realm = ? AND client_id = ?", client_id, event)

    def token(self, hash: str) -> Token | None:  # noqa: A002
        row = self._ledger.reader.execute(
            "SELECT body, last_used FROM token JOIN token_secret USING (realm, name) WHERE realm = ? AND hash = ?",
            (self._realm, hash),
        ).fetchone()
        return _read_token(*row) if row else None

    def tokens(self) -> Sequence[Token]:
        rows = self._ledger.reader.execute(
            "SELECT body, last_used FROM token WHERE realm = ? ORDER BY name", (self._realm,)
        ).fetchall()
        return [_read_token(*row) for row in rows]

    async def add_token(self, token: Token, event: AdminEvent) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("INSERT INTO token VALUES (?, ?, ?, NULL)", (self._realm, token.name, _dump(token)))
            self._index(connection, token)
            return True

        await self._ledger.record(event, work)

    async def update_token(self, name: str, change: Callable[[Token], Token], event: AdminEvent) -> Token | None:
        def work(connection: sqlite3.Connection) -> Token | None:
            row = connection.execute(
                "SELECT body, last_used FROM token WHERE realm = ? AND name = ?", (self._realm, name)
            ).fetchone()
            if row is None:
                return None
            changed = change(_read_token(*row))
            connection.execute(
                "UPDATE token SET body = ? WHERE realm = ? AND name = ?", (_dump(changed), self._realm, name)
            )
            self._index(connection, changed)
            return changed

        return await self._ledger.record(event, work)

    async def delete_token(self, name: str, event: AdminEvent) -> bool:
        return await self._delete("DELETE FROM token WHERE realm = ? AND name = ?", name, event)

    async def touch_token(self, name: str, used: datetime) -> None:
        statement = "UPDATE token SET last_used = ? WHERE realm = ? AND name = ?"
        await self._ledger.write(
            lambda connection: connection.execute(statement, (used.isoformat(), self._realm, name))
        )

    def keys(self) -> Sequence[SigningKey]:
        return _keys(self._ledger.reader, self._realm)

    async def change_keys(
        self, change: Callable[[Sequence[SigningKey]], Sequence[SigningKey]], event: AdminEvent
    ) -> Sequence[SigningKey]:
        def work(connection: sqlite3.Connection) -> bool:
            before = _keys(connection, self._realm)
            after = list(change(before))
            if after == before:
                return False
            connection.execute("DELETE FROM signing_key WHERE realm = ?", (self._realm,))
            rows = (
                (self._realm, key.kid, key.private_pem, key.created.isoformat(), _text(key.expires)) for key in after
            )
            connection.executemany("INSERT INTO signing_key VALUES (?, ?, ?, ?, ?)", rows)
            return True

        await self._ledger.record(event, work)
        return self.keys()

    def sealed(self, purpose: str) -> bytes | None:
        row = self._ledger.reader.execute(
            "SELECT value FROM sealed WHERE realm = ? AND purpose = ?", (self._realm, purpose)
        ).fetchone()
        return row[0] if row else None

    async def put_sealed(self, purpose: str, sealed: bytes | None, event: AdminEvent) -> None:
        if sealed is None:
            await self._delete("DELETE FROM sealed WHERE realm = ? AND purpose = ?", purpose, event)
            return
        row = (self._realm, purpose, sealed)
        statement = "INSERT INTO sealed VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        await self._ledger.record(event, lambda connection: connection.execute(statement, row).rowcount > 0)

    async def _delete(self, statement: str, name: str, event: AdminEvent) -> bool:
        return await self._ledger.record(
            event, lambda connection: connection.execute(statement, (self._realm, name)).rowcount > 0
        )

    def _index(self, connection: sqlite3.Connection, token: Token) -> None:
        connection.execute("DELETE FROM token_secret WHERE realm = ? AND name = ?", (self._realm, token.name))
        rows = ((self._realm, secret.hash, token.name) for secret in token.secrets)
        connection.executemany("INSERT INTO token_secret VALUES (?, ?, ?)", rows)


def _dump(value: Client | Token) -> str:
    return orjson.dumps(value).decode()


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _one_client(connection: sqlite3.Connection, realm: str, client_id: str) -> Client | None:
    row = connection.execute("SELECT body FROM client WHERE realm = ? AND client_id = ?", (realm, client_id)).fetchone()
    return _read_client(row[0]) if row else None


def _read_client(body: str) -> Client:
    return Client(**_read(body, "roles", "grants"))


def _read_token(body: str, last_used: str | None) -> Token:
    return Token(**_read(body, "roles") | {"last_used": _time(last_used)})


def _read(body: str, *lists: str) -> dict[str, Any]:
    """The fields of a record, with the types that JSON lost."""
    fields: dict[str, Any] = orjson.loads(body)
    fields |= {name: tuple(fields[name]) for name in lists}
    fields["created"] = _time(fields["created"])
    fields["secrets"] = tuple(_secrets(fields["secrets"]))
    return fields


def _secrets(entries: Iterable[Mapping[str, Any]]) -> Iterable[Secret]:
    for entry in entries:
        yield Secret(entry["hash"], datetime.fromisoformat(entry["created"]), _time(entry["expires"]))


def _keys(connection: sqlite3.Connection, realm: str) -> list[SigningKey]:
    rows = connection.execute(
        "SELECT kid, private_pem, created, expires FROM signing_key WHERE realm = ? ORDER BY created DESC", (realm,)
    ).fetchall()
    return [
        SigningKey(kid, pem, datetime.fromisoformat(created), _time(expires)) for kid, pem, created, expires in rows
    ]

"""The access store in memory: the reference meaning of the port, and what tests run on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from scimbridge.access.credential import find_secret
from scimbridge.access.ports import (
    SERVER,
    AdminEvent,
    Client,
    NameTaken,
    RealmAccess,
    RealmGone,
    SigningKey,
    Token,
)
from scimbridge.access.realm import Realm

T = TypeVar("T")


@dataclass(slots=True)
class _Credentials:
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    keys: tuple[SigningKey, ...] = ()
    sealed: dict[str, bytes] = field(default_factory=dict)


class MemoryAccessStore:
    """Fulfils access.ports.AccessStore; lives as long as the process."""

    def __init__(self) -> None:
        self._version = 0
        self._realms: dict[str, Realm] = {}  # by name
        self._credentials = {SERVER: _Credentials()}  # by realm id
        self._events: list[AdminEvent] = []

    def version(self) -> int:
        return self._version

    def realms(self) -> Sequence[Realm]:
        return [self._realms[name] for name in sorted(self._realms)]

    def realm(self, name: str) -> Realm | None:
        return self._realms.get(name)

    async def add_realm(self, realm: Realm, event: AdminEvent) -> None:
        self._add(self._realms, realm.name, realm)
        self._credentials[realm.id] = _Credentials()
        self.record(event)

    async def update_realm(self, name: str, change: Callable[[Realm], Realm], event: AdminEvent) -> Realm | None:
        if (realm := self._realms.get(name)) is None:
            return None
        changed = change(realm)
        if changed.name != name:
            self._add(self._realms, changed.name, changed)
            del self._realms[name]
        self._realms[changed.name] = changed
        self.record(event)
        return changed

    async def delete_realm(self, name: str, event: AdminEvent) -> bool:
        if (realm := self._realms.pop(name, None)) is None:
            return False
        del self._credentials[realm.id]
        self.record(event)
        return True

    def access(self, realm_id: str) -> RealmAccess:
        return _MemoryRealmAccess(self, realm_id)

    def events(self, realm: str | None = None, after: int = 0, count: int = 100) -> Sequence[AdminEvent]:
        found = [event for event in self._events[after:] if realm is None or event.realm == realm]
        return found[:count]

    def find(self, realm_id: str) -> _Credentials | None:
        return self._credentials.get(realm_id)

    def record(self, event: AdminEvent) -> None:
        """Keeps the event of a change that was made, and moves the version."""
        self._events.append(replace(event, sequence=len(self._events) + 1))
        self._version += 1

    @staticmethod
    def _add(items: dict[str, T], name: str, item: T) -> None:
        if name in items:
            raise NameTaken(name)
        items[name] = item


class _MemoryRealmAccess:
    def __init__(self, store: MemoryAccessStore, realm_id: str) -> None:
        self._store = store
        self._realm_id = realm_id

    def client(self, client_id: str) -> Client | None:
        return self._read().clients.get(client_id)

    def clients(self) -> Sequence[Client]:
        clients = self._read().clients
        return [clients[name] for name in sorted(clients)]

    async def add_client(self, client: Client, event: AdminEvent) -> None:
        self._add(self._write().clients, client.client_id, client, event)

    async def update_client(
        self, client_id: str, change: Callable[[Client], Client], event: AdminEvent
    ) -> Client | None:
        return self._update(self._read().clients, client_id, change, event)

    async def delete_client(self, client_id: str, event: AdminEvent) -> bool:
        return self._delete(self._read().clients, client_id, event)

    def token(self, hash: str) -> Token | None:  # noqa: A002
        return next((token for token in self._read().tokens.values() if find_secret(token.secrets, hash)), None)

    def tokens(self) -> Sequence[Token]:
        tokens = self._read().tokens
        return [tokens[name] for name in sorted(tokens)]

    async def add_token(self, token: Token, event: AdminEvent) -> None:
        self._add(self._write().tokens, token.name, token, event)

    async def update_token(self, name: str, change: Callable[[Token], Token], event: AdminEvent) -> Token | None:
        return self._update(self._read().tokens, name, change, event)

    async def delete_token(self, name: str, event: AdminEvent) -> bool:
        return self._delete(self._read().tokens, name, event)

    async def touch_token(self, name: str, used: datetime) -> None:
        tokens = self._read().tokens
        if name in tokens:
            tokens[name] = replace(tokens[name], last_used=used)

    def keys(self) -> Sequence[SigningKey]:
        return self._read().keys

    async def change_keys(
        self, change: Callable[[Sequence[SigningKey]], Sequence[SigningKey]], event: AdminEvent
    ) -> Sequence[SigningKey]:
        credentials = self._write()
        changed = tuple(change(credentials.keys))
        if changed != credentials.keys:
            credentials.keys = tuple(sorted(changed, key=lambda key: key.created, reverse=True))
            self._store.record(event)
        return credentials.keys

    def sealed(self, purpose: str) -> bytes | None:
        return self._read().sealed.get(purpose)

    async def put_sealed(self, purpose: str, sealed: bytes | None, event: AdminEvent) -> None:
        secrets = self._write().sealed
        if sealed is not None:
            secrets[purpose] = sealed
        elif secrets.pop(purpose, None) is None:
            return
        self._store.record(event)

    def _read(self) -> _Credentials:
        return self._store.find(self._realm_id) or _Credentials()

    def _write(self) -> _Credentials:
        credentials = self._store.find(self._realm_id)
        if credentials is None:
            raise RealmGone
        return credentials

    def _add(self, items: dict[str, T], name: str, item: T, event: AdminEvent) -> None:
        if name in items:
            raise NameTaken(name)
        items[name] = item
        self._store.record(event)

    def _update(self, items: dict[str, T], name: str, change: Callable[[T], T], event: AdminEvent) -> T | None:
        if name not in items:
            return None
        items[name] = change(items[name])
        self._store.record(event)
        return items[name]

    def _delete(self, items: dict[str, T], name: str, event: AdminEvent) -> bool:
        if items.pop(name, None) is None:
            return False
        self._store.record(event)
        return True

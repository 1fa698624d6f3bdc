"""A realm of a real Keycloak as the bridge's target."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.accounts import Accounts
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.events import Events
from scimbridge.adapters.keycloak.groups import Groups
from scimbridge.adapters.keycloak.protection import Protection
from scimbridge.adapters.keycloak.roles import Roles
from scimbridge.adapters.keycloak.scope import scope
from scimbridge.bridge.ports import Account, Changes, Credential, LookupKey, Profile, TargetGroup

# How long what the realm says of itself is good.
_REALM_SECONDS = 60.0


class KeycloakTarget:
    """Fulfils bridge.ports.Target. `clock` in seconds, monotonic. ValueError if the settings' `only` is not good."""

    def __init__(self, client: Client, settings: Keycloak, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        protection = Protection(client, clock)
        self._accounts = Accounts(client, protection, scope(client, settings.only), settings.attributes)
        owner = settings.group_roles
        self._groups = Roles(client, protection, owner) if owner else Groups(client, protection)
        self._events = Events(client, protection, roles=bool(owner))
        self._realm: Mapping[str, Any] = {}
        self._realm_until = float("-inf")

    async def has_password_policy(self) -> bool:
        """Whether the realm there has rules for passwords, as of a minute ago at most."""
        return bool((await self._read_realm()).get("passwordPolicy"))

    async def get_account(self, id: str) -> Account | None:  # noqa: A002
        return await self._accounts.get(id)

    async def find_account(self, by: LookupKey, value: str) -> Account | None:
        return await self._accounts.find(by, value)

    def accounts(self) -> AsyncIterator[Account]:
        return self._accounts.all()

    async def create_account(self, profile: Profile, password: Credential | None) -> str:
        return await self._accounts.create(profile, password)

    async def update_account(self, id: str, profile: Profile, password: Credential | None = None) -> None:  # noqa: A002
        await self._accounts.update(id, profile, password)

    async def delete_account(self, id: str) -> None:  # noqa: A002
        await self._accounts.delete(id)

    async def end_access(self, id: str) -> None:  # noqa: A002
        await self._accounts.end_access(id)

    async def link_identity(self, id: str, provider: str, identity: str, name: str) -> None:  # noqa: A002
        await self._accounts.link_identity(id, provider, identity, name)

    async def get_group(self, id: str) -> TargetGroup | None:  # noqa: A002
        return await self._groups.get(id)

    async def find_group(self, name: str) -> TargetGroup | None:
        return await self._groups.find(name)

    def groups(self) -> AsyncIterator[TargetGroup]:
        return self._groups.all()

    async def create_group(self, name: str) -> str:
        return await self._groups.create(name)

    async def rename_group(self, id: str, name: str) -> None:  # noqa: A002
        await self._groups.rename(id, name)

    async def move_group(self, id: str, parent: str) -> None:  # noqa: A002
        await self._groups.move(id, parent)

    async def delete_group(self, id: str) -> None:  # noqa: A002
        await self._groups.delete(id)

    async def group_members(self, id: str) -> frozenset[str]:  # noqa: A002
        return await self._groups.members(id)

    async def join(self, account: str, group: str) -> None:
        await self._groups.join(account, group)

    async def leave(self, account: str, group: str) -> None:
        await self._groups.leave(account, group)

    async def changes(self, since: int | None) -> Changes | None:
        """None where admin events are not saved, or hidden from us; as of a minute ago at most."""
        if not (await self._read_realm()).get("adminEventsEnabled"):
            return None
        return await self._events.since(since)

    async def close(self) -> None:
        await self._client.close()

    async def _read_realm(self) -> Mapping[str, Any]:
        if self._clock() >= self._realm_until:
            self._realm = await self._client.get("") or {}
            self._realm_until = self._clock() + _REALM_SECONDS
        return self._realm

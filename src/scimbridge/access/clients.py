"""Confidential OAuth2 clients: made, changed, rotated, deleted."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from scimbridge.access.credential import digest, rotate
from scimbridge.access.policy import check_roles
from scimbridge.access.ports import Client, NameTaken, RealmAccess, Secret
from scimbridge.access.sources import Sources
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness

GRANTS: Final = ("client_credentials", "password")

# VSCHAR of RFC 6749 appendix A.1, without the space.
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A client and its secret, which is told this once and not stored."""

    client: Client
    secret: str = field(repr=False)


class Clients:
    """The clients of one realm; `realm` is its name."""

    def __init__(self, access: RealmAccess, realm: str, sources: Sources) -> None:
        self._access = access
        self._realm = realm
        self._sources = sources

    def list(self) -> Sequence[Client]:
        return self._access.clients()

    def get(self, client_id: str) -> Client:
        """Raises NotFound."""
        client = self._access.client(client_id)
        if client is None:
            raise self._missing(client_id)
        return client

    async def create(
        self,
        client_id: str,
        *,
        actor: str,
        roles: Iterable[str] = (),
        grants: Iterable[str] = ("client_credentials",),
        service_account: bool = True,
        description: str = "",
        enabled: bool = True,
    ) -> IssuedClient:
        """Raises InvalidValue, Uniqueness."""
        if not _CLIENT_ID.fullmatch(client_id):
            raise InvalidValue(
                f'"{client_id}" cannot be a client id: 1 to 255 printable ASCII characters without spaces are needed.'
            )
        secret, value = self._make()
        client = Client(
            client_id,
            self._sources.ids(),
            secret.created,
            description,
            enabled,
            service_account,
            check_grants(grants),
            check_roles(roles),
            (secret,),
        )
        event = self._sources.event(actor, "client.create", client_id, self._realm, {"roles": list(client.roles)})
        try:
            await self._access.add_client(client, event)
        except NameTaken:
            raise Uniqueness(f'There is a client "{client_id}" in realm "{self._realm}" already.') from None
        return IssuedClient(client, value)

    async def change(self, client_id: str, settings: Mapping[str, Any], *, actor: str) -> Client:
        """Sets what `settings` names: roles, grants (lists), serviceAccount, enabled (booleans), description.

        Raises NotFound; InvalidValue naming the setting.
        """
        changes = dict(_read(key, value) for key, value in settings.items())
        event = self._sources.event(actor, "client.change", client_id, self._realm, settings)
        client = await self._access.update_client(client_id, lambda old: replace(old, **changes), event)
        if client is None:
            raise self._missing(client_id)
        return client

    async def rotate(self, client_id: str, *, actor: str, overlap: timedelta = timedelta()) -> IssuedClient:
        """A new secret; the old one is good for `overlap` longer. Raises NotFound."""
        secret, value = self._make()
        event = self._sources.event(
            actor, "client.rotate", client_id, self._realm, {"overlap": overlap.total_seconds()}
        )
        client = await self._access.update_client(
            client_id, lambda old: replace(old, secrets=rotate(old.secrets, secret, overlap, secret.created)), event
        )
        if client is None:
            raise self._missing(client_id)
        return IssuedClient(client, value)

    async def delete(self, client_id: str, *, actor: str) -> None:
        """Its tokens are refused from now on. Raises NotFound."""
        event = self._sources.event(actor, "client.delete", client_id, self._realm)
        if not await self._access.delete_client(client_id, event):
            raise self._missing(client_id)

    def _make(self) -> tuple[Secret, str]:
        value = self._sources.secret()
        return Secret(digest(value), self._sources.clock()), value

    def _missing(self, client_id: str) -> NotFound:
        return NotFound(f'There is no client "{client_id}" in realm "{self._realm}".')


def check_grants(grants: Iterable[str]) -> tuple[str, ...]:
    """The grants without duplicates; raises InvalidValue naming the one that is none."""
    wanted = set(grants)
    if unknown := sorted(wanted.difference(GRANTS)):
        raise InvalidValue(f'"{unknown[0]}" is no grant that is served; there are: {", ".join(GRANTS)}.')
    return tuple(grant for grant in GRANTS if grant in wanted)


def _strings(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidValue("A list of strings is needed.")
    return value


def _typed(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise InvalidValue("A string is needed." if kind is str else "True or false is needed.")
        return value

    return read


_SETTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "roles": ("roles", lambda value: check_roles(_strings(value))),
    "grants": ("grants", lambda value: check_grants(_strings(value))),
    "serviceAccount": ("service_account", _typed(bool)),
    "enabled": ("enabled", _typed(bool)),
    "description": ("description", _typed(str)),
}


def _read(key: str, value: Any) -> tuple[str, Any]:
    """The field that a setting fills, and its checked value."""
    if key not in _SETTINGS:
        raise InvalidValue(f'A client has no setting "{key}" to change; there are: {", ".join(_SETTINGS)}.')
    field_name, read = _SETTINGS[key]
    try:
        return field_name, read(value)
    except InvalidValue as error:
        raise InvalidValue(f'Setting "{key}" of a client: {error.detail}') from None

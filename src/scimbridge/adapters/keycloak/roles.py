"""SCIM groups as roles of a Keycloak realm, or of one of its clients.

A role that is made here carries an attribute that says so. Roles of others are given to users and taken from them, and
neither renamed nor deleted. Needs manage-realm, or manage-clients for roles of a client. Seen on 26.5.6, 26.7.4.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NamedTuple

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.pages import pages
from scimbridge.adapters.keycloak.protection import SERVICE_ACCOUNT, Protection
from scimbridge.adapters.keycloak.representations import as_list, read_group
from scimbridge.bridge.ports import TargetGroup
from scimbridge.provisioning.errors import TargetRefused

# The attribute of a role that was made here.
_MARK: Final[Mapping[str, list[str]]] = {"scimbridge": ["managed"]}
# Keycloak answers 500 to a longer one (26.5.6, 26.7.4).
_LONGEST_NAME: Final = 255
_BRIEF: Final = {"briefRepresentation": "true"}
_GONE: Final = "the role is not there any more."
# What Keycloak makes by itself, and all users hold, or administrators.
_BUILT_IN: Final = frozenset({"admin", "create-realm", "offline_access", "uma_authorization"})
_DEFAULT: Final = "default-roles-"


class _Place(NamedTuple):
    """Paths of the roles, and of a user's mappings to them; `client` is the client's id, "" for the realm."""

    roles: str
    mappings: str
    client: str = ""


class Roles:
    """The half of bridge.ports.Target that is about groups; `owner`: "realm", or the client id of a client."""

    def __init__(self, client: Client, protection: Protection, owner: str) -> None:
        self._client = client
        self._protection = protection
        self._owner = owner
        self._found = _Place("/roles", "/role-mappings/realm") if owner == "realm" else None
        self._known: dict[str, dict[str, str]] = {}

    async def get(self, id: str) -> TargetGroup | None:  # noqa: A002
        role = await self._role(id)
        return None if role is None else read_group(role)

    async def find(self, name: str) -> TargetGroup | None:
        """`search` finds parts of names, without regard to case."""
        found = [role async for role in self._listed({"search": name}) if role.name.casefold() == name.casefold()]
        return found[0] if len(found) == 1 else None

    def all(self) -> AsyncIterator[TargetGroup]:
        return self._listed({})

    async def create(self, name: str) -> str:
        place = await self._place()
        _check_name(name, place)
        await self._write("POST", place.roles, {"name": name, "attributes": _MARK})
        role = await self._client.get(f"{place.roles}/{segment(name)}")
        if role is None:
            raise TargetRefused(_GONE)
        return read_group(role).id

    async def rename(self, id: str, name: str) -> None:  # noqa: A002
        role = await self._role(id)
        if role is None:
            raise TargetRefused(_GONE)
        if role["name"] == name:
            return
        _check_name(name, await self._place())
        await self._require_ours(role)
        if await self._write("PUT", f"/roles-by-id/{segment(id)}", {**role, "name": name}) is None:
            raise TargetRefused(_GONE)

    async def move(self, id: str, parent: str) -> None:  # noqa: A002, ARG002 (every role is at the top)
        if parent:
            raise TargetRefused("groups are roles there, and a role holds no groups.", attribute="members")

    async def delete(self, id: str) -> None:  # noqa: A002
        role = await self._role(id)
        if role is not None:
            await self._require_ours(role)
            await self._client.send("DELETE", f"/roles-by-id/{segment(id)}")

    async def members(self, id: str) -> frozenset[str]:  # noqa: A002
        """Who was given the role directly; service accounts are left out."""
        role = await self._role(id)
        if role is None:
            raise TargetRefused(_GONE)
        path = f"{(await self._place()).roles}/{segment(role['name'])}/users"
        listed = [user async for page in pages(self._client, path, _BRIEF) for user in page]
        return frozenset(user["id"] for user in listed if not user["username"].startswith(SERVICE_ACCOUNT))

    async def join(self, account: str, group: str) -> None:
        if not await self._map("POST", account, group):
            raise TargetRefused("the user or the role is not there any more.", attribute="members")

    async def leave(self, account: str, group: str) -> None:
        await self._map("DELETE", account, group)

    async def _map(self, method: str, account: str, group: str) -> bool:
        """Keycloak wants id and name of the role to fit: one that was renamed is read again."""
        await self._protection.check_account(account)
        await self._protection.check_role(group)
        path = f"/users/{segment(account)}{(await self._place()).mappings}"
        known = self._known.get(group)
        if known is not None and await self._client.send(method, path, [known]) is not None:
            return True
        role = await self._role(group)
        if role is None:
            return False
        self._known[group] = {"id": group, "name": role["name"]}
        return await self._client.send(method, path, [self._known[group]]) is not None

    async def _place(self) -> _Place:
        if self._found is None:
            clients = as_list(await self._client.get("/clients", {"clientId": self._owner}))
            if not clients:
                raise TargetRefused(f"Keycloak has no client {self._owner!r}, whose roles the groups are to be.")
            id_ = clients[0]["id"]
            path = segment(id_)
            self._found = _Place(f"/clients/{path}/roles", f"/role-mappings/clients/{path}", id_)
        return self._found

    async def _role(self, id: str) -> dict[str, Any] | None:  # noqa: A002
        """The representation; None also for a role that is not one of these."""
        place = await self._place()
        role = await self._client.get(f"/roles-by-id/{segment(id)}")
        if role is None:
            return None
        name = read_group(role).name
        here = role.get("containerId") == place.client if place.client else not role.get("clientRole")
        return dict(role) if here and not _is_built_in(name, place) else None

    async def _listed(self, parameters: Mapping[str, str]) -> AsyncIterator[TargetGroup]:
        place = await self._place()
        async for page in pages(self._client, place.roles, {**_BRIEF, **parameters}):
            for role in map(read_group, page):
                if not _is_built_in(role.name, place):
                    yield role

    async def _write(self, method: str, path: str, role: Mapping[str, Any]) -> object:
        """Of a name that is taken a rename says no more than that something clashes."""
        try:
            return await self._client.send(method, path, role)
        except TargetRefused as refused:
            if refused.conflict:
                reason = "another role there has this name."
                raise TargetRefused(reason, attribute="displayName", conflict=True) from None
            raise

    async def _require_ours(self, role: Mapping[str, Any]) -> None:
        await self._protection.check_role(role["id"])
        if (role.get("attributes") or {}).get("scimbridge") != _MARK["scimbridge"]:
            raise TargetRefused("a role that was not made here is neither renamed nor deleted.", forbidden=True)


def _check_name(name: str, place: _Place) -> None:
    if len(name) > _LONGEST_NAME:
        raise TargetRefused(f"it must have at most {_LONGEST_NAME} characters there.", attribute="displayName")
    if name in (".", ".."):
        raise TargetRefused("it is no name for a role.", attribute="displayName")
    if _is_built_in(name, place):
        raise TargetRefused("it is the name of a role of Keycloak's own.", attribute="displayName", forbidden=True)


def _is_built_in(name: str, place: _Place) -> bool:
    return not place.client and (name in _BUILT_IN or name.startswith(_DEFAULT))

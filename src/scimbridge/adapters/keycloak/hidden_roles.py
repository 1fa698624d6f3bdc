"""Who is an administrator, for a service account that has no `view-clients`: Keycloak hides clients and their roles.

Two places tell all the same (26.5.6 and 26.7.4, with no more than `view-users` and `view-realm`): a group's full
representation has the client roles that it gives, and what the admin console offers to give to a user is every client
role but those that the user holds. What is in a composite role stays hidden: whoever holds one cannot be judged, and is
taken for an administrator.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.holders import AdminRoles, Holders, given, with_members
from scimbridge.adapters.keycloak.inspection import claims
from scimbridge.adapters.keycloak.pages import pages
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused

_OFFERED: Final = "/ui-ext/available-roles"
# Its composite roles are Keycloak's own, and every user has them.
_EVERYBODYS: Final = "account"
# Of the admin console and in no documentation: a Keycloak to come may have none.
_CANNOT_JUDGE: Final = (
    "Keycloak does not show who is an administrator there, so that nobody is touched: our service account needs the "
    "role view-clients of realm-management."
)


class HiddenRoles:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._admin = AdminRoles(client.address.realm)
        self._search: Mapping[str, str] = {}
        self._default = ""

    async def read(self) -> Holders:
        """All but who holds one of `hidden` directly; for that each user is asked about by `holds`."""
        self._default = ((await self._client.get("")) or {}).get("defaultRole", {}).get("id", "")
        composite = {
            role["id"]: f"/roles/{segment(role['name'])}"
            for role in as_list(await self._client.get("/roles"))
            if (role["composite"] and role["id"] != self._default) or role["name"] in self._admin.of_realm
        }
        hidden = await self._hidden()
        accounts, groups = await given(self._client, composite.values())
        groups |= {group["id"] async for group in self._groups() if _gives(group, hidden)}
        found = await with_members(self._client, accounts, groups)
        return found._replace(roles=frozenset({*composite, *hidden.values()}), hidden=frozenset(hidden.values()))

    async def holds(self, account: str, hidden: frozenset[str]) -> bool:
        """Whether the user holds one of these client roles directly; not if the user is gone."""
        offered = await self._offered(f"/users/{segment(account)}", self._search)
        held = hidden - {role["id"] for role in offered} if offered is not None else frozenset()
        # What was deleted since `hidden` was read is offered to nobody.
        return bool(held) and not held.isdisjoint(role["id"] for role in await self._all())

    async def _all(self) -> list[Any]:
        """All roles of clients, as nothing of them is left out for the realm's default role."""
        return await self._offered(f"/roles/{segment(self._default)}", {}) or []

    async def _hidden(self) -> dict[tuple[str, str], str]:
        """Ids by client id and name: roles of admin clients, and composite ones, which may have such in them."""
        offered = await self._all()
        admin = {_key(role): role["id"] for role in offered if self._admin.are_of(role["client"])}
        if not admin:
            raise TargetRefused(_CANNOT_JUDGE, forbidden=True)
        clients = {role["clientId"] for role in offered if role["client"] != _EVERYBODYS}
        composite = {id_ for client in clients for id_ in await self._composite(client)}
        others = {_key(role): role["id"] for role in offered if role["id"] in composite}
        clients_named = {client for client, _ in {**admin, **others}}
        # One client's roles are fewer than all: 22 of 31 in a new realm, of hundreds in one with many clients.
        self._search = {"search": clients_named.pop()} if len(clients_named) == 1 else {}
        return {**admin, **others}

    async def _composite(self, client: str) -> set[str]:
        """Ids of its composite roles: those that somebody is offered have a full representation, here ourselves."""
        ourselves = claims(await self._client.access_token()).get("sub", "")
        path = f"/users/{segment(ourselves)}/role-mappings/clients/{segment(client)}/available"
        return {role["id"] for role in await self._client.get(path) or [] if role["composite"]}

    async def _offered(self, to: str, search: Mapping[str, str]) -> list[Any] | None:
        """None if whom they are offered to is gone."""
        try:
            return [role async for page in pages(self._client, _OFFERED + to, search) for role in page]
        except TargetRefused as refused:
            if refused.forbidden:
                raise TargetRefused(_CANNOT_JUDGE, forbidden=True) from None
            return None
        except TargetMisbehaved:
            raise TargetRefused(_CANNOT_JUDGE, forbidden=True) from None

    async def _groups(self) -> AsyncIterator[Mapping[str, Any]]:
        paths = ["/groups"]
        for path in paths:
            async for page in pages(self._client, path, {"briefRepresentation": "false"}):
                for group in page:
                    yield group
                    if group.get("subGroupCount"):
                        paths.append(f"/groups/{segment(group['id'])}/children")


def _key(role: Mapping[str, str]) -> tuple[str, str]:
    return role["client"], role["role"]


def _gives(group: Mapping[str, Any], hidden: Mapping[tuple[str, str], str]) -> bool:
    roles = group.get("clientRoles") or {}
    return any((client, name) in hidden for client, names in roles.items() for name in names)

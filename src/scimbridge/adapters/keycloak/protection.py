"""Who is not to be touched: administrators and service accounts, as Keycloak's native SCIM server has it.

An administrator holds a role of `realm-management`, directly, by a composite role or by a group. Asking for each user
would double every write, so the holders of all such roles are listed once a minute: 20 roles, about 110 ms.
Needs `view-clients`, for which `preflight` asks. Without it the client roles of a user cannot be seen, only those of
a group; to take for an administrator whoever cannot be judged would be to take everybody for one.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.admin_groups import admin_groups
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.pages import pages
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.provisioning.errors import TargetRefused

logger = logging.getLogger(__name__)

_SECONDS: Final = 60.0
# Of the master realm, which has no `realm-management` but a client for each realm, and two roles of its own.
_MASTER, _MASTER_ROLES = "master", ("admin", "create-realm")
SERVICE_ACCOUNT: Final = "service-account-"


class Holders(NamedTuple):
    """Ids of the users, and of the groups, that have an admin role, and of those roles."""

    accounts: frozenset[str]
    groups: frozenset[str]
    roles: frozenset[str]


_NOBODY: Final = Holders(frozenset(), frozenset(), frozenset())


class Protection:
    """`clock` in seconds, monotonic."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._holders = _NOBODY
        self._until = float("-inf")
        self._reading = asyncio.Lock()
        self._warned = False

    async def holders(self) -> Holders:
        """As of a minute ago at most."""
        if self._clock() < self._until:
            return self._holders
        async with self._reading:
            if self._clock() >= self._until:
                asked = self._clock()
                self._holders = await self._read()
                self._until = asked + _SECONDS
        return self._holders

    async def is_service_account(self, user: Any) -> bool:
        """The representation does not say it, but searches leave service accounts out."""
        name = user.get("username", "")
        if not name.startswith(SERVICE_ACCOUNT):
            return False
        found = as_list(await self._client.get("/users", {"search": name, "exact": "true"}))
        return all(other.get("id") != user.get("id") for other in found)

    async def check_account(self, id: str) -> None:  # noqa: A002
        if id in (await self.holders()).accounts:
            raise TargetRefused("an administrator there is not touched.", forbidden=True)

    async def check_group(self, id: str) -> None:  # noqa: A002
        if id in (await self.holders()).groups:
            raise TargetRefused("a group that makes its members administrators there is not touched.", forbidden=True)

    async def check_role(self, id: str) -> None:  # noqa: A002
        if id in (await self.holders()).roles:
            raise TargetRefused("a role that makes its holders administrators there is not touched.", forbidden=True)

    async def _read(self) -> Holders:
        try:
            paths = await self._role_paths()
        except TargetRefused as refused:
            if not refused.forbidden:
                raise
            return await self._read_what_is_shown()
        accounts: set[str] = set()
        groups: set[str] = set()
        for path in paths.values():
            accounts |= await self._ids(f"{path}/users")
            groups |= await self._ids(f"{path}/groups")
        return await self._with_members(accounts, groups, frozenset(paths))

    async def _read_what_is_shown(self) -> Holders:
        """Without `view-clients`."""
        if not self._warned:
            logger.warning(
                "Administrators of %s are protected only where a group makes them that: the service account needs the "
                "role view-clients of realm-management",
                self._client.address.public,
            )
            self._warned = True
        accounts: set[str] = set()
        for role in self._master_roles:
            accounts |= await self._ids(f"/roles/{role}/users")
        return await self._with_members(accounts, await admin_groups(self._client, self._master_roles), frozenset())

    async def _with_members(self, accounts: set[str], groups: set[str], roles: frozenset[str]) -> Holders:
        below = await self._with_children(groups)
        for group in below:
            accounts |= await self._ids(f"/groups/{segment(group)}/members")
        return Holders(frozenset(accounts), frozenset(below), roles)

    @property
    def _master_roles(self) -> tuple[str, ...]:
        return _MASTER_ROLES if self._client.address.realm == _MASTER else ()

    async def _role_paths(self) -> dict[str, str]:
        """Where the roles are, by id, that make an administrator: of the admin clients, and composites of them."""
        clients = as_list(await self._client.get("/clients"))
        master = self._master_roles
        roles: dict[str, str] = {}
        admin: set[str] = set()
        composites: dict[str, bool] = {}
        for client in clients:
            name, path = client["clientId"], f"/clients/{segment(client['id'])}/roles"
            held = await self._client.get(path) or []
            roles |= {role["id"]: f"{path}/{segment(role['name'])}" for role in held}
            composites |= {role["id"]: role["composite"] for role in held}
            if name == "realm-management" or (master and name.endswith("-realm")):
                admin |= {role["id"] for role in held}
        for role in as_list(await self._client.get("/roles")):
            roles[role["id"]] = f"/roles/{segment(role['name'])}"
            composites[role["id"]] = role["composite"]
            if role["name"] in master:
                admin.add(role["id"])
        admin |= await self._composed_of(admin, [id_ for id_, composite in composites.items() if composite])
        return {id_: roles[id_] for id_ in admin}

    async def _composed_of(self, admin: set[str], composites: Iterable[str]) -> set[str]:
        parts = {
            id_: {part["id"] for part in await self._client.get(f"/roles-by-id/{segment(id_)}/composites") or []}
            for id_ in composites
        }
        found = set(admin)
        while more := {id_ for id_, contained in parts.items() if id_ not in found and contained & found}:
            found |= more
        return found

    async def _ids(self, path: str) -> set[str]:
        """Of a list; empty if what it belongs to was deleted meanwhile."""
        parameters = {"briefRepresentation": "true"}
        try:
            return {item["id"] async for page in pages(self._client, path, parameters) for item in page}
        except TargetRefused as refused:
            if refused.forbidden:
                raise
            return set()

    async def _with_children(self, groups: set[str]) -> set[str]:
        found, waiting = set(groups), list(groups)
        while waiting:
            children = await self._ids(f"/groups/{segment(waiting.pop())}/children") - found
            found |= children
            waiting += children
        return found

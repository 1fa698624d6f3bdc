"""Who holds roles of an administrator: what the two ways of finding out have in common."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.pages import pages
from scimbridge.provisioning.errors import TargetRefused

# The realm of administrators has no client `realm-management` but one for each realm, and two roles of its own.
_MASTER: Final = "master"


class Holders(NamedTuple):
    """Ids of the users, and of the groups, that have an admin role, and of those roles.

    `hidden`: those of the roles whose direct holders are not among `accounts`, since Keycloak does not list them to us.
    """

    accounts: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


class AdminRoles(NamedTuple):
    """Which roles of a realm are those of administrators by themselves."""

    realm: str

    def are_of(self, client: str) -> bool:
        """Whether all roles of the client with this client id are."""
        return client == "realm-management" or (self.realm == _MASTER and client.endswith("-realm"))

    @property
    def of_realm(self) -> frozenset[str]:
        """Names of the realm roles that are."""
        return frozenset({"admin", "create-realm"} if self.realm == _MASTER else ())


async def with_members(client: Client, accounts: Iterable[str], groups: Iterable[str]) -> Holders:
    """Adds the groups below these, and who is in any of them."""
    found, waiting = set(groups), list(groups)
    while waiting:
        children = await listed(client, f"/groups/{segment(waiting.pop())}/children") - found
        found |= children
        waiting += children
    members = set(accounts)
    for group in found:
        members |= await listed(client, f"/groups/{segment(group)}/members")
    return Holders(frozenset(members), frozenset(found))


async def given(client: Client, roles: Iterable[str]) -> tuple[set[str], set[str]]:
    """The users and the groups that roles at these paths were given to directly."""
    accounts: set[str] = set()
    groups: set[str] = set()
    for path in roles:
        accounts |= await listed(client, f"{path}/users")
        groups |= await listed(client, f"{path}/groups")
    return accounts, groups


async def listed(client: Client, path: str) -> set[str]:
    """The ids in a list; none if what it belongs to was deleted meanwhile."""
    parameters = {"briefRepresentation": "true"}
    try:
        return {item["id"] async for page in pages(client, path, parameters) for item in page}
    except TargetRefused as refused:
        if refused.forbidden:
            raise
        return set()

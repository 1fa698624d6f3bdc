"""Groups that make administrators, as far as a service account sees that has no `view-clients`.

Roles of clients that a user holds directly, or by a composite role, are hidden from it everywhere; only a group's full
representation tells the client roles that the group itself gives (seen on 26.5.6 and 26.7.4).
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, Final

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.pages import pages

_FULL: Final = {"briefRepresentation": "false"}


async def admin_groups(client: Client, master_roles: Collection[str]) -> set[str]:
    """Their ids; `master_roles`: of the realm `master`, whose clients are admin clients too, the roles that count."""
    return {group["id"] async for group in _groups(client) if _gives(group, master_roles)}


def _gives(group: Mapping[str, Any], master_roles: Collection[str]) -> bool:
    clients = group.get("clientRoles") or {}
    return (
        "realm-management" in clients
        or not set(master_roles).isdisjoint(group.get("realmRoles") or ())
        or (bool(master_roles) and any(name.endswith("-realm") for name in clients))
    )


async def _groups(client: Client) -> AsyncIterator[Mapping[str, Any]]:
    paths = ["/groups"]
    for path in paths:
        async for page in pages(client, path, _FULL):
            for group in page:
                yield group
                if group.get("subGroupCount"):
                    paths.append(f"/groups/{segment(group['id'])}/children")

"""Who is an administrator, read from the lists of who holds which role; needs `view-clients`."""

from collections.abc import Iterable

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.holders import AdminRoles, Holders, given, with_members
from scimbridge.adapters.keycloak.representations import as_list


async def administrators(client: Client) -> Holders:
    """TargetRefused with `forbidden` without the role. 20 roles, about 110 ms."""
    paths = await _role_paths(client)
    accounts, groups = await given(client, paths.values())
    return (await with_members(client, accounts, groups))._replace(roles=frozenset(paths))


async def _role_paths(client: Client) -> dict[str, str]:
    """Where the roles are, by id, that make an administrator: of the admin clients, and composites of them."""
    clients = as_list(await client.get("/clients"))
    admin_roles = AdminRoles(client.address.realm)
    roles: dict[str, str] = {}
    admin: set[str] = set()
    composites: dict[str, bool] = {}
    for owner in clients:
        path = f"/clients/{segment(owner['id'])}/roles"
        held = await client.get(path) or []
        roles |= {role["id"]: f"{path}/{segment(role['name'])}" for role in held}
        composites |= {role["id"]: role["composite"] for role in held}
        if admin_roles.are_of(owner["clientId"]):
            admin |= {role["id"] for role in held}
    for role in as_list(await client.get("/roles")):
        roles[role["id"]] = f"/roles/{segment(role['name'])}"
        composites[role["id"]] = role["composite"]
        if role["name"] in admin_roles.of_realm:
            admin.add(role["id"])
    admin |= await _composed_of(client, admin, [id_ for id_, composite in composites.items() if composite])
    return {id_: roles[id_] for id_ in admin}


async def _composed_of(client: Client, admin: set[str], composites: Iterable[str]) -> set[str]:
    parts = {
        id_: {part["id"] for part in await client.get(f"/roles-by-id/{segment(id_)}/composites") or []}
        for id_ in composites
    }
    found = set(admin)
    while more := {id_ for id_, contained in parts.items() if id_ not in found and contained & found}:
        found |= more
    return found

"""Which role of `realm-management` a route needs: one table, Keycloak's own model.

As in Keycloak, `manage-users` alone is enough for everything about users and groups, `view-users` includes listing,
and any role at all opens the discovery endpoints (26.6 wanted `view-realm`, 26.7 a query role).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from scimbridge.access.principal import Principal
from scimbridge.scim.errors import Forbidden, InvalidValue

USER_ROLES: Final = ("manage-users", "view-users", "query-users", "query-groups", "view-realm")
ROLES: Final = (*USER_ROLES, "manage-realm", "realm-admin")

_WRITE = ("manage-users", "realm-admin")
_READ = ("view-users", *_WRITE)
_LIST_USERS = ("query-users", *_READ)
_LIST_GROUPS = ("query-groups", *_READ)

# Endpoint -> roles for (one resource, a list, a write). A POST to `.search` is a list: ask with method GET.
_TABLE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "Users": (_READ, _LIST_USERS, _WRITE),
    "Groups": (_READ, _LIST_GROUPS, _WRITE),
    "": (_READ, _READ, _WRITE),  # the root searches users and groups alike
    "Me": (_READ, _READ, _WRITE),
    "Bulk": (_WRITE, _WRITE, _WRITE),
    "ServiceProviderConfig": (ROLES, ROLES, ROLES),
    "ResourceTypes": (ROLES, ROLES, ROLES),
    "Schemas": (ROLES, ROLES, ROLES),
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def authorize(principal: Principal, method: str, endpoint: str, single: bool) -> None:
    """Raises Forbidden, naming the roles of which one would do.

    `endpoint` is a name of the table; `single` says that the path goes on with an id. A search by POST is asked
    for as GET of the endpoint it searches. A user may read what `/Me` shows without a role.
    """
    read, listed, write = _TABLE[endpoint]
    need = (read if single else listed) if method in _SAFE else write
    if principal.roles.isdisjoint(need) and not (endpoint == "Me" and principal.user and need is not write):
        raise Forbidden(f"{method} /{endpoint} needs one of these roles of realm-management: {', '.join(need)}.")


def check_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles without duplicates, in the order of ROLES; raises InvalidValue naming the one that is none."""
    wanted = set(roles)
    if unknown := sorted(wanted.difference(ROLES)):
        raise InvalidValue(f'"{unknown[0]}" is no role of realm-management; there are: {", ".join(ROLES)}.')
    return tuple(role for role in ROLES if role in wanted)

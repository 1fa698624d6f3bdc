"""Whether our service account may do what the bridge does."""

from collections.abc import Iterator, Mapping
from typing import Final

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.findings import Finding, Setup, failure, warning

_ROLES: Final = ("manage-users", "view-users", "query-users", "query-groups", "view-realm")
_IMPLIED: Final[Mapping[str, tuple[str, ...]]] = {
    "manage-users": ("view-users", "query-users", "query-groups"),
    "view-users": ("query-users", "query-groups"),
    "manage-realm": ("view-realm",),
    "manage-clients": ("view-clients",),
    "manage-identity-providers": ("view-identity-providers",),
}


def roles(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    if setup.roles is None:
        yield warning(
            "The access token does not tell our roles.",
            "Clients > Advanced > switch 'Use lightweight access token' off, and give it the client scope 'roles'.",
        )
        return
    held = set(setup.roles)
    for role in setup.roles:
        held |= set(_IMPLIED.get(role, ()))
    missing = [role for role in _needed(setting) if role not in held]
    if missing:
        yield failure(
            f"The service account of client {setting.client_id!r} lacks {', '.join(missing)} of realm-management.",
            _assign(setting, ", ".join(missing)),
        )
    elif "view-clients" not in held:
        yield warning(
            "Without view-clients Keycloak is asked about each user whether it is an administrator, and whoever holds "
            "a composite role is taken for one.",
            _assign(setting, "view-clients"),
        )


def _assign(setting: Keycloak, roles: str) -> str:
    return f"Clients > {setting.client_id} > Service accounts roles > Assign role > Client roles: {roles}."


def _needed(setting: Keycloak) -> Iterator[str]:
    yield from _ROLES
    if setting.identity_provider:
        yield "view-identity-providers"
    if setting.group_roles:
        yield "manage-realm" if setting.group_roles == "realm" else "manage-clients"

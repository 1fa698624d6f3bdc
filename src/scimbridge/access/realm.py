"""A realm and its settings: the tenant that everything else hangs on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# Fits in a URL path without escaping, and in a file name.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# `forward` is `store` for a realm with a Keycloak behind it: the password goes there and no hash stays here.
PasswordPolicy = Literal["store", "ignore", "reject", "forward"]


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a password must be before it is stored; lengths in characters, 0 = no rule."""

    min_length: int = 0
    max_length: int = 256
    blocklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Someone whose JWTs are taken as access tokens.

    Exactly one of `jwks_url` and `jwks_file`. `claims` must all be there with these values. A token has the roles
    that its `resource_access.realm-management.roles` lists, and always those in `roles`. `ca_file`: certificates that
    the key set's server is checked against, "" for those the system trusts.
    """

    issuer: str
    audience: str
    jwks_url: str = ""
    jwks_file: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """A custom schema of the realm: attached to a resource type by name, as its SCIM representation."""

    resource_type: str
    schema: Mapping[str, Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Keycloak:
    """The realm of a real Keycloak that this realm is written through to.

    `url` is its public URL, `https://host/realms/name`. `client_id` names the service account there that acts, its
    secret is sealed apart from these settings; "" passes the caller's own Keycloak token on. `timeout` and
    `freshness` in seconds: a resource confirmed longer ago is asked for before it is shown. `credential`: `hashed`
    sends what was hashed here, `plain` lets Keycloak's policy see it, `auto` is plain where that realm has a policy.
    `attributes`: SCIM path -> Keycloak user attribute. `identity_provider`: alias to link on create, with the value
    of the SCIM path `identity`. `adopt`: by what an existing user may be taken over on create (`userName`, `email`).
    `only`: which users are visible and touched, `role:NAME`, `group:NAME` or `attribute:NAME=VALUE`; "" is all.
    `group_roles`: what groups are there: "" groups, "realm" realm roles, else roles of the client with that client id.
    """

    url: str
    client_id: str = ""
    delivery: Literal["immediate", "queued"] = "immediate"
    timeout: float = 10.0
    ca_file: str = ""
    pool_size: int = 16
    freshness: int = 60
    credential: Literal["auto", "hashed", "plain"] = "auto"
    temporary_password: bool = False
    attributes: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_ATTRIBUTES))
    identity_provider: str = ""
    identity: str = "externalId"
    adopt: tuple[str, ...] = ()
    only: str = ""
    group_roles: str = ""
    drift: Mapping[str, str] = field(default_factory=dict)


DEFAULT_ATTRIBUTES: Mapping[str, str] = {
    "externalId": "externalId",
    "displayName": "displayName",
    "title": "title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "employeeNumber",
    "phoneNumbers.value": "phone",
}


@dataclass(frozen=True, slots=True)
class Realm:
    """A realm's settings; `id` never changes and names its rows, `name` names its URLs.

    `scim_api` off: every SCIM URL of the realm is 404. `unknown_members`: what becomes of a group member that is
    nobody's id. `token_lifetime` in seconds. `page_size` is what a list without `count` gets, `max_page_size` the cap.
    """

    id: str
    name: str
    display_name: str = ""
    enabled: bool = True
    scim_api: bool = True
    password_policy: PasswordPolicy = "store"  # noqa: S105 (a policy)
    password_rules: PasswordRules = PasswordRules()
    unknown_members: Literal["reject", "skip"] = "reject"
    token_lifetime: int = 300
    page_size: int = 100
    max_page_size: int = 1000
    extensions: tuple[Extension, ...] = ()
    issuers: tuple[TrustedIssuer, ...] = ()
    keycloak: Keycloak | None = None

"""The settings of a realm as options of a command: one table, from which come the options and the document."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scimbridge.access.realm import DEFAULT_ATTRIBUTES
from scimbridge.access.settings import merge
from scimbridge.cli.file import read_lines, read_secret
from scimbridge.cli.output import Refused
from scimbridge.cli.parameter import option
from scimbridge.cli.setting import (
    Setting,
    Table,
    options_of,
    read_absolute,
    read_document,
    read_pairs,
)

_TABLE: Table = {
    "display_name": Setting(str, "--display-name", "A name for people.", "displayName"),
    "enabled": Setting(bool, "--enabled/--disabled", "Whether the realm answers at all.", "enabled"),
    "scim_api": Setting(bool, "--scim-api/--no-scim-api", "Off: every SCIM URL of the realm is 404.", "scimApi"),
    "password_policy": Setting(
        str,
        "--password-policy",
        "What becomes of passwords that clients send: store (with Keycloak behind the realm: forward), ignore, reject.",
        "passwordPolicy",
    ),
    "password_min_length": Setting(
        int, "--password-min-length", "Shortest password, in characters.", "passwordRules.minLength"
    ),
    "password_max_length": Setting(
        int, "--password-max-length", "Longest password, in characters.", "passwordRules.maxLength"
    ),
    "password_blocklist": Setting(
        Path,
        "--password-blocklist",
        "A file of passwords that are refused, one a line.",
        "passwordRules.blocklist",
        read_lines,
    ),
    "unknown_members": Setting(
        str,
        "--unknown-members",
        "What becomes of a group member that nobody has as id: reject or skip.",
        "unknownMembers",
    ),
    "token_lifetime": Setting(int, "--token-lifetime", "Seconds that an access token is good for.", "tokenLifetime"),
    "page_size": Setting(int, "--page-size", "Resources in a list when the client names no count.", "pageSize"),
    "max_page_size": Setting(int, "--max-page-size", "Most resources in one list.", "maxPageSize"),
    "keycloak": Setting(
        str,
        "--keycloak",
        "The realm of a Keycloak that this one is written through to, e.g. https://kc.example.com/realms/acme.",
        "keycloak.url",
        metavar="URL",
    ),
    "keycloak_client": Setting(
        str,
        "--keycloak-client",
        "Keycloak's client whose service account acts there; without one the caller's own Keycloak token is passed on.",
        "keycloak.clientId",
        metavar="ID",
    ),
    "keycloak_secret": Setting(
        Path,
        "--keycloak-secret-file",
        "A file with that client's secret; it is sealed and never shown.",
        "keycloak.clientSecret",
        read_secret,
    ),
    "delivery": Setting(
        str,
        "--delivery",
        "immediate: answered after Keycloak has answered; queued: at once, and delivered with retries.",
        "keycloak.delivery",
    ),
    "keycloak_timeout": Setting(
        float, "--keycloak-timeout", "Seconds that Keycloak has for one answer.", "keycloak.timeout"
    ),
    "keycloak_ca": Setting(
        Path,
        "--keycloak-ca-file",
        "Certificates in PEM that Keycloak's is checked against.",
        "keycloak.caFile",
        read_absolute,
    ),
    "keycloak_pool": Setting(int, "--keycloak-pool-size", "Most calls to Keycloak at once.", "keycloak.poolSize"),
    "freshness": Setting(
        int,
        "--freshness",
        "Seconds for which what Keycloak said of a resource counts; 0 asks it each time.",
        "keycloak.freshness",
    ),
    "credential": Setting(
        str,
        "--credential",
        "How passwords go to Keycloak: hashed (here), plain (its password policy sees them), or auto.",
        "keycloak.credential",
    ),
    "temporary_password": Setting(
        bool,
        "--temporary-password/--lasting-password",
        "Whether Keycloak asks for a new password at the first sign-in.",
        "keycloak.temporaryPassword",
    ),
    "attribute": Setting(
        list[str],
        "--attribute",
        'A SCIM attribute that Keycloak gets as user attribute, e.g. title=title; "title=" takes it out. Repeatable.',
        "keycloak.attributes",
        read_pairs,
        "SCIM=KEYCLOAK",
    ),
    "identity_provider": Setting(
        str,
        "--identity-provider",
        "Alias of Keycloak's identity provider to link users with when they are made.",
        "keycloak.identityProvider",
        metavar="ALIAS",
    ),
    "identity": Setting(
        str, "--identity", "SCIM attribute that holds a user's id at that provider.", "keycloak.identity"
    ),
    "adopt": Setting(
        list[str],
        "--adopt",
        "What a user that Keycloak has already may be taken over by: userName, email. Repeatable; '' for nothing.",
        "keycloak.adopt",
        lambda names: [name for name in names if name],
    ),
    "only": Setting(
        str,
        "--only",
        "Which of Keycloak's users are seen and touched: role:NAME, group:NAME, attribute:NAME=VALUE; '' for all.",
        "keycloak.only",
    ),
    "group_roles": Setting(
        str,
        "--keycloak-group-roles",
        "What groups become in Keycloak: realm for realm roles, a client id for roles of that client, '' for groups.",
        "keycloak.groupRoles",
        metavar="realm|CLIENT_ID",
    ),
    "drift": Setting(
        list[str],
        "--drift",
        "What becomes of an attribute that was changed in Keycloak: heal, accept or ignore. Repeatable.",
        "keycloak.drift",
        read_pairs,
        "ATTRIBUTE=RULE",
    ),
}

_KEYCLOAK = frozenset(name for name, row in _TABLE.items() if row.place.startswith("keycloak."))

OPTIONS = (
    *options_of(_TABLE),
    option("no_keycloak", bool, "--no-keycloak", "Let the realm stand alone again; what Keycloak has stays there."),
)


def read_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as a change to a realm's document (access.settings). Raises Refused."""
    given = dict(options)
    alone = given.pop("no_keycloak", None)
    document = read_document(_TABLE, given)
    if not alone:
        return document
    if named := [name for name in given if given[name] is not None and name in _KEYCLOAK]:
        raise Refused(f"--no-keycloak and {_TABLE[named[0]].declaration} do not go together.")
    return document | {"keycloak": None}


def read_new_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """As read_settings, for a new realm: `--attribute` changes the default mapping and does not replace it."""
    document = read_settings(options)
    if options.get("attribute") is not None:
        keycloak = document["keycloak"]
        keycloak["attributes"] = merge(DEFAULT_ATTRIBUTES, keycloak["attributes"])
    return document

"""The settings of a realm as options of a command: one table, from which come the options and the document."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from scimbridge.access.realm import DEFAULT_ATTRIBUTES
from scimbridge.access.settings import merge
from scimbridge.cli.output import Refused
from scimbridge.cli.parameter import option


class _Setting(NamedTuple):
    """`place`: where it stands in the realm's document (access.settings). `read`: from the option's value."""

    kind: Any
    declaration: str
    help: str
    place: str
    read: Callable[[Any], Any] = lambda value: value
    metavar: str | None = None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None


def _read_lines(path: Path) -> list[str]:
    return [line for line in _read_text(path).splitlines() if line.strip()]


def _read_secret(path: Path) -> str:
    """Without the line break that an editor or `echo` leaves at the end."""
    secret = _read_text(path).rstrip("\r\n")
    if not secret:
        raise Refused(f"{path} is empty: it is to hold the client's secret.")
    return secret


def _read_pairs(texts: Sequence[str]) -> dict[str, str | None]:
    """NAME=VALUE; without a value the entry of that name goes."""
    pairs: dict[str, str | None] = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not name or not found:
            raise Refused(f'"{text}" is to be NAME=VALUE.')
        pairs[name] = value or None
    return pairs


_TABLE: Mapping[str, _Setting] = {
    "display_name": _Setting(str, "--display-name", "A name for people.", "displayName"),
    "enabled": _Setting(bool, "--enabled/--disabled", "Whether the realm answers at all.", "enabled"),
    "scim_api": _Setting(bool, "--scim-api/--no-scim-api", "Off: every SCIM URL of the realm is 404.", "scimApi"),
    "password_policy": _Setting(
        str,
        "--password-policy",
        "What becomes of passwords that clients send: store (with Keycloak behind the realm: forward), ignore, reject.",
        "passwordPolicy",
    ),
    "password_min_length": _Setting(
        int, "--password-min-length", "Shortest password, in characters.", "passwordRules.minLength"
    ),
    "password_max_length": _Setting(
        int, "--password-max-length", "Longest password, in characters.", "passwordRules.maxLength"
    ),
    "password_blocklist": _Setting(
        Path,
        "--password-blocklist",
        "A file of passwords that are refused, one a line.",
        "passwordRules.blocklist",
        _read_lines,
    ),
    "unknown_members": _Setting(
        str,
        "--unknown-members",
        "What becomes of a group member that nobody has as id: reject or skip.",
        "unknownMembers",
    ),
    "token_lifetime": _Setting(int, "--token-lifetime", "Seconds that an access token is good for.", "tokenLifetime"),
    "page_size": _Setting(int, "--page-size", "Resources in a list when the client names no count.", "pageSize"),
    "max_page_size": _Setting(int, "--max-page-size", "Most resources in one list.", "maxPageSize"),
    "keycloak": _Setting(
        str,
        "--keycloak",
        "The realm of a Keycloak that this one is written through to, e.g. https://kc.example.com/realms/acme.",
        "keycloak.url",
        metavar="URL",
    ),
    "keycloak_client": _Setting(
        str,
        "--keycloak-client",
        "Keycloak's client whose service account acts there; without one the caller's own Keycloak token is passed on.",
        "keycloak.clientId",
        metavar="ID",
    ),
    "keycloak_secret": _Setting(
        Path,
        "--keycloak-secret-file",
        "A file with that client's secret; it is sealed and never shown.",
        "keycloak.clientSecret",
        _read_secret,
    ),
    "delivery": _Setting(
        str,
        "--delivery",
        "immediate: answered after Keycloak has answered; queued: at once, and delivered with retries.",
        "keycloak.delivery",
    ),
    "keycloak_timeout": _Setting(
        float, "--keycloak-timeout", "Seconds that Keycloak has for one answer.", "keycloak.timeout"
    ),
    "keycloak_ca": _Setting(
        Path,
        "--keycloak-ca-file",
        "Certificates in PEM that Keycloak's is checked against.",
        "keycloak.caFile",
        lambda path: str(path.absolute()),
    ),
    "keycloak_pool": _Setting(int, "--keycloak-pool-size", "Most calls to Keycloak at once.", "keycloak.poolSize"),
    "freshness": _Setting(
        int,
        "--freshness",
        "Seconds for which what Keycloak said of a resource counts; 0 asks it each time.",
        "keycloak.freshness",
    ),
    "credential": _Setting(
        str,
        "--credential",
        "How passwords go to Keycloak: hashed (here), plain (its password policy sees them), or auto.",
        "keycloak.credential",
    ),
    "temporary_password": _Setting(
        bool,
        "--temporary-password/--lasting-password",
        "Whether Keycloak asks for a new password at the first sign-in.",
        "keycloak.temporaryPassword",
    ),
    "attribute": _Setting(
        list[str],
        "--attribute",
        'A SCIM attribute that Keycloak gets as user attribute, e.g. title=title; "title=" takes it out. Repeatable.',
        "keycloak.attributes",
        _read_pairs,
        "SCIM=KEYCLOAK",
    ),
    "identity_provider": _Setting(
        str,
        "--identity-provider",
        "Alias of Keycloak's identity provider to link users with when they are made.",
        "keycloak.identityProvider",
        metavar="ALIAS",
    ),
    "identity": _Setting(
        str, "--identity", "SCIM attribute that holds a user's id at that provider.", "keycloak.identity"
    ),
    "adopt": _Setting(
        list[str],
        "--adopt",
        "What a user that Keycloak has already may be taken over by: userName, email. Repeatable; '' for nothing.",
        "keycloak.adopt",
        lambda names: [name for name in names if name],
    ),
    "only": _Setting(
        str,
        "--only",
        "Which of Keycloak's users are seen and touched: role:NAME, group:NAME, attribute:NAME=VALUE; '' for all.",
        "keycloak.only",
    ),
    "group_roles": _Setting(
        str,
        "--keycloak-group-roles",
        "What groups become in Keycloak: realm for realm roles, a client id for roles of that client, '' for groups.",
        "keycloak.groupRoles",
        metavar="realm|CLIENT_ID",
    ),
    "drift": _Setting(
        list[str],
        "--drift",
        "What becomes of an attribute that was changed in Keycloak: heal, accept or ignore. Repeatable.",
        "keycloak.drift",
        _read_pairs,
        "ATTRIBUTE=RULE",
    ),
}

OPTIONS = (
    *(option(name, row.kind, row.declaration, row.help, row.metavar) for name, row in _TABLE.items()),
    option("no_keycloak", bool, "--no-keycloak", "Let the realm stand alone again; what Keycloak has stays there."),
    option("file", Path, "--file", "A JSON file with settings, under the names of the admin API; options come first."),
)


def read_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as a change to a realm's document (access.settings). Raises Refused."""
    given = {name: value for name, value in options.items() if value is not None}
    document: dict[str, Any] = {}
    if given.pop("no_keycloak", None):
        document["keycloak"] = None
    file = given.pop("file", None)
    for name, value in given.items():
        place, _, inner = _TABLE[name].place.partition(".")
        read = _TABLE[name].read(value)
        if not inner:
            document[place] = read
        elif document.setdefault(place, {}) is None:
            raise Refused(f"--no-keycloak and {_TABLE[name].declaration} do not go together.")
        else:
            document[place][inner] = read
    return merge(_read_document(file), document) if file else document


def read_new_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """As read_settings, for a new realm: `--attribute` changes the default mapping and does not replace it."""
    document = read_settings(options)
    if options.get("attribute") is not None:
        keycloak = document["keycloak"]
        keycloak["attributes"] = merge(DEFAULT_ATTRIBUTES, keycloak["attributes"])
    return document


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(_read_text(path))
    except orjson.JSONDecodeError as error:
        raise Refused(f"{path} is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise Refused(f"{path} holds no JSON object.")
    return document

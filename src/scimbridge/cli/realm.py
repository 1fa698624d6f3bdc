"""`scimbridge realm`: realms and their settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from scimbridge.access.realm import Realm
from scimbridge.access.settings import realm_to_document
from scimbridge.cli.output import Refused, put, put_fields, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes, option
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.wiring import scim_base_url

# Option -> (type, declaration, help, where it stands in the realm's document).
_SETTINGS: Mapping[str, tuple[type, str, str, str]] = {
    "display_name": (str, "--display-name", "A name for people.", "displayName"),
    "enabled": (bool, "--enabled/--disabled", "Whether the realm answers at all.", "enabled"),
    "scim_api": (bool, "--scim-api/--no-scim-api", "Off: every SCIM URL of the realm is 404.", "scimApi"),
    "password_policy": (
        str,
        "--password-policy",
        "What becomes of passwords that clients send: store, ignore or reject.",
        "passwordPolicy",
    ),
    "password_min_length": (
        int,
        "--password-min-length",
        "Shortest password, in characters.",
        "passwordRules.minLength",
    ),
    "password_max_length": (
        int,
        "--password-max-length",
        "Longest password, in characters.",
        "passwordRules.maxLength",
    ),
    "password_blocklist": (
        Path,
        "--password-blocklist",
        "A file of passwords that are refused, one a line.",
        "passwordRules.blocklist",
    ),
    "unknown_members": (
        str,
        "--unknown-members",
        "What becomes of a group member that nobody has as id: reject or skip.",
        "unknownMembers",
    ),
    "token_lifetime": (int, "--token-lifetime", "Seconds that an access token is good for.", "tokenLifetime"),
    "page_size": (int, "--page-size", "Resources in a list when the client names no count.", "pageSize"),
    "max_page_size": (int, "--max-page-size", "Most resources in one list.", "maxPageSize"),
}
_OPTIONS = tuple(option(name, kind, declaration, text) for name, (kind, declaration, text, _) in _SETTINGS.items())


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "realm", "Realms and their settings.")
    command(group, "create", _OPTIONS)(create)
    command(group, "list")(show_all)
    command(group, "show")(show)
    command(group, "set", _OPTIONS)(change)
    command(group, "delete")(delete)


async def create(session: Session, *, name: RealmName, as_json: Json = False, **options: Any) -> None:
    """Make a realm; prints its SCIM base URL."""
    realm = await session.administration.realms.create(name, _document(options), actor=session.actor)
    if as_json:
        put_json(_shown(session, realm))
        return
    put(scim_base_url(session.settings, realm.name))
    if not realm.scim_api:
        tell(f'The SCIM API of "{name}" is off; "scimbridge realm set {name} --scim-api" switches it on.')


async def show_all(session: Session, as_json: Json = False) -> None:
    """List the realms."""
    realms = session.administration.realms.list()
    if as_json:
        put_json([_shown(session, realm) for realm in realms])
        return
    columns = ("realm", "enabled", "SCIM API", "passwords", "base URL")
    rows = [
        (realm.name, realm.enabled, realm.scim_api, realm.password_policy, scim_base_url(session.settings, realm.name))
        for realm in realms
    ]
    put_table(columns, rows)


async def show(session: Session, *, name: RealmName, as_json: Json = False) -> None:
    """Show a realm's settings."""
    document = _shown(session, session.realm(name))
    if as_json:
        put_json(document)
        return
    document |= {
        "passwordRules": [f"{key} {value}" for key, value in document["passwordRules"].items() if value],
        "extensions": [f"{row['resourceType']} {row['schema']['id']}" for row in document["extensions"]],
        "issuers": [issuer["issuer"] for issuer in document["issuers"]],
    }
    put_fields(document)


async def change(session: Session, *, name: RealmName, as_json: Json = False, **options: Any) -> None:
    """Change a realm's settings: those that are named, no others."""
    session.realm(name)
    document = _document(options)
    if not document:
        raise Refused('No setting was named; "scimbridge realm set --help" lists them.')
    realm = await session.administration.realms.change(name, document, actor=session.actor)
    if as_json:
        put_json(_shown(session, realm))
    else:
        tell(f'Realm "{name}" is changed.')


async def delete(session: Session, *, name: RealmName, yes: Yes = False) -> None:
    """Delete a realm with its users, groups, credentials and journal."""
    session.realm(name)
    confirm(f'Delete realm "{name}" with all its users, groups, clients, tokens and its journal?', yes=yes)
    await session.administration.realms.delete(name, actor=session.actor)
    tell(f'Realm "{name}" is deleted.')


def _shown(session: Session, realm: Realm) -> dict[str, Any]:
    return realm_to_document(realm) | {"baseUrl": scim_base_url(session.settings, realm.name)}


def _document(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as a change to a realm's document (access.settings)."""
    document: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        place, _, inner = _SETTINGS[name][3].partition(".")
        read = _read_lines(value) if isinstance(value, Path) else value
        if inner:
            document.setdefault(place, {})[inner] = read
        else:
            document[place] = read
    return document


def _read_lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None

"""`scimbridge realm`: realms and their settings."""

from typing import Any

import typer

from scimbridge.access.realm import Keycloak, Realm
from scimbridge.access.settings import realm_to_document
from scimbridge.cli.output import Refused, put, put_fields, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.realm_settings import OPTIONS, read_new_settings, read_settings
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.wiring import scim_base_url


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "realm", "Realms and their settings.")
    command(group, "create", OPTIONS)(create)
    command(group, "list")(show_all)
    command(group, "show")(show)
    command(group, "set", OPTIONS)(change)
    command(group, "delete")(delete)


async def create(session: Session, *, name: RealmName, as_json: Json = False, **options: Any) -> None:
    """Make a realm; prints its SCIM base URL."""
    realm = await session.administration.realms.create(name, read_new_settings(options), actor=session.actor)
    if as_json:
        put_json(_shown(session, realm))
        return
    put(scim_base_url(session.settings, realm.name))
    if not realm.scim_api:
        tell(f'The SCIM API of "{name}" is off; "scimbridge realm set {name} --scim-api" switches it on.')
    if realm.keycloak is not None:
        tell(f'"scimbridge preflight {name}" says whether everything is in place at Keycloak.')


async def show_all(session: Session, as_json: Json = False) -> None:
    """List the realms."""
    realms = session.administration.realms.list()
    if as_json:
        put_json([_shown(session, realm) for realm in realms])
        return
    columns = ("realm", "enabled", "SCIM API", "passwords", "base URL", "Keycloak")
    put_table(columns, [_row(session, realm) for realm in realms])


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
    for key, value in document.pop("keycloak", {}).items():
        document[f"keycloak.{key}"] = [f"{a}={b}" for a, b in value.items()] if isinstance(value, dict) else value
    put_fields(document)


async def change(session: Session, *, name: RealmName, as_json: Json = False, **options: Any) -> None:
    """Change a realm's settings: those that are named, no others."""
    before = session.realm(name)
    document = read_settings(options)
    if not document:
        raise Refused('No setting was named; "scimbridge realm set --help" lists them.')
    realm = await session.administration.realms.change(name, document, actor=session.actor)
    if as_json:
        put_json(_shown(session, realm))
    else:
        tell(f'Realm "{name}" is changed.')
        if moved := _moved(before.keycloak, realm.keycloak):
            tell(moved)


async def delete(session: Session, *, name: RealmName, yes: Yes = False) -> None:
    """Delete a realm with its users, groups, credentials and journal."""
    session.realm(name)
    confirm(f'Delete realm "{name}" with all its users, groups, clients, tokens and its journal?', yes=yes)
    await session.administration.realms.delete(name, actor=session.actor)
    tell(f'Realm "{name}" is deleted.')


def _shown(session: Session, realm: Realm) -> dict[str, Any]:
    return realm_to_document(realm) | {"baseUrl": scim_base_url(session.settings, realm.name)}


def _row(session: Session, realm: Realm) -> tuple[object, ...]:
    base_url = scim_base_url(session.settings, realm.name)
    behind = realm.keycloak.url if realm.keycloak is not None else ""
    return realm.name, realm.enabled, realm.scim_api, realm.password_policy, base_url, behind


def _moved(before: Keycloak | None, after: Keycloak | None) -> str:
    """What becomes of groups that were something else at Keycloak; "" if they were not."""
    if before is None or after is None or before.group_roles == after.group_roles:
        return ""
    kinds = {"": "groups", "realm": "realm roles"}
    old, new = [kinds.get(owner, f'roles of client "{owner}"') for owner in (before.group_roles, after.group_roles)]
    return (
        f"From the next comparison on, which a running server makes at its next request, the groups that were pushed "
        f"are {new} there, with their members and the same ids here. As {old} they stay at Keycloak, for you to "
        "delete. Groups that were only shown here go from here."
    )

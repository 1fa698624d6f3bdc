"""`scimbridge mapping`: what an application gets of a person."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer

from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName, UserName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.provisioning.mapping import Preview
from scimbridge.provisioning.settings import application_to_document

Target = Annotated[
    str,
    typer.Argument(
        metavar="ATTRIBUTE", help='The SCIM attribute there, e.g. name.givenName or emails[type eq "work"].value.'
    ),
]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "mapping", "What an application gets of a person.")
    command(group, "list")(show_all)
    command(group, "set")(put_mapping)
    command(group, "remove")(remove)
    command(group, "reset")(reset)
    command(group, "preview")(preview)


async def show_all(session: Session, *, realm: RealmName, application: ApplicationName, as_json: Json = False) -> None:
    """List an application's mappings."""
    mappings = _mappings(session, realm, application)
    if as_json:
        put_json(mappings)
        return
    put_table(("attribute", "expression", "apply on"), [_row(mapping) for mapping in mappings])


async def put_mapping(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    target: Target,
    expression: Annotated[str, typer.Argument(metavar="EXPRESSION", help="What it becomes, e.g. user.firstName.")],
    create_only: Annotated[bool, typer.Option("--create-only", help="Only when a user is created there.")] = False,
) -> None:
    """Map an attribute, in place of what it was mapped from before."""
    mapping = {"target": target, "expression": expression, "apply": "create" if create_only else "always"}
    mappings = _mappings(session, realm, application)
    targets = [row["target"] for row in mappings]
    if target in targets:
        mappings[targets.index(target)] = mapping
    else:
        mappings.append(mapping)
    await _save(session, realm, application, mappings)
    provisioning = session.provisioning(realm)
    for doubt in provisioning.doubts(provisioning.administration.get(application), target):
        tell(doubt)
    tell(f'"{target}" is mapped; "scimbridge mapping preview {realm} {application} USER" shows what comes out.')


async def remove(session: Session, *, realm: RealmName, application: ApplicationName, target: Target) -> None:
    """Map an attribute no more; what it has there stays."""
    mappings = _mappings(session, realm, application)
    kept = [row for row in mappings if row["target"] != target]
    if len(kept) == len(mappings):
        raise Refused(f'"{target}" is not mapped; "scimbridge mapping list {realm} {application}" shows what is.')
    await _save(session, realm, application, kept)
    tell(f'"{target}" is mapped no more.')


async def reset(session: Session, *, realm: RealmName, application: ApplicationName, yes: Yes = False) -> None:
    """Put the default mappings in place of all."""
    session.provisioning(realm).administration.get(application)
    confirm(f'Put the default mappings in place of those of "{application}"?', yes=yes)
    await _save(session, realm, application, None)
    tell(f'"{application}" has the default mappings.')


async def preview(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    user: UserName,
    as_json: Json = False,
) -> None:
    """Show what the mappings give for a user, assigned or not; nothing is sent."""
    provisioning = session.provisioning(realm)
    found = provisioning.administration.get(application)
    rows = provisioning.preview(found, provisioning.find("User", user))
    if as_json:
        put_json([row._asdict() for row in rows])
        return
    put_table(("attribute", "expression", "value"), [_preview_row(row) for row in rows])
    for row in rows:
        if row.note:
            tell(f"{row.target}: {row.note}")


def _mappings(session: Session, realm: str, application: str) -> list[dict[str, Any]]:
    found = session.provisioning(realm).administration.get(application)
    mappings: list[dict[str, Any]] = application_to_document(found)["mappings"]
    return mappings


async def _save(session: Session, realm: str, application: str, mappings: Sequence[dict[str, Any]] | None) -> None:
    administration = session.provisioning(realm).administration
    await administration.change(application, {"mappings": mappings}, actor=session.actor)


def _row(mapping: dict[str, Any]) -> Sequence[Any]:
    when = "create" if mapping["apply"] == "create" else "create and update"
    return mapping["target"], mapping["expression"], when


def _preview_row(row: Preview) -> Sequence[Any]:
    value = f"ERROR {row.error}" if row.error else "" if row.value is None else orjson.dumps(row.value).decode()
    return row.target, row.expression, value

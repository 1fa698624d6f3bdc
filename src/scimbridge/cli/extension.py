"""`scimbridge schema` and `scimbridge issuer`: custom schemas of a realm, and whose JWTs it takes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from scimbridge.access.settings import realm_to_document
from scimbridge.cli.file import read_json_object
from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group

Urn = Annotated[str, typer.Argument(metavar="URN", help="The schema's id.")]
Issuer = Annotated[str, typer.Argument(metavar="ISSUER", help="The value of the tokens' `iss`.")]


def add_commands(application: typer.Typer) -> None:
    schemas = new_group(application, "schema", "Custom schemas of a realm.")
    command(schemas, "add")(add_schema)
    command(schemas, "list")(list_schemas)
    command(schemas, "remove")(remove_schema)
    issuers = new_group(application, "issuer", "Others whose JWTs a realm takes as access tokens.")
    command(issuers, "add")(add_issuer)
    command(issuers, "list")(list_issuers)
    command(issuers, "remove")(remove_issuer)


async def add_schema(
    session: Session,
    *,
    realm: RealmName,
    resource_type: Annotated[str, typer.Argument(metavar="RESOURCE_TYPE", help="User or Group.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The schema's SCIM representation (RFC 7643 7), JSON.")],
    required: Annotated[bool, typer.Option(help="Whether every resource of the type must have it.")] = False,
) -> None:
    """Add a custom schema to users or groups; one with the same id is replaced."""
    schema = read_json_object(file)
    extension = {"resourceType": resource_type, "schema": schema, "required": required}
    others = [row for row in _rows(session, realm, "extensions") if _urn(row) != schema.get("id")]
    await session.administration.realms.change(realm, {"extensions": [*others, extension]}, actor=session.actor)
    tell(f'Schema "{schema.get("id")}" is added to realm "{realm}".')


async def list_schemas(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the custom schemas."""
    rows = _rows(session, realm, "extensions")
    if as_json:
        put_json(rows)
    else:
        put_table(("schema", "of", "required"), [(_urn(row), row["resourceType"], row["required"]) for row in rows])


async def remove_schema(session: Session, *, realm: RealmName, urn: Urn, yes: Yes = False) -> None:
    """Remove a custom schema; what resources hold under it stays, unchecked."""
    rows = _rows(session, realm, "extensions")
    kept = [row for row in rows if _urn(row) != urn]
    await _remove(session, realm, "extensions", f'schema "{urn}"', (rows, kept), yes=yes)


async def add_issuer(
    session: Session,
    *,
    realm: RealmName,
    issuer: Issuer,
    audience: Annotated[str, typer.Option(help="What the tokens' `aud` must hold.")],
    jwks_url: Annotated[str, typer.Option("--jwks-url", help="Where its keys are.")] = "",
    jwks_file: Annotated[str, typer.Option("--jwks-file", help="A file with its keys.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role every token has; may be repeated.")] = None,
    claim: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A claim that must be there.")] = None,
) -> None:
    """Take another issuer's JWTs as access tokens; the same issuer's earlier settings are replaced."""
    trusted = {
        "issuer": issuer,
        "audience": audience,
        "jwksUrl": jwks_url,
        "jwksFile": jwks_file,
        "roles": role or [],
        "claims": dict(_claim(text) for text in claim or []),
    }
    others = [row for row in _rows(session, realm, "issuers") if row["issuer"] != issuer]
    await session.administration.realms.change(realm, {"issuers": [*others, trusted]}, actor=session.actor)
    tell(f'Realm "{realm}" takes tokens of "{issuer}".')


async def list_issuers(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the trusted issuers."""
    rows = _rows(session, realm, "issuers")
    if as_json:
        put_json(rows)
        return
    columns = ("issuer", "audience", "keys", "roles", "claims")
    put_table(
        columns,
        [
            (
                r["issuer"],
                r["audience"],
                r["jwksUrl"] or r["jwksFile"],
                r["roles"],
                [f"{name}={value}" for name, value in r["claims"].items()],
            )
            for r in rows
        ],
    )


async def remove_issuer(session: Session, *, realm: RealmName, issuer: Issuer, yes: Yes = False) -> None:
    """Take an issuer's tokens no longer."""
    rows = _rows(session, realm, "issuers")
    kept = [row for row in rows if row["issuer"] != issuer]
    await _remove(session, realm, "issuers", f'issuer "{issuer}"', (rows, kept), yes=yes)


def _rows(session: Session, realm: str, setting: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = realm_to_document(session.realm(realm))[setting]
    return rows


async def _remove(
    session: Session, realm: str, setting: str, what: str, rows: tuple[Sequence[Any], Sequence[Any]], *, yes: bool
) -> None:
    before, kept = rows
    if len(kept) == len(before):
        raise Refused(f'Realm "{realm}" has no {what}; "scimbridge realm show {realm}" shows what it has.')
    confirm(f'Remove {what} from realm "{realm}"?', yes=yes)
    await session.administration.realms.change(realm, {setting: kept}, actor=session.actor)
    tell(f'Realm "{realm}" is rid of {what}.')


def _urn(row: dict[str, Any]) -> str:
    urn: str = row["schema"]["id"]
    return urn


def _claim(text: str) -> tuple[str, Any]:
    """`azp=okta`, or a value in JSON: `verified=true`."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f'"{text}" is no claim; write NAME=VALUE')
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value

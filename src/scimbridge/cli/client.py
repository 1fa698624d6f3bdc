"""`scimbridge client`: confidential OAuth2 clients of a realm."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from scimbridge.access.ports import Client
from scimbridge.cli.output import Refused, put, put_fields, put_json, put_table, tell
from scimbridge.cli.parameter import Json, Overlap, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.web.admin.documents import client_document

ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="The client's id.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="A role of realm-management; may be repeated.")]
Grants = Annotated[list[str] | None, typer.Option("--grant", help="client_credentials or password; may be repeated.")]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "client", "OAuth2 clients of a realm.")
    command(group, "create")(create)
    command(group, "list")(show_all)
    command(group, "show")(show)
    command(group, "set")(change)
    command(group, "rotate")(rotate)
    command(group, "delete")(delete)


async def create(
    session: Session,
    *,
    realm: RealmName,
    client_id: ClientId,
    role: Roles = None,
    grant: Grants = None,
    service_account: Annotated[bool, typer.Option(help="Whether it may get tokens for itself.")] = True,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: Json = False,
) -> None:
    """Make a confidential client; prints its secret, this once."""
    session.realm(realm)
    issued = await session.administration.clients(realm).create(
        client_id,
        roles=role or (),
        grants=grant or ("client_credentials",),
        service_account=service_account,
        description=description,
        actor=session.actor,
    )
    _put_secret(issued.client, issued.secret, as_json=as_json)
    if not role:
        tell(
            f'"{client_id}" has no role yet: "scimbridge client set {realm} {client_id} --role manage-users" gives one.'
        )


async def show_all(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the clients of a realm."""
    session.realm(realm)
    clients = session.administration.clients(realm).list()
    if as_json:
        put_json([client_document(client) for client in clients])
        return
    columns = ("client", "enabled", "service account", "grants", "roles", "description")
    rows = [(c.client_id, c.enabled, c.service_account, c.grants, c.roles, c.description) for c in clients]
    put_table(columns, rows)


async def show(session: Session, *, realm: RealmName, client_id: ClientId, as_json: Json = False) -> None:
    """Show a client."""
    session.realm(realm)
    document = client_document(session.administration.clients(realm).get(client_id))
    if as_json:
        put_json(document)
    else:
        put_fields(
            document | {"secrets": [f"until {secret['expires'] or 'rotated'}" for secret in document["secrets"]]}
        )


async def change(
    session: Session,
    *,
    realm: RealmName,
    client_id: ClientId,
    role: Roles = None,
    grant: Grants = None,
    service_account: Annotated[bool | None, typer.Option(help="Whether it may get tokens for itself.")] = None,
    enabled: Annotated[bool | None, typer.Option("--enabled/--disabled", help="Whether it may come in.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    as_json: Json = False,
) -> None:
    """Change a client; roles and grants that are named replace those it had."""
    session.realm(realm)
    given: dict[str, Any] = {
        "roles": role or None,
        "grants": grant or None,
        "serviceAccount": service_account,
        "enabled": enabled,
        "description": description,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    if not settings:
        raise Refused('No setting was named; "scimbridge client set --help" lists them.')
    client = await session.administration.clients(realm).change(client_id, settings, actor=session.actor)
    if as_json:
        put_json(client_document(client))
    else:
        tell(f'Client "{client_id}" is changed.')


async def rotate(
    session: Session,
    *,
    realm: RealmName,
    client_id: ClientId,
    overlap: Overlap = None,
    as_json: Json = False,
) -> None:
    """Give a client a new secret; prints it, this once."""
    session.realm(realm)
    issued = await session.administration.clients(realm).rotate(
        client_id, overlap=overlap or timedelta(), actor=session.actor
    )
    _put_secret(issued.client, issued.secret, as_json=as_json)


async def delete(session: Session, *, realm: RealmName, client_id: ClientId, yes: Yes = False) -> None:
    """Delete a client; its tokens are refused from now on."""
    session.realm(realm)
    clients = session.administration.clients(realm)
    clients.get(client_id)
    confirm(f'Delete client "{client_id}" of realm "{realm}"?', yes=yes)
    await clients.delete(client_id, actor=session.actor)
    tell(f'Client "{client_id}" is deleted.')


def _put_secret(client: Client, secret: str, *, as_json: bool) -> None:
    if as_json:
        put_json({"clientId": client.client_id, "secret": secret})
    else:
        put(secret)

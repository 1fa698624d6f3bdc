"""`scimbridge token` and `scimbridge admin`: static bearer tokens of a realm, and those of the whole server."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer

from scimbridge.access.policy import USER_ROLES
from scimbridge.access.ports import Token
from scimbridge.access.tokens import IssuedToken
from scimbridge.cli.output import put, put_json, put_table, tell
from scimbridge.cli.parameter import Expires, Json, Overlap, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.web.admin.documents import event_document, token_document

TokenName = Annotated[str, typer.Argument(metavar="NAME", help="The token's name, e.g. who holds it.")]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="A role of realm-management; may be repeated. [default: all for users and groups]"),
]
_EVENT = ("sequence", "time", "actor", "operation", "realm", "subject")
Count = Annotated[int, typer.Option(min=1, max=100_000, help="Most lines.")]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "token", "Static bearer tokens of a realm.")
    command(group, "create")(create)
    command(group, "list")(show_all)
    command(group, "rotate")(rotate)
    command(group, "revoke")(revoke)
    admin = new_group(application, "admin", "The whole server: tokens of the admin API, and what was changed.")
    command(admin, "events")(events)
    tokens = new_group(admin, "token", "Tokens of the admin API.")
    command(tokens, "create")(admin_create)
    command(tokens, "list")(admin_show_all)
    command(tokens, "rotate")(admin_rotate)
    command(tokens, "revoke")(admin_revoke)


async def create(
    session: Session,
    *,
    realm: RealmName,
    name: TokenName,
    role: Roles = None,
    expires: Expires = None,
    as_json: Json = False,
) -> None:
    """Make a static bearer token; prints it, this once."""
    session.realm(realm)
    tokens = session.administration.tokens(realm)
    _put(await tokens.create(name, roles=role or USER_ROLES, lifetime=expires, actor=session.actor), as_json=as_json)


async def show_all(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the tokens of a realm."""
    session.realm(realm)
    _put_all(session.administration.tokens(realm).list(), as_json=as_json)


async def rotate(
    session: Session,
    *,
    realm: RealmName,
    name: TokenName,
    overlap: Overlap = None,
    expires: Expires = None,
    as_json: Json = False,
) -> None:
    """Give a token a new value; prints it, this once."""
    session.realm(realm)
    tokens = session.administration.tokens(realm)
    issued = await tokens.rotate(name, overlap=overlap or timedelta(), lifetime=expires, actor=session.actor)
    _put(issued, as_json=as_json)


async def revoke(session: Session, *, realm: RealmName, name: TokenName, yes: Yes = False) -> None:
    """Revoke a token: it is refused from now on."""
    session.realm(realm)
    confirm(f'Revoke token "{name}" of realm "{realm}"?', yes=yes)
    await session.administration.tokens(realm).revoke(name, actor=session.actor)
    tell(f'Token "{name}" is revoked.')


async def admin_create(session: Session, *, name: TokenName, expires: Expires = None, as_json: Json = False) -> None:
    """Make a token of the admin API; prints it, this once."""
    issued = await session.administration.admin_tokens.create(name, lifetime=expires, actor=session.actor)
    _put(issued, as_json=as_json)


async def admin_show_all(session: Session, as_json: Json = False) -> None:
    """List the tokens of the admin API."""
    _put_all(session.administration.admin_tokens.list(), as_json=as_json)


async def admin_rotate(
    session: Session, *, name: TokenName, overlap: Overlap = None, expires: Expires = None, as_json: Json = False
) -> None:
    """Give a token of the admin API a new value; prints it, this once."""
    issued = await session.administration.admin_tokens.rotate(
        name, overlap=overlap or timedelta(), lifetime=expires, actor=session.actor
    )
    _put(issued, as_json=as_json)


async def admin_revoke(session: Session, *, name: TokenName, yes: Yes = False) -> None:
    """Revoke a token of the admin API."""
    confirm(f'Revoke admin token "{name}"?', yes=yes)
    await session.administration.admin_tokens.revoke(name, actor=session.actor)
    tell(f'Admin token "{name}" is revoked.')


async def events(
    session: Session,
    *,
    realm: Annotated[str | None, typer.Option(help="Only changes to this realm.")] = None,
    after: Annotated[int, typer.Option(help="Only those above this sequence number.")] = 0,
    count: Count = 100,
    as_json: Json = False,
) -> None:
    """What was changed on realms, clients, tokens and keys, and by whom; oldest first."""
    found = session.administration.events(realm, after, count)
    if as_json:
        put_json([event_document(event) for event in found])
        return
    put_table(_EVENT, [[document[name] for name in _EVENT] for document in map(event_document, found)])


def _put(issued: IssuedToken, *, as_json: bool) -> None:
    if as_json:
        put_json({"name": issued.token.name, "token": issued.value})
    else:
        put(issued.value)


def _put_all(tokens: Sequence[Token], *, as_json: bool) -> None:
    if as_json:
        put_json([token_document(token) for token in tokens])
        return
    documents = [token_document(token) for token in tokens]
    rows = [(d["name"], d["created"], d["secrets"][0]["expires"], d["lastUsed"], d["roles"]) for d in documents]
    put_table(("token", "made", "expires", "last used", "roles"), rows)

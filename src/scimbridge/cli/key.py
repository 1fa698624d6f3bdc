"""`scimbridge key`: the keys that sign a realm's access tokens."""

import typer

from scimbridge.cli.output import put, put_json, put_table
from scimbridge.cli.parameter import Json, RealmName
from scimbridge.cli.session import Session, command, new_group
from scimbridge.web.admin.documents import key_document


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "key", "Keys that sign a realm's access tokens.")
    command(group, "list")(show_all)
    command(group, "rotate")(rotate)


async def show_all(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the keys; the active one signs, the others still verify until they expire."""
    session.realm(realm)
    documents = [key_document(key) for key in session.administration.keys(realm).list()]
    if as_json:
        put_json(documents)
    else:
        put_table(
            ("key", "active", "made", "expires"),
            [(d["kid"], d["active"], d["created"], d["expires"]) for d in documents],
        )


async def rotate(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """Sign with a new key from now on; prints its id."""
    session.realm(realm)
    key = await session.administration.keys(realm).rotate(actor=session.actor)
    if as_json:
        put_json(key_document(key))
    else:
        put(key.kid)

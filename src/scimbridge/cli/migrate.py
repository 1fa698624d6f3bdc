"""`scimbridge migrate`: takes over from what served SCIM at a realm's Keycloak before."""

import typer

from scimbridge.cli.output import put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm
from scimbridge.web.admin.bridge_documents import migration_document
from scimbridge.wiring import scim_base_url


def add_commands(application: typer.Typer) -> None:
    command(application, "migrate")(migrate)


async def migrate(session: Session, *, realm: RealmName, as_json: Json = False, yes: Yes = False) -> None:
    """Take over from Keycloak's own SCIM server, or from keycloak-scim-server; shows the plan and asks first.

    Users and groups keep their ids, so the identity provider goes on as before once it has the new URL.
    """
    bridge = session.bridge(realm)
    plan = await bridge.migration()
    if as_json:
        put_json(migration_document(plan))
    else:
        put_table(("what", "becomes", "how"), plan.steps, title=f"From {' and '.join(plan.sources)}")
    confirm("Take over as the plan says?", yes=yes)
    taken = await bridge.take_over(plan, actor=session.actor)
    tell(f"Taken over, {taken} as managed. The identity provider's new URL: {scim_base_url(session.settings, realm)}")

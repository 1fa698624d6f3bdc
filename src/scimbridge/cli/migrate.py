"""`scimbridge migrate`: takes over from what served SCIM at a realm's Keycloak before."""

from collections.abc import Sequence

import typer

from scimbridge.access.settings import realm_to_document, resource_types
from scimbridge.bridge.kinds import recorded
from scimbridge.bridge.migration import Plan, make_plan
from scimbridge.bridge.ports import Ledger
from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm
from scimbridge.wiring import scim_base_url


def add_commands(application: typer.Typer) -> None:
    command(application, "migrate")(migrate)


async def migrate(session: Session, *, realm: RealmName, as_json: Json = False, yes: Yes = False) -> None:
    """Take over from Keycloak's own SCIM server, or from keycloak-scim-server; shows the plan and asks first.

    Users and groups keep their ids, so the identity provider goes on as before once it has the new URL.
    """
    from scimbridge.adapters.keycloak.former import FormerScim  # noqa: PLC0415 (only where it is asked for)

    bridge = session.bridge(realm)
    settings = session.realm(realm)
    issuers = realm_to_document(settings)["issuers"]
    user = resource_types(settings).by_name["User"]
    plan = await make_plan(FormerScim(bridge.client), bridge.setting, user, issuers)
    if not plan.sources:
        raise Refused(f"Nothing served SCIM at {bridge.setting.url}: its switch is off, and no extension has settings.")
    _show(plan, as_json=as_json)
    confirm("Take over as the plan says?", yes=yes)
    if plan.change:
        await session.administration.realms.change(realm, plan.change, actor=session.actor)
        bridge = session.bridge(realm)
    await bridge.directory.sweep()
    taken = await _manage(bridge.ledger, plan.managed)
    tell(f"Taken over, {taken} as managed. The identity provider's new URL: {scim_base_url(session.settings, realm)}")


def _show(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        put_json({"sources": plan.sources, "steps": [step._asdict() for step in plan.steps], "change": plan.change})
        return
    put_table(("what", "becomes", "how"), plan.steps, title=f"From {' and '.join(plan.sources)}")


async def _manage(ledger: Ledger, managed: Sequence[str]) -> int:
    """Notes that an identity provider wrote these users, administrators excepted; how many there were."""
    taken = 0
    for target in managed:
        link = ledger.linked("User", target)
        if link is not None and link.state == "seen" and not recorded(link).get("protected"):
            await ledger.put_link(link._replace(state="managed"))
            taken += 1
    return taken

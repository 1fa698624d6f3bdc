"""`scimbridge drift`: what differs between what the identity provider wants and what Keycloak has."""

from typing import Any

import typer

from scimbridge.bridge.drift import Drift
from scimbridge.cli.output import put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName
from scimbridge.cli.session import Session, command
from scimbridge.web.admin.bridge_documents import drift_document


def add_commands(application: typer.Typer) -> None:
    command(application, "drift")(drift)


async def drift(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """Compare a realm with its Keycloak: what is desired, what was recorded last, what is there. Changes nothing."""
    found = await session.bridge(realm).drift()
    if as_json:
        put_json([drift_document(difference) for difference in found])
        return
    if found:
        columns = ("type", "name", "attribute", "desired", "recorded", "actual", "rule")
        put_table(columns, [_row(difference) for difference in found])
    tell(f"{len(found)} difference{'' if len(found) == 1 else 's'}.")


def _row(drift: Drift) -> tuple[Any, ...]:
    return drift.type, drift.name, drift.attribute, drift.desired, drift.recorded, drift.actual, drift.rule

"""`scimbridge preflight`: whether a realm's Keycloak is set up so that provisioning works."""

from typing import Annotated

import typer

from scimbridge.bridge.findings import Finding
from scimbridge.cli.output import put, put_json
from scimbridge.cli.parameter import Json, RealmName
from scimbridge.cli.session import Session, command
from scimbridge.web.admin.bridge_documents import finding_document

_MARKS = {"good": "ok", "warning": "warn", "failure": "FAIL"}


def add_commands(application: typer.Typer) -> None:
    command(application, "preflight")(preflight)


async def preflight(
    session: Session,
    *,
    realm: RealmName,
    fix: Annotated[bool, typer.Option("--fix", help="Change at Keycloak what may be changed, and look again.")] = False,
    as_json: Json = False,
) -> None:
    """Check a realm's Keycloak: reachability, roles, clocks, what its settings would refuse or drop, and how to fix it.

    The exit code is 1 if something would fail.
    """
    findings = await session.bridge(realm).preflight(fix=fix)
    if as_json:
        put_json([finding_document(finding) for finding in findings])
    else:
        for finding in findings:
            _show(finding)
    if any(finding.state == "failure" for finding in findings):
        raise typer.Exit(1)


def _show(finding: Finding) -> None:
    """A line for what is, and one for what to do about it."""
    put(f"{_MARKS[finding.state]:<5} {finding.check:<11} {finding.message}")
    if finding.fix:
        fixable = " (--fix does it)" if finding.repair is not None else ""
        put(f"{'':<18}{finding.fix}{fixable}")

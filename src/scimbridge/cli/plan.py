"""`scimbridge plan`: what a push, or the application of a file, would do."""

from pathlib import Path
from typing import Annotated

import typer

from scimbridge.cli.declaration import Prune, compare_file, put_notes
from scimbridge.cli.output import Refused, put, put_json
from scimbridge.cli.parameter import Json
from scimbridge.cli.push import Everything, Verify
from scimbridge.cli.session import Session, command
from scimbridge.provisioning import report
from scimbridge.provisioning.declaration import report as file_report

_SHOWN = 50  # changes of a plan, unless all are asked for


def add_commands(application: typer.Typer) -> None:
    command(application, "plan")(plan)


async def plan(
    session: Session,
    *,
    realm: Annotated[str | None, typer.Argument(metavar="[REALM]", help="The realm's name.")] = None,
    application: Annotated[str | None, typer.Argument(metavar="[APPLICATION]", help="The application's name.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="A file that describes a realm, in their place.")
    ] = None,
    prune: Prune = False,
    everything: Everything = False,
    verify: Verify = False,
    show_all: Annotated[bool, typer.Option("--all", help=f"Show every change, not the first {_SHOWN}.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="For a review.")] = False,
    as_json: Json = False,
) -> None:
    """Show what "push REALM APPLICATION" or "apply -f FILE" would do. Nothing is written, neither here nor there."""
    if file is not None and realm is None:
        _put_comparison(session, file, prune=prune, as_markdown=as_markdown, as_json=as_json)
        return
    if file is not None or realm is None or application is None:
        raise Refused("A plan is for REALM APPLICATION, or for -f FILE.")
    provisioning = session.provisioning(realm)
    provisioner = provisioning.provisioner(provisioning.administration.get(application))
    found = await provisioner.plan(everything=everything, verify=verify)
    shown = found.items if show_all else found.items[:_SHOWN]
    changes = [await provisioner.describe(item) for item in shown]
    if as_json:
        put_json(report.to_document(found, changes))
    else:
        put((report.to_markdown if as_markdown else report.to_text)(found, changes))


def _put_comparison(session: Session, file: Path, *, prune: bool, as_markdown: bool, as_json: bool) -> None:
    declaration, comparison = compare_file(session, file, prune=prune)
    if as_json:
        put_json(file_report.to_document(comparison))
    elif as_markdown:
        put(file_report.to_markdown(comparison, declaration.realm))
    else:
        put(file_report.to_text(comparison))
        put_notes(comparison)

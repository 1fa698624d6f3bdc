"""`scimbridge apply` and `scimbridge export`: realms as files."""

import os
from pathlib import Path
from typing import Annotated

import typer

from scimbridge.cli.output import put, put_json, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm
from scimbridge.config.declared import read_declared, reference_reader, write_declared
from scimbridge.provisioning.declaration import report
from scimbridge.provisioning.declaration.comparison import Comparison, compare
from scimbridge.provisioning.declaration.document import Declaration, read_declaration
from scimbridge.provisioning.declaration.export import export as describe
from scimbridge.provisioning.declaration.references import References

Prune = Annotated[bool, typer.Option("--prune", help="Remove what is not in the lists that the file has.")]


def add_commands(application: typer.Typer) -> None:
    command(application, "apply")(apply)
    command(application, "export")(export)


async def apply(
    session: Session,
    *,
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="A YAML or TOML file.")],
    prune: Prune = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Make a realm what a file describes; what it does not name stays. Shows the differences and asks first.

    Done one by one: if it is cut short, applying again does the rest.
    """
    _, comparison = compare_file(session, file, prune=prune)
    if not as_json:
        put(report.to_text(comparison))
    put_notes(comparison)
    if comparison.differences:
        confirm("Make it so?", yes=yes)
    for difference in comparison.differences:
        await difference.make(session.actor)
    if as_json:
        put_json(report.to_document(comparison))
    elif comparison.differences:
        tell("Done.")


async def export(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """Write a realm as a file for "plan" and "apply"; secrets are variables that are still to be set."""
    document = describe(session.realm(realm), session.provisioning(realm).services())
    if as_json:
        put_json(document)
    else:
        put(write_declared(document).rstrip())


def compare_file(session: Session, file: Path, *, prune: bool) -> tuple[Declaration, Comparison]:
    """What a file says, and how it differs from what is. Raises ConfigError, InvalidValue."""
    declaration = read_declaration(read_declared(file))
    references = References(reference_reader(file, os.environ))
    comparison = compare(
        declaration,
        session.administration.realms,
        lambda: session.provisioning(declaration.realm).services(),
        references,
        prune=prune,
    )
    return declaration, comparison


def put_notes(comparison: Comparison) -> None:
    for note in comparison.notes:
        tell(note)

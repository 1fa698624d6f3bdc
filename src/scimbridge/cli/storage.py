"""`scimbridge backup` and `scimbridge restore`: the database file as a whole, also while a server runs on it."""

from pathlib import Path
from typing import Annotated

import typer

from scimbridge.adapters.sqlite.restore import restore as restore_file
from scimbridge.cli.output import Refused, put, tell
from scimbridge.cli.parameter import Yes
from scimbridge.cli.session import Session, command, confirm


def add_commands(application: typer.Typer) -> None:
    command(application, "backup")(backup)
    command(application, "restore")(restore)


async def backup(
    session: Session,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; only its owner may read it.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Copy the database to a file; prints the file's name."""
    if file.exists() and not overwrite:
        raise Refused(f"{file} is there already; choose another name, or add --overwrite.")
    await session.instance.database.backup(file)
    put(str(file))
    if (key := session.settings.seal_key).exists():
        tell(f"The secrets in it are sealed: keep {key} too, and in another place.")


async def restore(
    session: Session, *, file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")], yes: Yes = False
) -> None:
    """Put a backup in place of everything that the database holds now."""
    if not file.exists():
        raise Refused(f"{file} is not there.")
    database = session.settings.database
    confirm(f"Replace everything in {database} with {file}?", yes=yes)
    await restore_file(file, database)
    tell(f"{database} holds what {file} held.")

"""How the steps of a conversation look while they are played."""

import re
import shutil
import sys
from urllib.parse import unquote_plus

import typer

from scimbridge.cli.output import put
from scimbridge.interop.result import StepResult

_NOTE = 46  # characters
# Ids in order of time begin alike: their end tells them apart.
_LONG_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}([0-9a-f]{8})")


def put_step(result: StepResult) -> None:
    """One line a step: mark, what the client does, what it sent and got; a line more for each thing that is wrong."""
    mark = typer.style("ok  ", fg="green") if result.good else typer.style("FAIL", fg="red", bold=True)
    answer = "no reply" if result.status is None else f"{result.status} in {result.seconds * 1000:.0f} ms"
    target = _LONG_ID.sub(r"...\1", unquote_plus(result.target))
    line = f"{result.number:>3}  {result.note[:_NOTE]:{_NOTE}}  {answer:<15} {result.method} {target}"
    typer.echo(f"  {mark} {line[: _width()]}")
    for failure in result.failures:
        put(f"            {failure}")


def _width() -> int | None:
    """What fits on a line of the terminal behind the mark; None where there is none."""
    return shutil.get_terminal_size().columns - 7 if sys.stdout.isatty() else None

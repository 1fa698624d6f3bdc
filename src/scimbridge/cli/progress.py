"""How the steps of a suite look while they are played."""

import re
import shutil
import sys
from urllib.parse import unquote_plus

import typer

from scimbridge.cli.output import tell
from scimbridge.interop.result import StepResult
from scimbridge.interop.verdict import Outcome

_NOTE = 46  # characters
# Ids in order of time begin alike: their end tells them apart.
_LONG_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}([0-9a-f]{8})")


def put_step(result: StepResult, *, err: bool = False) -> None:
    """One line a step: mark, what the client does, what it sent and got; a line more for each thing that is wrong."""
    mark = typer.style("ok  ", fg="green") if result.good else typer.style("FAIL", fg="red", bold=True)
    answer = "no reply" if result.status is None else f"{result.status} in {result.seconds * 1000:.0f} ms"
    target = _LONG_ID.sub(r"...\1", unquote_plus(result.target))
    line = f"{result.number:>3}  {result.note[:_NOTE]:{_NOTE}}  {answer:<15} {result.method} {target}"
    typer.echo(f"  {mark} {line[: _width()]}", err=err)
    for failure in result.failures:
        typer.echo(f"            {failure}", err=err)


class Progress:
    """Tells a person that it goes on, on standard error: a count on a terminal, a line for each step if asked for."""

    def __init__(self, *, each_step: bool) -> None:
        self._each_step = each_step
        self._done = 0

    def show(self, suite: str, total: int, result: StepResult) -> None:
        self._done += 1
        if self._each_step:
            put_step(result, err=True)
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{suite}: {self._done} of {total}")
            sys.stderr.flush()

    def end(self, outcome: Outcome) -> None:
        if self._done and not self._each_step and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
        self._done = 0
        tell(f"{outcome.suite}: {outcome.summary}")


def _width() -> int | None:
    """What fits on a line of the terminal behind the mark; None where there is none."""
    return shutil.get_terminal_size().columns - 7 if sys.stdout.isatty() else None

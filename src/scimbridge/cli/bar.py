"""How far long work has come, on standard error: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scimbridge.cli.output import tell

# How many are done, of how many as far as is known.
Advance = Callable[[int, int], None]

_PAUSE = 5.0  # seconds between lines


@contextmanager
def progress(title: str) -> Iterator[Advance]:
    if sys.stderr.isatty():
        with _bar(title) as advance:
            yield advance
    else:
        yield _Lines(title).advance


@contextmanager
def _bar(title: str) -> Iterator[Advance]:
    from rich.console import Console  # noqa: PLC0415 (as output.py)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    """Nothing of what is over before the first line would be due."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._next = time.monotonic() + _PAUSE

    def advance(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            tell(f"{self._title}: {done:,} of {total:,}")
            self._next = time.monotonic() + _PAUSE

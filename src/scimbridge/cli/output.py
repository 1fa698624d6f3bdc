"""What commands write: results on standard output alone, everything else on standard error."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

Row = Sequence[Any]


class Refused(Exception):  # noqa: N818 (what the program says to a person, not a fault)
    """The command is not done; the message says why and what to do next."""


def tell(message: str) -> None:
    """A message for the person, not a result."""
    sys.stderr.write(f"scimbridge: {message}\n")
    sys.stderr.flush()


def put(text: str) -> None:
    """A result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def put_json(value: Any) -> None:
    """A result for a machine: one JSON document on one line."""
    put(orjson.dumps(value, option=orjson.OPT_UTC_Z).decode())


def put_pretty(value: Any) -> None:
    """A JSON document for a person."""
    put(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())


def put_table(columns: Sequence[str], rows: Sequence[Row], title: str = "") -> None:
    """A table: drawn on a terminal, aligned text elsewhere."""
    cells = [[_cell(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _draw(columns, cells, title)
        return
    if title:
        put(title)
    lines = [list(columns), *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        put("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def put_fields(fields: Mapping[str, Any]) -> None:
    """Names and values, one a line."""
    width = max(map(len, fields))
    for name, value in fields.items():
        put(f"{name.ljust(width)}  {_cell(value)}".rstrip())


def printable(text: str) -> str:
    """A name, or what a server answers, may hold anything: no line break or escape sequence reaches the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _draw(columns: Sequence[str], cells: Sequence[Sequence[str]], title: str) -> None:
    # Imported only where something is drawn: rich costs 12 MB and 60 ms, and `serve` has a budget of memory.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, title=title or None, box=box.SIMPLE_HEAD, title_justify="left")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    width = shutil.get_terminal_size().columns
    Console(width=width, no_color="NO_COLOR" in os.environ or None).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return printable(str(value))

"""Settings as options of a command: one table for each kind of thing, from which come the options and the document."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from scimbridge.access.settings import merge
from scimbridge.cli.file import read_json_object
from scimbridge.cli.output import Refused
from scimbridge.cli.parameter import option


class Setting(NamedTuple):
    """`place`: where it stands in the document, as a dotted path. `read`: from the option's value."""

    kind: Any
    declaration: str
    help: str
    place: str
    read: Callable[[Any], Any] = lambda value: value
    metavar: str | None = None


Table = Mapping[str, Setting]

FILE = option(
    "file", Path, "--file", "A JSON file with settings, under the names of the admin API; options come first."
)


def options_of(table: Table) -> Sequence[Parameter]:
    """An option for each row, and `--file`."""
    rows = (option(name, row.kind, row.declaration, row.help, row.metavar) for name, row in table.items())
    return (*rows, FILE)


def read_document(table: Table, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as a change to a document, over that of `--file`. Raises Refused."""
    given = {name: value for name, value in options.items() if value is not None}
    file = given.pop("file", None)
    document: dict[str, Any] = {}
    for name, value in given.items():
        *outer, last = table[name].place.split(".")
        place = document
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = table[name].read(value)
    return merge(read_json_object(file), document) if file else document


def reference_of(table: Table, defaults: Mapping[str, Any]) -> str:
    """The settings as a Markdown table; `defaults`: a document with all that have one."""
    rows = ["| setting | option | default | meaning |", "|---|---|---|---|"]
    for row in table.values():
        value: Any = defaults
        for key in row.place.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        default = "" if value is None else f"`{orjson.dumps(value).decode()}`"
        rows.append(f"| `{row.place}` | `{row.declaration}` | {default} | {row.help} |")
    return "\n".join(rows) + "\n"


def read_pairs(texts: Sequence[str]) -> dict[str, str | None]:
    """NAME=VALUE; without a value the entry of that name goes."""
    pairs: dict[str, str | None] = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not name or not found:
            raise Refused(f'"{text}" is to be NAME=VALUE.')
        pairs[name] = value or None
    return pairs


def read_absolute(path: Path) -> str:
    """The server that uses the file may be started elsewhere."""
    return str(path.absolute())

"""Differences as a person reads them, as Markdown for a review, and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from scimbridge.provisioning.declaration.comparison import Comparison
from scimbridge.provisioning.declaration.difference import Difference

_MARKS: Final[Mapping[str, str]] = {"create": "+", "change": "~", "remove": "-"}
_LONGEST: Final = 100  # characters of a value that still read as a line


def to_text(comparison: Comparison) -> str:
    """`notes` are left to who shows it."""
    lines = [line for difference in comparison.differences for line in _lines(difference)]
    return "\n".join([*lines, _summary(comparison.differences)])


def to_markdown(comparison: Comparison, realm: str) -> str:
    lines = [f"### Realm {realm}", "", _summary(comparison.differences)]
    if comparison.differences:
        lines += ["", "```diff", *(line for one in comparison.differences for line in _lines(one)), "```"]
    return "\n".join([*lines, *(f"\n> {note}" for note in comparison.notes)])


def to_document(comparison: Comparison) -> dict[str, Any]:
    return {
        "differences": [
            {
                "action": difference.action,
                "kind": difference.kind,
                "name": difference.name,
                "before": difference.before,
                "after": difference.after,
            }
            for difference in comparison.differences
        ],
        "notes": list(comparison.notes),
    }


def _lines(difference: Difference) -> Iterator[str]:
    yield f"{_MARKS[difference.action]} {difference.kind} {_plain(difference.name)}"
    for place in dict.fromkeys([*difference.before, *difference.after]):
        after = _text(difference.after, place)
        before = f"{_text(difference.before, place)} -> " if difference.action == "change" else ""
        yield f"      {place}: {before}{after}"


def _summary(differences: Sequence[Difference]) -> str:
    if not differences:
        return "Nothing differs."
    counts = Counter[str](difference.action for difference in differences)
    return ", ".join(f"{counts[action]} to {action}" for action in _MARKS if counts[action]) + "."


def _text(values: Mapping[str, Any], place: str) -> str:
    if place not in values:
        return "nothing"
    text = _plain(orjson.dumps(values[place]).decode())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _plain(text: str) -> str:
    """On one line, and nothing that moves a terminal's cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)

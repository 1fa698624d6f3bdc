"""What a client wants with some of the steps of a suite, and what becomes of it where they fail."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# As files write them, and the fields that they fill.
_TEXTS = {
    "title": "title",
    "wants": "wants",
    "knownFrom": "known_from",
    "consequence": "consequence",
    "fix": "fix",
}
_SWITCHES = ("required", "vital")


@dataclass(frozen=True, slots=True)
class Purpose:
    """`vital`: without it the client is of no use. `required`: a server that lacks it does not pass.

    `wants`, `consequence` and `fix` are sentences for a person; `known_from` is the source of the fact.
    """

    name: str
    title: str
    wants: str = ""
    known_from: str = ""
    consequence: str = ""
    fix: str = ""
    required: bool = True
    vital: bool = False


def parse_purpose(name: str, members: Mapping[str, Any]) -> Purpose:
    """Raises ValueError, which names the member."""
    return refine(Purpose(name, name), members)


def refine(purpose: Purpose, members: Mapping[str, Any]) -> Purpose:
    """The same with what one step says otherwise. Raises ValueError, which names the member."""
    fields: dict[str, Any] = {}
    for member, field in _TEXTS.items():
        if member in members:
            fields[field] = _checked(member, members[member], str)
    for member in _SWITCHES:
        if member in members:
            fields[member] = _checked(member, members[member], bool)
    return replace(purpose, **fields) if fields else purpose


def _checked(member: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{member} is to be {'text' if kind is str else 'true or false'}")  # noqa: TRY004 (a value of the file)
    return value

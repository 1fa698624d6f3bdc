"""A difference between what a file describes and what is, and how to make it go."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Make = Callable[[str], Awaitable[object]]
Kind = Literal["realm", "source", "application", "secret", "assignment", "push group"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`name`: of what, e.g. `portal` or `portal: user ada@example.test`. `before`, `after`: by path, what differs.

    `make`: makes it as the file has it; takes who asked.
    """

    action: Literal["create", "change", "remove"]
    kind: Kind
    name: str
    make: Make = field(repr=False, compare=False)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def created(kind: Kind, name: str, settings: Mapping[str, Any], make: Make) -> Difference:
    """Of what is not there, with the settings that the file names."""
    return Difference("create", kind, name, make, *settings_difference({}, settings))


def changed(
    kind: Kind, name: str, before: Mapping[str, Any], after: Mapping[str, Any], make: Make
) -> Iterator[Difference]:
    """One, or none if both documents are the same."""
    old, new = settings_difference(before, after)
    if old or new:
        yield Difference("change", kind, name, make, old, new)


def settings_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs between two documents of settings, before and after, by dotted path; nothing that is not there."""
    old, new = dict(_flat(before)), dict(_flat(after))
    places = [place for place in {**old, **new} if old.get(place, _flat) != new.get(place, _flat)]
    return (
        {place: old[place] for place in places if place in old},
        {place: new[place] for place in places if place in new},
    )


def _flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        place = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{place}.")
        elif key == "mappings":
            yield from _flat({mapping["target"]: _mapping(mapping) for mapping in value}, f"{place}.")
        else:
            yield place, value


def _mapping(mapping: Mapping[str, Any]) -> str:
    suffix = " (on create only)" if mapping["apply"] == "create" else ""
    return f"{mapping['expression']}{suffix}"

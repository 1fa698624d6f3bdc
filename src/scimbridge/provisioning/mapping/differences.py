"""What is different between two documents, path by path, for a person to read."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scimbridge.scim.tree import AttributePath, Compare

# Nobody asks for these: they follow from the rest, or are the server's own, or a secret.
_SILENT = ("schemas", "meta", "password")
_LABELS = ("type", "primary", "value")


class Difference(NamedTuple):
    """`path`: a SCIM path, e.g. `emails[type eq "work"].value`. `before`, `after`: None = no value."""

    path: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """In the order of `after`, then what is gone. The order of values in a list without labels does not count."""
    was, now = dict(_flat(before)), dict(_flat(after))
    paths = [*now, *(path for path in was if path not in now)]
    found = (Difference(path, was.get(path), now.get(path)) for path in paths)
    return [difference for difference in found if not _same(difference.before, difference.after)]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if name in _SILENT:
            continue
        if ":" in name and isinstance(value, Mapping):
            for inner, part in value.items():
                yield from _flat_value(f"{name}:{inner}", part)
        else:
            yield from _flat_value(name, value)


def _flat_value(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield f"{path}.{name}", part
    elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        yield from _flat_elements(path, value)
    else:
        yield path, value


def _flat_elements(path: str, elements: list[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Each element under the first label that tells it from those before."""
    seen = set()
    for element in elements:
        labels = [f"{path}[{_equals(name, element[name])}]" for name in _LABELS if element.get(name)]
        label = next((label for label in labels if label not in seen), path)
        seen.add(label)
        for name, value in element.items():
            if f"{path}[{_equals(name, value)}]" != label:
                yield f"{label}.{name}", value
        if label.startswith(f"{path}[value "):
            yield f"{label}.value", element["value"]


def _equals(name: str, value: Any) -> str:
    return str(Compare(AttributePath(None, name), "eq", value))

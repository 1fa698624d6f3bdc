"""Places in a SCIM document: what stands at one, which ones are filled, and the PATCH from one document to another."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# What is not the profile's: the server's own, and what has requests of its own.
_APART: Final = frozenset({"schemas", "id", "meta", "groups", "password"})
_VALUE_FILTER: Final = re.compile(r"\[[^]]*\]")

Operation = Mapping[str, Any]


def values_at(document: Mapping[str, Any], path: str) -> list[Any]:
    """All values at `userName`, `name.givenName`, `emails.value` or `urn:...:User:department`; filters in it are void.

    A multi-valued attribute without a sub-attribute stands for its values: `emails` is `emails.value`.
    """
    urn, colon, rest = _VALUE_FILTER.sub("", path).rpartition(":")
    found: list[Any] = [document.get(urn) if colon else document]
    for name in rest.split("."):
        found = [value for place in found if isinstance(place, Mapping) for value in _each(place.get(name))]
    return [value.get("value") if isinstance(value, Mapping) and "." not in rest else value for value in found]


def filled(document: Mapping[str, Any]) -> Iterator[str]:
    """Paths of the attributes that have a value; a multi-valued one is one place."""
    for name, value in document.items():
        if name in _APART:
            continue
        if isinstance(value, Mapping):
            yield from _filled_inside(value, name + _joint(name))
        elif not _is_empty(value):
            yield name


def edits(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Operation]:
    """PATCH operations, one a place, that lead from one document to the other; multi-valued attributes go as a whole.

    A path each, since servers differ in what a value without a path may hold: AWS refuses several attributes in one
    (goauthentik/authentik#12321).
    """
    names = (name for name in {**after, **before} if name not in _APART)
    return [operation for name in names for operation in _edit(name, _joint(name), before.get(name), after.get(name))]


def lists_differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a multi-valued attribute does, so that values which are not ours could go with it."""
    for name in {**after, **before}:
        was, is_ = before.get(name), after.get(name)
        if was == is_ or name in _APART:
            continue
        if isinstance(was, list) or isinstance(is_, list):
            return True
        if isinstance(was, Mapping) and isinstance(is_, Mapping) and lists_differ(was, is_):
            return True
    return False


def _edit(path: str, joint: str, before: Any, after: Any) -> Iterator[Operation]:
    if before == after:
        return
    if isinstance(after, Mapping):
        present = before if isinstance(before, Mapping) else {}
        for name in {**after, **present}:
            yield from _edit(path + joint + name, ".", present.get(name), after.get(name))
    elif not _is_empty(after):
        yield {"op": "replace", "path": path, "value": after}
    elif not _is_empty(before):
        yield {"op": "remove", "path": path}


def _filled_inside(value: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, element in value.items():
        if isinstance(element, Mapping):
            yield from _filled_inside(element, f"{prefix}{name}.")
        elif not _is_empty(element):
            yield prefix + name


def _joint(name: str) -> str:
    """What stands between an attribute, or the URN of an extension, and what is in it."""
    return ":" if ":" in name else "."


def _each(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})

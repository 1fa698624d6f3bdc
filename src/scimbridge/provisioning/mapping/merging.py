"""What a target's document becomes: its own, with what was mapped in place of what differs, and nothing else touched.

Usernames, e-mail addresses and labels are compared without regard to case, because servers keep them in lower case
and would be written for ever; other texts are not, or a name whose capitals were put right would never arrive.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scimbridge.provisioning.mapping.clearing import clear, has_value
from scimbridge.provisioning.mapping.places import USER_TYPE, find_place
from scimbridge.provisioning.mapping.profile_mapping import Mapped
from scimbridge.scim.schema import ResourceType

_Document = Mapping[str, Any]

_LABELS = ("type", "primary")
_FOLDED = (("userName",), ("emails", "value"))


def merge(
    current: dict[str, Any], mapped: Mapped, previous: Mapped | None = None, *, kind: ResourceType = USER_TYPE
) -> dict[str, Any]:
    """The document to PUT; `current` itself, the same object, if nothing differs.

    An element is found by its type, else as the primary one, else by the value that it had in `previous`; a list
    without types and primaries is replaced as a whole. Taken away is what `mapped` clears, and what it has not any
    more of `previous`.
    """
    before = previous.document if previous else {}
    merged: _Document = current
    for name, value in mapped.document.items():
        if name != "schemas":
            merged = _with(merged, name, _merged((name,), merged.get(name), value, before.get(name)))
    for target in (*mapped.cleared, *mapped.absent):
        place = find_place(target, kind)
        if target in mapped.cleared or has_value(before, place):
            merged = clear(merged, place)
    return current if merged is current else _with_schemas(dict(merged))


def _merged(path: tuple[str, ...], there: Any, wanted: Any, before: Any) -> Any:
    """`there` itself if it is what is wanted."""
    if isinstance(wanted, Mapping):
        merged = there if isinstance(there, Mapping) else {}
        before = before if isinstance(before, Mapping) else {}
        inside = () if ":" in path[-1] else path
        for name, value in wanted.items():
            merged = _with(merged, name, _merged((*inside, name), merged.get(name), value, before.get(name)))
        return merged
    if isinstance(wanted, list):
        return _merged_list(path, there if isinstance(there, list) else [], wanted, before)
    return there if _same(path, there, wanted) else wanted


def _with(document: _Document, name: str, value: Any) -> _Document:
    return document if name in document and document[name] is value else {**document, name: value}


def _same(path: tuple[str, ...], one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str) and (path in _FOLDED or path[-1] == "type"):
        return one.casefold() == other.casefold()
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _merged_list(path: tuple[str, ...], there: list[Any], wanted: list[Any], before: Any) -> list[Any]:
    if not all(isinstance(item, Mapping) and _labels(item) for item in wanted):
        return there if sorted(map(_key, there)) == sorted(map(_key, wanted)) else wanted
    elements = list(there)
    # As many elements without any label as we have: then their order has to tell.
    bare = len(there) == len(wanted) and not any(_labels(item) for item in there)
    taken: set[int] = set()
    for element in wanted:
        free = [number for number in range(len(there)) if number not in taken]
        found = _find(elements, element, free, _former(before, element))
        if found is None and bare:
            found = free[0]
        if found is None:
            elements.append(element)
            found = len(elements) - 1
        else:
            elements[found] = _merged(path, elements[found], element, None)
        taken.add(found)
        if element.get("primary") is True:
            elements = [_demoted(other) if number != found else other for number, other in enumerate(elements)]
    unchanged = len(elements) == len(there) and all(one is other for one, other in zip(elements, there, strict=True))
    return there if unchanged else elements


def _key(item: Any) -> str:
    """What a value of a list without labels is compared by: its `value`, if it has one."""
    return repr(item.get("value", item) if isinstance(item, Mapping) else item)


def _find(elements: Sequence[Any], wanted: _Document, free: Sequence[int], former: Any) -> int | None:
    """Which of the elements that are `free` is meant. Some servers keep no types, so that the value has to tell."""
    kind, primary = wanted.get("type"), wanted.get("primary") is True
    tests: Sequence[Callable[[_Document], bool]] = (
        lambda item: kind is not None and _is_type(item, kind) and primary and item.get("primary") is True,
        lambda item: kind is not None and _is_type(item, kind),
        lambda item: primary and item.get("primary") is True and (kind is None or not item.get("type")),
        lambda item: not item.get("type") and item.get("value") in (wanted.get("value"), former or ""),
    )
    for test in tests:
        for number in free:
            if isinstance(elements[number], Mapping) and test(elements[number]):
                return number
    return None


def _labels(item: Any) -> bool:
    return not isinstance(item, Mapping) or any(item.get(label) for label in _LABELS)


def _is_type(item: _Document, kind: Any) -> bool:
    return _same(("type",), item.get("type"), kind)


def _former(before: Any, wanted: _Document) -> Any:
    """The value that we gave this element before."""
    for item in before if isinstance(before, list) else ():
        if all(item.get(label) == wanted.get(label) for label in _LABELS):
            return item.get("value")
    return None


def _demoted(element: Any) -> Any:
    """RFC 7643 section 2.4: one element is primary."""
    if isinstance(element, Mapping) and element.get("primary") is True:
        return {**element, "primary": False}
    return element


def _with_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """`schemas` with the URNs of extensions that have come in."""
    stood = list(document.get("schemas") or ())
    present = [name for name, value in document.items() if ":" in name and isinstance(value, Mapping)]
    new = [urn for urn in present if urn not in stood]
    return {**document, "schemas": stood + new} if new else document

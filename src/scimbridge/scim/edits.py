"""How the value of one attribute changes in a PATCH (RFC 7644 sections 3.5.2.1 to 3.5.2.3).

An edit takes the value there is, None if there is none, and gives the one there is to be, None for none. It never
changes what it was given. Attributes are as stored: normalised, multi-valued ones as lists.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import orjson

from scimbridge.scim.binding import Bound
from scimbridge.scim.errors import InvalidValue, Mutability, NoTarget
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.match import match_element
from scimbridge.scim.schema import Attribute

Edit = Callable[[Any], Any]


def put(value: Any) -> Edit:
    """The new value in place of the old one."""
    return lambda _: value


def merge(parts: Mapping[str, Any]) -> Edit:
    """These parts of an object; None takes one out, the others stay."""

    def edit(old: Any) -> Any:
        new = dict(old) if isinstance(old, dict) else {}
        for name, part in parts.items():
            if part is None:
                new.pop(name, None)
            else:
                new[name] = part
        return new or None

    return edit


def extend(values: Sequence[Any], path: str) -> Edit:
    """These values more; one that is there already (complex ones: same `value` and `type`) is brought up to date."""

    def edit(old: Any) -> Any:
        new = list(old or ())
        places = {_identity(value): place for place, value in enumerate(new)}
        written = []
        for value in values:
            place = places.setdefault(_identity(value), len(new))
            if place == len(new):
                new.append(value)
            elif isinstance(value, dict):
                new[place] = {**new[place], **value}
            written.append(place)
        if len(new) > LIMITS.max_values:
            raise InvalidValue(f'Attribute "{path}" has more than {LIMITS.max_values} values.')
        return _keep_primary(new, written)

    return edit


def discard(values: Sequence[Any]) -> Edit:
    """Without the values that are equal to one of these; complex ones by `value` (and `type`), else by all it says."""

    def edit(old: Any) -> Any:
        elements = old if isinstance(old, list) else [old]
        kept = [element for element in elements if not any(_says(element, value) for value in values)]
        return (kept if isinstance(old, list) else kept[0]) if kept and old is not None else None

    return edit


def each(edit: Edit, matching: Bound | None, made: Mapping[str, Any] | None, path: str) -> Edit:
    """`edit` on every element, or on every one that matches.

    If there is none, `edit` on `made` becomes a new one: Entra ID replaces `emails[type eq "work"].value` of a user
    who has no work mail. RFC 7644 section 3.5.2.3 asks for noTarget, which is what `made` None gives.
    """

    def change(old: Any) -> Any:
        elements = list(old) if isinstance(old, list) else [] if old is None else [old]
        chosen = [place for place, item in enumerate(elements) if matching is None or match_element(matching, item)]
        if not chosen:
            if made is None:
                raise NoTarget(f'No value of "{path}" matches.')
            chosen = [len(elements)]
            elements.append(made)
        for place in chosen:
            elements[place] = edit(elements[place])
        return [element for element in _keep_primary(elements, chosen) if element is not None] or None

    return change


def each_if_any(edit: Edit, matching: Bound | None) -> Edit:
    """`edit` on every element that matches, and nothing if there is none: what is gone need not be removed."""

    def change(old: Any) -> Any:
        elements = old if isinstance(old, list) else [] if old is None else [old]
        kept = [edit(item) if matching is None or match_element(matching, item) else item for item in elements]
        return [element for element in kept if element is not None] or None

    return change


def single(edit: Edit) -> Edit:
    """An edit of lists for an attribute that is not multi-valued: `manager[value eq "x"]`."""

    def change(old: Any) -> Any:
        new = edit(old)
        return new[-1] if isinstance(new, list) else new

    return change


def inside(sub: str, edit: Edit, saying_nothing: AbstractSet[str]) -> Edit:
    """`edit` on one part of an object. None if then nothing is left but what says nothing by itself.

    Without its `value` an object is empty, whatever else it has, as it is when it is read.
    """

    def change(old: Any) -> Any:
        new = dict(old) if isinstance(old, dict) else {}
        part = edit(new.get(sub))
        if part is not None:
            new[sub] = part
            return new
        new.pop(sub, None)
        return new if sub != "value" and new.keys() - saying_nothing else None

    return change


def once(edit: Edit, path: str) -> Edit:
    """An edit of an immutable attribute: it may only give it a value where there was none (RFC 7643 section 7)."""

    def change(old: Any) -> Any:
        new = edit(old)
        if old is not None and new != old:
            raise Mutability(f'Attribute "{path}" is immutable.')
        return new

    return change


def once_inside(edit: Edit, attribute: Attribute, path: str) -> Edit:
    """An edit of an object some of whose sub-attributes may be immutable."""
    names = [sub.name for sub in attribute.sub_attributes if sub.mutability == "immutable"]
    if not names:
        return edit

    def change(old: Any) -> Any:
        new = edit(old)
        for name in names if isinstance(old, dict) and isinstance(new, dict) else ():
            if old.get(name) not in (None, new.get(name)):
                raise Mutability(f'Attribute "{path}.{name}" is immutable.')
        return new

    return change


def _identity(value: Any) -> bytes:
    """RFC 7643 section 2.4: the same `type` and `value` stand once; without `value` an element is all that it says."""
    if isinstance(value, dict) and "value" in value:
        return orjson.dumps([value["value"], value.get("type")])
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _says(element: Any, value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(element, dict):
        return bool(element == value)
    names = [name for name in ("value", "type") if name in value] if "value" in value else value
    return all(element.get(name) == value[name] for name in names)


def _keep_primary(elements: list[Any], written: Sequence[int]) -> list[Any]:
    """RFC 7644 section 3.5.2: an element written with `primary` true makes the others false, in place."""
    first = next((place for place in written if _is_primary(elements[place])), None)
    if first is not None:
        for place, element in enumerate(elements):
            if place != first and _is_primary(element):
                elements[place] = {**element, "primary": False}
    return elements


def _is_primary(element: Any) -> bool:
    return isinstance(element, dict) and element.get("primary") is True

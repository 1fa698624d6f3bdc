"""The in-memory reader of a bound filter: the reference meaning that every other reader is tested against."""

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from scimbridge.scim.binding import (
    Bound,
    BoundAnd,
    BoundCompare,
    BoundElement,
    BoundNot,
    BoundOr,
    BoundPresent,
    folds,
    instant,
)
from scimbridge.scim.schema import Attribute, Target

Read = Callable[[Target], Iterable[Any]]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.eq,  # the caller negates
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def match(bound: Bound, resource: Mapping[str, Any]) -> bool:
    """Whether a resource matches; it is the whole representation, `meta`, `groups` and `members` included."""
    return _holds(bound, partial(read_values, resource))


def match_element(bound: Bound, element: Any) -> bool:
    """Whether one value of a complex attribute matches what stands in brackets behind the attribute."""
    return _holds(bound, partial(_read_sub, element))


def read_values(resource: Mapping[str, Any], target: Target) -> list[Any]:
    """Every value of the attribute that the target names, in order; empty if there is none."""
    holder = resource if target.schema is None else resource.get(target.schema)
    value = holder.get(target.attribute.name) if isinstance(holder, dict) else None
    values = value if isinstance(value, list) else [] if value is None else [value]
    if target.sub is None:
        return values
    return [found for element in values for found in _read_sub(element, target)]


def comparable_value(leaf: Attribute, value: Any) -> str | bool | int | float | None:
    """A stored value in the form in which it is compared and sorted; None if it is not of the attribute's type."""
    if leaf.type == "boolean":
        return value if isinstance(value, bool) else None
    if leaf.type in ("integer", "decimal"):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if not isinstance(value, str):
        return None
    if leaf.type == "dateTime":
        return instant(value)
    return value.casefold() if folds(leaf) else value


def _read_sub(element: Any, target: Target) -> list[Any]:
    if target.sub is None or not isinstance(element, dict):
        return []
    value = element.get(target.sub.name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _holds(bound: Bound, read: Read) -> bool:
    match bound:
        case BoundCompare():
            return _compare(bound, read)
        case BoundPresent():
            return any(value not in ("", [], {}) for value in read(bound.target))
        case BoundAnd():
            return all(_holds(item, read) for item in bound.items)
        case BoundOr():
            return any(_holds(item, read) for item in bound.items)
        case BoundNot():
            return not _holds(bound.item, read)
        case BoundElement():
            return any(match_element(bound.filter, element) for element in read(bound.target))


def _compare(bound: BoundCompare, read: Read) -> bool:
    leaf, test = bound.target.leaf, _TESTS[bound.operator]
    values = (comparable_value(leaf, value) for value in read(bound.target))
    found = any(value is not None and test(value, bound.value) for value in values)
    return not found if bound.operator == "ne" else found

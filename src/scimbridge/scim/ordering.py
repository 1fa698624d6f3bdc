"""Sorting in memory (RFC 7644 section 3.4.2.3): the reference meaning that SQL is tested against."""

from collections.abc import Mapping
from typing import Any

from scimbridge.scim.binding import comparable
from scimbridge.scim.errors import InvalidPath, InvalidValue
from scimbridge.scim.filter import find_target
from scimbridge.scim.grammar import parse_path
from scimbridge.scim.match import comparable_value, read_values
from scimbridge.scim.schema import ResourceType, Target


def bind_sort(text: str, resource_type: ResourceType) -> Target:
    """The attribute that `sortBy` names, of a complex one its `value`; raises InvalidValue if none orders by it."""
    try:
        found = find_target(parse_path(text), resource_type)
    except InvalidPath as error:
        raise InvalidValue(f'Parameter "sortBy": {error.detail}') from None
    target = comparable(found) if found else None
    if target is None or target.leaf.returned == "never" or target.leaf.type == "complex":
        raise InvalidValue(f'Parameter "sortBy": {resource_type.name} is not sorted by "{text[:100]}".')
    return target


def sort_key(resource: Mapping[str, Any], target: Target) -> tuple[bool, Any]:
    """A key for `sorted`, also with reverse=True: who has no value comes last ascending and first descending.

    The value is that of the primary element, else of the first that has one; text compares as in filters.
    """
    target = comparable(target)
    whole = Target(target.schema, target.attribute)
    # Stable: the primary element moves to the front, the others keep their order.
    elements = sorted(read_values(resource, whole), key=lambda element: not _is_primary(element))
    for element in elements:
        stored = element if target.sub is None else element.get(target.sub.name) if isinstance(element, dict) else None
        value = comparable_value(target.leaf, stored)
        if value is not None:
            return False, value
    return True, 0


def _is_primary(element: Any) -> bool:
    return isinstance(element, dict) and element.get("primary") is True

"""Where an operation of a PATCH works: its path, bound to a resource type (RFC 7644 section 3.5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scimbridge.scim import dialects
from scimbridge.scim.binding import Bound
from scimbridge.scim.errors import InvalidPath
from scimbridge.scim.filter import bind_element, find_target
from scimbridge.scim.grammar import LONGEST_CACHED, parse_value_path
from scimbridge.scim.schema import Attribute, ResourceType, Target
from scimbridge.scim.tree import And, Compare, Filter, ValuePath
from scimbridge.scim.values import normalise_element


@dataclass(frozen=True, slots=True)
class Path:
    """`schema` is the key of the object that holds the attribute, None the resource; `name` the key there.

    `attribute` is None if no schema has it. With `filter` only the values that match are meant; `seed` is what a value
    must hold to match it, None if the filter does not say so in full. `tree` is the filter as written.
    """

    schema: str | None
    name: str
    attribute: Attribute | None = None
    sub: Attribute | None = None
    filter: Bound | None = None
    seed: Mapping[str, Any] | None = None
    tree: Filter | None = None

    def __str__(self) -> str:
        head = f"{self.schema}:{self.name}" if self.schema else self.name
        return f"{head}.{self.sub.name}" if self.sub else head


def find_path(text: str, resource_type: ResourceType) -> Path:
    """The place that a path names; raises InvalidPath, InvalidFilter.

    A plain name that no schema has is a place too, and so is one behind an unknown URN.
    """
    return _find_short_path(text, resource_type) if len(text) <= LONGEST_CACHED else _find_path(text, resource_type)


def _find_path(text: str, resource_type: ResourceType) -> Path:
    parsed = parse_value_path(text)
    target = find_target(parsed.path, resource_type)
    if target is None:
        return _unknown(parsed, resource_type)
    if parsed.filter is None:
        return Path(target.schema, target.attribute.name, target.attribute, target.sub)
    return Path(
        target.schema,
        target.attribute.name,
        target.attribute,
        _sub(target, parsed),
        bind_element(parsed.filter, target),
        _seed(parsed.filter, target),
        parsed.filter,
    )


_find_short_path = lru_cache(maxsize=2048)(_find_path)


def _sub(target: Target, parsed: ValuePath) -> Attribute | None:
    if parsed.sub is None:
        return None
    sub = target.attribute.sub(parsed.sub)
    if sub is None:
        raise InvalidPath(f'Attribute "{target.name}" has no sub-attribute "{parsed.sub[:100]}".')
    return sub


def _unknown(parsed: ValuePath, resource_type: ResourceType) -> Path:
    path = parsed.path
    if parsed.filter is not None or path.sub is not None:
        raise InvalidPath(f'{resource_type.name} has no attribute "{str(path)[:100]}".')
    urn = path.schema and dialects.final_urn(path.schema, resource_type.schema.id)
    if urn and urn.lower() == resource_type.schema.id.lower():
        return Path(None, path.name)
    extension = resource_type.extension_by_urn.get(urn.lower()) if urn else None
    return Path(extension.id if extension else urn, path.name)


def _seed(tree: Filter, target: Target) -> Mapping[str, Any] | None:
    """The sub-attributes that `eq` comparisons joined by `and` ask for, as they would be stored."""
    seed: dict[str, Any] = {}
    for item in tree.items if isinstance(tree, And) else (tree,):
        if not isinstance(item, Compare) or item.operator != "eq" or item.value is None:
            return None
        sub = target.attribute.sub(item.path.name)
        if sub is None or sub.multi_valued:
            return None
        seed[sub.name] = normalise_element(sub, item.value, f"{target.name}.{sub.name}")
    return seed

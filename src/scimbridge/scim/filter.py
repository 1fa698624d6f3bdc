"""Filters: text -> tree (grammar.py) -> bound to a resource type, which is where schema and filter meet."""

import re
from collections.abc import Callable
from functools import lru_cache

from scimbridge.scim import dialects
from scimbridge.scim.binding import (
    Bound,
    BoundAnd,
    BoundCompare,
    BoundElement,
    BoundNot,
    BoundOr,
    BoundPresent,
    Operator,
    comparable,
    folds,
    instant,
)
from scimbridge.scim.errors import InvalidFilter, InvalidPath
from scimbridge.scim.grammar import LONGEST_CACHED, parse, parse_path
from scimbridge.scim.schema import Attribute, ResourceType, Target
from scimbridge.scim.tree import And, AttributePath, Compare, Element, Filter, Literal, Not, Or, Present

__all__ = [
    "And",
    "AttributePath",
    "Compare",
    "Element",
    "Filter",
    "Not",
    "Or",
    "Present",
    "bind",
    "bind_element",
    "bind_text",
    "find_target",
    "parse",
    "parse_path",
]

_EQUALITY = frozenset({"eq", "ne"})
_ORDER = _EQUALITY | {"gt", "ge", "lt", "le"}
_SUBSTRING = _EQUALITY | {"co", "sw", "ew"}

# RFC 7644 table 3: order does not go with boolean and binary, substrings only with text.
_OPERATORS = {
    "string": _ORDER | _SUBSTRING,
    "reference": _ORDER | _SUBSTRING,
    "binary": _SUBSTRING,
    "boolean": _EQUALITY,
    "integer": _ORDER,
    "decimal": _ORDER,
    "dateTime": _ORDER,
    "complex": frozenset[str](),
}

# How clients look somebody up: one equality, each time with another value.
_LOOKUP = re.compile(r'([A-Za-z.]{1,64}+) eq "([^"\\\x00-\x1f]*+)"', re.ASCII)

Resolve = Callable[[AttributePath], Target]


def bind_text(text: str, resource_type: ResourceType) -> Bound:
    """A filter as clients send it, bound; raises InvalidFilter."""
    if len(text) > LONGEST_CACHED:
        return bind(parse(text), resource_type)
    return _bind_lookup(text, resource_type) or _bind_short_text(text, resource_type)


def _bind_lookup(text: str, resource_type: ResourceType) -> BoundCompare | None:
    """One equality with a text, 7 us faster than the grammar reads it; None if it is another filter, or a wrong one."""
    match = _LOOKUP.fullmatch(text)
    if match is None:
        return None
    path, sent = match.groups()
    target = _find_compared(path, resource_type)
    value = None if target is None else _comparable_value(target.leaf, sent)
    return None if target is None or value is None else BoundCompare(target, "eq", value)


@lru_cache(maxsize=1024)
def _find_compared(path: str, resource_type: ResourceType) -> Target | None:
    """What an equality of this attribute compares; None if there is none."""
    try:
        found = find_target(parse_path(path), resource_type)
        target = None if found is None else _compared(found, "eq")
    except (InvalidPath, InvalidFilter):
        return None
    return target


@lru_cache(maxsize=512)
def _bind_short_text(text: str, resource_type: ResourceType) -> Bound:
    return bind(parse(text), resource_type)


def bind(tree: Filter, resource_type: ResourceType) -> Bound:
    """Raises InvalidFilter naming an unknown attribute, or an operator or value that does not fit its attribute."""

    def resolve(path: AttributePath) -> Target:
        target = find_target(path, resource_type)
        if target is None:
            raise InvalidFilter(f'{resource_type.name} has no attribute "{str(path)[:100]}".')
        return target

    return _bind(tree, resolve)


def bind_element(tree: Filter, target: Target) -> Bound:
    """What stands in the brackets behind `target`, bound to its sub-attributes; raises InvalidFilter."""

    def resolve(path: AttributePath) -> Target:
        sub = None if path.schema or path.sub else target.attribute.sub(path.name)
        if sub is None:
            raise InvalidFilter(f'Attribute "{target.name}" has no sub-attribute "{str(path)[:100]}".')
        return Target(target.schema, target.attribute, sub)

    if target.sub is not None or target.attribute.type != "complex":
        raise InvalidFilter(f'Attribute "{target.name}" has no sub-attributes to filter its values by.')
    return _bind(tree, resolve)


@lru_cache(maxsize=1024)
def find_target(path: AttributePath, resource_type: ResourceType) -> Target | None:
    """The definition that a path names, or None."""
    if path.schema is None:
        return resource_type.resolve(None, path.name, path.sub)
    return dialects.resolve_key(resource_type, str(path))


def _bind(tree: Filter, resolve: Resolve) -> Bound:
    match tree:
        case Compare():
            return _bind_comparison(tree, resolve(tree.path))
        case Present():
            return BoundPresent(_readable(resolve(tree.path)))
        case And():
            return BoundAnd(tuple(_bind(item, resolve) for item in tree.items))
        case Or():
            return BoundOr(tuple(_bind(item, resolve) for item in tree.items))
        case Not():
            return BoundNot(_bind(tree.item, resolve))
        case Element():
            target = _readable(resolve(tree.path))
            return BoundElement(target, bind_element(tree.filter, target))


def _compared(found: Target, operator: Operator) -> Target:
    target = _readable(comparable(found))
    leaf = target.leaf
    if leaf.type == "complex":
        raise InvalidFilter(f'Attribute "{target.name}" is complex: compare one of its sub-attributes.')
    if operator not in _OPERATORS[leaf.type]:
        raise InvalidFilter(f'Operator "{operator}" does not fit attribute "{target.name}" of type {leaf.type}.')
    return target


def _bind_comparison(tree: Compare, found: Target) -> Bound:
    operator = tree.operator
    target = _compared(found, operator)
    leaf = target.leaf
    if tree.value is None:
        if operator not in _EQUALITY:
            raise InvalidFilter(f'Operator "{operator}" does not fit null; only eq and ne do.')
        return BoundNot(BoundPresent(target)) if operator == "eq" else BoundPresent(target)
    value = _comparable_value(leaf, tree.value)
    if value is None:
        raise InvalidFilter(f'Attribute "{target.name}" is compared with a value of type {leaf.type}.')
    return BoundCompare(target, operator, value)


def _readable(target: Target) -> Target:
    """A filter on a secret would tell it by trial."""
    if target.leaf.returned == "never" or target.attribute.returned == "never":
        raise InvalidFilter(f'Attribute "{target.name}" can not be filtered by.')
    return target


def _comparable_value(leaf: Attribute, value: Literal) -> str | bool | int | float | None:
    """The value in the form that BoundCompare promises; None if it is of another type."""
    if leaf.type == "boolean":
        # Entra ID quotes them: roles[primary eq "True"].
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if leaf.type in ("integer", "decimal"):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if not isinstance(value, str):
        return None
    if leaf.type == "dateTime":
        return instant(value)
    return value.casefold() if folds(leaf) else value

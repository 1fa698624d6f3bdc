"""What a client asked to see: `attributes` and `excludedAttributes` (RFC 7644 section 3.9), and `returned`.

With both, `attributes` says what is shown and `excludedAttributes` takes from that. Names that nothing has are ignored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Union

from scimbridge.scim.errors import InvalidPath
from scimbridge.scim.filter import find_target
from scimbridge.scim.grammar import parse_path
from scimbridge.scim.schema import COMMON, Attribute, ResourceType, Target

Rule = Union[bool, "Shape"]


@dataclass(slots=True)
class Shape:
    """Which keys of an object are shown: `rules` by key (in lower case, if no schema knows it), `rest` the others."""

    rest: bool
    rules: dict[str, Rule] = field(default_factory=dict)

    def rule(self, name: str) -> Rule:
        found = self.rules.get(name)
        return self.rules.get(name.lower(), self.rest) if found is None else found

    def apply(self, value: Any) -> Any:
        """The value less what is not shown; objects and lists that become empty are left out."""
        if isinstance(value, list):
            return [part for item in value if (part := self.apply(item)) not in ({}, [])]
        if not isinstance(value, dict):
            return value
        shown: dict[str, Any] = {}
        for name, item in value.items():
            rule = self.rule(name)
            if isinstance(rule, Shape):
                if (part := rule.apply(item)) not in ({}, []):
                    shown[name] = part
            elif rule:
                shown[name] = item
        return shown


@dataclass(frozen=True, slots=True)
class View:
    """A compiled choice. `empty`: the client asked for no attribute at all.

    `without`: the attributes that the default shows and this does not, if that is all there is to it, else None.
    """

    empty: bool
    without: frozenset[str] | None
    shape: Shape

    def wants(self, name: str) -> bool:
        """Whether any of a top-level attribute is shown; the name in its canonical spelling."""
        return self.shape.rule(name) is not False

    def apply(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A new document with what is to be shown."""
        shown: dict[str, Any] = self.shape.apply(document)
        return shown


def view(resource_type: ResourceType, attributes: Sequence[str] | None, excluded: Sequence[str]) -> View:
    """The view of these parameters; `attributes` None is the default, () asks for what is always returned only."""
    return _view(resource_type, None if attributes is None else tuple(attributes), tuple(excluded))


@lru_cache(maxsize=1024)
def _view(resource_type: ResourceType, attributes: tuple[str, ...] | None, excluded: tuple[str, ...]) -> View:
    shape = _default(resource_type) if attributes is None else _chosen(resource_type, attributes)
    for name in excluded:
        _exclude(shape, resource_type, name)
    return View(attributes == (), _without(resource_type, excluded) if attributes is None else None, shape)


def _without(resource_type: ResourceType, excluded: Iterable[str]) -> frozenset[str] | None:
    """The names in their canonical spelling, if each is that of a whole attribute of the core schema."""
    names = set()
    for name in excluded:
        target = _find(resource_type, name)
        if target is None or target.schema is not None or target.sub is not None:
            return None
        if target.attribute.returned != "always":
            names.add(target.attribute.name)
    return frozenset(names)


def _default(resource_type: ResourceType) -> Shape:
    shape = _shown_by_default(resource_type.schema.attributes)
    for extension in resource_type.extensions:
        part = _shown_by_default(extension.attributes)
        if part.rules:
            shape.rules[extension.id] = part
    return shape


def _shown_by_default(attributes: Iterable[Attribute]) -> Shape:
    rules = {attribute.name: _whole(attribute, by_name=False) for attribute in attributes}
    return Shape(rest=True, rules={name: rule for name, rule in rules.items() if rule is not True})


def _whole(attribute: Attribute, *, by_name: bool) -> Rule:
    """The rule for an attribute with all its sub-attributes, asked for by name or not."""
    if attribute.returned == "never" or (attribute.returned == "request" and not by_name):
        return False
    part = _shown_by_default(attribute.sub_attributes)
    return part if part.rules else True


def _chosen(resource_type: ResourceType, names: Iterable[str]) -> Shape:
    shape = Shape(rest=False)
    _show_always(shape, (*COMMON.attributes, *resource_type.schema.attributes))
    for extension in resource_type.extensions:
        part = Shape(rest=False)
        _show_always(part, extension.attributes)
        if part.rules:
            shape.rules[extension.id] = part
    for name in names:
        _show(shape, resource_type, name)
    return shape


def _show_always(shape: Shape, attributes: Iterable[Attribute]) -> None:
    for attribute in attributes:
        if attribute.returned == "always":
            shape.rules[attribute.name] = _whole(attribute, by_name=True)


def _show(shape: Shape, resource_type: ResourceType, name: str) -> None:
    if extension := resource_type.extension_by_urn.get(name.lower()):
        shape.rules[extension.id] = _shown_by_default(extension.attributes)
        return
    target = _find(resource_type, name)
    if target is None:
        shape.rules[name.lower()] = True  # kept as sent without a schema, if the resource has it
        return
    if target.leaf.returned == "never" or target.attribute.returned == "never":
        return
    holder = _part(shape, target.schema) if target.schema else shape
    if target.sub is None:
        holder.rules[target.attribute.name] = _whole(target.attribute, by_name=True)
    elif holder.rule(target.attribute.name) is not True:
        part = _part(holder, target.attribute.name)
        _show_always(part, target.attribute.sub_attributes)
        part.rules[target.sub.name] = True


def _exclude(shape: Shape, resource_type: ResourceType, name: str) -> None:
    if extension := resource_type.extension_by_urn.get(name.lower()):
        shape.rules[extension.id] = Shape(rest=False)
        _show_always(_part(shape, extension.id), extension.attributes)
        return
    target = _find(resource_type, name)
    if target is None:
        shape.rules[name.lower()] = False
    elif target.leaf.returned != "always":
        holder = _part(shape, target.schema) if target.schema else shape
        if target.sub:
            holder = _part(holder, target.attribute.name)
        holder.rules[target.leaf.name] = False


def _part(shape: Shape, name: str) -> Shape:
    """The shape below `name`, made if there is none: it shows all or nothing, as the rule before it did."""
    rule = shape.rule(name)
    part = rule if isinstance(rule, Shape) else Shape(rest=rule)
    shape.rules[name] = part
    return part


def _find(resource_type: ResourceType, name: str) -> Target | None:
    try:
        return find_target(parse_path(name), resource_type)
    except InvalidPath:
        return None

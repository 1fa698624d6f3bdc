"""Where in a SCIM document a mapping writes.

Written as SCIM paths, `emails[type eq "work"].value`, or as Okta's external names, `emails.^[type=='work'].value`.
A URN that no schema has is somebody else's extension: what stands under it is taken as written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from scimbridge.scim.core import CORE
from scimbridge.scim.errors import ScimError
from scimbridge.scim.filter import find_target
from scimbridge.scim.grammar import parse_value_path
from scimbridge.scim.schema import Attribute, ResourceType
from scimbridge.scim.tree import And, AttributePath, Compare, Filter, Literal, ValuePath

USER_TYPE = CORE.by_name["User"]

_OKTA_FILTER = re.compile(r"\.\^\[([^\]]*)\]")
_OKTA_WORDS = (
    (re.compile(r"\s*==\s*"), " eq "),
    (re.compile(r"\s*&&\s*"), " and "),
    (re.compile(r"'([^']*)'"), r'"\1"'),
)


@dataclass(frozen=True, slots=True)
class Place:
    """`target`: its canonical path. `schema`: the URN of the object that holds it, None = the resource.

    `sub`: the part of a complex attribute. `selector`: what the element of a multi-valued attribute has that is
    meant; empty and `many`: all elements. `leaf`: the definition of what is written, None = of no schema here.
    `needs_value`: an element without `value` is none.
    """

    target: str
    schema: str | None
    name: str
    sub: str | None = None
    selector: Mapping[str, Literal] = field(default_factory=dict)
    many: bool = False
    leaf: Attribute | None = None
    needs_value: bool = False

    def container(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object of a document that has the attribute, if it is there."""
        found = document if self.schema is None else document.get(self.schema)
        return found if isinstance(found, Mapping) else {}


@lru_cache(maxsize=4096)
def find_place(text: str, kind: ResourceType = USER_TYPE) -> Place:
    """Raises ValueError, a sentence, for a path that leads to no value that may be written."""
    try:
        parsed = parse_value_path(_OKTA_FILTER.sub(_translated, text.strip()))
    except ScimError as error:
        raise ValueError(f'"{text[:100]}" is no SCIM path: {error.detail}') from None
    target = find_target(parsed.path, kind)
    if target is None:
        return _elsewhere(parsed, kind)
    attribute = target.attribute
    if "readOnly" in (attribute.mutability, target.leaf.mutability):
        raise ValueError(f"{target.name} is set by the service provider alone.")
    sub = target.sub or (attribute.sub(parsed.sub) if parsed.sub else attribute.sub("value"))
    if parsed.sub and sub is None:
        raise ValueError(f"{target.name} has no part {parsed.sub}.")
    selector = _selector(parsed.filter, attribute)
    if attribute.type == "complex" and sub is None:
        raise ValueError(f"{target.name} has parts: name one of them, such as {target.name}.{_first(attribute)}.")
    if attribute.multi_valued and not selector and sub is not None and sub.name != "value":
        raise ValueError(
            f'{target.name} has many values: say which, such as {attribute.name}[type eq "work"].{sub.name}.'
        )
    head = f"{target.schema}:{attribute.name}" if target.schema else attribute.name
    return Place(
        _canonical(head, selector, sub.name if sub else None),
        target.schema,
        attribute.name,
        sub.name if sub else None,
        selector,
        attribute.multi_valued,
        sub or attribute,
        needs_value=attribute.sub("value") is not None,
    )


def _translated(match: re.Match[str]) -> str:
    inner = match[1]
    for pattern, replacement in _OKTA_WORDS:
        inner = pattern.sub(replacement, inner)
    return f"[{inner}]"


def _elsewhere(parsed: ValuePath, kind: ResourceType) -> Place:
    path = parsed.path
    known = {kind.schema.id.lower(), *kind.extension_by_urn}
    if path.schema is None or path.schema.lower() in known:
        close = get_close_matches(str(path), _paths(kind), 1)
        hint = f"; did you mean {close[0]}?" if close else ". A custom attribute is written with its URN in front."
        raise ValueError(f"{kind.name} has no attribute {str(path)[:100]}{hint}")
    selector = _selector(parsed.filter, None)
    sub = parsed.sub or path.sub or ("value" if selector else None)
    target = _canonical(f"{path.schema}:{path.name}", selector, sub)
    return Place(target, path.schema, path.name, sub, selector, many=bool(selector))


def _selector(tree: Filter | None, attribute: Attribute | None) -> Mapping[str, Literal]:
    """What `eq` comparisons joined by `and` ask an element to have."""
    selector: dict[str, Literal] = {}
    for item in tree.items if isinstance(tree, And) else () if tree is None else (tree,):
        if not isinstance(item, Compare) or item.operator != "eq" or item.value is None:
            raise ValueError(f'"{tree}" does not say what the element has: only eq, joined by and, does.')
        name = item.path.name
        if attribute is not None:
            sub = attribute.sub(name)
            if sub is None:
                raise ValueError(f"{attribute.name} has no part {name}.")
            name = sub.name
        selector[name] = item.value
    return dict(sorted(selector.items()))


def _canonical(head: str, selector: Mapping[str, Literal], sub: str | None) -> str:
    tests = " and ".join(str(Compare(AttributePath(None, name), "eq", value)) for name, value in selector.items())
    return head + (f"[{tests}]" if tests else "") + (f".{sub}" if sub else "")


def _first(attribute: Attribute) -> str:
    return attribute.sub_attributes[0].name


def _paths(kind: ResourceType) -> list[str]:
    names = []
    for schema in (kind.schema, *kind.extensions):
        head = "" if schema is kind.schema else f"{schema.id}:"
        for attribute in schema.attributes:
            names += [
                f"{head}{attribute.name}",
                *(f"{head}{attribute.name}.{sub.name}" for sub in attribute.sub_attributes),
            ]
    return names

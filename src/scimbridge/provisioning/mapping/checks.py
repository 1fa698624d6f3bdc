"""What is wrong with the mappings of an application, told when they are saved."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from scimbridge.provisioning.expression import ExpressionError, compile_expression
from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping
from scimbridge.provisioning.mapping.places import USER_TYPE, find_place
from scimbridge.scim.schema import ResourceType

# What provisioning sets by itself, and the setting that decides about it.
RESERVED: Mapping[str, str] = {
    "groups": "groups are pushed as push groups",
    "active": "assignments decide about it",
    "password": "the application's password setting decides about it",
    "schemas": "it follows from the other attributes",
}

_NAME = re.compile(r"[.\[]")


class MappingProblem(NamedTuple):
    """`target` as it was written; `reason` is a sentence."""

    target: str
    reason: str


def check_mappings(
    mappings: Iterable[AttributeMapping],
    *,
    kind: ResourceType = USER_TYPE,
    reserved: Mapping[str, str] = RESERVED,
) -> list[MappingProblem]:
    """All that is wrong, in order; nothing is, if ProfileMapping takes them and every user gets a userName.

    `reserved`: attributes that may not be mapped, and why (imports may map `active`).
    """
    return list(_problems(mappings, kind, reserved))


def _problems(
    mappings: Iterable[AttributeMapping], kind: ResourceType, reserved: Mapping[str, str]
) -> Iterator[MappingProblem]:
    seen: set[str] = set()
    for mapping in mappings:
        name = _NAME.split(mapping.target.strip(), 1)[0]
        if name in reserved:
            yield MappingProblem(mapping.target, f"{name} is not mapped: {reserved[name]}.")
        try:
            target = find_place(mapping.target, kind).target
        except ValueError as error:
            if name not in reserved:
                yield MappingProblem(mapping.target, str(error))
        else:
            if target in seen:
                yield MappingProblem(mapping.target, f"{target} is mapped twice.")
            seen.add(target)
        try:
            compile_expression(mapping.expression)
        except ExpressionError as error:
            yield MappingProblem(mapping.target, str(error))
    if kind.naming not in seen:
        yield MappingProblem(kind.naming, f"{kind.naming} is not mapped, and every {kind.name} has one.")

"""What is wrong with the mappings of an application, told when they are saved."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from scimbridge.provisioning.expression import ExpressionError, compile_expression
from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping
from scimbridge.provisioning.mapping.places import USER_TYPE, find_place
from scimbridge.provisioning.mapping.profile_mapping import compile_override
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
    mappings = tuple(mappings)
    problems = _target_problems((mapping.target for mapping in mappings), kind, reserved)
    for number, mapping in enumerate(mappings):
        try:
            compile_expression(mapping.expression)
        except ExpressionError as error:
            problems.append((number, MappingProblem(mapping.target, str(error))))
    if not any(_is_naming(mapping.target, kind) for mapping in mappings):
        reason = f"{kind.naming} is not mapped, and every {kind.name} has one."
        problems.append((len(mappings), MappingProblem(kind.naming, reason)))
    return [problem for _, problem in sorted(problems, key=lambda numbered: numbered[0])]


def check_overrides(
    overrides: Mapping[str, Any], *, kind: ResourceType = USER_TYPE, reserved: Mapping[str, str] = RESERVED
) -> list[MappingProblem]:
    """All that is wrong with the overrides of an assignment."""
    problems = [problem for _, problem in _target_problems(overrides, kind, reserved)]
    bad = {problem.target for problem in problems}
    for target, value in overrides.items():
        try:
            compile_override(target, value, kind)
        except ValueError as error:
            if target not in bad:
                problems.append(MappingProblem(target, str(error)))
    return problems


def _target_problems(
    targets: Iterable[str], kind: ResourceType, reserved: Mapping[str, str]
) -> list[tuple[int, MappingProblem]]:
    problems = []
    seen: set[str] = set()
    for number, written in enumerate(targets):
        name = _NAME.split(written.strip(), maxsplit=1)[0]
        why = reserved.get(name)
        reason = f"{name} is not to be set here: {why}." if why else _place_problem(written, kind, seen)
        if reason:
            problems.append((number, MappingProblem(written, reason)))
    return problems


def _place_problem(written: str, kind: ResourceType, seen: set[str]) -> str:
    try:
        target = find_place(written, kind).target
    except ValueError as error:
        return str(error)
    if target in seen:
        return f"{target} is mapped twice."
    seen.add(target)
    return ""


def _is_naming(written: str, kind: ResourceType) -> bool:
    try:
        return find_place(written, kind).target == kind.naming
    except ValueError:
        return False

"""Mappings tried on one person, also before they are saved."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from scimbridge.provisioning.expression import Context
from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping
from scimbridge.provisioning.mapping.places import USER_TYPE, find_place
from scimbridge.provisioning.mapping.profile_mapping import Row, as_expression, compile_mapping, compile_override
from scimbridge.provisioning.mapping.spelling import doubts
from scimbridge.scim.schema import ResourceType


class Preview(NamedTuple):
    """One mapping on one person: `value` as it would be sent (None: not at all), or in `error` why there is none.

    `expression` of an override that is a constant is that as JSON. `note`: what is probably misspelled in it.
    """

    target: str
    expression: str
    value: Any
    error: str = ""
    note: str = ""


def preview(
    mappings: Iterable[AttributeMapping],
    context: Context,
    overrides: Mapping[str, Any] = MappingProxyType({}),
    *,
    kind: ResourceType = USER_TYPE,
    known: Collection[str] = (),
) -> list[Preview]:
    """Each on its own, so that one that is wrong hides none of the others; overrides come last.

    `known`: names that people can have here.
    """
    overridden = {_canonical(target, kind) for target in overrides}
    rows = [
        (mapping.target, mapping.expression, partial(compile_mapping, mapping, kind))
        for mapping in mappings
        if _canonical(mapping.target, kind) not in overridden
    ]
    rows += [
        (target, _text(value), partial(compile_override, target, value, kind)) for target, value in overrides.items()
    ]
    tried = [_tried(target, text, compiled, context) for target, text, compiled in rows]
    return [row._replace(note=" ".join(doubts(row.expression, known))) for row in tried]


def _tried(target: str, text: str, compiled: Callable[[], Row], context: Context) -> Preview:
    try:
        return Preview(target, text, compiled().value(context))
    except ValueError as error:
        return Preview(target, text, None, str(error))


def _canonical(target: str, kind: ResourceType) -> str:
    try:
        return find_place(target, kind).target
    except ValueError:
        return target


def _text(value: Any) -> str:
    return as_expression(value) or orjson.dumps(value).decode()

"""Mappings tried on one person before they are saved."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from scimbridge.provisioning.expression import Context
from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping
from scimbridge.provisioning.mapping.places import USER_TYPE
from scimbridge.provisioning.mapping.profile_mapping import compile_mapping
from scimbridge.scim.schema import ResourceType


class Preview(NamedTuple):
    """One mapping on one person: `value` as it would be sent (None: not at all), or in `error` why there is none."""

    target: str
    expression: str
    value: Any
    error: str = ""


def preview(mappings: Iterable[AttributeMapping], context: Context, *, kind: ResourceType = USER_TYPE) -> list[Preview]:
    """Each on its own, so that one that is wrong hides none of the others."""
    return [_tried(mapping, context, kind) for mapping in mappings]


def _tried(mapping: AttributeMapping, context: Context, kind: ResourceType) -> Preview:
    try:
        return Preview(mapping.target, mapping.expression, compile_mapping(mapping, kind).value(context))
    except ValueError as error:
        return Preview(mapping.target, mapping.expression, None, str(error))

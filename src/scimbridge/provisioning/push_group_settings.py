"""A push group as a JSON document and back.

{"name": "all sales", "attribute": "name", "operator": "startsWith", "value": "sales", ...}   a rule
{"name": "Sales", "group": "e9e30dba-...", "linkTo": "sales-team", "rename": false, "active": true}   one group
"""

from collections.abc import Mapping
from typing import Any, get_args

from scimbridge.access import readers
from scimbridge.access.readers import choice, plain, record
from scimbridge.access.settings import merge_keeping
from scimbridge.provisioning.application import PushGroup
from scimbridge.scim.errors import InvalidValue


def push_group_to_document(push_group: PushGroup) -> dict[str, Any]:
    document: dict[str, Any] = plain(push_group)
    return document


def push_group_from_document(document: Mapping[str, Any]) -> PushGroup:
    """Raises InvalidValue naming the setting and the rule."""
    push_group = _push_group(document, "")
    if bool(push_group.group) == bool(push_group.value.strip()):
        raise InvalidValue('A push group needs exactly one of "group", which it pushes, and "value", of a rule.')
    if push_group.link_to and not push_group.group:
        raise InvalidValue('Setting "linkTo" needs "group": a rule cannot make one group there of many.')
    return push_group


def change_push_group(push_group: PushGroup, change: Mapping[str, Any]) -> PushGroup:
    """With a change applied (a JSON merge patch); raises InvalidValue."""
    return push_group_from_document(merge_keeping(push_group_to_document(push_group), change, ("name",)))


_push_group = record(
    PushGroup,
    {
        "name": readers.filled,
        "group": readers.string,
        "attribute": choice(*get_args(PushGroup.__annotations__["attribute"])),
        "operator": choice(*get_args(PushGroup.__annotations__["operator"])),
        "value": readers.string,
        "link_to": readers.string,
        "rename": readers.boolean,
        "active": readers.boolean,
    },
)

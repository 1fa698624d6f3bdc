"""The bodies that the admin API takes, as JSON Schema: checked against it, and shown by it in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from scimbridge.scim.errors import InvalidSyntax, InvalidValue

Shape = Mapping[str, Any]

_TYPES: Mapping[str, type] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
# Ten years: a longer life is meant as for ever.
_SECONDS: Shape = {"type": "integer", "minimum": 0, "maximum": 315_360_000}
_NAMES: Shape = {"type": "array", "items": {"type": "string"}}

_CLIENT_SETTINGS: Mapping[str, Shape] = {
    "description": {"type": "string"},
    "enabled": {"type": "boolean"},
    "serviceAccount": {"type": "boolean"},
    "grants": _NAMES,
    "roles": _NAMES,
}


def _object(properties: Mapping[str, Shape], *required: str, more: bool = False) -> Shape:
    shape = {"type": "object", "properties": properties, "required": list(required)}
    return {**shape, "additionalProperties": more}


NOTHING = _object({})
# What a realm's settings may be stands in access.settings, which checks them; here is only that they are an object.
NEW_REALM = _object({"name": {"type": "string"}}, "name", more=True)
REALM_CHANGE = _object({}, more=True)
NEW_CLIENT = _object({"clientId": {"type": "string"}, **_CLIENT_SETTINGS}, "clientId")
CLIENT_CHANGE = _object(_CLIENT_SETTINGS)
NEW_TOKEN = _object({"name": {"type": "string"}, "roles": _NAMES, "lifetime": _SECONDS}, "name")
NEW_ADMIN_TOKEN = _object({"name": {"type": "string"}, "lifetime": _SECONDS}, "name")
ROTATION = _object({"overlap": _SECONDS})
# What settings of applications, assignments and push groups may be stands in provisioning, which checks them.
NEW_APPLICATION = _object({"name": {"type": "string"}}, "name", more=True)
APPLICATION_CHANGE = _object({}, more=True)
ASSIGNMENT = _object({"type": {"type": "string"}, "id": {"type": "string"}}, "type", "id", more=True)
PUSH_GROUP = _object({"name": {"type": "string"}}, "name", more=True)
PUSH_GROUP_CHANGE = _object({}, more=True)
PUSH = _object({"allow": _NAMES, "everything": {"type": "boolean"}, "verify": {"type": "boolean"}})
TASK = _object({"type": {"type": "string"}, "id": {"type": "string"}, "kind": {"type": "string"}}, "type", "id", "kind")
TOKEN_ROTATION = _object({"overlap": _SECONDS, "lifetime": _SECONDS})


def check(body: Any, shape: Shape) -> dict[str, Any]:
    """The body, if it has the shape; raises InvalidSyntax if it is no object, InvalidValue naming the key."""
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    for key in shape["required"]:
        if key not in body:
            raise InvalidValue(f'Key "{key}" is required.')
    known: Mapping[str, Shape] = shape["properties"]
    for key, value in body.items():
        if key in known:
            _check_value(key, value, known[key])
        elif not shape["additionalProperties"]:
            raise InvalidValue(f'There is no key "{key[:64]}" here; there are: {", ".join(known) or "none"}.')
    return body


def _check_value(key: str, value: Any, shape: Shape) -> None:
    kind = shape["type"]
    if type(value) is not _TYPES[kind]:
        raise InvalidValue(f'Key "{key}" must be of type {kind}.')
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise InvalidValue(f'Key "{key}" must be a list of strings.')
    if kind == "integer" and not shape["minimum"] <= value <= shape["maximum"]:
        raise InvalidValue(f'Key "{key}" must be between {shape["minimum"]} and {shape["maximum"]}.')

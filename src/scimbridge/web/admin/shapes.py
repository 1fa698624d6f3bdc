"""The bodies that the admin API takes, as JSON Schema: checked against it, and shown by it in the OpenAPI document."""

from collections.abc import Iterable, Mapping
from typing import Any

from scimbridge.scim.errors import InvalidSyntax, InvalidValue

Shape = Mapping[str, Any]

_TYPES: Mapping[str, type] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
# Ten years: a longer life is meant as for ever.
_SECONDS: Shape = {"type": "integer", "minimum": 0, "maximum": 315_360_000}
_TEXT: Shape = {"type": "string"}
_SWITCH: Shape = {"type": "boolean"}
_NAMES: Shape = {"type": "array", "items": {"type": "string"}}
_NUMBERS: Shape = {"type": "array", "items": {"type": "integer"}}
_OBJECT: Shape = {"type": "object"}
# Lines of a result, as Operation.count has it.
_COUNT: Shape = {"type": "integer", "minimum": 0, "maximum": 1000}

_CLIENT_SETTINGS: Mapping[str, Shape] = {
    "description": _TEXT,
    "enabled": _SWITCH,
    "serviceAccount": _SWITCH,
    "grants": _NAMES,
    "roles": _NAMES,
}


def _object(properties: Mapping[str, Shape], *required: str, more: bool = False) -> Shape:
    shape = {"type": "object", "properties": properties, "required": list(required)}
    return {**shape, "additionalProperties": more}


NOTHING = _object({})
# What a realm's settings may be stands in access.settings, which checks them; here is only that they are an object.
NEW_REALM = _object({"name": _TEXT}, "name", more=True)
REALM_CHANGE = _object({}, more=True)
NEW_CLIENT = _object({"clientId": _TEXT, **_CLIENT_SETTINGS}, "clientId")
CLIENT_CHANGE = _object(_CLIENT_SETTINGS)
NEW_TOKEN = _object({"name": _TEXT, "roles": _NAMES, "lifetime": _SECONDS}, "name")
NEW_ADMIN_TOKEN = _object({"name": _TEXT, "lifetime": _SECONDS}, "name")
ROTATION = _object({"overlap": _SECONDS})
# What settings of applications, sources, assignments and push groups may be stands in provisioning, which checks them.
NEW_APPLICATION = _object({"name": _TEXT}, "name", more=True)
APPLICATION_CHANGE = _object({}, more=True)
ASSIGNMENT = _object({"type": _TEXT, "id": _TEXT}, "type", "id", more=True)
PUSH_GROUP = _object({"name": _TEXT}, "name", more=True)
PUSH_GROUP_CHANGE = _object({}, more=True)
PLAN = _object({"everything": _SWITCH, "verify": _SWITCH, "count": _COUNT})
PUSH = _object({"allow": _NAMES, "everything": _SWITCH, "verify": _SWITCH})
TASK = _object({"type": _TEXT, "id": _TEXT, "kind": _TEXT, "failed": _SWITCH})
NEW_SOURCE = _object({"name": _TEXT}, "name", more=True)
SOURCE_CHANGE = _object({}, more=True)
SOURCE_IMPORT = _object({"dryRun": _SWITCH, "everything": _SWITCH, "allow": _NAMES, "count": _COUNT})
ACCOUNT_IMPORT = _object({"dryRun": _SWITCH, "allow": _NAMES, "count": _COUNT})
CONFIRMATION = _object({"person": _TEXT, "new": _SWITCH})
BRIDGE_TASKS = _object({"numbers": _NUMBERS, "failed": _SWITCH})
PREFLIGHT = _object({"fix": _SWITCH})
DRIFT = _object({"count": _COUNT})
MIGRATION = _object({"dryRun": _SWITCH})
# What a declaration may be stands in provisioning.declaration.
DECLARATION = _object(
    {"declaration": _OBJECT, "secrets": {**_OBJECT, "additionalProperties": _TEXT}, "prune": _SWITCH}, "declaration"
)
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
    if isinstance(value, list):
        _check_items(f'Key "{key}" must be a list of {shape["items"]["type"]}s.', value, shape["items"])
    elif isinstance(value, dict) and "additionalProperties" in shape:
        _check_items(f'Key "{key}" must hold strings.', value.values(), shape["additionalProperties"])
    if kind == "integer" and not shape["minimum"] <= value <= shape["maximum"]:
        raise InvalidValue(f'Key "{key}" must be between {shape["minimum"]} and {shape["maximum"]}.')


def _check_items(sentence: str, items: Iterable[Any], shape: Shape) -> None:
    if not all(type(item) is _TYPES[shape["type"]] for item in items):
        raise InvalidValue(sentence)

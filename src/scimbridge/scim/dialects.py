"""What real clients send that is not quite SCIM, and how it is read: one function or table for each quirk.

Nothing here is a setting: every reading is harmless to a client that keeps to the RFC. The sources are recordings and
reports of the clients named; docs/reference/dialects.md lists them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from scimbridge.scim.schema import Attribute, ResourceType, Target

ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

# OneLogin sends the URNs of the drafts, as the keys of objects and in `schemas`.
_DRAFT_URNS = {
    "urn:scim:schemas:core:2.0:user": "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:scim:schemas:core:2.0:group": "urn:ietf:params:scim:schemas:core:2.0:Group",
    "urn:scim:schemas:extension:enterprise:2.0": ENTERPRISE_USER,
    "urn:scim:schemas:extension:enterprise:2.0:user": ENTERPRISE_USER,
}
# The drafts' one core URN stands for the core schema of whatever resource it is in.
_DRAFT_CORE = "urn:scim:schemas:core:2.0"


def final_urn(urn: str, core: str) -> str:
    """The URN of RFC 7643 for one of its drafts; others as they are. `core` is the resource's own schema."""
    lowered = urn.lower()
    return core if lowered == _DRAFT_CORE else _DRAFT_URNS.get(lowered, urn)


def boolean_from_text(value: str) -> bool | None:
    """Entra ID's default dialect and Microsoft's validator send "True", "False", "true"; None = no boolean."""
    return {"true": True, "false": False}.get(value.strip().lower())


def only_element(value: list[Any]) -> Any:
    """A single-valued attribute in a list: `active: [false]`, `manager: [{...}]` (Entra ID); [] is no value.

    A longer list comes back as it is.
    """
    if len(value) > 1:
        return value
    return value[0] if value else None


def as_list(value: Any) -> list[Any]:
    """A multi-valued attribute sent as its one value: OneLogin's `emails: {"value": ...}`."""
    return value if isinstance(value, list) else [value]


def value_from_text(attribute: Attribute, text: str) -> dict[str, Any] | None:
    """A complex value sent as bare text stands for its `value`: manager and members (Entra ID, Microsoft's tests).

    None = this attribute has no `value`.
    """
    return {"value": text} if "value" in attribute.subs else None


def role_from_json_text(role: Mapping[str, Any]) -> Mapping[str, Any]:
    """A whole role written into its `value` as JSON, as Entra ID does it.

    Only texts, numbers and booleans are taken over; `displayName` is Entra's word for `display`.
    """
    if isinstance(text := role.get("value"), str) and not text.startswith("{"):
        return role
    read = _lower_names(role)
    while isinstance(text := read.get("value"), str) and text.startswith("{"):
        try:
            inner = orjson.loads(text)
        except orjson.JSONDecodeError:
            break
        flat = _lower_names({name: item for name, item in inner.items() if isinstance(item, str | int | float)})
        if not isinstance(flat.get("value"), str):
            break
        if "displayName" in flat:
            flat.setdefault("display", flat.pop("displayName"))
        read |= flat
    return read


def _lower_names(role: Mapping[str, Any]) -> dict[str, Any]:
    known = ("value", "display", "type", "primary")
    return {lowered if (lowered := name.lower()) in known else name: item for name, item in role.items()}


def value_from_manager_id(fields: Mapping[str, Any], name: str = "value") -> Mapping[str, Any]:
    """`manager: {"managerId": "x"}`, the spelling of SCIM 1.1 that OneLogin's templates still have.

    With `name` "manager" it reads `managerId` beside `department` in the enterprise object. What is there under its
    real name wins.
    """
    if name in fields or not any(key.lower() == "managerid" for key in fields):
        return fields
    kept = {key: item for key, item in fields.items() if key.lower() != "managerid"}
    if not any(key.lower() == name for key in kept):
        kept[name] = next(item for key, item in fields.items() if key.lower() == "managerid")
    return kept


def keep_one_primary(values: list[dict[str, Any]]) -> None:
    """Leaves `primary` true on the first value that has it, and sets it false on the others, in place.

    RFC 7643 section 2.4 allows one. Templates and mappings that an administrator edits produce several, and a
    refusal would stop the whole user for it; the order is the client's own preference.
    """
    found = False
    for value in values:
        if value.get("primary") is True:
            if found:
                value["primary"] = False
            found = True


def is_removal(member: Mapping[str, Any]) -> bool:
    """`members: [{"value": "x", "operation": "delete"}]`: SCIM 1.1's mark, sent by older OneLogin connectors."""
    operation = member.get("operation")
    return isinstance(operation, str) and operation.lower() in ("delete", "remove")


def resolve_key(resource_type: ResourceType, key: str) -> Target | None:
    """What a key of a pathless value means: plain, dotted, or with a URN; None = nothing that is known.

    `name.givenName` and `urn:...:User:department` come from Entra ID, `urn:...:User.department` from its old jobs.
    """
    if ":" not in key:
        name, _, sub = key.partition(".")
        return resource_type.resolve(None, name, sub or None)
    lowered = key.lower()
    for urn in (resource_type.schema.id, *resource_type.extension_by_urn):
        for spelling in (urn, *_drafts_of(urn)):
            if lowered.startswith(spelling.lower()) and key[len(spelling) : len(spelling) + 1] in (":", "."):
                name, _, sub = key[len(spelling) + 1 :].partition(".")
                target = resource_type.resolve(urn, name, sub or None)
                if target is not None:
                    return target
    return None


def gather(resource_type: ResourceType, items: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Keys that name a place, as plain nested members: `name.givenName` becomes `name: {givenName: ...}`.

    Every key must be one that `resolve_key` knows.
    """
    placed: list[tuple[str, Any]] = []
    parts: dict[tuple[str | None, str], dict[str, Any]] = {}
    for key, value in items:
        target = resolve_key(resource_type, key)
        if target is None:
            raise ValueError(key)
        place = (target.schema, target.attribute.name)
        if target.sub is not None:
            parts.setdefault(place, {})[target.sub.name] = value
        else:
            placed.append(_under(*place, value))
    return [*placed, *(_under(*place, value) for place, value in parts.items())]


def _under(schema: str | None, name: str, value: Any) -> tuple[str, Any]:
    return (name, value) if schema is None else (schema, {name: value})


def _drafts_of(urn: str) -> list[str]:
    return [draft for draft, final in _DRAFT_URNS.items() if final.lower() == urn.lower()]

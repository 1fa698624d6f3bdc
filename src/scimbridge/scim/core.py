"""The schemas that every realm has (RFC 7643 sections 4.1 to 4.3, 5 to 7), and the extensions that a realm adds.

They are read from `builtin/`. Where they depart from the RFC's section 8.7, it is to tell the truth about this server:
Group.displayName is required and unique; a member's `value` is required, its `display` is there; addresses have
`primary`; the manager's `displayName` may be written, because Okta maps it and its managers need not be users here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any, get_args

import orjson

from scimbridge.scim import schema as definitions
from scimbridge.scim.definitions import parse_schema, render_schema
from scimbridge.scim.schema import ResourceType, ResourceTypes, Schema

# A URN that a PATCH path or a filter can hold: no blanks, quotes, brackets or parentheses.
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}(?::[A-Za-z0-9._~-]+)+")
_NAME = re.compile(r"[A-Za-z$][A-Za-z0-9_$-]*")  # RFC 7643 section 2.1, and `$ref`
_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "type": get_args(definitions.Type),
    "mutability": get_args(definitions.Mutability),
    "returned": get_args(definitions.Returned),
    # A custom attribute's uniqueness is not enforced, so its schema may not promise it.
    "uniqueness": ("none",),
}
_BOOLEANS = ("multiValued", "required", "caseExact")
_TEXT_LISTS = ("canonicalValues", "referenceTypes")


class SchemaError(ValueError):
    """A custom schema that cannot be served; the message names the place in its document and the rule."""


def _builtin(name: str) -> Schema:
    return parse_schema(orjson.loads((files("scimbridge.scim") / "builtin" / f"{name}.json").read_bytes()))


USER = _builtin("User")
GROUP = _builtin("Group")
ENTERPRISE_USER = _builtin("EnterpriseUser")
# What the discovery endpoints speak; no resource type has them.
DISCOVERY_SCHEMAS = (_builtin("ServiceProviderConfig"), _builtin("ResourceType"), _builtin("Schema"))

CORE = ResourceTypes(
    (
        ResourceType(
            name="User",
            endpoint="/Users",
            description="A person's account.",
            schema=USER,
            extensions=(ENTERPRISE_USER,),
            naming="userName",
        ),
        ResourceType(
            name="Group",
            endpoint="/Groups",
            description="A group of users and groups.",
            schema=GROUP,
            naming="displayName",
        ),
    )
)


def with_extensions(types: ResourceTypes, extensions: Iterable[tuple[str, Mapping[str, Any], bool]]) -> ResourceTypes:
    """`types` with custom schemas: (name of the resource type, the schema's SCIM representation, is it required).

    Raises SchemaError with a sentence that names the place in the document.
    """
    kinds = dict(types.by_name)
    known = {**types.schemas, **{schema.id.lower(): schema for schema in DISCOVERY_SCHEMAS}}
    for name, document, required in extensions:
        kind = kinds.get(name)
        if kind is None:
            raise SchemaError(f'There is no resource type "{name}"; there are {", ".join(kinds)}.')
        schema = _custom_schema(document)
        earlier = known.setdefault(schema.id.lower(), schema)
        if schema.id.lower() in kind.extension_by_urn or render_schema(earlier) != render_schema(schema):
            raise SchemaError(f'The schema "{schema.id}" is there already.')
        kinds[name] = replace(
            kind,
            extensions=(*kind.extensions, schema),
            required_extensions=kind.required_extensions | {schema.id} if required else kind.required_extensions,
        )
    return ResourceTypes(tuple(kinds.values()))


def _custom_schema(document: Any) -> Schema:
    if not isinstance(document, Mapping):
        raise SchemaError("A schema must be a JSON object.")
    urn = document.get("id")
    if not isinstance(urn, str) or not _URN.fullmatch(urn):
        raise SchemaError('The schema\'s "id" must be a URN, such as urn:example:params:scim:schemas:badge:1.0:User.')
    if urn.lower().startswith(("urn:ietf:params:scim:", "urn:scim:")):
        raise SchemaError(f'The schema\'s "id" may not be one of SCIM\'s own URNs, as "{urn}" is.')
    _check_text(document, ("name", "description"), urn)
    if not document.get("attributes"):
        raise SchemaError(f'The schema "{urn}" has no attributes.')
    _check_attributes(document["attributes"], urn, complex_allowed=True)
    return parse_schema(document)


def _check_attributes(attributes: Any, place: str, *, complex_allowed: bool) -> None:
    if not isinstance(attributes, list):
        raise SchemaError(f"The attributes of {place} must be a list.")
    seen: set[str] = set()
    for number, attribute in enumerate(attributes, 1):
        name = attribute.get("name") if isinstance(attribute, Mapping) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise SchemaError(
                f'Attribute {number} of {place} needs a "name" of letters, digits, "_", "$" and "-", a letter first.'
            )
        if name.lower() in seen:
            raise SchemaError(f'{place} has the attribute "{name}" twice.')
        seen.add(name.lower())
        _check_attribute(attribute, f"{place}:{name}" if complex_allowed else f"{place}.{name}", complex_allowed)


def _check_attribute(attribute: Mapping[str, Any], place: str, complex_allowed: bool) -> None:
    _check_keywords(attribute, place)
    if attribute.get("type") != "complex":
        if attribute.get("subAttributes"):
            raise SchemaError(f"{place} has sub-attributes, so its type must be complex.")
        return
    if not complex_allowed:
        raise SchemaError(f"{place} is complex inside a complex attribute (RFC 7643 section 2.3.8).")
    if not attribute.get("subAttributes"):
        raise SchemaError(f"{place} is complex and has no sub-attributes.")
    _check_attributes(attribute["subAttributes"], place, complex_allowed=False)


def _check_keywords(attribute: Mapping[str, Any], place: str) -> None:
    _check_text(attribute, ("description",), place)
    for key, allowed in _KEYWORDS.items():
        if attribute.get(key, allowed[0]) not in allowed:
            raise SchemaError(f'"{key}" of {place} must be one of: {", ".join(allowed)}.')
    for key in _BOOLEANS:
        if not isinstance(attribute.get(key, False), bool):
            raise SchemaError(f'"{key}" of {place} must be true or false.')
    for key in _TEXT_LISTS:
        values = attribute.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise SchemaError(f'"{key}" of {place} must be a list of strings.')


def _check_text(document: Mapping[str, Any], keys: Iterable[str], place: str) -> None:
    for key in keys:
        if not isinstance(document.get(key, ""), str):
            raise SchemaError(f'"{key}" of {place} must be a string.')

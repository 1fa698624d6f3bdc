"""Schemas read from and shown as SCIM resources (RFC 7643 section 7)."""

from collections.abc import Iterable, Mapping
from typing import Any

from scimbridge.scim.schema import Attribute, Schema


def parse_attribute(document: Mapping[str, Any]) -> Attribute:
    """An attribute from its SCIM representation (RFC 7643 section 7); raises KeyError or ValueError on nonsense."""
    return Attribute(
        name=document["name"],
        type=document.get("type", "string"),
        multi_valued=document.get("multiValued", False),
        description=document.get("description", ""),
        required=document.get("required", False),
        canonical_values=tuple(document.get("canonicalValues", ())),
        case_exact=document.get("caseExact", False),
        mutability=document.get("mutability", "readWrite"),
        returned=document.get("returned", "default"),
        uniqueness=document.get("uniqueness", "none"),
        reference_types=tuple(document.get("referenceTypes", ())),
        sub_attributes=tuple(parse_attribute(sub) for sub in document.get("subAttributes", ())),
    )


def parse_schema(document: Mapping[str, Any]) -> Schema:
    """A schema from its SCIM representation (RFC 7643 section 7)."""
    return Schema(
        id=document["id"],
        name=document.get("name", ""),
        description=document.get("description", ""),
        attributes=tuple(parse_attribute(attribute) for attribute in document.get("attributes", ())),
    )


def render_attribute(attribute: Attribute) -> dict[str, Any]:
    """The SCIM representation of an attribute definition."""
    document: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
    }
    if attribute.type in ("string", "reference", "binary"):
        document |= {"caseExact": attribute.case_exact, "uniqueness": attribute.uniqueness}
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = _render_all(attribute.sub_attributes)
    return document


def render_schema(schema: Schema) -> dict[str, Any]:
    """The SCIM representation of a schema, without `meta`."""
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": _render_all(schema.attributes),
    }


def _render_all(attributes: Iterable[Attribute]) -> list[dict[str, Any]]:
    return [render_attribute(attribute) for attribute in attributes]

"""What a resource must have: the required attributes, extensions and sub-attributes (RFC 7643 section 2.2)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scimbridge.scim.errors import InvalidValue
from scimbridge.scim.schema import Attribute, ResourceType

# Never part of a document, whatever the schema says of them: the service has them from elsewhere.
APART = frozenset({"schemas", "id", "meta", "groups", "members", "password"})


def check_required(document: Mapping[str, Any], resource_type: ResourceType) -> None:
    """Raises InvalidValue if a required attribute, extension or sub-attribute is not there."""
    for urn, names, parts in _requirements(resource_type):
        if urn is None:
            owner = document
        elif urn in document:
            owner = document[urn]
        elif urn in resource_type.required_extensions:
            raise InvalidValue(f'Attribute "{urn}" is required.')
        else:
            continue
        for name in names:
            if name not in owner:
                raise InvalidValue(f'Attribute "{spelled((urn, name) if urn else (name,))}" is required.')
        for attribute in parts:
            _check_parts(attribute, owner.get(attribute.name), urn)


def spelled(path: tuple[str, ...]) -> str:
    """A place in a document as an attribute path."""
    return f"{path[0]}:{'.'.join(path[1:])}" if ":" in path[0] else ".".join(path)


@lru_cache(maxsize=256)
def _requirements(
    resource_type: ResourceType,
) -> tuple[tuple[str | None, tuple[str, ...], tuple[Attribute, ...]], ...]:
    """For core and each extension: its URN, the required attributes, those with required sub-attributes."""
    schemas = [(None, resource_type.schema), *((extension.id, extension) for extension in resource_type.extensions)]
    return tuple(
        (
            urn,
            tuple(attribute.name for attribute in writable if attribute.required),
            tuple(attribute for attribute in writable if attribute.required_subs),
        )
        for urn, schema in schemas
        for writable in [[a for a in schema.attributes if a.mutability != "readOnly" and a.name not in APART]]
    )


def _check_parts(attribute: Attribute, value: Any, urn: str | None) -> None:
    for part in value if isinstance(value, list) else [value]:
        for sub in attribute.required_subs if part is not None else ():
            if sub not in part:
                path = (attribute.name, sub) if urn is None else (urn, attribute.name, sub)
                raise InvalidValue(f'Attribute "{spelled(path)}" is required.')

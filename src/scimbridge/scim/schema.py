"""Schemas as data (RFC 7643 sections 2, 6 and 7).

The schema is the one place that knows case, mutability, returned and uniqueness; reading, filtering, patching,
projecting and storing all ask it. Nothing here knows a User from a Group.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Type = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]
Mutability = Literal["readOnly", "readWrite", "immutable", "writeOnly"]
Returned = Literal["always", "never", "default", "request"]
Uniqueness = Literal["none", "server", "global"]


@dataclass(frozen=True)
class Attribute:
    """One attribute definition (RFC 7643 section 7); names compare without regard to case."""

    name: str
    type: Type = "string"
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple["Attribute", ...] = ()

    @cached_property
    def subs(self) -> Mapping[str, "Attribute"]:
        """Sub-attributes by lower-cased name."""
        return {sub.name.lower(): sub for sub in self.sub_attributes}

    @cached_property
    def required_subs(self) -> tuple[str, ...]:
        """The sub-attributes that every value must have."""
        return tuple(sub.name for sub in self.sub_attributes if sub.required and sub.mutability != "readOnly")

    @cached_property
    def plain_subs(self) -> Mapping[str, object]:
        """As `plain_types`, of the sub-attributes."""
        return plain_types(self.sub_attributes)

    def sub(self, name: str) -> "Attribute | None":
        return self.subs.get(name.lower())


def plain_types(attributes: Iterable[Attribute]) -> Mapping[str, object]:
    """The Python type of those that hold one string or one boolean that a client may write, by canonical name."""
    plain = {"string": str, "reference": str, "boolean": bool}
    return {
        attribute.name: plain[attribute.type]
        for attribute in attributes
        if attribute.type in plain and not attribute.multi_valued and attribute.mutability != "readOnly"
    }


@dataclass(frozen=True)
class Schema:
    """A named set of attributes; `id` is its URN."""

    id: str
    name: str
    description: str = ""
    attributes: tuple[Attribute, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        """Attributes by lower-cased name."""
        return {attribute.name.lower(): attribute for attribute in self.attributes}

    def attribute(self, name: str) -> Attribute | None:
        return self.by_name.get(name.lower())


@dataclass(frozen=True)
class Target:
    """Where an attribute path leads: `schema` is an extension's URN, or None for core and common attributes."""

    schema: str | None
    attribute: Attribute
    sub: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute whose value is meant: the sub-attribute if the path names one."""
        return self.sub or self.attribute

    @cached_property
    def name(self) -> str:
        """The path in its canonical spelling, e.g. `name.givenName` or `urn:...:User:manager.value`."""
        head = f"{self.schema}:{self.attribute.name}" if self.schema else self.attribute.name
        return f"{head}.{self.sub.name}" if self.sub else head


# RFC 7643 section 3.1: on every resource, whatever its schema.
COMMON = Schema(
    id="",
    name="Common",
    attributes=(
        Attribute("schemas", "reference", multi_valued=True, case_exact=True, returned="always"),
        Attribute("id", case_exact=True, mutability="readOnly", returned="always", uniqueness="server"),
        Attribute("externalId", case_exact=True),
        Attribute(
            "meta",
            "complex",
            mutability="readOnly",
            sub_attributes=(
                Attribute("resourceType", case_exact=True, mutability="readOnly"),
                Attribute("created", "dateTime", mutability="readOnly"),
                Attribute("lastModified", "dateTime", mutability="readOnly"),
                Attribute("location", "reference", case_exact=True, mutability="readOnly", reference_types=("uri",)),
                Attribute("version", case_exact=True, mutability="readOnly"),
            ),
        ),
    ),
)


@dataclass(frozen=True, eq=False)  # by identity: it is the key of caches, and a hash by value walks every schema
class ResourceType:
    """A kind of resource (RFC 7643 section 6): its endpoint, its schema and its extensions.

    `naming` is the attribute that names a resource of this type: required, unique in the realm, compared without
    regard to case and kept as sent (`userName`, `displayName`).
    """

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()
    required_extensions: frozenset[str] = field(default_factory=frozenset)
    naming: str = "displayName"

    @cached_property
    def extension_by_urn(self) -> Mapping[str, Schema]:
        """Extensions by lower-cased URN."""
        return {extension.id.lower(): extension for extension in self.extensions}

    @cached_property
    def hidden(self) -> bool:
        """Whether a stored document may hold something a default answer leaves out, so that it must be projected."""
        schemas = (self.schema, *self.extensions)
        return any(
            leaf.returned in ("never", "request")
            for schema in schemas
            for attribute in schema.attributes
            if attribute.name != "password"  # never part of a stored document
            for leaf in (attribute, *attribute.sub_attributes)
        )

    def resolve(self, schema: str | None, name: str, sub: str | None = None) -> Target | None:
        """The definition that a path names, or None.

        A name without URN is looked for in core, then common, then the extensions: Okta, Entra ID and Ping all name
        enterprise attributes without their URN in filters (`manager eq "x"`).
        """
        found = self._attribute(schema, name)
        if found is None:
            return None
        urn, attribute = found
        if sub is None:
            return Target(urn, attribute)
        definition = attribute.sub(sub)
        return Target(urn, attribute, definition) if definition else None

    def _attribute(self, schema: str | None, name: str) -> tuple[str | None, Attribute] | None:
        if schema is None:
            for owner in (self.schema, COMMON):
                if attribute := owner.attribute(name):
                    return None, attribute
            for extension in self.extensions:
                if attribute := extension.attribute(name):
                    return extension.id, attribute
            return None
        if schema.lower() == self.schema.id.lower():
            attribute = self.schema.attribute(name) or COMMON.attribute(name)
            return (None, attribute) if attribute else None
        owner_ = self.extension_by_urn.get(schema.lower())
        attribute = owner_.attribute(name) if owner_ else None
        return (owner_.id, attribute) if owner_ and attribute else None


@dataclass(frozen=True)
class ResourceTypes:
    """All the resource types that a realm serves."""

    types: tuple[ResourceType, ...]

    @cached_property
    def by_name(self) -> Mapping[str, ResourceType]:
        return {kind.name: kind for kind in self.types}

    @cached_property
    def by_endpoint(self) -> Mapping[str, ResourceType]:
        """Types by endpoint without its slash, e.g. `Users`."""
        return {kind.endpoint.strip("/"): kind for kind in self.types}

    @cached_property
    def schemas(self) -> Mapping[str, Schema]:
        """Every schema in use, by lower-cased URN."""
        found: dict[str, Schema] = {}
        for kind in self.types:
            for schema in (kind.schema, *kind.extensions):
                found.setdefault(schema.id.lower(), schema)
        return found

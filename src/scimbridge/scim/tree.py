"""Filters and paths as trees, the way they were written (RFC 7644 sections 3.4.2.2 and 3.5.2); str() is their text."""

import json
from dataclasses import dataclass

from scimbridge.scim.binding import Operator

Literal = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class AttributePath:
    """A name as written: `schema` is what stood before the last colon, `sub` what stood behind the dot."""

    schema: str | None
    name: str
    sub: str | None = None

    def __str__(self) -> str:
        head = f"{self.schema}:{self.name}" if self.schema else self.name
        return f"{head}.{self.sub}" if self.sub else head


@dataclass(frozen=True, slots=True)
class Compare:
    path: AttributePath
    operator: Operator
    value: Literal

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Present:
    path: AttributePath

    def __str__(self) -> str:
        return f"{self.path} pr"


@dataclass(frozen=True, slots=True)
class And:
    items: tuple["Filter", ...]

    def __str__(self) -> str:
        return " and ".join(f"({item})" if isinstance(item, And | Or) else str(item) for item in self.items)


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple["Filter", ...]

    def __str__(self) -> str:
        return " or ".join(f"({item})" if isinstance(item, Or) else str(item) for item in self.items)


@dataclass(frozen=True, slots=True)
class Not:
    item: "Filter"

    def __str__(self) -> str:
        return f"not ({self.item})"


@dataclass(frozen=True, slots=True)
class Element:
    """`path[filter]`: one value of the attribute matches the whole filter."""

    path: AttributePath
    filter: "Filter"

    def __str__(self) -> str:
        return f"{self.path}[{self.filter}]"


Filter = Compare | Present | And | Or | Not | Element


@dataclass(frozen=True, slots=True)
class ValuePath:
    """A PATCH path: `path`, `path[filter]` or `path[filter].sub`."""

    path: AttributePath
    filter: Filter | None = None
    sub: str | None = None

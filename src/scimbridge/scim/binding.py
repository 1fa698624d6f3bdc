"""A filter bound to a resource type: every path resolved to its definition, every value made comparable.

The readers (in memory: match.py; SQL: adapters) read this tree and need no schema of their own. What it means:

* A comparison of a multi-valued attribute matches if any of its values does.
* `ne` is exactly `not eq`; so a resource without the attribute matches it. `eq null` is exactly `not pr`.
* Every other operator does not match where there is no value.
* A complex attribute without sub-attribute is compared by its `value` (`emails eq "x"`, `members eq "x"`, `manager eq`).
* Strings compare by Unicode case folding unless the attribute is caseExact; `value` is already folded then.
* dateTime values are compared as instants: `value` is RFC 3339 in UTC with six digits of a second and `Z`.
* `active` compares as boolean; `"True"` in quotes is taken as one (Entra ID: `roles[primary eq "True"]`).
"""

from dataclasses import dataclass
from typing import Literal

from scimbridge.scim.schema import Target

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]


@dataclass(frozen=True, slots=True)
class BoundCompare:
    """`target` op `value`; the value has the Python type that goes with the attribute's, never None."""

    target: Target
    operator: Operator
    value: str | bool | int | float


@dataclass(frozen=True, slots=True)
class BoundPresent:
    """`target pr`: it has a value that is not empty."""

    target: Target


@dataclass(frozen=True, slots=True)
class BoundAnd:
    items: tuple["Bound", ...]


@dataclass(frozen=True, slots=True)
class BoundOr:
    items: tuple["Bound", ...]


@dataclass(frozen=True, slots=True)
class BoundNot:
    item: "Bound"


@dataclass(frozen=True, slots=True)
class BoundElement:
    """`target[filter]`: one value of the complex attribute matches all of `filter`, whose targets carry its subs."""

    target: Target
    filter: "Bound"


Bound = BoundCompare | BoundPresent | BoundAnd | BoundOr | BoundNot | BoundElement

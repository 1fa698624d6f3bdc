"""A filter bound to a resource type: every path resolved to its definition, every value made comparable.

The readers (in memory: match.py; SQL: adapters) read this tree and need no schema of their own. What it means:

* A comparison of a multi-valued attribute matches if any of its values does.
* `ne` is exactly `not eq`; so a resource without the attribute matches it. `eq null` is exactly `not pr`.
* Every other operator does not match where there is no value.
* A complex attribute without sub-attribute is compared by its `value` (`emails eq "x"`, `members eq "x"`).
  Then `target` names that sub-attribute.
* Strings compare by Unicode case folding unless the attribute is caseExact; `value` is already folded then.
* dateTime values are compared as instants: `value` is RFC 3339 in UTC with six digits of a second and `Z`.
* `active` compares as boolean; `"True"` in quotes is taken as one (Entra ID: `roles[primary eq "True"]`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from scimbridge.scim.schema import Attribute, Target

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]


class BoundCompare(NamedTuple):
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


def folds(attribute: Attribute) -> bool:
    """Whether two values that differ in case only are the same (RFC 7643 section 2.2; base64 never is)."""
    return attribute.type in ("string", "reference") and not attribute.case_exact


def comparable(target: Target) -> Target:
    """The target whose values are compared: the `value` of a complex attribute that has one, else the target."""
    value = target.attribute.sub("value") if target.sub is None and target.attribute.type == "complex" else None
    return Target(target.schema, target.attribute, value) if value else target


def instant(text: str) -> str | None:
    """A dateTime as RFC 3339 in UTC with six digits and `Z`, so that text order is time order; None if it is none.

    A time without offset is taken as UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

"""A bound filter as SQL that means exactly what the reader in memory (scim/match.py) means.

`not` is pushed down to the comparisons, so that a filter of 50 levels (scim/limits.py) fits SQLite's parser.
"""

# ruff: noqa: S608 (the parts are constants and attribute names from schemas, quoted; values are always bound)

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from scimbridge.adapters.sqlite.condition import Condition, SqlValue, every, no, some, tight
from scimbridge.adapters.sqlite.places import MEMBER_SUBS, Elements, Place, Places
from scimbridge.directory.keys import indexes_emails
from scimbridge.scim.binding import (
    Bound,
    BoundAnd,
    BoundCompare,
    BoundElement,
    BoundNot,
    BoundOr,
    BoundPresent,
    comparable,
    folds,
)
from scimbridge.scim.schema import Attribute, ResourceType, Target

_TESTS = {
    "eq": "{x} = ?",
    "ne": "{x} = ?",  # and not
    "co": "instr({x}, ?) > 0",
    "sw": "substr({x}, 1, ?) = ?",
    "ew": "substr({x}, ?) = ?",
    "gt": "{x} > ?",
    "ge": "{x} >= ?",
    "lt": "{x} < ?",
    "le": "{x} <= ?",
}


class _Scope(Protocol):
    """Where a filter is read: a whole resource, or one value of a complex attribute."""

    def place(self, target: Target) -> Place: ...

    def elements(self, target: Target) -> Elements: ...


@dataclass(frozen=True, slots=True)
class _InElement:
    """One value of a complex attribute; the targets carry its subs."""

    of: Elements

    def place(self, target: Target) -> Place:
        if target.sub is None:
            return Place("NULL")
        return self.of.place(target.sub)

    def elements(self, target: Target) -> Elements:  # noqa: ARG002 (nothing is complex in a complex attribute)
        return Elements(condition="0")


class Predicate:
    """Compiles the filters of one resource type in one realm."""

    def __init__(self, kind: ResourceType, realm: str) -> None:
        self._places = Places(kind)
        self._lookups = _lookups(kind, realm)

    def compile(self, bound: Bound) -> Condition:
        match bound:
            case BoundCompare(operator="eq"):
                return self._equal(bound)
            case BoundAnd(items):
                return every([self.compile(item) for item in items])
            case BoundElement(_, filter_):
                items = filter_.items if isinstance(filter_, BoundAnd) else (filter_,)
                # What holds of one value holds of some value, and for that there may be an index.
                implied = [
                    self._equal(item) for item in items if isinstance(item, BoundCompare) and item.operator == "eq"
                ]
                served = [condition for condition in implied if condition.reach != "all"]
                return every([*served, _condition(bound, self)])
        return _condition(bound, self)

    def sort_key(self, target: Target) -> str:
        """The value to sort by as an SQL expression, NULL where there is none (scim/ordering.py)."""
        target = comparable(target)
        if target.sub is not None and target.sub.multi_valued:
            return "NULL"
        place = self._places.in_order(target)
        value = _comparable(place, target.leaf)
        if not place.rows:
            return value
        test = _both(place.condition, _both(place.typed(target.leaf), f"{value} IS NOT NULL"))
        order = f"ORDER BY {place.order}" if place.order else ""
        return f"(SELECT {value} FROM {place.rows} WHERE {test} {order} LIMIT 1)"

    def place(self, target: Target) -> Place:
        return self._places.of(target)

    def elements(self, target: Target) -> Elements:
        return self._places.elements(target)

    def _equal(self, bound: BoundCompare) -> Condition:
        """An equality, by an index where there is one."""
        lookup = self._lookups.get(bound.target.name)
        if lookup is None:
            return _condition(bound, self)
        return Condition(lookup.sql, (*lookup.parameters, bound.value), lookup.reach)


def _lookups(kind: ResourceType, realm: str) -> dict[str, Condition]:
    """The equalities that an index serves, by the path of the attribute; the value is the last parameter."""
    lookups = {"id": Condition("r.id = ?", reach="one"), "externalId": Condition("r.external_id = ?", reach="column")}
    naming = kind.schema.attribute(kind.naming)
    if naming is not None and folds(naming):
        lookups[naming.name] = Condition("r.name_key = ?", reach="one")
    if indexes_emails(kind):
        listed = "r.seq IN (SELECT seq FROM email WHERE realm = ? AND key = ?)"
        lookups["emails.value"] = Condition(listed, (realm,), "seqs")
    members = kind.schema.attribute("members")
    member_id = members.sub("value") if members else None
    if member_id is not None and not folds(member_id):
        listed = (
            "r.seq IN (SELECT m.group_seq FROM resource x JOIN membership m ON m.member_seq = x.seq"
            " WHERE x.realm = ? AND x.id = ?)"
        )
        lookups["members.value"] = Condition(listed, (realm,), "seqs")
    return lookups


def member_condition(bound: Bound) -> Condition:
    """A filter over the sub-attributes of `members` as SQL over the member's row `x`."""
    return _condition(bound, _InElement(Elements(subs=MEMBER_SUBS)))


def _comparable(place: Place, leaf: Attribute) -> str:
    """The value as filters compare it and sorting orders it."""
    if leaf.type == "dateTime":
        return f"instant({place.value})" if place.json else place.value
    if not folds(leaf):
        return place.value
    return place.folded or (
        f"CASE WHEN {place.value} GLOB '*[^ -~]*' THEN casefold({place.value}) ELSE lower({place.value}) END"
    )


def _condition(bound: Bound, scope: _Scope, *, negated: bool = False) -> Condition:
    within = partial(_condition, scope=scope)
    match bound:
        case BoundAnd(items):
            parts = [within(item, negated=negated) for item in items]
            return some(parts) if negated else every(parts)
        case BoundOr(items):
            parts = [within(item, negated=negated) for item in items]
            return every(parts) if negated else some(parts)
        case BoundNot(item):
            return within(item, negated=not negated)
        case BoundCompare(target, operator, value):
            condition = _compare(scope.place(target), target, operator, value)
            return no(condition) if negated != (operator == "ne") else condition
        case BoundPresent(target):
            place = scope.place(target)
            condition = Condition(_exists(place, place.present()))
        case BoundElement(target, filter_):
            elements = scope.elements(target)
            inner = tight(_condition(filter_, _InElement(elements)))
            place = Place(rows=elements.rows, condition=elements.condition)
            condition = Condition(_exists(place, inner.sql), inner.parameters, depth=inner.depth + 2)
    return no(condition) if negated else condition


def _compare(place: Place, target: Target, operator: str, value: SqlValue) -> Condition:
    """The comparison, of `ne` the opposite."""
    test = _TESTS[operator].format(x=_comparable(place, target.leaf))
    parameters: tuple[SqlValue, ...] = (_sql_value(value),)
    if operator == "sw":
        parameters = (len(str(value)), value)
    elif operator == "ew":
        # substr(x, -0) would be all of x. Every text ends with nothing.
        parameters = (-len(str(value)) or 1 << 30, value)
    return Condition(_exists(place, _both(place.typed(target.leaf), test)), parameters)


def _exists(place: Place, test: str) -> str:
    """That a row of the place passes the test."""
    whole = _both(place.condition, test)
    return f"EXISTS (SELECT 1 FROM {place.rows} WHERE {whole})" if place.rows else whole


def _both(one: str, other: str) -> str:
    return f"{one} AND ({other})" if one else other


def _sql_value(value: SqlValue) -> SqlValue:
    """SQLite's integers have 64 bits; JSON numbers beyond are floating there too."""
    return float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value

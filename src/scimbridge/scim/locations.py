"""URLs in filters: `meta.location`, and `$ref` of `groups` and `members` (RFC 7643 sections 3.1, 4.1.2 and 4.2).

A store keeps none of them, since it does not know what clients call its server. But each is a text known to whoever
answers, with an id behind it: what is asked of the URL can be asked of the id.
"""

from collections.abc import Callable
from operator import ge, gt, le, lt

from scimbridge.scim.binding import (
    Bound,
    BoundAnd,
    BoundCompare,
    BoundElement,
    BoundNot,
    BoundOr,
    BoundPresent,
    Operator,
    folds,
)
from scimbridge.scim.schema import COMMON, ResourceType, ResourceTypes, Target

_ID = Target(None, COMMON.by_name["id"])
_REFERENCES = ("groups.$ref", "members.$ref")
_ORDERS: dict[str, Callable[[str, str], bool]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}


def by_id(bound: Bound, kind: ResourceType, types: ResourceTypes, base: str) -> Bound:
    """A filter of this type that means the same and names no URL; `base` is the client's SCIM base URL."""
    if isinstance(bound, BoundCompare) and bound.target.leaf.type != "reference":
        return bound
    return Locations(types, base).whole(bound, kind)


class Locations:
    """The URLs of resources under one base."""

    def __init__(self, types: ResourceTypes, base: str) -> None:
        self._types = types
        self._base = base

    def whole(self, bound: Bound, kind: ResourceType) -> Bound:
        """A filter of whole resources without their URLs."""
        return _each(bound, lambda part: self._condition(part, kind))

    def element(self, bound: Bound) -> Bound:
        """What stands in brackets behind a complex attribute without them."""
        return _each(bound, self._part)

    def _condition(self, bound: Bound, kind: ResourceType) -> Bound:
        match bound:
            case BoundElement(target, inner) if target.name == "meta":  # there once, and always
                return self.whole(inner, kind)
            case BoundElement(target, inner):
                return BoundElement(target, self.element(inner))
            case BoundPresent(target) if target.name == "meta.location":
                return BoundPresent(_ID)
            case BoundCompare(target, operator, str(url)) if target.name == "meta.location":
                return _signed(operator, lambda test: _behind(self._place(kind.name), _ID, test, url))
            case BoundCompare(target, operator, str(url)) if _is_reference(target):
                elements = Target(None, target.attribute)
                return _signed(operator, lambda test: BoundElement(elements, self._reference(target, test, url)))
        return self._part(bound)

    def _part(self, bound: Bound) -> Bound:
        match bound:
            case BoundPresent(target) if _is_reference(target):
                return BoundPresent(_sub(target, "value"))
            case BoundCompare(target, operator, str(url)) if _is_reference(target):
                return _signed(operator, lambda test: self._reference(target, test, url))
        return bound

    def _reference(self, target: Target, operator: Operator, url: str) -> Bound:
        """A condition on one group or member; how its URL begins depends on its type."""
        value, names = _sub(target, "value"), target.leaf.reference_types
        if len(names) == 1:
            return _behind(self._place(names[0]), value, operator, url)
        kind = _sub(target, "type")
        conditions = [(name, _behind(self._place(name), value, operator, url)) for name in names]
        possible = [
            BoundAnd((condition, BoundCompare(kind, "eq", name.casefold() if folds(kind.leaf) else name)))
            for name, condition in conditions
            if condition != _never(value)
        ]
        if len(possible) == 1:
            return possible[0]
        return BoundOr(tuple(possible)) if possible else _never(value)

    def _place(self, name: str) -> str:
        """What stands before the ids of a type."""
        return f"{self._base}{self._types.by_name[name].endpoint}/"


def _each(bound: Bound, translate: Callable[[Bound], Bound]) -> Bound:
    match bound:
        case BoundAnd(items):
            return BoundAnd(tuple(_each(item, translate) for item in items))
        case BoundOr(items):
            return BoundOr(tuple(_each(item, translate) for item in items))
        case BoundNot(item):
            return BoundNot(_each(item, translate))
    return translate(bound)


def _signed(operator: Operator, condition: Callable[[Operator], Bound]) -> Bound:
    """`ne` is exactly not `eq`."""
    return BoundNot(condition("eq")) if operator == "ne" else condition(operator)


def _behind(place: str, id_: Target, operator: Operator, url: str) -> Bound:
    """The condition on an id under which `place` with the id behind it compares so with the URL."""
    always = BoundPresent(id_)
    if operator == "sw" and place.startswith(url):
        return always
    if operator == "co" and url in place:
        return always
    if operator in ("co", "ew"):  # in the id, or across its beginning
        across: Operator = "sw" if operator == "co" else "eq"
        rests = [url[cut:] for cut in range(1, min(len(url), len(place) + 1)) if place.endswith(url[:cut])]
        found = (BoundCompare(id_, operator, url), *(BoundCompare(id_, across, rest) for rest in rests))
        return BoundOr(found) if rests else found[0]
    if url.startswith(place):
        return BoundCompare(id_, operator, url.removeprefix(place))
    return always if operator in _ORDERS and _ORDERS[operator](place, url) else _never(id_)


def _never(target: Target) -> Bound:
    return BoundNot(BoundPresent(target))


def _is_reference(target: Target) -> bool:
    return target.name in _REFERENCES


def _sub(target: Target, name: str) -> Target:
    return Target(None, target.attribute, target.attribute.subs[name])

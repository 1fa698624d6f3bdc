"""What an expression gives, as the type that the target attribute has."""

from typing import Any

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.values import Value, is_true, shown, text_of
from scimbridge.provisioning.mapping.places import Place


def typed(value: Value, place: Place) -> Any:
    """The value as it is written at the place: a list where all elements are meant.

    Raises EvaluationError. What is of no schema here stays as it is.
    """
    if place.many and not place.selector:
        return [_typed(item, place) for item in (value if isinstance(value, list) else [value]) if item is not None]
    if place.leaf is None:
        return value
    if isinstance(value, list):
        raise EvaluationError(f"{place.target} takes one value, not an array.")
    return _typed(value, place)


def _typed(value: Any, place: Place) -> Any:
    kind = place.leaf.type if place.leaf else "string"
    if kind == "boolean":
        return is_true(value)
    if kind in ("integer", "decimal"):
        return _number(value, place, whole=kind == "integer")
    return value if isinstance(value, str) else text_of(value, place.target)


def _number(value: Any, place: Place, *, whole: bool) -> int | float:
    if isinstance(value, str):
        try:
            value = int(value) if whole else float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise EvaluationError(f"{place.target} takes a {'whole ' if whole else ''}number, not {shown(value)}.")
    return value

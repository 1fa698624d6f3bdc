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
        raise EvaluationError("One value is wanted here, not an array.")
    return _typed(value, place)


def _typed(value: Any, place: Place) -> Any:
    kind = place.leaf.type if place.leaf else "string"
    if kind == "boolean":
        return is_true(value)
    if kind in ("integer", "decimal"):
        return _number(value, int if kind == "integer" else float)
    return value if isinstance(value, str) else text_of(value, "The attribute")


def _number(value: Any, kind: type[int] | type[float]) -> int | float:
    try:
        number = kind(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, kind | int):
        name = "whole number" if kind is int else "number"
        raise EvaluationError(f"A {name} is wanted here, not {shown(value)}.")
    return number

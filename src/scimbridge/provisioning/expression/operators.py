"""What the operators between two values do."""

import operator
from collections.abc import Callable, Mapping
from typing import TypeGuard

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.pattern import compile_pattern
from scimbridge.provisioning.expression.values import INTEGERS, Value, bounded_text, shown, text_of

_Order = Callable[[str | float, str | float], bool]


def add(left: Value, right: Value) -> Value:
    """The sum of two numbers, else the texts one behind the other; null adds nothing."""
    if isinstance(left, str) and isinstance(right, str):
        return bounded_text(left + right, "+")
    if left is None or right is None:
        return left if right is None else right
    if _is_number(left) and _is_number(right):
        return _bounded(left + right)
    return bounded_text(text_of(left, "+") + text_of(right, "+"), "+")


def subtract(left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if not (_is_number(left) and _is_number(right)):
        raise EvaluationError(f"- is between numbers, not {shown(left)} and {shown(right)}.")
    return _bounded(left - right)


def equal(left: Value, right: Value) -> bool:
    """The same value of the same kind: `1 == "1"` and `1 == true` are false."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def match(left: Value, right: Value) -> bool:
    """Whether the whole of a text fits the pattern; null never does."""
    return left is not None and compile_pattern(text_of(right, "matches")).matches(text_of(left, "matches"))


def _ordered(symbol: str, compare: _Order) -> Callable[[Value, Value], bool]:
    def ordered(left: Value, right: Value) -> bool:
        if left is None or right is None:
            return False
        if (isinstance(left, str) and isinstance(right, str)) or (_is_number(left) and _is_number(right)):
            return compare(left, right)
        raise EvaluationError(f"{symbol} compares two texts or two numbers, not {shown(left)} and {shown(right)}.")

    return ordered


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bounded(number: float) -> int | float:
    if isinstance(number, int) and number not in INTEGERS:
        raise EvaluationError("The number has more than 64 bits.")
    return number


COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered("<", operator.lt),
    "<=": _ordered("<=", operator.le),
    ">": _ordered(">", operator.gt),
    ">=": _ordered(">=", operator.ge),
    "matches": match,
}

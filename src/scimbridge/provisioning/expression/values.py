"""Values of expressions: how they turn into texts, arrays and conditions, and how large they may become."""

from typing import Any

from scimbridge.provisioning.expression.errors import EvaluationError

Value = str | int | float | bool | None | list[Any]

LONGEST_TEXT = 16_384
MOST_ITEMS = 1_000
# What JSON readers everywhere hold without loss.
INTEGERS = range(-(2**63), 2**63)


def text_of(value: Value, place: str) -> str:
    """The value as a text, null as ""; raises EvaluationError, naming `place`, for an array."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        raise EvaluationError(f"{place} takes single values; make a text of the array with Arrays.toCsvString.")
    return str(value)


def items_of(value: Value) -> list[Any]:
    """The value as an array: null is empty, a text is read as comma-separated values."""
    if isinstance(value, list):
        return value
    if value is None or value == "":
        return []
    return value.split(",") if isinstance(value, str) else [value]


def integer_of(value: Value, place: str) -> int:
    """Raises EvaluationError, naming `place`, if the value is no whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise EvaluationError(f"{place} takes a whole number, not {shown(value)}.")


def is_true(value: Value) -> bool:
    """The value as a condition."""
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    truth = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if truth is None:
        raise EvaluationError(f"true or false is wanted here, not {shown(value)}.")
    return truth


def bounded_text(text: str, place: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise EvaluationError(f"{place} gives more than {LONGEST_TEXT} characters.")
    return text


def bounded_items(items: list[Any], place: str) -> list[Any]:
    if len(items) > MOST_ITEMS:
        raise EvaluationError(f"{place} gives more than {MOST_ITEMS} values.")
    return items


def shown(value: Value) -> str:
    """The value as an error names it: short, texts in quotes."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return "an array"
    return f'"{value[:40]}"' if isinstance(value, str) else text_of(value, "")

"""The functions of `Arrays`."""

from collections.abc import Mapping

from scimbridge.provisioning.expression.function import Function, pure
from scimbridge.provisioning.expression.operators import equal
from scimbridge.provisioning.expression.values import (
    Value,
    bounded_items,
    bounded_text,
    integer_of,
    items_of,
    text_of,
)


def _add(array: Value, value: Value) -> Value:
    return bounded_items([*items_of(array), value], "Arrays.add")


def _remove(array: Value, value: Value) -> Value:
    return [item for item in items_of(array) if not equal(item, value)]


def _clear(array: Value) -> Value:
    del array
    return []


def item_at(array: Value, position: Value) -> Value:
    """The value at a position from 0; null where there is none."""
    items, index = items_of(array), integer_of(position, "The position in an array")
    return items[index] if 0 <= index < len(items) else None


def _flatten(*values: Value) -> Value:
    flat: list[Value] = []
    waiting = list(reversed(values))
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif value is not None:
            flat.append(value)
    return bounded_items(flat, "Arrays.flatten")


def _contains(array: Value, value: Value) -> Value:
    return any(equal(item, value) for item in items_of(array))


def _size(array: Value) -> Value:
    return len(items_of(array))


def _is_empty(array: Value) -> Value:
    return not items_of(array)


def _to_csv(array: Value) -> Value:
    texts = [text_of(item, "Arrays.toCsvString") for item in items_of(array)]
    return bounded_text(",".join(texts), "Arrays.toCsvString")


ARRAYS: Mapping[str, Function] = {
    "Arrays.add": pure(_add, 2),
    "Arrays.clear": pure(_clear, 1),
    "Arrays.contains": pure(_contains, 2),
    "Arrays.flatten": pure(_flatten, 1, None),
    "Arrays.get": pure(item_at, 2),
    "Arrays.isEmpty": pure(_is_empty, 1),
    "Arrays.remove": pure(_remove, 2),
    "Arrays.size": pure(_size, 1),
    "Arrays.toCsvString": pure(_to_csv, 1),
}

"""What a reply must hold: `[path, operator, value]`."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scimbridge.interop.jsonpath import ABSENT, find

# Its value is the path of a list in the same reply.
_COUNT = "equalsCountOf"


@dataclass(frozen=True, slots=True)
class Expectation:
    path: str
    operator: str
    value: Any = None

    def failure(self, document: Any) -> str | None:
        """The sentence that says what is wrong with `document`, None if it is as expected."""
        actual = find(document, self.path)
        wanted = find(document, self.value) if self.operator == _COUNT else self.value
        if OPERATORS[self.operator](actual, wanted):
            return None
        wanted = "" if self.value is None else f" {_text(self.value)}"
        return f"{self.path}: expected {self.operator}{wanted}, found {_text(actual)}"


def _same(actual: Any, wanted: Any) -> bool:
    """Equal as JSON: `true` is not 1, whatever Python says."""
    return isinstance(actual, bool) == isinstance(wanted, bool) and bool(actual == wanted)


def _contains(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, list):
        return any(_same(element, wanted) for element in actual)
    return isinstance(actual, str) and isinstance(wanted, str) and wanted in actual


def _set_equals(actual: Any, wanted: Any) -> bool:
    """In any order, each as often: a member that stands twice in a group is a failure."""
    elements = [] if actual is ABSENT else actual
    if not isinstance(elements, list) or not isinstance(wanted, list):
        return False
    return sorted(map(json.dumps, elements)) == sorted(map(json.dumps, wanted))


def _is_empty(actual: Any) -> bool:
    return actual is ABSENT or actual is None or actual in ("", [], {})


def _matches(actual: Any, pattern: Any) -> bool:
    return isinstance(actual, str) and re.search(str(pattern), actual) is not None


def _counts(actual: Any, elements: Any) -> bool:
    """An empty list may be left out of a reply."""
    count = 0 if elements is ABSENT else len(elements) if isinstance(elements, list) else None
    return type(actual) is int and actual == count


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _same,
    "notEquals": lambda actual, wanted: not _same(actual, wanted),
    "notEmpty": lambda actual, _: not _is_empty(actual),
    "isInteger": lambda actual, _: type(actual) is int,
    "contains": _contains,
    "absent": lambda actual, _: actual is ABSENT,
    "absentOrEmpty": lambda actual, _: _is_empty(actual),
    "setEquals": _set_equals,
    "absentOrSetEquals": lambda actual, wanted: actual is ABSENT or _set_equals(actual, wanted),
    "notContains": lambda actual, wanted: not _contains(actual, wanted),
    "matches": _matches,
    "oneOf": lambda actual, wanted: any(_same(actual, value) for value in wanted),
    _COUNT: _counts,
}


def _text(value: Any) -> str:
    """The value as JSON, cut to what fits on a line."""
    text = repr(value) if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004

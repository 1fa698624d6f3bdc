from typing import Any

import pytest

from scimbridge.interop.expectation import OPERATORS, Expectation

REPLY = {
    "active": True,
    "total": 1,
    "text": "abc",
    "empty": [],
    "zero": 0,
    "single": ["x"],
    "schemas": ["urn:a", "urn:b"],
    "members": [{"value": "x"}, {"value": "y"}],
    "twice": [{"value": "x"}, {"value": "x"}],
}

TABLE = [
    ("active", "equals", True, True),
    ("active", "equals", 1, False),
    ("total", "equals", True, False),
    ("total", "equals", 1, True),
    ("other", "equals", 1, False),
    ("text", "notEquals", "abd", True),
    ("text", "notEquals", "abc", False),
    ("text", "notEmpty", None, True),
    ("active", "notEmpty", None, True),
    ("empty", "notEmpty", None, False),
    ("other", "notEmpty", None, False),
    ("total", "isInteger", None, True),
    ("active", "isInteger", None, False),
    ("text", "isInteger", None, False),
    ("schemas", "contains", "urn:b", True),
    ("schemas", "contains", "urn", False),
    ("text", "contains", "bc", True),
    ("other", "contains", "a", False),
    ("other", "absent", None, True),
    ("empty", "absent", None, False),
    ("empty", "absentOrEmpty", None, True),
    ("other", "absentOrEmpty", None, True),
    ("members", "absentOrEmpty", None, False),
    ("members[*].value", "setEquals", ["y", "x"], True),
    ("members[*].value", "setEquals", ["y"], False),
    ("twice[*].value", "setEquals", ["x"], False),
    ("other[*].value", "setEquals", [], True),
    ("text", "setEquals", ["abc"], False),
    ("other", "absentOrSetEquals", ["x"], True),
    ("empty", "absentOrSetEquals", ["x"], False),
    ("text", "notContains", "x", True),
    ("text", "notContains", "b", False),
    ("text", "matches", "^a.c$", True),
    ("text", "matches", "^b", False),
    ("total", "matches", "1", False),
    ("total", "oneOf", [0, 1], True),
    ("active", "oneOf", [1], False),
    ("total", "equalsCountOf", "single", True),
    ("zero", "equalsCountOf", "other", True),
    ("total", "equalsCountOf", "members", False),
    ("total", "equalsCountOf", "text", False),
    ("other", "equalsCountOf", "single", False),
]


@pytest.mark.parametrize(("path", "operator", "value", "holds"), TABLE)
def test_an_operator_holds_or_does_not(path: str, operator: str, value: Any, holds: bool) -> None:
    failure = Expectation(path, operator, value).failure(REPLY)
    assert (failure is None) == holds
    assert failure is None or failure.startswith(f"{path}: expected {operator}")


def test_every_operator_is_in_the_table_both_ways() -> None:
    assert {(operator, holds) for _, operator, _, holds in TABLE} == {(o, h) for o in OPERATORS for h in (True, False)}


def test_a_failure_says_what_was_found() -> None:
    assert Expectation("total", "equals", 2).failure(REPLY) == "total: expected equals 2, found 1"
    assert Expectation("other", "notEmpty").failure(REPLY) == "other: expected notEmpty, found nothing"

"""The page on expressions says what is true: every example gives what stands beside it, every function has one."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scimbridge.provisioning.expression import Context, ExpressionError, GroupName, compile_expression
from scimbridge.provisioning.expression.functions import ELSEWHERE, FUNCTIONS, PEOPLE
from scimbridge.provisioning.profile import profile

PAGE = (Path(__file__).parents[2] / "docs/reference/expressions.md").read_text()
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \|", re.MULTILINE)


def examples() -> Iterator[tuple[str, Any]]:
    for expression, result in ROW.findall(PAGE.replace("\\|", "\0")):
        yield expression.replace("\0", "|"), json.loads(result)


def person() -> Context:
    block = re.search(r"```json person\n(.*?)```", PAGE, re.DOTALL)
    assert block
    person = json.loads(block[1])
    return Context(
        profile=profile(person["document"]),
        now=datetime(2026, 3, 1, 12, tzinfo=UTC),
        id="00u1",
        groups=lambda: [GroupName(**group) for group in person["groups"]],
        manager=lambda: profile(person["manager"]),
        appuser=person["appuser"],
        app=person["app"],
        org=person["org"],
    )


@pytest.mark.parametrize(("expression", "result"), list(examples()))
def test_every_example_gives_what_stands_beside_it(expression: str, result: Any) -> None:
    found = compile_expression(expression).evaluate(person())
    assert found == result
    assert type(found) is type(result)


def test_every_function_has_an_example() -> None:
    called = " ".join(expression for expression, _ in examples())
    assert [name for name in (*FUNCTIONS, *PEOPLE) if not re.search(rf"(?<![.\w]){re.escape(name)}\(", called)] == []


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_functions_that_the_page_says_are_not_here_are_refused_with_a_sentence(name: str) -> None:
    assert f"`{name}`" in PAGE
    with pytest.raises(ExpressionError, match=f"{name} reads .*, which this directory has not"):
        compile_expression(f'{name}("active_directory")')

"""The in-memory reader says of every question what the truth table says."""

import pytest

from scimbridge.scim.filter import bind_text
from scimbridge.scim.match import match

from .truth import GROUP_QUESTIONS, GROUPS, TYPES, USER_QUESTIONS, USERS, Question, fill, group_views, user_views

IDS = {name: f"id-{name}" for name in (*USERS, *GROUPS)}
USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]


@pytest.mark.parametrize("question", USER_QUESTIONS, ids=lambda question: question.filter)
def test_finds_exactly_the_users_that_match(question: Question) -> None:
    bound = bind_text(fill(question.filter, IDS), USER)
    assert [name for name, view in user_views().items() if match(bound, view)] == question.names.split()


@pytest.mark.parametrize("question", GROUP_QUESTIONS, ids=lambda question: question.filter)
def test_finds_exactly_the_groups_that_match(question: Question) -> None:
    bound = bind_text(fill(question.filter, IDS), GROUP)
    assert [name for name, view in group_views().items() if match(bound, view)] == question.names.split()

"""What one user or group needs: the whole table."""

from dataclasses import replace
from typing import Literal

import pytest

from scimbridge.provisioning.application import Application, Assignment, PushGroup
from scimbridge.provisioning.examination import examine_group, examine_user
from scimbridge.provisioning.ports import Candidate, GroupCandidate, Link, LinkState

from .engine import ALL, SLACK

OnUnassign = Literal["deactivate", "delete", "leave"]
NO = replace(ALL, push_new_users=False, push_profile_updates=False, deactivate_users=False, push_groups=False)


def link(state: str | None, type_: str = "User", name: str = "ada") -> Link | None:
    states: dict[str, LinkState] = {"active": "active", "inactive": "inactive", "gone": "gone"}
    if state is None:
        return None
    return Link(type_, "u1", "t1", name, states[state], 1, 1, "", "d", "{}", "")


def candidate(who: str, state: str | None) -> Candidate:
    assignment = Assignment("User", "u1") if who in ("assigned", "suspended") else None
    version = 0 if who == "deleted" else 1
    return Candidate("u1", "ada", version, who in ("assigned", "unassigned"), assignment, link(state))


def needed(found: Candidate, application: Application) -> str | None:
    need = examine_user(found, application)
    return need.what if need else None


@pytest.mark.parametrize(
    ("who", "state", "needs"),
    [
        # state there, and what is needed with on_unassign deactivate, delete, leave
        ("assigned", None, ("create", "create", "create")),
        ("assigned", "active", ("compare", "compare", "compare")),
        ("assigned", "inactive", ("reactivate", "reactivate", "reactivate")),
        ("assigned", "gone", ("create", "create", "create")),
        ("unassigned", None, (None, None, None)),
        ("unassigned", "active", ("deactivate", "delete", "unlink")),
        ("unassigned", "inactive", (None, None, "unlink")),
        ("unassigned", "gone", ("unlink", "unlink", "unlink")),
        ("suspended", None, (None, None, None)),
        ("suspended", "active", ("deactivate", "delete", "unlink")),
        ("suspended", "inactive", (None, None, "unlink")),
        ("suspended", "gone", ("unlink", "unlink", "unlink")),
        ("deleted", None, (None, None, None)),
        ("deleted", "active", ("deactivate", "delete", "unlink")),
        ("deleted", "inactive", ("unlink", "delete", "unlink")),
        ("deleted", "gone", ("unlink", "unlink", "unlink")),
    ],
)
def test_what_a_user_needs(who: str, state: str | None, needs: tuple[str | None, ...]) -> None:
    rules: tuple[OnUnassign, ...] = ("deactivate", "delete", "leave")
    found = candidate(who, state)
    assert tuple(needed(found, replace(SLACK, on_unassign=rule)) for rule in rules) == needs
    # Where no action is allowed nothing is sent; a link may still be forgotten.
    for rule, need in zip(rules, needs, strict=True):
        allowed = need if need == "unlink" else None
        assert needed(found, replace(SLACK, on_unassign=rule, actions=NO)) == allowed


BY_RULE = PushGroup("red", value="red")
FIXED = PushGroup("red", value="red", rename=False)
LINKED_TO = PushGroup("red", group="u1", link_to="Sales")
PAUSED = PushGroup("red", value="red", active=False)


@pytest.mark.parametrize(
    ("push_group", "state", "there", "name", "differs", "need"),
    [
        (BY_RULE, None, "", "red", 0, "create group"),
        (BY_RULE, "gone", "red", "red", 0, "create group"),
        (BY_RULE, "active", "red", "red", 0, None),
        (BY_RULE, "active", "red", "red", 1, "change members"),
        (BY_RULE, "active", "old", "red", 1, "rename group"),
        (FIXED, "active", "old", "red", 0, None),
        (FIXED, "active", "old", "red", 1, "change members"),
        (LINKED_TO, "active", "Sales", "red", 0, None),
        (LINKED_TO, "active", "red", "red", 0, "rename group"),
        (PAUSED, None, "", "red", 1, None),
        (PAUSED, "active", "old", "red", 1, None),
        (None, None, "", "red", 0, None),
        (None, "active", "red", "red", 0, "unlink"),
        (None, "gone", "red", "red", 0, "unlink"),
        (None, "active", "red", "", 0, "delete group"),
        (None, "gone", "red", "", 0, "unlink"),
    ],
)
def test_what_a_group_needs(  # noqa: PLR0917 (a row of the table)
    push_group: PushGroup | None, state: str | None, there: str, name: str, differs: int, need: str | None
) -> None:
    found = GroupCandidate("u1", name, push_group, link(state, "Group", there), differs, 0)
    wanted = examine_group(found, SLACK)
    assert (wanted.what if wanted else None) == need
    assert examine_group(found, replace(SLACK, actions=NO)) is None


def test_a_group_that_is_deleted_here_is_left_there_if_people_are() -> None:
    found = GroupCandidate("u1", "", None, link("active", "Group"), 0, 0)
    wanted = examine_group(found, replace(SLACK, on_unassign="leave"))
    assert wanted is not None
    assert wanted.what == "unlink"

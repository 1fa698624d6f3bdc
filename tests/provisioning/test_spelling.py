"""Attributes that are misspelled in an expression (provisioning/mapping/spelling.py)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.provisioning.mapping import DEFAULT_MAPPINGS, doubts
from scimbridge.provisioning.mapping.places import USER_TYPE
from scimbridge.provisioning.profile import profile_names

KNOWN = profile_names(USER_TYPE)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("user.titel", "user.title"),
        ("user.firstname", "user.firstName"),
        ("user.fristName", "user.firstName"),
        ("user.emails", "user.email"),
        ("user.ctiy", "user.city"),
        ("user.costCentre", "user.costCenter"),
        ("user.externalID", "user.externalId"),
        ('user.getLinkedObject("manager").lastname', "manager.lastName"),
        ('"x" + String.toUpperCase(user.departement)', "user.department"),
    ],
)
def test_a_name_that_is_nearly_one_that_people_have_is_told(written: str, meant: str) -> None:
    [doubt] = doubts(written, KNOWN)
    assert doubt.endswith(f"is {meant} meant?")


@pytest.mark.parametrize(
    "written",
    [
        "user.title + user.userName + user.department",
        "user.badge",
        "user.cot",  # two letters beside city's, and short
        "user.departmentCode",
        "appuser.titel",
        "app.titel",
        "user.title +",
    ],
)
def test_what_is_known_far_away_or_of_no_person_is_not(written: str) -> None:
    assert doubts(written, KNOWN) == []


def test_a_custom_attribute_is_known_where_the_realm_has_it() -> None:
    assert doubts("user.titles", KNOWN) != []
    assert doubts("user.titles", [*KNOWN, "titles"]) == []


def test_the_default_mappings_are_spelled_well() -> None:
    assert [doubt for mapping in DEFAULT_MAPPINGS for doubt in doubts(mapping.expression, KNOWN)] == []


@given(st.data())
def test_one_slip_in_a_long_name_is_always_told(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(name for name in KNOWN if len(name) > 5)))
    place = data.draw(st.integers(1, len(name) - 2))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    before, here, after = name[:place], name[place], name[place + 1 :]
    slips = [
        before + after,
        before + letter + here + after,
        before + letter + after,
        before + after[0] + here + after[1:],
    ]
    slip = data.draw(st.sampled_from(slips))
    assert slip in KNOWN or doubts(f"user.{slip}", KNOWN)

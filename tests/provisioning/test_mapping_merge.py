"""What becomes of a target's own document, and how a difference is told (mapping/merging.py, differences.py)."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.provisioning.mapping import Mapped, differences, merge

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = {"primary": True, "value": "a@x.test", "type": "work"}
HOME = {"value": "h@x.test", "type": "home"}


def server(**attributes: Any) -> dict[str, Any]:
    """What a server answers: the attributes, and around them what is its own."""
    meta = {"resourceType": "User", "location": "https://scim.example.test/scim/v2/Users/1"}
    schemas = [USER, *(name for name in attributes if ":" in name)]
    around = {"groups": [{"value": "g"}], "meta": meta}
    return {"schemas": schemas, "id": "1", "unknown": {"kept": 1}, **attributes, **around}


def mapped(document: Mapping[str, Any], *cleared: str, absent: tuple[str, ...] = ()) -> Mapped:
    return Mapped({"schemas": [USER], **document}, cleared, absent)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"userName": "Ada@X.test"}, {"userName": "ada@x.test"}),
        ({"userName": "ada", "title": "Boss"}, {"userName": "ada"}),
        ({"name": {"givenName": "Ada", "formatted": "Ada Moss"}}, {"name": {"givenName": "Ada"}}),
        (
            {"emails": [{"value": "A@X.test", "type": "WORK", "primary": True, "display": "A"}, HOME]},
            {"emails": [WORK]},
        ),
        ({"roles": [{"value": "b", "display": "B"}, {"value": "a"}]}, {"roles": [{"value": "a"}, {"value": "b"}]}),
        ({ENTERPRISE: {"department": "S", "division": "D"}}, {ENTERPRISE: {"department": "S"}}),
    ],
)
def test_a_document_that_has_what_is_wanted_is_the_same_object(
    there: dict[str, Any], wanted: Mapping[str, Any]
) -> None:
    current = server(**there)
    assert merge(current, mapped(wanted)) is current


@pytest.mark.parametrize(
    ("there", "wanted", "after"),
    [
        ({"userName": "ada"}, {"userName": "bo"}, {"userName": "bo"}),
        ({"displayName": "ada moss"}, {"displayName": "Ada Moss"}, {"displayName": "Ada Moss"}),
        ({"active": 1}, {"active": True}, {"active": True}),
        ({}, {"title": "Boss"}, {"title": "Boss"}),
        (
            {"name": {"givenName": "A", "formatted": "A M"}},
            {"name": {"givenName": "B", "familyName": "M"}},
            {"name": {"givenName": "B", "formatted": "A M", "familyName": "M"}},
        ),
        ({"emails": [HOME]}, {"emails": [WORK]}, {"emails": [HOME, WORK]}),
        (
            {"emails": [{**WORK, "value": "old@x.test", "display": "W"}, HOME]},
            {"emails": [WORK]},
            {"emails": [{**WORK, "display": "W"}, HOME]},
        ),
        (
            {"emails": [{**WORK, "primary": False}, {**HOME, "primary": True}]},
            {"emails": [WORK]},
            {"emails": [WORK, {**HOME, "primary": False}]},
        ),
        (
            {"emails": [{**HOME, "primary": True}]},
            {"emails": [WORK]},
            {"emails": [{**HOME, "primary": False}, WORK]},
        ),
        (
            {"emails": [{"value": "old", "primary": True}, HOME]},
            {"emails": [WORK]},
            {"emails": [{"value": "a@x.test", "primary": True, "type": "work"}, HOME]},
        ),
        (
            {"emails": [{"value": "old"}]},
            {"emails": [WORK]},
            {"emails": [{"value": "a@x.test", "primary": True, "type": "work"}]},
        ),
        (
            {"phoneNumbers": [{"value": "2", "type": "work"}, {"value": "3", "type": "work"}]},
            {"phoneNumbers": [{"value": "1", "type": "work"}]},
            {"phoneNumbers": [{"value": "1", "type": "work"}, {"value": "3", "type": "work"}]},
        ),
        ({"roles": [{"value": "a"}, {"value": "b"}]}, {"roles": [{"value": "a"}]}, {"roles": [{"value": "a"}]}),
        ({"tags": ["a"]}, {"tags": ["b", "a"]}, {"tags": ["b", "a"]}),
        (
            {ENTERPRISE: {"manager": "7"}},
            {ENTERPRISE: {"manager": {"value": "8"}}},
            {ENTERPRISE: {"manager": {"value": "8"}}},
        ),
    ],
)
def test_what_differs_is_replaced_and_nothing_else_is_touched(
    there: dict[str, Any], wanted: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    current = server(**there)
    before = copy.deepcopy(current)
    found = merge(current, mapped(wanted))
    assert found == {**current, **after}
    assert current == before
    assert merge(found, mapped(wanted)) is found


def test_an_extension_that_comes_in_is_named_in_schemas() -> None:
    found = merge(server(), mapped({ENTERPRISE: {"department": "S"}}))
    assert found["schemas"] == [USER, ENTERPRISE]
    assert found[ENTERPRISE] == {"department": "S"}


def test_an_extension_that_is_emptied_goes_from_schemas() -> None:
    current = server(**{ENTERPRISE: {"department": "S"}})
    found = merge(current, mapped({}, f"{ENTERPRISE}:department"))
    assert found["schemas"] == [USER]
    assert ENTERPRISE not in found


@pytest.mark.parametrize(
    ("there", "target", "after"),
    [
        ({"title": "Boss"}, "title", {}),
        ({"name": {"givenName": "A", "middleName": "B"}}, "name.middleName", {"name": {"givenName": "A"}}),
        ({"name": {"middleName": "B"}}, "name.middleName", {}),
        ({"emails": [WORK, HOME]}, "emails[primary eq true].value", {"emails": [HOME]}),
        ({"emails": [WORK, HOME]}, 'emails[type eq "HOME"].value', {"emails": [WORK]}),
        ({"emails": [HOME]}, 'emails[type eq "home"].value', {}),
        (
            {"emails": [{**WORK, "note": "x"}]},
            'emails[type eq "work"].value',
            {"emails": [{"primary": True, "type": "work", "note": "x"}]},
        ),
        (
            {"addresses": [{"type": "work", "locality": "B", "country": "DE"}]},
            'addresses[type eq "work"].locality',
            {"addresses": [{"type": "work", "country": "DE"}]},
        ),
        ({"roles": [{"value": "a"}]}, "roles", {}),
        ({ENTERPRISE: {"department": "S", "division": "D"}}, "department", {ENTERPRISE: {"division": "D"}}),
        ({ENTERPRISE: {"manager": {"value": "7"}}}, f"{ENTERPRISE}:manager.value", {}),
        ({"urn:x:y:Z": {"a": {"b": 1}}}, "urn:x:y:Z:a.b", {}),
    ],
)
def test_what_is_cleared_goes_and_leaves_nothing_empty_behind(
    there: dict[str, Any], target: str, after: dict[str, Any]
) -> None:
    current = server(**there)
    found = merge(current, mapped({}, target))
    assert found == server(**after)
    assert current == server(**there)
    assert merge(found, mapped({}, target)) is found


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("title", {}),
        ("emails[primary eq true].value", {"emails": [HOME]}),
        ('phoneNumbers[type eq "mobile"].value', {"phoneNumbers": [{"value": "1"}]}),
        ("name.middleName", {"name": {"givenName": "A"}}),
        ("department", {ENTERPRISE: {"division": "D"}}),
    ],
)
def test_clearing_what_is_not_there_changes_nothing(target: str, there: dict[str, Any]) -> None:
    current = server(**there)
    assert merge(current, mapped({}, target)) is current


def test_what_has_no_value_here_is_taken_away_there_only_if_it_was_ours() -> None:
    current = server(title="Boss", emails=[WORK, HOME])
    now = mapped({}, absent=("title", "emails[primary eq true].value"))
    assert merge(current, now) is current
    assert merge(current, now, mapped({"nickName": "A"})) is current
    assert merge(current, now, mapped({"title": "Boss"})) == server(emails=[WORK, HOME])
    assert merge(current, now, mapped({"emails": [WORK]})) == server(title="Boss", emails=[HOME])


def test_a_server_that_keeps_no_types_does_not_collect_values() -> None:
    was = {"phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "mobile"}]}
    now = {"phoneNumbers": [{"value": "1", "type": "work"}, {"value": "3", "type": "mobile"}]}
    current = server(phoneNumbers=[{"value": "9"}, {"value": "2"}, {"value": "1"}])
    found = merge(current, mapped(now), mapped(was))["phoneNumbers"]
    assert [phone["value"] for phone in found] == ["9", "3", "1"]


WORDS = st.sampled_from(["a", "b", "C", ""])
ELEMENTS = st.lists(
    st.fixed_dictionaries(
        {"value": WORDS},
        optional={"type": st.sampled_from(["work", "home"]), "primary": st.booleans(), "display": WORDS},
    ),
    max_size=3,
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "userName": WORDS,
        "title": WORDS,
        "name": st.dictionaries(st.sampled_from(["givenName", "familyName"]), WORDS, min_size=1),
        "emails": ELEMENTS,
        ENTERPRISE: st.dictionaries(st.sampled_from(["department", "division"]), WORDS, min_size=1),
    },
)
WANTED_ELEMENTS = st.lists(
    st.fixed_dictionaries({"value": WORDS, "type": st.sampled_from(["work", "home"])}),
    max_size=2,
    unique_by=lambda element: element["type"],
)


@given(DOCUMENTS, DOCUMENTS, WANTED_ELEMENTS)
def test_what_was_merged_is_there_and_is_not_merged_again(
    there: dict[str, Any], wanted: dict[str, Any], elements: list[dict[str, Any]]
) -> None:
    wanted = {name: value for name, value in wanted.items() if name != "emails"}
    if elements:
        wanted["emails"] = elements
    current = server(**there)
    before = copy.deepcopy(current)
    found = merge(current, mapped(wanted))
    assert merge(found, mapped(wanted)) is found
    assert current == before
    assert set(found) == {*current, *wanted}
    assert {name: found[name] for name in current if name not in {*wanted, "schemas"}} == {
        name: current[name] for name in current if name not in {*wanted, "schemas"}
    }


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        ({"title": "a"}, {"title": "a"}, []),
        ({"title": "a"}, {"title": "b"}, [("title", "a", "b")]),
        ({"title": "a"}, {"nickName": "b"}, [("nickName", None, "b"), ("title", "a", None)]),
        ({"active": 1}, {"active": True}, [("active", 1, True)]),
        ({"name": {"givenName": "A"}}, {"name": {"givenName": "B"}}, [("name.givenName", "A", "B")]),
        (
            {ENTERPRISE: {"manager": {"value": "7"}}},
            {ENTERPRISE: {"department": "S"}},
            [(f"{ENTERPRISE}:department", None, "S"), (f"{ENTERPRISE}:manager.value", "7", None)],
        ),
        (
            {"emails": [{**WORK, "value": "o"}, HOME]},
            {"emails": [HOME, WORK]},
            [('emails[type eq "work"].value', "o", "a@x.test")],
        ),
        (
            {"emails": [{"value": "a", "primary": True}]},
            {"emails": [{"value": "b", "primary": True}]},
            [("emails[primary eq true].value", "a", "b")],
        ),
        (
            {"groups": [{"value": "1", "display": "A"}]},
            {"groups": [{"value": "2"}]},
            [
                ('groups[value eq "2"].value', None, "2"),
                ('groups[value eq "1"].display', "A", None),
                ('groups[value eq "1"].value', "1", None),
            ],
        ),
        (
            {},
            {"emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "work"}]},
            [
                ('emails[type eq "work"].value', None, "a"),
                ('emails[value eq "b"].type', None, "work"),
                ('emails[value eq "b"].value', None, "b"),
            ],
        ),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, []),
        ({"tags": ["a"]}, {"tags": ["b", "a"]}, [("tags", ["a"], ["b", "a"])]),
        ({"schemas": ["a"], "meta": {"version": "1"}, "password": "old"}, {"schemas": ["b"], "password": "new"}, []),
    ],
)
def test_a_difference_is_told_path_by_path(
    before: dict[str, Any], after: dict[str, Any], rows: list[tuple[str, Any, Any]]
) -> None:
    found = differences(before, after)
    assert [tuple(row) for row in found] == rows


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert differences(document, copy.deepcopy(document)) == []

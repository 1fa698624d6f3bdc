"""What of a User Keycloak holds, and back (bridge/mapping.py, bridge/paths.py)."""

from typing import Any

import pytest

from scimbridge.access.realm import DEFAULT_ATTRIBUTES
from scimbridge.bridge.mapping import AccountMapping
from scimbridge.bridge.paths import compile_path, read, write
from scimbridge.bridge.ports import Account
from scimbridge.scim.core import CORE

from .conftest import ENTERPRISE, USER, user

KIND = CORE.by_name["User"]
MAPPING = AccountMapping(KIND, DEFAULT_ATTRIBUTES)
BARE = Account("1", "ada", True)


@pytest.mark.parametrize(
    ("emails", "address"),
    [
        (None, ""),
        ([], ""),
        ([{"value": "A@x.test"}], "a@x.test"),
        ([{"value": "a@x.test"}, {"value": "B@x.test", "primary": True}], "b@x.test"),
        ([{"value": "a@x.test", "primary": False}, {"type": "work"}], "a@x.test"),
        ([{"type": "work"}, {"value": "b@x.test"}], "b@x.test"),
    ],
)
def test_the_address_there_is_the_primary_one_or_the_first(emails: Any, address: str) -> None:
    document = user("ada") if emails is None else user("ada", emails=emails)
    assert MAPPING.desired(document)["emails"] == address


@pytest.mark.parametrize(
    ("before", "address", "after"),
    [
        ([], "n@x.test", [{"type": "work", "value": "n@x.test", "primary": True}]),
        ([{"value": "a@x.test", "type": "home"}], "n@x.test", [{"type": "home", "value": "n@x.test", "primary": True}]),
        (
            [{"value": "a@x.test", "primary": True}, {"value": "B@x.test", "type": "home"}],
            "b@x.test",
            [{"value": "b@x.test", "type": "home", "primary": True}, {"value": "a@x.test"}],
        ),
        (
            [{"value": "a@x.test"}, {"value": "b@x.test", "primary": True}],
            "n@x.test",
            [{"type": "work", "value": "n@x.test", "primary": True}, {"value": "a@x.test"}],
        ),
        ([{"value": "a@x.test", "primary": True}, {"value": "b@x.test"}], "", [{"value": "b@x.test"}]),
        ([{"value": "a@x.test"}], "", None),
    ],
)
def test_an_address_from_there_takes_the_place_of_the_one_that_counted(before: Any, address: str, after: Any) -> None:
    document = MAPPING.accept(user("ada", emails=before), {"emails": address}, ["emails"])
    assert document.get("emails") == after
    assert MAPPING.desired(document)["emails"] == (address or (after or [{"value": ""}])[0]["value"])


def test_an_account_as_a_resource_has_what_keycloak_has() -> None:
    account = BARE._replace(
        username="ada",
        enabled=False,
        email="ada@x.test",
        first_name="Ada",
        last_name="Moss",
        attributes={"department": ["R&D"], "phone": ["1", "2"], "title": ["Boss"], "badge": ["7"]},
    )
    document = MAPPING.document(account)
    assert document == {
        "schemas": [USER, ENTERPRISE],
        "userName": "ada",
        "active": False,
        "name": {"givenName": "Ada", "familyName": "Moss"},
        "emails": [{"type": "work", "value": "ada@x.test", "primary": True}],
        "title": "Boss",
        "phoneNumbers": [{"value": "1"}, {"value": "2"}],
        ENTERPRISE: {"department": "R&D"},
    }
    assert MAPPING.desired(document) == MAPPING.actual(account)


def test_what_is_taken_over_leaves_the_rest_and_drops_what_is_empty() -> None:
    document = user("ada", title="Boss", name={"givenName": "Ada", "familyName": "Moss"}) | {
        ENTERPRISE: {"department": "R&D"}
    }
    values = MAPPING.actual(BARE)
    taken = MAPPING.accept(document, values, ["title", "name.familyName", f"{ENTERPRISE}:department"])
    assert taken == user("ada", name={"givenName": "Ada"})


@pytest.mark.parametrize(
    ("path", "document", "texts"),
    [
        ("title", {}, []),
        ("title", {"title": "Boss"}, ["Boss"]),
        ("active", {"active": True}, ["true"]),
        ("name.givenName", {"name": {"givenName": "Ada"}}, ["Ada"]),
        ("name.givenName", {"name": {"familyName": "Moss"}}, []),
        ("phoneNumbers.value", {"phoneNumbers": [{"value": "1"}, {"value": "2"}]}, ["1", "2"]),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "R&D"}}, ["R&D"]),
        (f"{ENTERPRISE}:manager.value", {ENTERPRISE: {"manager": {"value": "26"}}}, ["26"]),
    ],
)
def test_texts_are_read_where_a_path_leads_and_written_back_there(
    path: str, document: dict[str, Any], texts: list[str]
) -> None:
    target = compile_path(path, KIND)
    assert read(document, target) == texts
    assert read(write({}, target, texts), target) == texts
    assert read(write(document, target, []), target) == []


def test_of_many_values_those_stay_whose_text_does() -> None:
    target = compile_path("phoneNumbers.value", KIND)
    document = {"phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "home"}]}
    assert write(document, target, ["2", "3"]) == {"phoneNumbers": [{"value": "2", "type": "home"}, {"value": "3"}]}


@pytest.mark.parametrize("path", ["nope", "name", "emails", "phoneNumbers.nope", "urn:x:y:z", "title.", "]"])
def test_a_path_that_leads_to_no_text_is_refused_when_the_realm_is_set_up(path: str) -> None:
    with pytest.raises(ValueError, match=r"attribute|values"):
        compile_path(path, KIND)

"""A SCIM user under the names that expressions use (provisioning/profile.py)."""

from typing import Any

import pytest

from scimbridge.provisioning.profile import profile

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BADGE = "urn:example:params:scim:schemas:badge:1.0:User"
ADA: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, BADGE],
    "id": "26",
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "Moss", "honorificPrefix": "Dr", "middleName": "B"},
    "emails": [{"value": "h@x.test", "type": "home"}, {"value": "w@x.test", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "1", "type": "mobile"}, {"value": "2", "type": "work"}, {"value": "3", "type": "fax"}],
    "addresses": [
        {"locality": "Bonn", "type": "home"},
        {
            "streetAddress": "Ring 1",
            "locality": "Berlin",
            "region": "BE",
            "postalCode": "10115",
            "country": "DE",
            "formatted": "Ring 1, Berlin",
            "type": "work",
        },
    ],
    "active": False,
    "title": "Engineer",
    ENTERPRISE: {"department": "R&D", "manager": {"value": "7", "displayName": "Cai"}},
    BADGE: {"badge": "B7", "level": 0, "rooms": ["1", "2"], "title": "other", "car": {"plate": "X"}},
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("login", "ada"),
        ("userName", "ada"),
        ("id", "26"),
        ("firstName", "Ada"),
        ("lastName", "Moss"),
        ("middleName", "B"),
        ("honorificPrefix", "Dr"),
        ("honorificSuffix", None),
        ("email", "w@x.test"),
        ("emailType", "work"),
        ("secondEmail", "h@x.test"),
        ("primaryPhone", "2"),
        ("mobilePhone", "1"),
        ("streetAddress", "Ring 1"),
        ("city", "Berlin"),
        ("state", "BE"),
        ("zipCode", "10115"),
        ("countryCode", "DE"),
        ("postalAddress", "Ring 1, Berlin"),
        ("managerId", "7"),
        ("manager", "Cai"),
        ("department", "R&D"),
        ("active", False),
        ("title", "Engineer"),
        ("badge", "B7"),
        ("level", 0),
        ("rooms", ["1", "2"]),
        ("nickName", None),
        ("name", None),
        ("emails", None),
        ("car", None),
        (BADGE, None),
    ],
)
def test_a_name_reads_what_okta_means_by_it_or_the_attribute_itself(name: str, value: Any) -> None:
    read = profile(ADA)
    assert read.get(name) == value
    assert (name in read) == (value is not None)
    if value is None:
        assert read.get(name, "else") == "else"
        with pytest.raises(KeyError):
            read[name]
    else:
        assert read[name] == value


@pytest.mark.parametrize(
    ("emails", "first", "second"),
    [
        ([], None, None),
        (None, None, None),
        ([{"value": "a"}], "a", None),
        ([{"value": "a"}, {"value": "b", "type": "work"}], "b", "a"),
        ([{"value": "a", "type": "work"}, {"value": "b", "primary": True}], "b", "a"),
    ],
)
def test_the_address_is_the_primary_one_or_that_of_work_or_the_first(emails: Any, first: Any, second: Any) -> None:
    read = profile({"emails": emails})
    assert (read.get("email"), read.get("secondEmail")) == (first, second)


def test_a_mobile_phone_is_not_the_primary_one() -> None:
    read = profile({"phoneNumbers": [{"value": "1", "type": "mobile", "primary": True}]})
    assert (read.get("primaryPhone"), read.get("mobilePhone")) == (None, "1")


def test_a_profile_lists_every_name_that_it_has_a_value_for_once() -> None:
    read = profile(ADA)
    names = list(read)
    assert len(names) == len(set(names)) == len(read)
    assert {"login", "userName", "badge", "rooms", "active", "department"} <= set(names)
    assert not {"name", "emails", "car", ENTERPRISE, "nickName", "manager.value"} & set(names)
    assert all(read[name] is not None for name in names)


def test_a_profile_is_read_when_it_is_asked_not_copied() -> None:
    document = {"userName": "ada"}
    read = profile(document)
    document["userName"] = "bo"
    assert read["login"] == "bo"

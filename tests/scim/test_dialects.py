"""What each client sends that is not quite SCIM is read as what it means."""

from typing import Any

import pytest

from scimbridge.scim import dialects
from scimbridge.scim.core import CORE
from scimbridge.scim.resource import Draft, Reader

USER_TYPE, GROUP_TYPE = CORE.types
CORE_URN = USER_TYPE.schema.id
ENTERPRISE = dialects.ENTERPRISE_USER
DRAFT_CORE = "urn:scim:schemas:core:2.0"
DRAFT_ENTERPRISE = "urn:scim:schemas:extension:enterprise:2.0"


def read(body: dict[str, Any]) -> Draft:
    return Reader(USER_TYPE).read({"userName": "ada"} | body)


def attributes(body: dict[str, Any]) -> dict[str, Any]:
    """What a user has from this, besides userName."""
    document = read(body).document
    assert document.pop("userName") == "ada"
    del document["schemas"]
    return document


@pytest.mark.parametrize("sent", [True, "true", "True", "TRUE", " true ", [True], ["True"]])
def test_active_is_true_in_all_its_spellings(sent: Any) -> None:
    assert attributes({"active": sent}) == {"active": True}


@pytest.mark.parametrize("sent", [False, "false", "False", [False], ["False"]])
def test_active_is_false_in_all_its_spellings(sent: Any) -> None:
    assert attributes({"active": sent}) == {"active": False}


@pytest.mark.parametrize("nothing", [None, "", [], [{}], [{"value": ""}], [{"value": None, "type": "work"}], {}])
def test_an_attribute_is_cleared_in_all_ways_that_clients_clear_it(nothing: Any) -> None:
    assert attributes({"emails": nothing}) == {}


@pytest.mark.parametrize(
    "sent", [{"value": "a@b"}, [{"value": "a@b"}], "a@b", ["a@b"], [[{"value": "a@b"}]], {"Value": "a@b", "type": None}]
)
def test_emails_may_come_as_one_object_or_bare_text(sent: Any) -> None:
    assert attributes({"emails": sent}) == {"emails": [{"value": "a@b"}]}


@pytest.mark.parametrize(
    "sent",
    ["m-1", {"value": "m-1"}, [{"value": "m-1"}], ["m-1"], {"managerId": "m-1"}, {"managerid": "m-1", "$ref": None}],
)
def test_the_manager_comes_in_all_its_shapes(sent: Any) -> None:
    assert attributes({ENTERPRISE: {"manager": sent}}) == {ENTERPRISE: {"manager": {"value": "m-1"}}}


@pytest.mark.parametrize(
    "nothing", [None, "", [], {}, {"value": ""}, [{"value": ""}], {"value": "", "displayName": "x"}]
)
def test_the_manager_is_cleared_in_all_its_shapes(nothing: Any) -> None:
    assert attributes({ENTERPRISE: {"manager": nothing}}) == {}


def test_manager_id_stands_beside_the_department_and_loses_against_a_manager() -> None:
    assert attributes({ENTERPRISE: {"department": "R&D", "managerId": "m-1"}}) == {
        ENTERPRISE: {"department": "R&D", "manager": {"value": "m-1"}}
    }
    for manager in ("manager", "Manager"):
        kept = attributes({ENTERPRISE: {"managerId": "m-1", manager: "m-2"}})
        assert kept[ENTERPRISE]["manager"] == {"value": "m-2"}


def test_onelogin_speaks_with_the_urns_of_the_drafts() -> None:
    draft = read({"schemas": [DRAFT_CORE, DRAFT_ENTERPRISE], "title": None, DRAFT_ENTERPRISE: {"department": "R&D"}})
    assert draft.document == {
        "schemas": [CORE_URN, ENTERPRISE],
        "userName": "ada",
        ENTERPRISE: {"department": "R&D"},
    }


@pytest.mark.parametrize(
    ("draft", "urn"),
    [
        (DRAFT_CORE, CORE_URN),
        (DRAFT_CORE + ":User", CORE_URN),
        (DRAFT_ENTERPRISE.upper(), ENTERPRISE),
        (DRAFT_ENTERPRISE + ":User", ENTERPRISE),
        ("urn:scim:schemas:core:2.0:Group", GROUP_TYPE.schema.id),
        ("urn:example:Any", "urn:example:Any"),
    ],
)
def test_a_draft_urn_has_one_final_urn(draft: str, urn: str) -> None:
    assert dialects.final_urn(draft, CORE_URN) == urn


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('{"id":"1","value":"admin","displayName":"Admin"}', {"id": "1", "value": "admin", "display": "Admin"}),
        ('{"Value":"admin","x":{"y":1},"z":[1],"n":null}', {"value": "admin"}),
        ('{"value":"{\\"value\\":\\"admin\\"}"}', {"value": "admin"}),
        ("{not json", {"value": "{not json"}),
        ('{"value":5}', {"value": '{"value":5}'}),
        ("{}", {"value": "{}"}),
        ("admin", {"value": "admin"}),
    ],
)
@pytest.mark.parametrize("wrapped", [lambda text: text, lambda text: {"value": text}, lambda text: {"Value": text}])
def test_entra_writes_a_whole_role_into_its_value(sent: str, kept: Any, wrapped: Any) -> None:
    assert attributes({"roles": [wrapped(sent)]}) == {"roles": [kept]}


def test_only_roles_are_read_from_text() -> None:
    text = '{"value":"a"}'
    assert attributes({"entitlements": [{"value": text}]}) == {"entitlements": [{"value": text}]}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([True, True, True], [True, False, False]),
        ([False, True, True], [False, True, False]),
        ([None, "True", "true"], [None, True, False]),
        ([False, None], [False, None]),
    ],
)
def test_the_first_of_several_primaries_stays(sent: list[Any], kept: list[Any]) -> None:
    mails = attributes({"emails": [{"value": f"{n}@b", "primary": primary} for n, primary in enumerate(sent)]})[
        "emails"
    ]
    assert [mail.get("primary") for mail in mails] == kept


@pytest.mark.parametrize(
    ("mark", "removal"),
    [({"operation": "delete"}, True), ({"operation": "Remove"}, True), ({"operation": "add"}, False), ({}, False)],
)
def test_a_member_may_be_marked_as_removed(mark: dict[str, Any], removal: bool) -> None:
    draft = Reader(GROUP_TYPE).read({"displayName": "g", "members": [{"value": "1"}, {"value": "2"} | mark]})
    assert draft.members == (("1",) if removal else ("1", "2"))


def test_phone_numbers_stay_as_they_were_sent() -> None:
    for number in ("tel:+1-555-555-0100", "+1 (555) 0100"):
        assert attributes({"phoneNumbers": [{"value": number}]}) == {"phoneNumbers": [{"value": number}]}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("displayName", "displayName"),
        ("DISPLAYNAME", "displayName"),
        ("name.givenName", "name.givenName"),
        ("department", f"{ENTERPRISE}:department"),
        (f"{ENTERPRISE}:department", f"{ENTERPRISE}:department"),
        (f"{ENTERPRISE}.department", f"{ENTERPRISE}:department"),
        (f"{ENTERPRISE.lower()}:Manager.Value", f"{ENTERPRISE}:manager.value"),
        (f"{DRAFT_ENTERPRISE}:department", f"{ENTERPRISE}:department"),
        (f"{CORE_URN}:name.familyName", "name.familyName"),
        (f"{CORE_URN}:externalId", "externalId"),
        ("name.nothing", None),
        ("nothing", None),
        (f"{ENTERPRISE}:nothing", None),
        (ENTERPRISE, None),
        ("urn:example:x:department", None),
    ],
)
def test_a_key_may_name_its_place(key: str, name: str | None) -> None:
    target = dialects.resolve_key(USER_TYPE, key)
    assert (target and target.name) == name


def test_keys_that_name_a_place_are_gathered_there() -> None:
    kept = attributes(
        {
            "name.givenName": "Ada",
            f"{CORE_URN}:name.familyName": "Moss",
            f"{ENTERPRISE}:department": "R&D",
            f"{ENTERPRISE}:manager.value": "m-1",
            ENTERPRISE: {"division": "North"},
        }
    )
    assert kept == {
        "name": {"givenName": "Ada", "familyName": "Moss"},
        ENTERPRISE: {"division": "North", "department": "R&D", "manager": {"value": "m-1"}},
    }


def test_gathering_is_for_known_keys() -> None:
    with pytest.raises(ValueError, match="nothing"):
        dialects.gather(USER_TYPE, [("nothing", 1)])

"""What `attributes` and `excludedAttributes` leave of a resource."""

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.scim.core import CORE, with_extensions
from scimbridge.scim.projection import view

from .truth import ENTERPRISE

SECRETS = "urn:example:params:scim:schemas:secrets:1.0:User"
TYPES = with_extensions(
    CORE,
    [
        (
            "User",
            {
                "id": SECRETS,
                "name": "Secrets",
                "attributes": [
                    {"name": "pin", "type": "string", "returned": "never"},
                    {"name": "notes", "type": "string", "returned": "request"},
                    {"name": "badge", "type": "string", "returned": "always"},
                    {"name": "locker", "type": "string"},
                    {
                        "name": "keys",
                        "type": "complex",
                        "multiValued": True,
                        "subAttributes": [
                            {"name": "room", "type": "string"},
                            {"name": "serial", "type": "string", "returned": "always"},
                            {"name": "code", "type": "string", "returned": "request"},
                            {"name": "copyCode", "type": "string", "returned": "never"},
                        ],
                    },
                ],
            },
            False,
        )
    ],
)
USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]
PLAIN_USER, PLAIN_GROUP = CORE.by_name["User"], CORE.by_name["Group"]

ADA: dict[str, Any] = {
    "schemas": [USER.schema.id, ENTERPRISE, SECRETS],
    "id": "1",
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "Moss"},
    "emails": [{"value": "a@x.test", "type": "work"}, {"type": "home"}],
    "shoeSize": 39,
    ENTERPRISE: {"department": "R&D", "manager": {"value": "m", "displayName": "Zoe"}},
    SECRETS: {
        "pin": "1234",
        "notes": "tall",
        "badge": "B7",
        "locker": "L1",
        "keys": [{"room": "1", "serial": "s", "code": "c", "copyCode": "x"}],
    },
    "meta": {"resourceType": "User", "created": "2026-01-01T00:00:00.000Z"},
}
ALWAYS = {"schemas": ADA["schemas"], "id": "1", SECRETS: {"badge": "B7"}}


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ([], {}),
        (["nothing", "a b", "name.nothing", "emails[type eq 1]", "x.y.z"], {}),
        (["userName"], {"userName": "ada"}),
        (["USERNAME", "Name.GIVENname"], {"userName": "ada", "name": {"givenName": "Ada"}}),
        (["name"], {"name": ADA["name"]}),
        (["name", "name.givenName"], {"name": ADA["name"]}),
        (["name.givenName", "name"], {"name": ADA["name"]}),
        (["name.middleName"], {}),
        (["name.givenName", "name.familyName"], {"name": ADA["name"]}),
        (["emails.value"], {"emails": [{"value": "a@x.test"}]}),
        (["meta.created"], {"meta": {"created": "2026-01-01T00:00:00.000Z"}}),
        (["shoesize"], {"shoeSize": 39}),
        ([f"{USER.schema.id}:userName"], {"userName": "ada"}),
        ([ENTERPRISE], {ENTERPRISE: ADA[ENTERPRISE]}),
        ([f"{ENTERPRISE}:department"], {ENTERPRISE: {"department": "R&D"}}),
        (["department"], {ENTERPRISE: {"department": "R&D"}}),
        ([f"{ENTERPRISE.upper()}:manager.value"], {ENTERPRISE: {"manager": {"value": "m"}}}),
        (["pin", "password", "keys.copyCode"], {}),
        (["notes"], {SECRETS: {"badge": "B7", "notes": "tall"}}),
        ([SECRETS], {SECRETS: {"badge": "B7", "locker": "L1", "keys": [{"room": "1", "serial": "s"}]}}),
        (["keys"], {SECRETS: {"badge": "B7", "keys": [{"room": "1", "serial": "s"}]}}),
        (["keys.code"], {SECRETS: {"badge": "B7", "keys": [{"serial": "s", "code": "c"}]}}),
    ],
)
def test_attributes_shows_what_is_named_and_what_is_always_returned(
    attributes: Sequence[str], shown: dict[str, Any]
) -> None:
    assert view(USER, attributes, ()).apply(ADA) == ALWAYS | shown


DEFAULT = {
    **ADA,
    SECRETS: {"badge": "B7", "locker": "L1", "keys": [{"room": "1", "serial": "s"}]},
}


def less(*names: str) -> dict[str, Any]:
    return {name: value for name, value in DEFAULT.items() if name not in names}


@pytest.mark.parametrize(
    ("excluded", "shown"),
    [
        ([], DEFAULT),
        (["nothing", "id", "schemas", "a b"], DEFAULT),
        (["name", "META", "shoesize"], less("name", "meta", "shoeSize")),
        (["name.givenName"], DEFAULT | {"name": {"familyName": "Moss"}}),
        (["name.givenName", "name.familyName"], less("name")),
        (["emails.type"], DEFAULT | {"emails": [{"value": "a@x.test"}]}),
        ([ENTERPRISE], less(ENTERPRISE)),
        ([f"{ENTERPRISE}:department"], DEFAULT | {ENTERPRISE: {"manager": {"value": "m", "displayName": "Zoe"}}}),
        (["manager.value", "department"], DEFAULT | {ENTERPRISE: {"manager": {"displayName": "Zoe"}}}),
        ([SECRETS], DEFAULT | {SECRETS: {"badge": "B7"}}),
        (["badge", "keys", "locker"], DEFAULT | {SECRETS: {"badge": "B7"}}),
        (["keys.room", "keys.serial"], DEFAULT | {SECRETS: {"badge": "B7", "locker": "L1", "keys": [{"serial": "s"}]}}),
    ],
)
def test_excluded_attributes_are_left_out_unless_always_returned(
    excluded: Sequence[str], shown: dict[str, Any]
) -> None:
    assert view(USER, None, excluded).apply(ADA) == shown


def test_with_both_the_excluded_ones_are_taken_from_the_chosen() -> None:
    shown = view(USER, ["userName", "name"], ["name.givenName", "title"]).apply(ADA)
    assert shown == ALWAYS | {"userName": "ada", "name": {"familyName": "Moss"}}


@pytest.mark.parametrize(
    ("attributes", "excluded", "wanted"),
    [
        (None, [], True),
        (None, ["members"], False),
        (None, ["members.display"], True),
        (["displayName"], [], False),
        (["members"], [], True),
        (["members.value"], [], True),
        ([], [], False),
    ],
)
def test_a_view_tells_whether_members_are_to_be_read(
    attributes: Sequence[str] | None, excluded: Sequence[str], wanted: bool
) -> None:
    assert view(GROUP, attributes, excluded).wants("members") is wanted


@pytest.mark.parametrize(
    ("attributes", "excluded", "without"),
    [
        (None, (), {}),
        (None, ("members", "EXTERNALID", "id"), {"members", "externalId"}),
        (None, (f"{GROUP.schema.id}:members",), {"members"}),
        (None, ("members", "members.display"), None),
        (None, ("members", "nothing"), None),
        (("displayName",), ("members",), None),
    ],
)
def test_a_view_knows_if_it_only_leaves_whole_attributes_out(
    attributes: Sequence[str] | None, excluded: Sequence[str], without: Collection[str] | None
) -> None:
    assert view(GROUP, attributes, excluded).without == (None if without is None else frozenset(without))


def test_a_view_knows_that_it_was_asked_for_nothing() -> None:
    assert view(USER, (), ()).empty
    assert not view(USER, ("nothing",), ()).empty
    assert not view(USER, None, ()).empty


def test_the_document_stays_as_it_was() -> None:
    before = repr(ADA)
    view(USER, ["name.givenName"], ["emails.type"]).apply(ADA)
    assert repr(ADA) == before


NAMES = st.lists(
    st.sampled_from(
        ["userName", "name", "name.givenName", "emails.value", "emails", "shoeSize", "meta", "id", "pin", "notes",
         SECRETS, ENTERPRISE, f"{ENTERPRISE}:manager", "manager.value", "keys.code", "keys.serial", "keys", "nothing"]
    ),
    max_size=5,
)  # fmt: skip


@given(NAMES, NAMES)
def test_no_choice_hides_what_is_always_returned_or_shows_what_never_is(
    attributes: list[str], excluded: list[str]
) -> None:
    for chosen in (attributes, None):
        shown = view(USER, chosen, excluded).apply(ADA)
        assert shown["id"] == "1"
        assert shown["schemas"] == ADA["schemas"]
        assert shown[SECRETS]["badge"] == "B7"
        assert "pin" not in shown[SECRETS]
        assert all("copyCode" not in key for key in shown[SECRETS].get("keys", []))

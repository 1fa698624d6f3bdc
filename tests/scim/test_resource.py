"""Reading a resource: what the client means comes out in one form, or a refusal names the attribute and the rule."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimbridge.scim.core import CORE, ENTERPRISE_USER, GROUP, USER, with_extensions
from scimbridge.scim.errors import InvalidSyntax, InvalidValue, Mutability, ScimError
from scimbridge.scim.json import dump, parse
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.members import member_ids
from scimbridge.scim.required import check_required
from scimbridge.scim.resource import Draft, Reader, schemas_of
from scimbridge.scim.schema import ResourceType

from .json_values import JSON, json_values

VECTORS = Path(__file__).parents[1] / "vectors"
USER_TYPE, GROUP_TYPE = CORE.types
ENTERPRISE = ENTERPRISE_USER.id
BADGE = "urn:example:params:scim:schemas:badge:1.0:User"
BADGE_SCHEMA = {
    "id": BADGE,
    "attributes": [
        {"name": "number", "type": "integer", "required": True, "mutability": "immutable"},
        {"name": "seen", "type": "dateTime", "mutability": "readOnly"},
        {
            "name": "chip",
            "type": "complex",
            "subAttributes": [
                {"name": "maker", "mutability": "immutable"},
                {"name": "code", "required": True},
            ],
        },
        {"name": "doors", "type": "complex", "multiValued": True, "subAttributes": [{"name": "id", "required": True}]},
    ],
}
BADGED = with_extensions(CORE, [("User", BADGE_SCHEMA, False)]).by_name["User"]
MUST_BE_BADGED = with_extensions(CORE, [("User", BADGE_SCHEMA, True)]).by_name["User"]


def read(body: Any, kind: ResourceType = USER_TYPE, existing: dict[str, Any] | None = None) -> Draft:
    return Reader(kind).read(body, existing)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_of_the_rfc_are_read_without_loss(path: Path) -> None:
    body = parse(path.read_bytes())
    kind = USER_TYPE if USER.id in body["schemas"] else GROUP_TYPE
    draft = read(body, kind)
    assert draft.password == body.pop("password", None)
    assert draft.id == body.pop("id")
    assert list(draft.members or ()) == [member["value"] for member in body.pop("members", [])]
    for kept_elsewhere in ("meta", "groups"):
        body.pop(kept_elsewhere, None)
    assert draft.document == body
    assert next(iter(draft.document)) == "schemas"


def test_there_are_examples() -> None:
    assert len(list(VECTORS.glob("rfc7643-*.json"))) == 4


def test_what_okta_creates_is_read() -> None:
    draft = read(
        {
            "schemas": [USER.id],
            "userName": "ada.moss@example.test",
            "name": {"givenName": "Ada", "familyName": "Moss"},
            "emails": [{"primary": True, "value": "ada.moss@example.test", "type": "work"}],
            "displayName": "Ada Moss",
            "locale": "en-US",
            "externalId": "00u1ada0moss00000001",
            "groups": [],
            "password": "kX81mQz0",
            "active": True,
        }
    )
    assert draft == Draft(
        {
            "schemas": [USER.id],
            "userName": "ada.moss@example.test",
            "name": {"givenName": "Ada", "familyName": "Moss"},
            "emails": [{"primary": True, "value": "ada.moss@example.test", "type": "work"}],
            "displayName": "Ada Moss",
            "locale": "en-US",
            "externalId": "00u1ada0moss00000001",
            "active": True,
        },
        password="kX81mQz0",
    )
    assert "kX81mQz0" not in repr(draft)


def test_names_are_found_in_any_case_and_kept_in_their_own() -> None:
    document = read(
        {"USERNAME": "ada", "Name": {"GIVENNAME": "Ada"}, ENTERPRISE.upper(): {"Department": "R&D"}}
    ).document
    assert document == {
        "schemas": [USER.id, ENTERPRISE],
        "userName": "ada",
        "name": {"givenName": "Ada"},
        ENTERPRISE: {"department": "R&D"},
    }


@pytest.mark.parametrize("password", ["secret", ["secret"]])
def test_the_password_is_apart(password: Any) -> None:
    draft = read({"userName": "ada", "Password": password})
    assert draft.password == "secret"
    assert "password" not in {name.lower() for name in draft.document}


@pytest.mark.parametrize("password", [None, "", []])
def test_no_password_is_none(password: Any) -> None:
    assert read({"userName": "ada", "password": password}).password is None


@pytest.mark.parametrize("password", [5, False, {"value": "secret"}, "a\0b"])
def test_a_refused_password_is_not_in_the_refusal(password: Any) -> None:
    with pytest.raises(InvalidValue) as refusal:
        read({"userName": "ada", "password": password})
    assert refusal.value.detail.startswith('Attribute "password" ')
    assert "secret" not in refusal.value.detail


@pytest.mark.parametrize("name", ["meta", "groups", "id", "members", "password", "schemas", "Meta"])
@pytest.mark.parametrize("kind", CORE.types, ids=lambda kind: kind.name)
def test_what_the_service_has_from_elsewhere_is_never_in_a_document(name: str, kind: ResourceType) -> None:
    value = [kind.schema.id] if name == "schemas" else "x"
    document = read({kind.naming: "n", name: value}, kind).document
    assert list(document) == ["schemas", kind.naming]


def test_what_no_schema_describes_stays_as_sent_without_its_empty_parts() -> None:
    document = read(
        {
            "userName": "ada",
            "favourite": {"colour": "red", "none": None, "empty": "", "list": [1, None, ""]},
            "gone": None,
            "urn:example:Any": {"a": 1, "b": None},
            ENTERPRISE: {"floor": 3, "nothing": ""},
        }
    ).document
    assert document == {
        "schemas": [USER.id, ENTERPRISE, "urn:example:Any"],
        "userName": "ada",
        "favourite": {"colour": "red", "list": [1]},
        "urn:example:Any": {"a": 1},
        ENTERPRISE: {"floor": 3},
    }


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        [USER.id],
        [USER.id.upper()],
        [ENTERPRISE],
        [USER.id, "urn:example:Any"],
        [GROUP.id, USER.id],
    ],
)
def test_schemas_says_what_the_document_has_whatever_was_sent(sent: Any) -> None:
    assert read({"schemas": sent, "userName": "ada"}).document["schemas"] == [USER.id]


def test_entra_names_a_schema_of_its_own_with_groups() -> None:
    own = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
    assert read({"schemas": [GROUP.id, own], "displayName": "g"}, GROUP_TYPE).document["schemas"] == [GROUP.id]


@pytest.mark.parametrize(
    ("body", "error", "detail"),
    [
        ([], InvalidSyntax, "The body must be a JSON object."),
        (None, InvalidSyntax, "The body must be a JSON object."),
        ({"schemas": USER.id}, InvalidSyntax, 'Attribute "schemas" must be a list of URNs.'),
        ({"schemas": [1]}, InvalidSyntax, 'Attribute "schemas" must be a list of URNs.'),
        ({"schemas": {}}, InvalidSyntax, 'Attribute "schemas" must be a list of URNs.'),
        ({"schemas": [GROUP.id]}, InvalidValue, f'Attribute "schemas" must hold "{USER.id}".'),
        ({"schemas": ["urn:example:Any"]}, InvalidValue, f'Attribute "schemas" must hold "{USER.id}".'),
        ({}, InvalidValue, 'Attribute "userName" is required.'),
        ({"userName": ""}, InvalidValue, 'Attribute "userName" is required.'),
        ({"userName": None}, InvalidValue, 'Attribute "userName" is required.'),
        ({"userName": 5}, InvalidValue, 'Attribute "userName" must be a string.'),
        ({"username": "a", "userName": "b"}, InvalidSyntax, 'Attribute "userName" stands twice.'),
        ({"userName": "a", "USERNAME": "b"}, InvalidSyntax, 'Attribute "userName" stands twice.'),
        ({"userName": "a", "Id": "1", "id": "1"}, InvalidSyntax, 'Attribute "id" stands twice.'),
        ({"userName": "a", "id": 7}, InvalidValue, 'Attribute "id" must be a string.'),
        ({"userName": "a", ENTERPRISE: "x"}, InvalidValue, f'Attribute "{ENTERPRISE}" must be an object.'),
        (
            {"userName": "a", ENTERPRISE: {"department": 1}},
            InvalidValue,
            f'Attribute "{ENTERPRISE}:department" must be a string.',
        ),
        (
            {"userName": "a", ENTERPRISE: {"x": "\0"}},
            InvalidValue,
            f'Attribute "{ENTERPRISE}:x" holds a NUL character.',
        ),
        ({"userName": "a", "x": "\0"}, InvalidValue, 'Attribute "x" holds a NUL character.'),
        ({"userName": "a", "name": {"givenName": 1}}, InvalidValue, 'Attribute "name.givenName" must be a string.'),
        ({"userName": "a", "name": "Ada"}, InvalidValue, 'Attribute "name" must be an object.'),
    ],
)
def test_what_cannot_be_read_is_refused_naming_the_attribute_and_the_rule(
    body: Any, error: type[ScimError], detail: str
) -> None:
    with pytest.raises(error) as refusal:
        read(body)
    assert refusal.value.detail == detail


def test_core_attributes_may_stand_under_their_own_urn() -> None:
    draft = read({USER.id: {"userName": "ada", "password": "p", ENTERPRISE: {"division": "North"}}})
    assert draft.document == {"schemas": [USER.id, ENTERPRISE], "userName": "ada", ENTERPRISE: {"division": "North"}}
    assert draft.password == "p"


class TestMembers:
    """The members of a group, as ids."""

    @pytest.mark.parametrize(
        ("sent", "ids"),
        [
            (None, ()),
            ("", ()),
            ([], ()),
            ([{"value": "b"}, {"value": "a"}, {"value": "b"}], ("b", "a")),
            ([{"value": "a", "display": "x", "type": "User", "$ref": None}], ("a",)),
            ([{"Value": "a"}], ("a",)),
            (["a", {"value": "b"}], ("a", "b")),
            ({"value": "a"}, ("a",)),
            ("a", ("a",)),
            ([{"value": "ü"}], ("ü",)),
        ],
    )
    def test_are_ids_in_order_without_duplicates(self, sent: Any, ids: tuple[str, ...]) -> None:
        assert read({"displayName": "g", "members": sent}, GROUP_TYPE).members == ids

    def test_that_were_not_sent_are_none(self) -> None:
        assert read({"displayName": "g"}, GROUP_TYPE).members is None
        assert read({"userName": "ada", "members": ["1"]}).members is None

    @pytest.mark.parametrize(
        ("member", "detail"),
        [
            ({}, 'Attribute "members[1].value" is required.'),
            ({"value": None}, 'Attribute "members[1].value" is required.'),
            ({"value": ""}, 'Attribute "members[1].value" is required.'),
            ("", 'Attribute "members[1].value" is required.'),
            ({"value": 5}, 'Attribute "members[1].value" must be a string.'),
            ({"value": "a\0"}, 'Attribute "members[1].value" holds a NUL character.'),
            (None, 'Attribute "members[1]" must be an object with the "value" of a resource\'s id.'),
            (5, 'Attribute "members[1]" must be an object with the "value" of a resource\'s id.'),
        ],
    )
    def test_without_an_id_are_refused_by_their_place(self, member: Any, detail: str) -> None:
        with pytest.raises(InvalidValue) as refusal:
            member_ids([{"value": "1"}, member])
        assert refusal.value.detail == detail

    def test_are_bounded(self) -> None:
        most = ["1"] * LIMITS.max_members
        assert member_ids(most) == ("1",)
        with pytest.raises(InvalidValue, match="more than"):
            member_ids([*most, "1"])


class TestCustomSchemas:
    """Required, immutable and readOnly attributes of an extension that a realm added."""

    def test_a_required_extension_must_be_there(self) -> None:
        assert read({"userName": "ada", BADGE: {"number": 7}}, MUST_BE_BADGED).document[BADGE] == {"number": 7}
        with pytest.raises(InvalidValue) as refusal:
            read({"userName": "ada"}, MUST_BE_BADGED)
        assert refusal.value.detail == f'Attribute "{BADGE}" is required.'

    @pytest.mark.parametrize(
        ("badge", "path"),
        [
            ({"chip": {"code": "c"}}, "number"),
            ({"number": 7, "chip": {"maker": "m"}}, "chip.code"),
            ({"number": 7, "doors": [{"id": "1"}, {"x": 1}]}, "doors[1].id"),
        ],
    )
    def test_what_is_required_of_a_badge_is_required_only_where_there_is_one(self, badge: Any, path: str) -> None:
        assert read({"userName": "ada"}, BADGED).document == {"schemas": [USER.id], "userName": "ada"}
        with pytest.raises(InvalidValue) as refusal:
            read({"userName": "ada", BADGE: badge}, BADGED)
        assert refusal.value.detail == f'Attribute "{BADGE}:{path}" is required.'

    def test_a_read_only_attribute_is_ignored_whatever_its_value(self) -> None:
        document = read({"userName": "ada", BADGE: {"number": 7, "seen": 5, "Seen": []}}, BADGED).document
        assert document[BADGE] == {"number": 7}

    def test_an_immutable_attribute_may_be_sent_again_or_left_out(self) -> None:
        before = {"userName": "ada", BADGE: {"number": 7, "chip": {"maker": "m", "code": "c"}}}
        for after in (
            {BADGE: {"number": 7, "chip": {"maker": "m", "code": "c"}}},
            {BADGE: {"chip": {"code": "c"}}},
        ):
            assert read({"userName": "ada"} | after, BADGED, before).document == {"schemas": [USER.id, BADGE], **before}

    def test_an_immutable_attribute_keeps_its_extension(self) -> None:
        document = read({"userName": "ada"}, BADGED, {"userName": "ada", BADGE: {"number": 7}}).document
        assert document == {"schemas": [USER.id, BADGE], "userName": "ada", BADGE: {"number": 7}}

    def test_an_immutable_part_goes_with_its_attribute(self) -> None:
        before = {"userName": "ada", BADGE: {"number": 7, "chip": {"maker": "m", "code": "c"}}}
        assert read({"userName": "ada", BADGE: {"number": 7}}, BADGED, before).document[BADGE] == {"number": 7}

    @pytest.mark.parametrize(
        ("badge", "path"),
        [({"number": 8}, "number"), ({"number": 7, "chip": {"maker": "other", "code": "c"}}, "chip.maker")],
    )
    def test_an_immutable_attribute_may_not_change(self, badge: Any, path: str) -> None:
        before = {"userName": "ada", BADGE: {"number": 7, "chip": {"maker": "m", "code": "c"}}}
        with pytest.raises(Mutability) as refusal:
            read({"userName": "ada", BADGE: badge}, BADGED, before)
        assert refusal.value.detail == f'Attribute "{BADGE}:{path}" may not be changed once it is set.'

    def test_an_immutable_attribute_may_be_set_where_there_was_none(self) -> None:
        body = {"userName": "ada", BADGE: {"number": 7}}
        assert read(body, BADGED, {"userName": "ada"}).document[BADGE] == {"number": 7}

    def test_a_document_that_lost_something_required_is_refused(self) -> None:
        """As after a PATCH."""
        check_required({"userName": "ada", BADGE: {"number": 7, "doors": [{"id": "1"}]}}, BADGED)
        for document, path in (
            ({BADGE: {"number": 7}}, "userName"),
            ({"userName": "ada", BADGE: {}}, f"{BADGE}:number"),
            ({"userName": "ada", BADGE: {"number": 7, "doors": [{"id": "1"}, {}]}}, f"{BADGE}:doors.id"),
            ({"userName": "ada", BADGE: {"number": 7, "chip": {"maker": "m"}}}, f"{BADGE}:chip.code"),
        ):
            with pytest.raises(InvalidValue) as refusal:
                check_required(document, BADGED)
            assert refusal.value.detail == f'Attribute "{path}" is required.'


def test_schemas_come_in_one_order() -> None:
    document = {"urn:z": {}, BADGE: {}, "urn:a": {}, "text:with": "a colon", ENTERPRISE: {}}
    assert schemas_of(document, BADGED) == [USER.id, ENTERPRISE, BADGE, "urn:a", "urn:z"]


NAMES = st.sampled_from(
    [
        *(attribute.name for attribute in (*USER.attributes, *GROUP.attributes)),
        *(
            "value",
            "type",
            "primary",
            "manager",
            "managerId",
            "id",
            "schemas",
            "meta",
            "number",
            "chip",
            "x",
            "USERNAME",
        ),
        *("name.givenName", "emails.value", "a.b", USER.id, GROUP.id, ENTERPRISE, BADGE, f"{ENTERPRISE}:manager"),
        *("urn:scim:schemas:core:2.0", f"{ENTERPRISE}:manager.value", f"{USER.id}:password", "urn:example:Any"),
    ]
)


@pytest.mark.parametrize("kind", [USER_TYPE, GROUP_TYPE, BADGED], ids=["User", "Group", "badged"])
@settings(max_examples=300)
@given(body=st.one_of(JSON, st.dictionaries(NAMES, json_values(NAMES), max_size=8)), named=st.booleans())
def test_any_json_is_a_draft_that_reads_the_same_again_or_a_refusal(kind: ResourceType, body: Any, named: bool) -> None:
    if named and isinstance(body, dict):
        body = {name: value for name, value in body.items() if name.lower() != kind.naming.lower()} | {kind.naming: "n"}
        body.pop("schemas", None)
    draft = _attempt(kind, body)
    if draft is not None:
        assert dump(draft.document)
        assert read(draft.document, kind, draft.document).document == draft.document


def _attempt(kind: ResourceType, body: Any) -> Draft | None:
    try:
        return read(body, kind)
    except ScimError as refusal:
        dump(refusal.message())
        return None

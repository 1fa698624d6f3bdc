"""PATCH: what an operation leaves of a document, what comes out apart from it, and what is refused."""

import copy
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.scim import patch as patch_module
from scimbridge.scim.binding import BoundCompare
from scimbridge.scim.core import CORE, with_extensions
from scimbridge.scim.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    PayloadTooLarge,
    ScimError,
    TooMany,
)
from scimbridge.scim.patch import MemberEdit, Patch, compile_patch
from scimbridge.scim.required import check_required

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DRAFT = "urn:scim:schemas:extension:enterprise:2.0"
DESK = "urn:example:params:scim:schemas:desk:1.0:User"
OTHER = "urn:example:other:1.0:User"

TYPES = with_extensions(
    CORE,
    [
        (
            "User",
            {
                "id": DESK,
                "name": "Desk",
                "attributes": [
                    {"name": "serial", "type": "string", "mutability": "immutable"},
                    {"name": "owner", "type": "string", "required": True},
                    {"name": "seen", "type": "dateTime", "mutability": "readOnly"},
                    {"name": "tags", "type": "string", "multiValued": True},
                    {
                        "name": "lamp",
                        "type": "complex",
                        "subAttributes": [
                            {"name": "maker", "type": "string", "required": True, "mutability": "immutable"},
                            {"name": "watts", "type": "integer"},
                            {"name": "colours", "type": "string", "multiValued": True},
                            {"name": "hours", "type": "integer", "mutability": "readOnly"},
                        ],
                    },
                    {
                        "name": "drawers",
                        "type": "complex",
                        "multiValued": True,
                        "subAttributes": [
                            {"name": "lock", "type": "string", "mutability": "immutable"},
                            {"name": "label", "type": "string"},
                        ],
                    },
                ],
            },
            False,
        )
    ],
)
USER = TYPES.by_name["User"]

WORK = {"value": "ada@work.test", "type": "work", "primary": True}
HOME = {"value": "ada@home.test", "type": "home"}
ADA: dict[str, Any] = {
    "schemas": [CORE_USER],
    "id": "1",
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "Moss"},
    "title": "Engineer",
    "active": True,
    "emails": [WORK, HOME],
}


def compiled(*operations: Any, kind: str = "User") -> Patch:
    return compile_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, TYPES.by_name[kind])


def patched(*operations: Any, document: dict[str, Any] | None = None) -> dict[str, Any]:
    return compiled(*operations).apply(ADA if document is None else document)


def add(path: str | None, value: Any) -> dict[str, Any]:
    return {"op": "add", "value": value} | ({"path": path} if path else {})


def put(path: str | None, value: Any) -> dict[str, Any]:
    return {"op": "replace", "value": value} | ({"path": path} if path else {})


def remove(path: str, **value: Any) -> dict[str, Any]:
    return {"op": "remove", "path": path, **value}


def ada(**changed: Any) -> dict[str, Any]:
    """ADA with these attributes changed; None takes one out."""
    return {name: value for name, value in (ADA | changed).items() if value is not None}


def extended(urn: str, **attributes: Any) -> dict[str, Any]:
    return ADA | {"schemas": [CORE_USER, urn], urn: attributes}


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        # One value: add and replace set it, in whatever spelling.
        (put("title", "Boss"), ada(title="Boss")),
        (add("TITLE", "Boss"), ada(title="Boss")),
        ({"op": "Replace", "path": "active", "value": "False"}, ada(active=False)),
        ({"OP": "REPLACE", "Path": "active", "VALUE": [False]}, ada(active=False)),
        (put(f"{CORE_USER}:title", "Boss"), ada(title="Boss")),
        (put(" title ", "Boss"), ada(title="Boss")),
        (add("externalId", "x"), ada(externalId="x")),
        # No value is removal.
        (remove("title"), ada(title=None)),
        (remove("title", value="x"), ada(title=None)),
        (remove("nickName"), ADA),
        (put("title", None), ada(title=None)),
        (put("title", ""), ada(title=None)),
        (put("name", None), ada(name=None)),
        (put("emails", []), ada(emails=None)),
        # A complex attribute keeps the parts that are not sent.
        (put("name.givenName", "A."), ada(name={"givenName": "A.", "familyName": "Moss"})),
        (add("name", {"GIVENNAME": "A."}), ada(name={"givenName": "A.", "familyName": "Moss"})),
        (put("name", {"givenName": "A."}), ada(name={"givenName": "A.", "familyName": "Moss"})),
        (put("name", {"givenName": ""}), ada(name={"familyName": "Moss"})),
        (put("name", {"givenName": None, "familyName": None}), ada(name=None)),
        (remove("name.givenName"), ada(name={"familyName": "Moss"})),
        (remove("name"), ada(name=None)),
        (put("name", {"nick": "A"}), ada(name={"givenName": "Ada", "familyName": "Moss", "nick": "A"})),
        # A pathless value names its attributes plainly, with dots, with URNs, with nested objects.
        (put(None, {"active": False}), ada(active=False)),
        (
            put(None, {"TITLE": "Boss", "name.familyName": "Ray"}),
            ada(title="Boss", name={"givenName": "Ada", "familyName": "Ray"}),
        ),
        (put(None, {"title": None, "active": ""}), ada(title=None, active=None)),
        (put(None, {CORE_USER: {"title": "Boss"}}), ada(title="Boss")),
        (put(None, {f"{CORE_USER}:title": "Boss"}), ada(title="Boss")),
        (put(None, {'emails[type eq "home"].value': "a@h.test"}), ada(emails=[WORK, {**HOME, "value": "a@h.test"}])),
        (add(None, {"emails": [{"value": "x@y.test"}]}), ada(emails=[WORK, HOME, {"value": "x@y.test"}])),
        # What the server keeps itself is ignored there.
        (
            put(None, {"id": "1", "schemas": ["urn:x"], "meta": {"version": "1"}, "groups": [], "title": "Boss"}),
            ada(title="Boss"),
        ),
        (put("schemas", ["urn:x"]), ADA),
        (add("id", "1"), ADA),
        # Multi-valued: add without doubles, replace all.
        (add("emails", [{"value": "x@y.test"}]), ada(emails=[WORK, HOME, {"value": "x@y.test"}])),
        (add("emails", {"value": "x@y.test"}), ada(emails=[WORK, HOME, {"value": "x@y.test"}])),
        (add("emails", [HOME, HOME]), ADA),
        (add("emails", [{**HOME, "display": "Home"}]), ada(emails=[WORK, {**HOME, "display": "Home"}])),
        (add("emails", []), ADA),
        (put("emails", [{"value": "x@y.test"}]), ada(emails=[{"value": "x@y.test"}])),
        (add("addresses", [{"type": "home", "locality": "Ulm"}] * 2),
         ada(addresses=[{"type": "home", "locality": "Ulm"}])),
        # One primary: the one written last.
        (
            add("emails", [{"value": "x@y.test", "primary": "true"}]),
            ada(emails=[WORK | {"primary": False}, HOME, {"value": "x@y.test", "primary": True}]),
        ),
        (put('emails[type eq "home"].primary', True),
         ada(emails=[WORK | {"primary": False}, HOME | {"primary": True}])),
        # A filter chooses values.
        (put('emails[type eq "work"].value', "a@w.test"), ada(emails=[WORK | {"value": "a@w.test"}, HOME])),
        (put('EMAILS[TYPE EQ "WORK"].VALUE', "a@w.test"), ada(emails=[WORK | {"value": "a@w.test"}, HOME])),
        (put('emails[primary eq "True"].value', "a@w.test"), ada(emails=[WORK | {"value": "a@w.test"}, HOME])),
        (put("emails[value pr].display", "D"), ada(emails=[WORK | {"display": "D"}, HOME | {"display": "D"}])),
        (put('emails[type eq "home"]', {"value": "a@h.test"}),
         ada(emails=[WORK, {"type": "home", "value": "a@h.test"}])),
        (put('emails[type eq "home"]', "a@h.test"), ada(emails=[WORK, {"type": "home", "value": "a@h.test"}])),
        (put('emails[type eq "work"]', [{"value": "a@w.test", "type": "other"}]),
         ada(emails=[{"type": "other", "value": "a@w.test"}, HOME])),
        (add('emails[type eq "work"]', {"display": "D"}), ada(emails=[WORK | {"display": "D"}, HOME])),
        (put("emails.type", "other"), ada(emails=[WORK | {"type": "other"}, HOME | {"type": "other"}])),
        # If there is none it is made, from what the filter says.
        (
            put('emails[type eq "other"].value', "a@o.test"),
            ada(emails=[WORK, HOME, {"type": "other", "value": "a@o.test"}]),
        ),
        (
            add('phoneNumbers[type eq "mobile"].value', "+1"),
            ada(phoneNumbers=[{"type": "mobile", "value": "+1"}]),
        ),
        (
            put('addresses[type eq "work"].formatted', "1 Way"),
            ada(addresses=[{"type": "work", "formatted": "1 Way"}]),
        ),
        (put('roles[primary eq "True"].value', "admin"), ada(roles=[{"primary": True, "value": "admin"}])),
        (
            put('emails[type eq "other" and primary eq true]', {"value": "a@o.test"}),
            ada(emails=[WORK | {"primary": False}, HOME, {"type": "other", "primary": True, "value": "a@o.test"}]),
        ),
        (add("roles.value", "admin"), ada(roles=[{"value": "admin"}])),
        # Removing values: by filter, by list, by emptying what they are about; nothing there is nothing to do.
        (remove('emails[type eq "work"]'), ada(emails=[HOME])),
        (remove("emails[value pr]"), ada(emails=None)),
        (remove('emails[type eq "other"]'), ADA),
        (remove('phoneNumbers[type eq "work"]'), ADA),
        (remove('emails[type eq "work"].value'), ada(emails=[HOME])),
        (remove('emails[type eq "work"].primary'), ada(emails=[{"value": "ada@work.test", "type": "work"}, HOME])),
        (put('emails[type eq "work"].value', ""), ada(emails=[HOME])),
        (put('emails[type eq "other"].value', None), ADA),
        (put('emails[type eq "home"]', None), ada(emails=[WORK])),
        (put('emails[type eq "home"]', [None]), ada(emails=[WORK])),
        (add('emails[type eq "home"]', {"value": "", "display": "x"}), ada(emails=[WORK])),
        (remove("emails"), ada(emails=None)),
        (remove("emails", value=None), ada(emails=None)),
        (remove("emails", value=[{"value": "ada@home.test"}]), ada(emails=[WORK])),
        (remove("emails", value=[{"value": "ada@home.test", "type": "work"}]), ADA),
        (remove("emails", value=[]), ADA),
        (remove("emails.display"), ADA),
        # An extension's attributes, and what follows for `schemas`.
        (add(f"{ENTERPRISE}:department", "R&D"), extended(ENTERPRISE, department="R&D")),
        (add(f"{ENTERPRISE}.department", "R&D"), extended(ENTERPRISE, department="R&D")),
        (add(f"{DRAFT}:department", "R&D"), extended(ENTERPRISE, department="R&D")),
        (add("department", "R&D"), extended(ENTERPRISE, department="R&D")),
        (put(None, {f"{ENTERPRISE}:department": "R&D"}), extended(ENTERPRISE, department="R&D")),
        (put(None, {ENTERPRISE.upper(): {"DEPARTMENT": "R&D"}}), extended(ENTERPRISE, department="R&D")),
        (put(None, {DRAFT: {"department": "R&D", "managerId": "m"}}),
         extended(ENTERPRISE, department="R&D", manager={"value": "m"})),
        (add(ENTERPRISE, {"department": "R&D"}), extended(ENTERPRISE, department="R&D")),
        (put(ENTERPRISE, {}), ADA),
        (remove(ENTERPRISE), ADA),
        (remove(f"{ENTERPRISE}:department"), ADA),
        # The manager in all its shapes.
        (add(f"{ENTERPRISE}:manager", "m"), extended(ENTERPRISE, manager={"value": "m"})),
        (add(f"{ENTERPRISE}:manager", {"value": "m"}), extended(ENTERPRISE, manager={"value": "m"})),
        (add(f"{ENTERPRISE}:manager", [{"$ref": "../Users/m", "value": "m"}]),
         extended(ENTERPRISE, manager={"$ref": "../Users/m", "value": "m"})),
        (put(f"{ENTERPRISE}:manager.value", "m"), extended(ENTERPRISE, manager={"value": "m"})),
        (put('manager[value eq "m"].displayName', "Zoe"),
         extended(ENTERPRISE, manager={"value": "m", "displayName": "Zoe"})),
        # What no schema knows is kept.
        (put("shoeSize", 39), ada(shoeSize=39)),
        (put(None, {"shoeSize": {"eu": 39, "uk": None}}), ada(shoeSize={"eu": 39})),
        (put(None, {"shoe.size": 39, "a b": 1, "": 2}), ADA),
        (remove("shoeSize"), ADA),
        (put(None, {OTHER: {"a": 1, "b": ""}}), extended(OTHER, a=1)),
        (put(f"{OTHER}:a", 1), extended(OTHER, a=1)),
        (remove(OTHER), ADA),
        (put(None, {"members": [{"value": "x"}]}), ADA),
    ],
)  # fmt: skip
def test_an_operation_leaves_the_document_that_the_rfc_and_clients_mean(
    operation: dict[str, Any], after: dict[str, Any]
) -> None:
    before = copy.deepcopy(ADA)
    assert patched(operation) == after
    assert before == ADA


MANAGED = extended(ENTERPRISE, department="R&D", manager={"value": "m", "displayName": "Zoe", "$ref": "../Users/m"})


@pytest.mark.parametrize(
    ("operation", "manager"),
    [
        (put(f"{ENTERPRISE}:manager", {"value": "n"}), {"value": "n"}),
        (add("manager", "n"), {"value": "n"}),
        (put("manager", {"displayName": "Z"}), {"value": "m", "displayName": "Z", "$ref": "../Users/m"}),
        (put("manager.displayName", "Z"), {"value": "m", "displayName": "Z", "$ref": "../Users/m"}),
        (put('manager[value eq "m"]', {"value": "n"}), {"value": "n"}),
        (put(f"{ENTERPRISE}:manager", ""), None),
        (put(f"{ENTERPRISE}:manager", None), None),
        (put(f"{ENTERPRISE}:manager", {"value": ""}), None),
        (put(f"{ENTERPRISE}:manager", [{"value": ""}]), None),
        (put(f"{ENTERPRISE}:manager", []), None),
        (put("manager.value", ""), None),
        (remove(f"{ENTERPRISE}:manager"), None),
        (remove("manager.value"), None),
        (remove('manager[value eq "m"]'), None),
        (remove('manager[value eq "other"]'), MANAGED[ENTERPRISE]["manager"]),
        (remove("manager", value={"value": "m", "$ref": "x"}), None),
        (remove("manager", value=[{"value": "other"}]), MANAGED[ENTERPRISE]["manager"]),
    ],
)
def test_a_manager_is_replaced_as_one_and_removed_in_every_way(
    operation: dict[str, Any], manager: dict[str, Any] | None
) -> None:
    after = patched(operation, document=MANAGED)
    assert after[ENTERPRISE] == {"department": "R&D"} | ({"manager": manager} if manager else {})


def test_an_extension_that_loses_its_last_attribute_leaves_the_schemas() -> None:
    after = patched(remove("manager"), remove("department"), document=MANAGED)
    assert after == ADA
    assert patched(remove(ENTERPRISE), document=MANAGED) == ADA
    assert patched(remove(OTHER), document=extended(OTHER, a=1)) == ADA
    assert patched(remove(f"{OTHER.upper()}:A"), document=extended(OTHER, a=1)) == ADA


def test_unknown_attributes_keep_the_spelling_they_have() -> None:
    assert patched(put("SHOESIZE", 40), document=ada(shoeSize=39)) == ada(shoeSize=40)
    assert patched(put(f"{OTHER.upper()}:A", 2), document=extended(OTHER, a=1)) == extended(OTHER, a=2)


def test_operations_work_one_after_the_other() -> None:
    after = patched(
        remove("emails"),
        add("emails", [{"value": "x@y.test", "type": "work"}]),
        put('emails[type eq "work"].value', "z@y.test"),
        put("title", "A"),
        put("title", "B"),
        remove("name.givenName"),
    )
    assert after == ada(emails=[{"value": "z@y.test", "type": "work"}], title="B", name={"familyName": "Moss"})


def test_entra_roles_written_as_json_in_text_are_read() -> None:
    value = [{"value": '{"id":"18d","value":"admin","displayName":"Admin"}'}]
    assert patched(add("roles", value))["roles"] == [{"value": "admin", "display": "Admin", "id": "18d"}]


IMMUTABLE = extended(
    DESK, owner="ada", serial="S1", lamp={"maker": "M", "watts": 5}, drawers=[{"lock": "K", "label": "a"}]
)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (put(f"{DESK}:serial", "S1"), None),
        (put(f"{DESK}:serial", "S2"), Mutability),
        (remove(f"{DESK}:serial"), Mutability),
        (put("lamp.maker", "M"), None),
        (put("lamp.maker", "N"), Mutability),
        (put("lamp", {"watts": 6}), None),
        (put("lamp", {"maker": "N"}), Mutability),
        (put("drawers.lock", "L"), Mutability),
        (put('drawers[label eq "a"].lock', "L"), Mutability),
        (put('drawers[label eq "a"]', {"lock": "L"}), Mutability),
        (put('drawers[label eq "a"]', {"lock": "K", "label": "b"}), None),
        (remove('drawers[label eq "a"]'), None),
    ],
)
def test_an_immutable_attribute_is_given_once(operation: dict[str, Any], error: type[ScimError] | None) -> None:
    patch = compiled(operation)
    if error is None:
        patch.apply(IMMUTABLE)
    else:
        with pytest.raises(error, match="immutable"):
            patch.apply(IMMUTABLE)


def test_an_immutable_attribute_may_be_given_where_there_was_none() -> None:
    after = patched(add(f"{DESK}:serial", "S1"), add("lamp", {"maker": "M"}))
    assert after[DESK] == {"serial": "S1", "lamp": {"maker": "M"}}


def test_values_inside_a_sub_attribute_are_added_and_replaced() -> None:
    document = extended(DESK, lamp={"maker": "M", "colours": ["red"]})
    assert patched(add("lamp.colours", ["blue", "red"]), document=document)[DESK]["lamp"]["colours"] == ["red", "blue"]
    assert patched(put("lamp.colours", "blue"), document=document)[DESK]["lamp"]["colours"] == ["blue"]
    assert patched(add("tags", "a"), add("tags", ["a", "b"]))[DESK]["tags"] == ["a", "b"]
    assert patched(put("tags", ["a", "b"]), remove("tags", value=["a"]))[DESK]["tags"] == ["b"]


@pytest.mark.parametrize(
    "operation",
    [remove("lamp.maker"), put("lamp.maker", None), remove(f"{DESK}:owner"), put("userName", ""), remove("userName"),
     put(None, {"userName": None})],
)  # fmt: skip
def test_what_is_required_can_not_be_removed(operation: dict[str, Any]) -> None:
    with pytest.raises(Mutability, match="is required"):
        compiled(operation)


def test_what_is_missing_after_all_is_named_by_the_check_of_the_whole() -> None:
    after = patched(put("lamp", {"watts": 5}), put(f"{DESK}:owner", "ada"))
    with pytest.raises(InvalidValue, match=r"lamp\.maker"):
        check_required(after, USER)


@pytest.mark.parametrize(
    ("operation", "error", "complaint"),
    [
        (1, InvalidSyntax, r"Operations\[0\] must be an object"),
        ({}, InvalidSyntax, r'Operations\[0\]: "op"'),
        ({"op": 1, "path": "title", "value": 1}, InvalidSyntax, '"op"'),
        ({"op": "set", "path": "title", "value": "x"}, InvalidSyntax, '"op" must be add, remove or replace'),
        ({"op": "add", "path": "title"}, InvalidValue, '"value" is required with add'),
        ({"op": "replace"}, InvalidValue, '"value" is required with replace'),
        ({"op": "replace", "value": "x"}, InvalidValue, '"value" must be an object'),
        ({"op": "replace", "value": None}, InvalidValue, '"value" must be an object'),
        ({"op": "add", "value": [{"title": "x"}]}, InvalidValue, '"value" must be an object'),
        ({"op": "remove"}, NoTarget, '"path" is required with remove'),
        ({"op": "remove", "path": "", "value": {"title": 1}}, NoTarget, '"path" is required with remove'),
        ({"op": "remove", "path": 5}, InvalidPath, '"path" must be a string'),
        (put("name.nothing", "x"), InvalidPath, "name.nothing"),
        (put("nothing.sub", "x"), InvalidPath, "nothing.sub"),
        (put("a b", "x"), InvalidPath, "a b"),
        (remove('nothing[type eq "x"]'), InvalidPath, "nothing"),
        (put('emails[type eq "work"', "x"), InvalidFilter, '"]" at the end'),
        (put(None, {'emails[type eq "work"].x': "x"}), InvalidPath, '"x"'),
        (put("title", 5), InvalidValue, '"title" must be a string'),
        (put("active", "perhaps"), InvalidValue, '"active" must be true or false'),
        (put("name", "Ada"), InvalidValue, '"name" must be an object'),
        (put("name.givenName", {}), InvalidValue, '"name.givenName"'),
        (put("emails", "\0"), InvalidValue, "NUL"),
        (put('emails[type eq "work"]', [HOME, HOME]), InvalidValue, '"emails"'),
        (put(ENTERPRISE, "x"), InvalidValue, "must be an object"),
        (put(CORE_USER, "x"), InvalidValue, "must be an object"),
        (put("groups", []), Mutability, '"groups" is read only'),
        (remove("groups"), Mutability, '"groups" is read only'),
        (put("meta.version", "x"), Mutability, '"meta.version" is read only'),
        (put(f"{DESK}:seen", "2026-01-01T00:00:00Z"), Mutability, "seen"),
        (put("lamp.hours", 1), Mutability, "hours"),
        (remove("id"), Mutability, '"id"'),
        (put("id", 1), Mutability, '"id"'),
        (remove("schemas"), Mutability, '"schemas"'),
        (remove("password"), Mutability, '"password" can be replaced, not removed'),
        (put("password", {"a": "hunter2"}), InvalidValue, '"password" must be a string'),
    ],
)
def test_a_bad_operation_is_refused_by_name(operation: Any, error: type[ScimError], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        compiled(operation)


@pytest.mark.parametrize(
    "path", ["emails[type pr].value", 'emails[value co "other"].display', 'roles[type eq "x"].primary']
)
def test_a_filter_that_matches_nothing_and_says_too_little_has_no_target(path: str) -> None:
    document = ada(emails=None)
    with pytest.raises(NoTarget):
        patched(put(path, True if path.endswith("primary") else "x"), document=document)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], InvalidSyntax),
        ({}, InvalidSyntax),
        ({"Operations": []}, InvalidSyntax),
        ({"Operations": put("title", "x")}, InvalidSyntax),
        ({"schemas": [CORE_USER], "Operations": [put("title", "x")]}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": [put("title", "x")] * 1001}, PayloadTooLarge),
    ],
)
def test_a_body_that_is_no_patch_is_refused(body: Any, error: type[ScimError]) -> None:
    with pytest.raises(error):
        compile_patch(body, USER)


def test_the_envelope_is_read_leniently() -> None:
    patch = compile_patch({"SCHEMAS": [PATCH_OP.upper()], "operations": [put("title", "x")]}, USER)
    assert patch.apply(ADA) == ada(title="x")


def test_one_request_does_not_look_at_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patch_module, "_MOST_VISITS", 5)
    operation = put('emails[type eq "work"].value', "x@y.test")
    assert patched(operation, operation)["emails"][0]["value"] == "x@y.test"
    with pytest.raises(TooMany):
        patched(operation, operation, operation)


def test_an_attribute_does_not_grow_without_bound() -> None:
    many = [{"value": f"{n}@x.test"} for n in range(9_999)]
    with pytest.raises(InvalidValue, match="more than 10000 values"):
        patched(add("emails", many))


@pytest.mark.parametrize(
    ("operations", "password"),
    [
        ([put("password", "hunter2")], "hunter2"),
        ([put(None, {"password": "hunter2"})], "hunter2"),
        ([put("password", "hunter1"), add("PASSWORD", "hunter2")], "hunter2"),
        ([put("password", "")], None),
        ([put(None, {"password": None})], None),
        ([put("title", "x")], None),
    ],
)
def test_a_password_comes_out_apart_and_is_not_shown(operations: list[dict[str, Any]], password: str | None) -> None:
    patch = compiled(*operations)
    assert patch.password == password
    assert patch.sets_password is (password is not None)
    assert "password" not in patch.apply(ADA)
    assert "hunter" not in repr(patch)


@pytest.mark.parametrize(
    ("operations", "sent", "touches"),
    [
        ([put(None, {"id": "1", "displayName": "x"})], "1", True),
        ([put(None, {"id": "1"}), put("id", "1")], "1", False),
        ([put("password", "x")], None, False),
        ([put("title", "x")], None, True),
    ],
)
def test_an_id_that_was_sent_along_is_told(operations: list[dict[str, Any]], sent: str | None, touches: bool) -> None:
    patch = compiled(*operations)
    assert (patch.id, patch.touches_document) == (sent, touches)


def test_two_ids_are_one_too_many() -> None:
    with pytest.raises(Mutability):
        compiled(put(None, {"id": "1"}), put(None, {"id": "2"}))


@pytest.mark.parametrize(
    ("operation", "edits"),
    [
        (add("members", [{"value": "a", "display": "A"}, {"$ref": None, "value": "b"}, {"value": "a"}]),
         [MemberEdit("add", ("a", "b"))]),
        (add("members", {"value": "a"}), [MemberEdit("add", ("a",))]),
        (add("MEMBERS", "a"), [MemberEdit("add", ("a",))]),
        (add("members", ["a", {"VALUE": "b"}]), [MemberEdit("add", ("a", "b"))]),
        (add(None, {"members": [{"value": "a"}]}), [MemberEdit("add", ("a",))]),
        (add("members", []), []),
        (add("members", None), []),
        (put("members", [{"value": "a"}]), [MemberEdit("replace", ("a",))]),
        (put(None, {"members": [{"value": "a"}], "displayName": "x"}), [MemberEdit("replace", ("a",))]),
        (put("members", []), [MemberEdit("replace")]),
        (put("members", None), [MemberEdit("replace")]),
        (remove('members[value eq "a"]'), [MemberEdit("remove", ("a",))]),
        (remove('members[VALUE eq "a" or value eq "b" or value eq "a"]'), [MemberEdit("remove", ("a", "b"))]),
        (remove("members", value=[{"$ref": None, "value": "a"}]), [MemberEdit("remove", ("a",))]),
        (remove("members", value="a"), [MemberEdit("remove", ("a",))]),
        (remove("members", value=[]), []),
        (remove("members"), [MemberEdit("replace")]),
        (remove("members", value=None), [MemberEdit("replace")]),
        (add('members[value eq "a"]', {"value": "a"}), [MemberEdit("add", ("a",))]),
        (put(None, {"members": [{"value": "a", "operation": "add"}, {"value": "b", "operation": "delete"}]}),
         [MemberEdit("add", ("a",)), MemberEdit("remove", ("b",))]),
        (remove("members", value=[{"value": "b", "operation": "delete"}]), [MemberEdit("remove", ("b",))]),
        (add("members", [{"value": "a", "extra": {"deep": [1]}}]), [MemberEdit("add", ("a",))]),
    ],
)  # fmt: skip
def test_members_come_out_as_ids(operation: dict[str, Any], edits: list[MemberEdit]) -> None:
    patch = compiled(operation, kind="Group")
    assert list(patch.members) == edits
    assert "members" not in patch.apply({"displayName": "navy"})


def test_members_chosen_by_another_filter_come_out_as_that_filter() -> None:
    (edit,) = compiled(remove('members[type eq "Group"]'), kind="Group").members
    assert (edit.operation, edit.ids) == ("remove", ())
    assert isinstance(edit.filter, BoundCompare)
    assert (edit.filter.target.name, edit.filter.value) == ("members.type", "group")


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (add("members", [{"value": 5}]), InvalidValue),
        (add("members", [5]), InvalidValue),
        (add("members", [None]), InvalidValue),
        (add("members", [{"value": ""}]), InvalidValue),
        (add("members", [{"display": "A"}]), InvalidValue),
        (add("members", [{"value": "a\0"}]), InvalidValue),
        (put("members.value", "a"), InvalidPath),
        (put('members[value eq "a"].display', "A"), InvalidPath),
        (remove('members[value eq "a"].value'), InvalidPath),
        (add('members[type eq "User"]', {"value": "a"}), InvalidPath),
        (remove('members[nothing eq "a"]'), InvalidFilter),
        (remove("displayName"), Mutability),
    ],
)
def test_a_bad_change_of_members_is_refused(operation: dict[str, Any], error: type[ScimError]) -> None:
    with pytest.raises(error):
        compiled(operation, kind="Group")


# A model of a few attributes that has nothing to do with paths: title, given name, active, one mail of each type.
MAIL = st.sampled_from(["work", "home", "other"])
WORD = st.text("abc", min_size=1, max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("title"), st.none() | WORD),
    st.tuples(st.just("given"), st.none() | WORD),
    st.tuples(st.just("active"), st.booleans()),
    st.tuples(MAIL, st.none() | WORD),
)
PATHS = {"title": "title", "given": "name.givenName", "active": "active"}


def as_operation(name: str, value: Any, style: int) -> dict[str, Any]:
    path = PATHS.get(name, f'emails[type eq "{name}"].value')
    if value is None and style != 0:
        return remove(path if name in PATHS or style == 1 else f'emails[type eq "{name}"]')
    return [put(path, value), put(None, {path: value}), add(path, value)][style]


@given(st.lists(st.tuples(STEPS, st.integers(0, 2)), max_size=12))
def test_after_any_operations_the_document_equals_a_simple_model(steps: list[tuple[tuple[str, Any], int]]) -> None:
    model: dict[str, Any] = {}
    for (name, value), _ in steps:
        model.pop(name, None) if value is None else model.update({name: value})
    operations = [as_operation(name, value, style) for (name, value), style in steps]
    document: dict[str, Any] = {"userName": "x"}
    if operations:
        document = patched(*operations, document=document)
    seen: dict[str, Any] = {name: document[name] for name in ("title", "active") if name in document}
    seen.update({"given": document["name"]["givenName"]} if "name" in document else {})
    seen.update({mail["type"]: mail["value"] for mail in document.get("emails", [])})
    assert seen == model


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["work", "2026-01-01T00:00:00Z", "QQ==", "True"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["value", "type", "primary", "name", "name.givenName", "emails", "manager", "members", "operation", "id",
             "groups", "meta", "schemas", "password", ENTERPRISE, f"{ENTERPRISE}:manager", DESK, f"{DESK}:lamp", OTHER,
             "x", 'emails[type eq "work"].value', "roles", "displayName"]
        )
        | st.text(max_size=3),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
SOME_PATHS = st.sampled_from(
    ["title", "name", "name.givenName", "emails", "emails.value", "emails.primary", 'emails[type eq "work"]',
     'emails[type eq "work"].value', "emails[primary eq true].primary", 'roles[value eq "a" or type eq "b"]', "manager",
     'manager[value eq "m"]', "manager.value", "members", 'members[value eq "a"]', "members[type pr]", ENTERPRISE, DESK,
     f"{DESK}:lamp", f"{DESK}:lamp.colours", f"{DESK}:tags", f"{DESK}:drawers.lock", OTHER, f"{OTHER}:a", "x", "id", "",
     "password", "schemas", "meta", "groups", "x509Certificates", "addresses"]
)  # fmt: skip
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "Add"])},
    optional={"path": SOME_PATHS | st.text(max_size=6) | JSON, "value": JSON},
)
DOCUMENTS = st.sampled_from([ADA, MANAGED, IMMUTABLE, extended(OTHER, a=1), {"userName": "x"}])


@given(st.lists(OPERATIONS | JSON, max_size=4), DOCUMENTS, st.sampled_from(["User", "Group"]))
def test_any_json_is_a_patch_or_a_scim_error(operations: list[Any], document: dict[str, Any], kind: str) -> None:
    before = orjson.dumps(document)
    with suppress(ScimError):
        patch = compiled(*operations, kind=kind)
        after = patch.apply(document)
        orjson.dumps(after)
        assert not {"password", "members", "groups", "meta"} & after.keys()
        assert all(edit.ids or edit.filter or edit.operation == "replace" for edit in patch.members)
    assert orjson.dumps(document) == before


@given(JSON)
def test_any_body_is_a_patch_or_a_scim_error(body: Any) -> None:
    with suppress(ScimError):
        compile_patch(body, USER)

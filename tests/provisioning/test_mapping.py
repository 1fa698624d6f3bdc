"""What an application gets of a person (provisioning/mapping)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from scimbridge.interop.suite_file import load_bundled
from scimbridge.provisioning.expression import Context, ExpressionError, GroupName
from scimbridge.provisioning.mapping import (
    DEFAULT_MAPPINGS,
    AttributeMapping,
    Mapped,
    MappingFailed,
    ProfileMapping,
    check_mappings,
    check_overrides,
    digest,
    preview,
)
from scimbridge.provisioning.profile import profile
from scimbridge.scim.core import CORE, with_extensions

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BADGE = "urn:example:params:scim:schemas:badge:1.0:User"
ATTRIBUTES = [
    {"name": "level", "type": "integer"},
    {"name": "cleared", "type": "boolean"},
    {"name": "score", "type": "decimal"},
]
BADGED = with_extensions(CORE, [("User", {"id": BADGE, "name": "Badge", "attributes": ATTRIBUTES}, False)]).by_name[
    "User"
]


def context(values: Mapping[str, Any] | None = None, **more: Any) -> Context:
    return Context(values or {}, datetime(2026, 3, 1, 12, tzinfo=UTC), **more)


def mapped(rows: Mapping[str, str], values: Mapping[str, Any] | None = None, **settings: Any) -> Mapped:
    mapping = ProfileMapping([AttributeMapping(target, text) for target, text in rows.items()], **settings)
    return mapping.document(context(values), created=True)


def test_the_default_mappings_give_the_body_that_okta_was_recorded_with() -> None:
    steps = load_bundled("okta-wizard").steps
    body = next(step.body for step in steps if (step.method, step.path) == ("POST", "/Users"))
    person = {name: value for name, value in body.items() if name not in ("externalId", "groups", "password")}
    document = (
        ProfileMapping(DEFAULT_MAPPINGS)
        .document(context(profile(person), id=body["externalId"]), created=True)
        .document
    )
    sent = document | {"groups": [], "password": body["password"], "active": True}
    assert json.dumps(sent) == json.dumps(body)


def test_every_default_mapping_has_its_place_in_the_document() -> None:
    names = (mapping.expression.removeprefix("user.") for mapping in DEFAULT_MAPPINGS)
    values = dict.fromkeys((name for name in names if name.isalpha()), "x")
    found = ProfileMapping(DEFAULT_MAPPINGS).document(context(values, id="00u1"), created=True)
    assert (found.cleared, found.absent) == ((), ())
    assert check_mappings(DEFAULT_MAPPINGS) == []
    assert found.document["schemas"] == [USER, ENTERPRISE]
    assert found.document["addresses"] == [
        {
            "primary": True,
            "streetAddress": "x",
            "locality": "x",
            "region": "x",
            "postalCode": "x",
            "country": "x",
            "type": "work",
        }
    ]
    assert found.document["phoneNumbers"] == [{"value": "x", "type": "work"}, {"value": "x", "type": "mobile"}]
    assert found.document[ENTERPRISE]["manager"] == {"value": "x", "displayName": "x"}


@pytest.mark.parametrize(
    ("rows", "document"),
    [
        ({"title": '"Boss"'}, {"title": "Boss"}),
        ({"TITLE": '"Boss"'}, {"title": "Boss"}),
        ({f"{USER}:title": '"Boss"'}, {"title": "Boss"}),
        ({"title": "1 + 1"}, {"title": "2"}),
        ({"title": "true"}, {"title": "true"}),
        ({"active": '"False"'}, {"active": False}),
        ({"name.givenName": '"A"', "name.familyName": '"B"'}, {"name": {"givenName": "A", "familyName": "B"}}),
        ({"emails.^[type=='work'].value": '"a"'}, {"emails": [{"value": "a", "type": "work"}]}),
        (
            {"emails.^[type=='work' && primary==true].value": '"a"'},
            {"emails": [{"primary": True, "value": "a", "type": "work"}]},
        ),
        (
            {'emails[type eq "work"].value': '"a"', 'emails[type eq "work"].primary': "true"},
            {"emails": [{"primary": True, "value": "a", "type": "work"}]},
        ),
        (
            {'emails[type eq "work"].value': '"a"', 'emails[type eq "home"].value': '"b"'},
            {"emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}]},
        ),
        ({'emails[type eq "work"]': '"a"'}, {"emails": [{"value": "a", "type": "work"}]}),
        ({'emails[type eq "work"].type': '"work"'}, {}),
        ({'addresses[type eq "work"].type': '"work"'}, {}),
        ({'addresses[type eq "work"].locality': '"B"'}, {"addresses": [{"locality": "B", "type": "work"}]}),
        ({"roles": '{"a", null, "b"}'}, {"roles": [{"value": "a"}, {"value": "b"}]}),
        ({"entitlements.value": '"a,b"'}, {"entitlements": [{"value": "a,b"}]}),
        ({"roles": "{null}"}, {}),
        ({"department": '"S"'}, {ENTERPRISE: {"department": "S"}}),
        ({f"{ENTERPRISE}:manager": '"7"'}, {ENTERPRISE: {"manager": {"value": "7"}}}),
        ({f"{BADGE}:colour": "{1, true}"}, {BADGE: {"colour": [1, True]}}),
        ({f"{BADGE}:car.plate": '"X"'}, {BADGE: {"car": {"plate": "X"}}}),
        ({f'{BADGE}:cars[type eq "own"].plate': '"X"'}, {BADGE: {"cars": [{"plate": "X", "type": "own"}]}}),
        ({f'{BADGE}:cars[type eq "own"].type': '"own"'}, {}),
        ({f"{BADGE}:roles.^[type=='base'].value": '"R"'}, {BADGE: {"roles": [{"value": "R", "type": "base"}]}}),
    ],
)
def test_a_value_is_written_where_the_target_says(rows: Mapping[str, str], document: Mapping[str, Any]) -> None:
    found = mapped(rows).document
    schemas = [USER, *(urn for urn in document if ":" in urn)]
    assert found == {"schemas": schemas, **document}
    assert list(found) == ["schemas", *document]
    assert json.dumps(found) == json.dumps({"schemas": schemas, **document})


def test_values_have_the_types_of_a_schema_that_is_known() -> None:
    rows = {f"{BADGE}:level": '"3"', f"{BADGE}:cleared": '"true"', f"{BADGE}:score": "1"}
    found = mapped(rows, kind=BADGED).document[BADGE]
    assert found == {"level": 3, "cleared": True, "score": 1}
    assert found["cleared"] is True


@pytest.mark.parametrize(
    ("target", "text", "reason"),
    [
        ("title", "{1, 2}", "One value is wanted here, not an array."),
        ("active", '"yes"', 'true or false is wanted here, not "yes".'),
        (f"{BADGE}:level", '"x"', 'A whole number is wanted here, not "x".'),
        (f"{BADGE}:level", "1.5", "A whole number is wanted here, not 1.5."),
        (f"{BADGE}:score", "true", "A number is wanted here, not true."),
        ("roles", "{{1}}", "The attribute takes single values"),
        ("title", 'Convert.toInt("x")', 'Convert.toInt takes a number, not "x".'),
    ],
)
def test_a_value_that_does_not_fit_names_the_mapping(target: str, text: str, reason: str) -> None:
    with pytest.raises(MappingFailed) as caught:
        mapped({target: text}, kind=BADGED)
    assert reason in caught.value.reason
    assert str(caught.value) == f"{caught.value.target}: {caught.value.reason}"


def test_null_leaves_out_and_an_empty_text_clears() -> None:
    rows = {"title": "user.none", "nickName": '""', "roles": "{}", "userName": '"ada"'}
    found = mapped(rows)
    assert found.document == {"schemas": [USER], "userName": "ada"}
    assert (found.cleared, found.absent) == (("nickName", "roles.value"), ("title",))
    assert mapped(rows, push_nulls=True).cleared == ("title", "nickName", "roles.value")


def test_a_mapping_for_creation_is_not_applied_later() -> None:
    mapping = ProfileMapping([AttributeMapping("title", '"new"', "create"), AttributeMapping("nickName", '"a"')])
    assert mapping.document(context(), created=True).document["title"] == "new"
    later = mapping.document(context(), created=False)
    assert later == Mapped({"schemas": [USER], "nickName": "a"})


def test_overrides_win_over_mappings_and_leave_them_in_place() -> None:
    mapping = ProfileMapping([AttributeMapping("title", '"a"', "create"), AttributeMapping("nickName", "user.nick")])
    changed = mapping.apply_overrides(
        {"TITLE": "b", "department": {"expression": "user.dep"}, "roles": ["x"], "nickName": None}
    )
    found = changed.document(context({"dep": "S", "nick": "n"}), created=False)
    assert list(found.document) == ["schemas", "title", ENTERPRISE, "roles"]
    assert found.document["title"] == "b"
    assert found.document[ENTERPRISE] == {"department": "S"}
    assert found.absent == ("nickName",)
    assert mapping.document(context({"nick": "n"}), created=True).document["title"] == "a"


def test_a_mapping_tells_what_it_reads() -> None:
    mapping = ProfileMapping(
        [
            AttributeMapping("title", "user.a + user.b"),
            AttributeMapping("nickName", 'isMemberOfGroup("1") ? user.b : "x"'),
        ]
    )
    assert mapping.names == {"user.a", "user.b"}
    assert mapping.uses_groups
    assert not mapping.uses_time
    assert mapping.apply_overrides({"title": {"expression": "Time.now()"}}).uses_time


def test_digests_are_equal_where_the_same_would_be_sent() -> None:
    one = Mapped({"userName": "a", "name": {"givenName": "b", "familyName": "c"}}, ("x", "y"), ("z",))
    same = Mapped({"name": {"familyName": "c", "givenName": "b"}, "userName": "a"}, ("y", "x"))
    assert digest(one) == digest(same)
    assert len({digest(one), digest(Mapped(one.document)), digest(Mapped({"userName": "A"}, ("x", "y")))}) == 3


def test_a_preview_shows_each_mapping_with_its_value_or_its_mistake() -> None:
    rows = [
        AttributeMapping("userName", "user.login"),
        AttributeMapping("title", "user.", "create"),
        AttributeMapping("nickName", 'Convert.toInt("x")'),
        AttributeMapping("nonsense", "1"),
        AttributeMapping("locale", '"de"'),
    ]
    groups = [GroupName("1", "Sales")]
    found = preview(
        rows, context({"login": "ada"}, groups=lambda: groups), {"locale": "en", "roles": {"expression": "{1}"}}
    )
    assert [(row.target, row.expression, row.value) for row in found] == [
        ("userName", "user.login", "ada"),
        ("title", "user.", None),
        ("nickName", 'Convert.toInt("x")', None),
        ("nonsense", "1", None),
        ("locale", '"en"', "en"),
        ("roles", "{1}", ["1"]),
    ]
    assert [bool(row.error) for row in found] == [False, True, True, True, False, False]
    assert found[1].error == "Character 6: Expected a name, but here it ends."


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("groups", "groups is not to be set here: groups are pushed as push groups."),
        ("active", "active is not to be set here: assignments decide about it."),
        ("password", "password is not to be set here: the application's password setting decides about it."),
        ("id", "id is set by the service provider alone."),
        ("meta.created", "meta.created is set by the service provider alone."),
        ("emials", "User has no attribute emials; did you mean emails?"),
        ("qqqqqqqq", "User has no attribute qqqqqqqq. A custom attribute is written with its URN in front."),
        (f"{ENTERPRISE}:badge", f"User has no attribute {ENTERPRISE}:badge"),
        ("name", "name has parts: name one of them, such as name.formatted."),
        ("addresses", "addresses has parts: name one of them, such as addresses.formatted."),
        ("addresses.locality", 'many values: say which, such as addresses[type eq "work"].locality.'),
        ('emails[type eq "work"].size', "emails has no part size."),
        ('emails[kind eq "work"].value', "emails has no part kind."),
        ('emails[value co "x"].value', "does not say what the element has: only eq, joined by and, does."),
        ("emails[", '"emails[" is no SCIM path: '),
        ("", '"" is no SCIM path: '),
    ],
)  # fmt: skip
def test_a_target_that_is_none_is_told_when_it_is_saved(target: str, reason: str) -> None:
    problems = check_mappings([AttributeMapping("userName", "user.login"), AttributeMapping(target, "user.x")])
    assert [problem.target for problem in problems] == [target]
    assert reason in problems[0].reason
    assert [problem.target for problem in check_overrides({target: "x", "title": "y"})] == [target]


def test_all_that_is_wrong_is_told_at_once_and_in_order() -> None:
    rows = [
        AttributeMapping("title", "user."),
        AttributeMapping("nickName", "user.a"),
        AttributeMapping("NICKNAME", "quux()"),
        AttributeMapping("roles.^[type=='base'].value", "user.b"),
        AttributeMapping('roles[type eq "base"]', "user.b"),
        AttributeMapping('ims[type eq "x" and primary eq true].value', "user.b"),
        AttributeMapping('ims[primary eq true and type eq "x"].value', "user.b"),
    ]
    assert check_mappings(rows) == [
        ("title", "Character 6: Expected a name, but here it ends."),
        ("NICKNAME", "nickName is mapped twice."),
        ("NICKNAME", "Character 1: There is no function quux."),
        ('roles[type eq "base"]', 'roles[type eq "base"].value is mapped twice.'),
        (
            'ims[primary eq true and type eq "x"].value',
            'ims[primary eq true and type eq "x"].value is mapped twice.',
        ),
        ("userName", "userName is not mapped, and every User has one."),
    ]


def test_who_imports_may_map_what_provisioning_sets_itself() -> None:
    rows = [AttributeMapping("userName", "appuser.uid"), AttributeMapping("active", "appuser.active")]
    assert check_mappings(rows, reserved={}) == []


def test_overrides_are_checked_with_their_expressions() -> None:
    problems = check_overrides(
        {"title": {"expression": "user."}, "nickName": {"other": 1}, "locale": None, "roles": ["a"]}
    )
    assert [problem.target for problem in problems] == ["title", "nickName"]
    assert "Character 6" in problems[0].reason
    assert "An override is a text" in problems[1].reason


def test_a_mapping_that_was_not_checked_is_not_taken() -> None:
    with pytest.raises(ExpressionError):
        ProfileMapping([AttributeMapping("title", "user.")])
    with pytest.raises(ValueError, match="no attribute"):
        ProfileMapping([AttributeMapping("qqqq", "1")])

"""Values: what fits is kept as sent, what means the same is brought into one form, the rest is refused."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimbridge.scim.core import CORE, ENTERPRISE_USER, GROUP, USER
from scimbridge.scim.errors import InvalidValue
from scimbridge.scim.json import dump
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.schema import Attribute, Type
from scimbridge.scim.values import normalise, normalise_element, normalise_unknown, take_plain

from .json_values import JSON, json_values

EVERY_TYPE: tuple[Attribute, ...] = (
    *USER.attributes,
    *GROUP.attributes,
    *ENTERPRISE_USER.attributes,
    *(Attribute("level", "integer", multi_valued=plural) for plural in (False, True)),
    *(Attribute("weight", "decimal", multi_valued=plural) for plural in (False, True)),
    *(Attribute("since", "dateTime", multi_valued=plural) for plural in (False, True)),
    *(Attribute("chip", "binary", multi_valued=plural) for plural in (False, True)),
    Attribute(
        "visits",
        "complex",
        multi_valued=True,
        sub_attributes=(
            Attribute("at", "dateTime", required=True),
            Attribute("tags", multi_valued=True),
            Attribute("by", mutability="readOnly"),
        ),
    ),
)
NAMES = st.sampled_from(
    [
        "value",
        "Value",
        "type",
        "primary",
        "display",
        "$ref",
        "givenName",
        "FAMILYNAME",
        "at",
        "tags",
        "by",
        "managerId",
        "x",
    ]
)


def of(kind: Type) -> Attribute:
    return Attribute("it", kind)


@pytest.mark.parametrize(
    ("attribute", "value", "kept"),
    [
        (of("string"), "Ada", "Ada"),
        (of("string"), " ü\n\t", " ü\n\t"),
        (of("string"), "a" * LIMITS.max_string, "a" * LIMITS.max_string),
        (of("reference"), "../Users/1", "../Users/1"),
        (of("boolean"), False, False),
        (of("integer"), 7, 7),
        (of("integer"), 7.0, 7),
        (of("integer"), -(2**63), -(2**63)),
        (of("decimal"), 1.5, 1.5),
        (of("decimal"), 2, 2),
        (of("dateTime"), "2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"),
        (of("dateTime"), "2026-01-31T09:30:00.1234567+05:30", "2026-01-31T09:30:00.1234567+05:30"),
        (of("dateTime"), "2026-01-31T09:30:00", "2026-01-31T09:30:00"),
        (of("binary"), "MIID", "MIID"),
        (of("binary"), "MI\n ID", "MI\n ID"),
        (of("binary"), "_-8", "_-8"),
        (of("complex"), {"a": [1, {"b": None}], "c": ""}, {"a": [1]}),
    ],
)
def test_a_value_of_the_type_is_kept(attribute: Attribute, value: Any, kept: Any) -> None:
    result = normalise(attribute, value, "it")
    assert result == kept
    assert type(result) is type(kept)


@pytest.mark.parametrize(
    "kind", ["string", "boolean", "integer", "decimal", "dateTime", "binary", "reference", "complex"]
)
@pytest.mark.parametrize("empty", [None, "", [], [None], [""]])
@pytest.mark.parametrize("plural", [False, True])
def test_nothing_is_no_value_of_any_type(kind: Type, empty: Any, plural: bool) -> None:
    assert normalise(Attribute("it", kind, multi_valued=plural), empty, "it") is None


@pytest.mark.parametrize(
    ("attribute", "value", "rule"),
    [
        (of("string"), 5, 'Attribute "it" must be a string.'),
        (of("string"), True, 'Attribute "it" must be a string.'),
        (of("string"), ["a", "b"], 'Attribute "it" must be a string.'),
        (of("string"), {"value": "a"}, 'Attribute "it" must be a string.'),
        (of("string"), "a\0b", 'Attribute "it" holds a NUL character.'),
        (of("string"), "\ud800", 'Attribute "it" holds a lone surrogate.'),
        (of("string"), "a" * (LIMITS.max_string + 1), f'Attribute "it" is longer than {LIMITS.max_string} characters.'),
        (of("boolean"), 1, 'Attribute "it" must be true or false.'),
        (of("boolean"), "yes", 'Attribute "it" must be true or false.'),
        (of("integer"), True, 'Attribute "it" must be an integer.'),
        (of("integer"), 1.5, 'Attribute "it" must be an integer.'),
        (of("integer"), "7", 'Attribute "it" must be an integer.'),
        (of("integer"), 2**63, 'Attribute "it" must be an integer of 64 bits.'),
        (of("integer"), 1e300, 'Attribute "it" must be an integer of 64 bits.'),
        (of("decimal"), False, 'Attribute "it" must be a number.'),
        (of("decimal"), "1.5", 'Attribute "it" must be a number.'),
        (of("decimal"), float("nan"), 'Attribute "it" must be a number.'),
        (of("dateTime"), "2026-01-31", 'Attribute "it" must be a dateTime such as 2026-01-31T09:30:00Z.'),
        (of("dateTime"), "2026-02-30T00:00:00Z", 'Attribute "it" must be a dateTime such as 2026-01-31T09:30:00Z.'),
        (
            of("dateTime"),
            "0001-01-01T00:00:00+01:00",
            'Attribute "it" must be a dateTime such as 2026-01-31T09:30:00Z.',
        ),
        (of("binary"), "a b c d e", 'Attribute "it" must be base64.'),
        (of("binary"), "ä", 'Attribute "it" must be base64.'),
        (of("complex"), "text", 'Attribute "it" must be an object.'),
        (of("complex"), 5, 'Attribute "it" must be an object.'),
    ],
)
def test_what_does_not_fit_is_refused_naming_the_attribute_and_the_rule(
    attribute: Attribute, value: Any, rule: str
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        normalise(attribute, value, "it")
    assert refusal.value.detail == rule


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("emails", [{"value": "a"}, {"value": 1}], "emails[1].value"),
        ("emails", [{"value": "a", "VALUE": "b"}], "emails[0].value"),
        ("emails", [{"value": "a", "x": {"y": "\0"}}], "emails[0].x"),
        ("emails", [{"value": "a", "x\0": 1}], "emails[0].x\\x00"),
        ("emails", [True], "emails[0]"),
        ("addresses", ["somewhere"], "addresses[0]"),
        ("name", {"givenName": {}, "familyName": ["a", "b"]}, "name.givenName"),
    ],
)
def test_a_refusal_names_the_place_inside_the_attribute(name: str, value: Any, place: str) -> None:
    attribute = USER.attribute(name)
    assert attribute
    with pytest.raises(InvalidValue) as refusal:
        normalise(attribute, value, name)
    assert refusal.value.detail.startswith(f'Attribute "{place}" ')


def test_a_multi_valued_attribute_has_a_greatest_number_of_values() -> None:
    attribute = Attribute("tags", multi_valued=True)
    most = ["a"] * LIMITS.max_values
    assert normalise(attribute, most, "tags") == most
    with pytest.raises(InvalidValue, match="more than"):
        normalise(attribute, [*most, "a"], "tags")


def test_parts_keep_their_canonical_name_and_what_no_schema_describes_stays() -> None:
    emails = USER.attribute("emails")
    assert emails
    assert normalise(emails, [{"VALUE": "a", "Type": "work", "verified": True, "note": None}], "emails") == [
        {"value": "a", "type": "work", "verified": True}
    ]


def test_a_read_only_part_is_ignored_and_a_required_one_is_asked_for() -> None:
    members = GROUP.attribute("members")
    assert members
    assert normalise_element(members, {"value": "1", "display": 5}, "members") == {"value": "1"}
    with pytest.raises(InvalidValue) as refusal:
        normalise_element(members, {"type": "User"}, "members")
    assert refusal.value.detail == 'Attribute "members.value" is required.'


def test_an_unknown_value_may_be_nested_so_deep_and_no_deeper() -> None:
    def nested(depth: int) -> Any:
        return [nested(depth - 1)] if depth else "leaf"

    assert normalise_unknown("x", nested(LIMITS.max_depth)) == nested(LIMITS.max_depth)
    with pytest.raises(InvalidValue, match="nested deeper"):
        normalise_unknown("x", nested(LIMITS.max_depth + 1))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("x" * 300, 1, "has a name of more than"),
        ("x", {"y" * 300: 1}, "has a name of more than"),
        ("x", 2**64, "64 bits"),
        ("\ud800", 1, "lone surrogate"),
    ],
)
def test_an_unknown_value_must_be_one_that_can_be_kept(name: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        normalise_unknown(name, value)
    assert said in refusal.value.detail
    assert dump(refusal.value.message())


@pytest.mark.parametrize("attribute", EVERY_TYPE, ids=lambda attribute: attribute.name)
@settings(max_examples=30)
@given(value=st.one_of(JSON, json_values(NAMES)))
def test_what_was_normalised_is_normal_and_everything_else_is_a_refusal(attribute: Attribute, value: Any) -> None:
    for bring in (normalise, normalise_element):
        with suppress(InvalidValue):
            kept = bring(attribute, value, attribute.name)
            assert dump(kept)
            assert _refused(bring, attribute, kept) is None
            assert bring(attribute, kept, attribute.name) == kept


def _refused(bring: Callable[[Attribute, Any, str], Any], attribute: Attribute, value: Any) -> InvalidValue | None:
    try:
        bring(attribute, value, attribute.name)
    except InvalidValue as refusal:
        return refusal
    return None


def test_the_short_way_takes_only_what_needs_no_look() -> None:
    kept: dict[str, Any] = {"userName": "first"}
    items = [
        ("userName", "second"),
        ("title", "x"),
        ("active", True),
        ("locale", True),
        ("nickName", ""),
        ("TITLE", "y"),
        ("timezone", "a\0"),
    ]
    rest = take_plain(kept, items, {"userName": str, "title": str, "active": bool, "locale": str, "nickName": str})
    assert kept == {"userName": "first", "title": "x", "active": True}
    assert [name for name, _ in rest] == ["userName", "locale", "nickName", "TITLE", "timezone"]


def test_every_multi_valued_core_attribute_with_primary_keeps_one() -> None:
    for kind in CORE.types:
        for attribute in kind.schema.attributes:
            if attribute.sub("primary"):
                key = "value" if attribute.sub("value") else "formatted"
                sent = [{key: "MQ==", "primary": True}, {key: "Mg==", "primary": "True"}]
                kept = normalise(attribute, sent, attribute.name)
                assert [value["primary"] for value in kept] == [True, False]

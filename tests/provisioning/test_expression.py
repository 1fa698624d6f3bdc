"""Expressions as they are written, refused and evaluated (provisioning/expression)."""

import sys
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.provisioning.expression import (
    Context,
    EvaluationError,
    ExpressionError,
    GroupName,
    compile_expression,
)
from scimbridge.provisioning.expression.values import LONGEST_TEXT

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def evaluate(text: str, profile: Mapping[str, Any] | None = None, **context: Any) -> Any:
    return compile_expression(text).evaluate(Context(profile or {}, NOW, **context))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 == 3 AND !(2 > 3)", True),
        ("true OR false AND false", True),
        ("false || true && false", False),
        ('!user.x == "a"', False),
        ('"a" == "a" ? 1 : "b" == "b" ? 2 : 3', 1),
        ('"a" == "x" ? 1 : "b" == "b" ? 2 : 3', 2),
        ('"a" == "x" ? 1 : ("b" == "x" ? 2 : 3)', 3),
        ('user.x ?: user.y ?: "last"', "last"),
        ('"x" + 1 + 2', "x12"),
        ('1 + 2 + "x"', "3x"),
        ('"x" + 3.0 + true', "x3.0true"),
        ("-2 - -3", 1),
        ("{1, {2}}[1][0]", 2),
        ("null == null", True),
        ("1 == 1.0", True),
        ("1 == true", False),
        ('"b" > "a"', True),
        ('"Ab" MATCHES "a.*"', False),
        ('"c:\\temp" + "\\"', "c:\\temp\\"),
        ("Null ?: TRUE", True),
        ("{}", []),
        (" \n 1 \t", 1),
    ],
)
def test_operators_bind_and_convert_as_in_okta(text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "position", "expected", "reason"),
    [
        ("", 1, "", "The expression is empty."),
        ("  ", 3, "", "The expression is empty."),
        ("user.", 6, "a name", "Expected a name, but here it ends."),
        ('user.a "b"', 8, "the end or an operator", "Expected the end or an operator, not '\"b\"'."),
        ("f(1", 4, '")" or ","', 'Expected ")" or ",", but here it ends.'),
        ("(1", 3, '")"', 'Expected ")", but here it ends.'),
        ("user.a ? 1", 11, '":"', 'Expected ":", but here it ends.'),
        ("user.a # 1", 8, "an operator", "Expected an operator, not '# 1'."),
        ("1 + * 2", 5, "a value", "Expected a value, not '* 2'."),
        ('user.a = "x"', 8, "", "Nothing is assigned in an expression; equality is written ==."),
        ('"a" + "b', 7, "", "The text that starts here is not closed; a quote inside a text is doubled."),
        ("\u201ca\u201d", 1, "", "\u201c is a typographic quote; texts stand between \" or '."),
        ("String.lenn(user.a)", 1, "", "There is no function String.lenn; did you mean String.len?"),
        ("substringbefore('a', 'b')", 1, "", "There is no function substringbefore; did you mean substringBefore?"),
        (
            "1 + user.a.toUpperCase()",
            5,
            "",
            "There is no function user.a.toUpperCase; did you mean String.toUpperCase?",
        ),
        ("quux()", 1, "", "There is no function quux."),
        ("String.len()", 1, "", "String.len takes 1 value, not 0."),
        ('String.join(",")', 1, "", "String.join takes 2 values or more, not 1."),
        ('Time.now("UTC", "yyyy", 1)', 1, "", "Time.now takes 0 to 2 values, not 3."),
        (
            'String.stringSwitch("a", "b", "c")',
            1,
            "",
            "String.stringSwitch takes 4 values or more, an even number, not 3.",
        ),
        (
            "firstName",
            1,
            "",
            "firstName alone means nothing; an attribute is written user.firstName, a text in quotes.",
        ),
        ("source.login", 1, "", "source is Okta's former word; write user.NAME."),
        ("manager.login", 1, "", 'Write user.getLinkedObject("manager").NAME.'),
        ("zendesk.role", 1, "", "There is no zendesk with attributes here; there are user, appuser, app and org."),
        ("user.a.b", 1, "", "user.a.b has no parts."),
        ('"a".b', 1, "", "This has no parts."),
        ("user.a[0](1)", 1, "", "Only functions are called."),
        (
            'user.getLinkedObject("boss").a',
            1,
            "",
            'The only relation between people here is user.getLinkedObject("manager").',
        ),
        ("getManagerUser().a", 1, "", 'getManagerUser takes the name of a source, such as "active_directory".'),
        ('getManagerUser("x")', 1, "", "getManagerUser gives a person: write getManagerUser(...).NAME."),
        ('user.getInternalProperty("ssn")', 1, "", 'user.getInternalProperty takes "id" or "status".'),
        ('user.getGroups("a")', 1, "", 'Groups are chosen by criteria such as {"group.profile.name": "Sales"}.'),
        ('{"a": 1}', 1, "", "Pairs of key and value stand only in user.getGroups and user.isMemberOf."),
        (
            'user.getGroups({"group.source.id": "1"})',
            16,
            "",
            'Groups are not chosen by "group.source.id", but by group.id, group.type, group.profile.name, operator.',
        ),
        ('user.getGroups({"operator": "EXACT"})', 16, "", "A criterion needs more than an operator."),
        (
            'user.getGroups({"group.id": "1", "operator": "LIKE"})',
            46,
            "",
            'The operator of a criterion is EXACT or STARTS_WITH, not "LIKE".',
        ),
        ('user.getGroups({"group.id": "1"}).![size]', 1, "", "Of groups there are id, name, profile.name."),
        ("{1}.![id]", 1, "", ".![ ] stands only behind user.getGroups(...)."),
        (
            'getFilteredGroups({"1"}, "group.size", 9)',
            26,
            "",
            'getFilteredGroups gives one of group.id, group.name, group.profile.name, not "group.size".',
        ),
        (
            'Groups.contains("slack", "a", 9)',
            17,
            "",
            'Groups of the application "slack" are not kept here: write "OKTA" for ours.',
        ),
        ('Groups.contains("OKTA", "a", 900)', 30, "", "The limit of groups is 1 to 100, not 900."),
        (
            'Time.now("Mars/Base")',
            10,
            "",
            'There is no time zone "Mars/Base"; they are named like Europe/Berlin or UTC.',
        ),
        (
            'Time.now("../../etc/passwd")',
            10,
            "",
            'There is no time zone "../../etc/passwd"; they are named like Europe/Berlin or UTC.',
        ),
        ('Time.now("UTC", "yyyy-QQ")', 17, "", 'The letter "Q" of a time pattern is not known here.'),
        ('Time.now("UTC", "yyyy\'T")', 17, "", 'The time pattern "yyyy\'T" has an apostrophe that is not closed.'),
        (
            'user.a matches "(?=x)"',
            16,
            "",
            'The pattern "(?=x)" has a (? of a kind that is not taken here: no looking around, no named groups.',
        ),
        ("1234567890123456789", 1, "", "A whole number has at most 18 digits."),
    ],
)
def test_a_mistake_is_told_when_it_is_saved(text: str, position: int, expected: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    error = caught.value
    assert (error.position, error.expected, error.reason) == (position, expected, reason)
    assert str(error) == f"Character {position}: {reason}"


@pytest.mark.parametrize("name", ["hasDirectoryUser", "findWorkdayUser", "getAssistantAppUser"])
def test_what_needs_another_directory_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ExpressionError, match=f"{name} reads .* which this directory has not"):
        compile_expression(f"{name}()")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("user.list + 1", "Arrays.toCsvString"),
        ('"a" - 1', '- is between numbers, not "a" and 1.'),
        ('"a" < 1', '< compares two texts or two numbers, not "a" and 1.'),
        ('"a" ? 1 : 2', 'true or false is wanted here, not "a".'),
        ('Convert.toInt("x1")', 'Convert.toInt takes a number, not "x1".'),
        ('Convert.toInt("1e30")', "more than 64 bits"),
        ('Convert.toNum("inf")', 'Convert.toNum takes a number, not "inf".'),
        ('Convert.toNum("1_000")', 'Convert.toNum takes a number, not "1_000".'),
        ("user.huge + 1", "more than 64 bits"),
        ('Iso3166Convert.toName("XX")', 'knows no country "XX"'),
        ('String.substring("abc", "x", 2)', 'String.substring takes a whole number, not "x".'),
        ('Time.fromUnixToIso8601("soon")', 'takes a whole number, not "soon"'),
        ('Time.fromUnixToIso8601("99999999999999")', "outside of the years 1 to 9999"),
        ('Time.fromIso8601ToUnix("soon")', 'takes a time such as 2026-03-01T12:00:00Z, not "soon"'),
        ('Time.fromStringToIso8601("31.02.2026", "dd.MM.yyyy")', 'The time "31.02.2026" does not exist.'),
        ('Time.fromStringToIso8601("2026", "dd.MM.yyyy")', 'The time "2026" is not written as "dd.MM.yyyy".'),
        ('Time.fromStringToIso8601("2026", "xxxx")', "letters that are only written"),
        ("Time.now(user.zone)", 'There is no time zone "Mars"'),
        ('isMemberOfGroupNameRegex("a" + "{")', 'The pattern "a{" has a { where it means nothing.'),
        ('user.long matches ".*"', "more than 1000 characters is not compared"),
        ("Arrays.add(user.items, 1)", "Arrays.add gives more than 1000 values."),
    ],
)
def test_where_a_person_gives_no_value_the_reason_names_the_function(text: str, reason: str) -> None:
    profile = {"list": [1], "huge": 2**63 - 1, "zone": "Mars", "long": "x" * 1001, "items": list(range(1000))}
    with pytest.raises(EvaluationError) as caught:
        evaluate(text, profile, groups=lambda: [GroupName("1", "Sales")])
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user.none + user.none", None),
        ('user.none + "a" + user.none', "a"),
        ('user.cleared + "a"', "a"),
        ("user.none == null", True),
        ("user.cleared == null", False),
        ('user.cleared ?: "x"', "x"),
        ("user.none > 1", False),
        ("user.none < 1", False),
        ("user.none ? 1 : 2", 2),
        ("!user.none", True),
        ("1 - user.none", None),
        ("String.len(user.none)", 0),
        ("String.toUpperCase(user.none)", None),
        ("String.toUpperCase(user.cleared)", ""),
        ("String.substring(user.none, 0, 1)", None),
        ("String.substring(user.cleared, 0, 1)", ""),
        ('String.substringBefore(user.none, "@")', None),
        ('String.substringBefore("a@b", user.none)', "a@b"),
        ('String.substringAfter("a@b", user.none)', ""),
        ('String.replace(user.none, "a", "b")', None),
        ('String.replace("abc", "b", user.none)', "ac"),
        ('String.startsWith(user.none, "a")', False),
        ('String.stringContains("a", user.none)', False),
        ("String.append(user.none, user.none)", None),
        ("String.append(1, 2)", "12"),
        ('String.join("-", user.none, "a", user.cleared)', "a-"),
        ('String.stringSwitch(user.none, "d", "", "x")', "d"),
        ('user.none matches ".*"', False),
        ("Arrays.size(user.none)", 0),
        ("Arrays.isEmpty(user.cleared)", True),
        ('Arrays.add(user.none, "a")', ["a"]),
        ("Arrays.flatten(user.none, {1})", [1]),
        ("user.none[0]", None),
        ("Convert.toInt(user.cleared)", None),
        ("Convert.toNum(user.none)", None),
        ("Iso3166Convert.toName(user.cleared)", None),
        ("Time.fromUnixToIso8601(user.none)", None),
        ('Time.fromStringToIso8601(user.cleared, "yyyy")', None),
        ('user.getLinkedObject("manager").lastName', None),
    ],
)
def test_null_and_the_empty_text_mean_what_the_reference_says(text: str, value: Any) -> None:
    assert evaluate(text, {"cleared": ""}) == value


def test_a_condition_takes_the_texts_true_and_false() -> None:
    assert [evaluate("user.a ? 1 : 2", {"a": text}) for text in ("true", "False")] == [1, 2]


def test_an_expression_tells_what_it_reads() -> None:
    text = 'user.a + appuser.b + app.c + org.d + user.getLinkedObject("manager").e + user.getInternalProperty("status")'
    expression = compile_expression(text)
    assert expression.names == {"user.a", "appuser.b", "app.c", "org.d", "manager.e", "status"}
    assert not expression.uses_groups
    assert not expression.uses_time


@pytest.mark.parametrize(
    ("text", "groups", "time"),
    [
        ('isMemberOfGroup("1") ? "a" : "b"', True, False),
        ('"a" + user.getGroups({"group.id": "1"})[0]', True, False),
        ('user.isMemberOf({"group.id": "1"})', True, False),
        ('user.getGroups({"group.id": "1"}).![id]', True, False),
        ('Groups.contains("OKTA", "a", 1)', True, False),
        ("user.a == null ? Time.now() : user.a", False, True),
        ('Time.fromUnixToIso8601("0")', False, False),
    ],
)
def test_an_expression_tells_whether_its_value_changes_without_the_profile(text: str, groups: bool, time: bool) -> None:
    expression = compile_expression(text)
    assert (expression.uses_groups, expression.uses_time) == (groups, time)


def test_what_costs_is_asked_for_only_where_it_is_needed() -> None:
    asked = []

    def groups() -> list[GroupName]:
        asked.append("groups")
        return [GroupName("1", "Sales")]

    def manager() -> None:
        asked.append("manager")

    text = 'user.vip ? isMemberOfGroup("1") : user.x ?: getManagerUser("ad").login'
    assert evaluate(text, {"x": "kept"}, groups=groups, manager=manager) == "kept"
    assert asked == []
    assert evaluate(text, {"vip": True}, groups=groups, manager=manager) is True
    assert asked == ["groups"]


@pytest.mark.parametrize(
    ("criteria", "ids"),
    [
        ('{"group.profile.name": "Sales"}', ["1", "2"]),
        ('{"group.profile.name": "Sales", "operator": "EXACT"}', ["1"]),
        ('{"group.profile.name": {"Sales", "Ad"}}', ["3", "1", "2"]),
        ('{"group.profile.name": "Sales"}, {"group.id": {"2", "3"}}', ["2"]),
        ('{"group.type": "OKTA_GROUP"}', ["3", "1", "2"]),
        ('{"group.type": "APP_GROUP"}', []),
        ('{"group.profile.name": ""}', []),
        ('{"group.profile.name": user.none}', []),
    ],
)
def test_groups_are_chosen_by_criteria(criteria: str, ids: list[str]) -> None:
    groups = [GroupName("1", "Sales"), GroupName("2", "Sales EU"), GroupName("3", "Admins")]
    assert evaluate(f"user.getGroups({criteria}).![id]", groups=lambda: groups) == ids
    assert evaluate(f"user.isMemberOf({criteria})", groups=lambda: groups) == bool(ids)


def test_an_empty_name_is_no_group_that_everybody_is_in() -> None:
    groups = [GroupName("1", "Sales")]
    for function in ("isMemberOfGroupNameStartsWith", "isMemberOfGroupNameContains"):
        assert evaluate(f"{function}(user.none)", groups=lambda: groups) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1" + " + 1" * 2600, "at most 10000 are taken"),
        ("1" + "+1" * 2000, "more than 1000 parts"),
        ("String.len(" * 60 + "1" + ")" * 60, "inside one another"),
        ("!" * 60 + "true", "inside one another"),
        ("user" + ".a" * 4900, "has no parts"),
        ("a(" * 3300 + ")" * 3300, "There is no function a."),
    ],
)
def test_an_expression_is_bounded(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "text", ["(" * 4990 + "1" + ")" * 4990, '"a" == "b" ? 1 : ' * 190 + "1", "true && " * 900 + "1 == 1"]
)
def test_brackets_and_chains_may_be_long(text: str) -> None:
    assert evaluate(text) == 1


@pytest.mark.parametrize("call", ['String.replace({}, "x", user.x)', "{0} + {0}", 'String.join("", {0}, {0})'])
def test_a_text_that_grows_at_every_step_ends_in_a_sentence(call: str) -> None:
    """Thirty of these around one another would make more characters than a machine can hold."""
    text = "user.x"
    for _ in range(30 if "replace" in call else 8):
        text = call.format(text)
    with pytest.raises(EvaluationError, match=f"more than {LONGEST_TEXT} characters"):
        evaluate(text, {"x": "x" * 100})


@given(st.text(alphabet="user.a1 \"'(){}[]?:=!<>&|+-,*\\AND", max_size=60))
def test_whatever_is_written_gives_a_value_or_a_sentence(text: str) -> None:
    with suppress(ExpressionError, EvaluationError):
        evaluate(text, {"a": "b"})


@given(st.text(), st.sampled_from("\"'"))
def test_any_text_can_be_written(text: str, quote: str) -> None:
    written = quote + text.replace(quote, quote * 2) + quote
    if len(written) <= 10_000:
        assert evaluate(written) == text


@pytest.fixture
def _no_time_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system with no time zone database, neither its own nor the Python package's."""
    monkeypatch.setitem(sys.modules, "tzdata.zoneinfo", None)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=before)


@pytest.mark.usefixtures("_no_time_zones")
def test_without_a_time_zone_database_utc_is_known_and_the_rest_says_what_is_missing() -> None:
    assert evaluate("Time.now()") == evaluate('Time.now("UTC")') == "2026-03-01T12:00:00.000Z"
    assert evaluate('Time.now("UTC", "z")') == "UTC"
    with pytest.raises(ExpressionError, match=r"no time zone database.*install the package tzdata"):
        evaluate('Time.now("Antarctica/Troll")')

"""Filters: text becomes a tree and text again; a tree is bound to a resource type or refused with a reason."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.scim.binding import (
    Bound,
    BoundAnd,
    BoundCompare,
    BoundElement,
    BoundNot,
    BoundOr,
    BoundPresent,
    instant,
)
from scimbridge.scim.errors import InvalidFilter, InvalidPath, ScimError
from scimbridge.scim.filter import bind, bind_text, parse, parse_path
from scimbridge.scim.schema import Target
from scimbridge.scim.tree import And, AttributePath, Compare, Element, Filter, Literal, Not, Or, Present

from .truth import BADGE, ENTERPRISE, TYPES

USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]
CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def name(text: str, schema: str | None = None, sub: str | None = None) -> AttributePath:
    return AttributePath(schema, text, sub)


A, B, C = (Present(name(letter)) for letter in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('userName eq "bjensen"', Compare(name("userName"), "eq", "bjensen")),
        ('  USERNAME   Eq   "x"  ', Compare(name("USERNAME"), "eq", "x")),
        ('userName eq"x"', Compare(name("userName"), "eq", "x")),
        ('name.familyName co "O\'Malley"', Compare(name("name", None, "familyName"), "co", "O'Malley")),
        ("a pr", A),
        ("a PR", A),
        ("pr pr", Present(name("pr"))),
        ('not eq "x"', Compare(name("not"), "eq", "x")),
        ("a pr and b pr and c pr", And((A, B, C))),
        ("a pr or b pr and c pr", Or((A, And((B, C))))),
        ("(a pr or b pr) and c pr", And((Or((A, B)), C))),
        ("a pr and (b pr and c pr)", And((A, And((B, C))))),
        ("not (a pr)", Not(A)),
        ("NOT(a pr)", Not(A)),
        ("not (a pr or b pr) and c pr", And((Not(Or((A, B))), C))),
        ("(a pr)and(b pr)", And((A, B))),
        ("(((a pr)))", A),
        ('emails[type eq "work"]', Element(name("emails"), Compare(name("type"), "eq", "work"))),
        ("emails[a pr and (b pr or not (c pr))]", Element(name("emails"), And((A, Or((B, Not(C))))))),
        (
            'emails[type eq "work"].value eq "x"',
            Element(name("emails"), And((Compare(name("type"), "eq", "work"), Compare(name("value"), "eq", "x")))),
        ),
        ("emails[a pr or b pr].c pr", Element(name("emails"), And((Or((A, B)), C)))),
        ("emails[a pr and b pr].c pr", Element(name("emails"), And((A, B, C)))),
        (f'{ENTERPRISE}:manager.value eq "x"', Compare(name("manager", ENTERPRISE, "value"), "eq", "x")),
        (f"{CORE_USER}:userName pr", Present(name("userName", CORE_USER))),
        ('meta.lastModified gt "2011-05-13T04:42:34Z"',
         Compare(name("meta", None, "lastModified"), "gt", "2011-05-13T04:42:34Z")),
        ("members.$ref pr", Present(name("members", None, "$ref"))),
    ],
)  # fmt: skip
def test_the_grammar_is_read_into_a_tree(text: str, tree: Filter) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"plain"', "plain"),
        (r'"a \"quote\", a \\, a \u00e9 and \ud83d\ude00"', 'a "quote", a \\, a é and 😀'),
        ('""', ""),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("9223372036854775807", 2.0**63),
        ("123456789012345678", 123456789012345678),
        ("123456789012345678901234567890", 1.2345678901234568e29),
    ],
)
def test_values_are_those_of_json(text: str, value: Literal) -> None:
    tree = parse(f"a eq {text}")
    assert isinstance(tree, Compare)
    assert (tree.value, type(tree.value)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "name of an attribute at the end"),
        ("   ", "name of an attribute at the end"),
        ("userName", "operators eq, .* at the end"),
        ("userName eq", "a value: .* at the end"),
        ("userName is 1", "operators eq, .* at character 10"),
        ("userName eq bjensen", "a value: .* at character 13"),
        ("userName eq 'x'", "a value: .* at character 13"),
        ('userName eq "x', "a value: .* at character 13"),
        ('userName eq "x" userName pr', '"and", "or" or the end at character 17'),
        ('userName eq "x"and', '"and", "or" or the end at character 16'),
        ("userName eq 12abc", '"and", "or" or the end at character 15'),
        ("a pr and", '"and", "or" or the end at character 6'),
        ("a pr and ", "name of an attribute at the end"),
        ("(a pr", '"\\)" at the end'),
        ("a pr)", '"and", "or" or the end at character 5'),
        ("not a pr", "operators eq, .* at character 5"),
        ("()", "name of an attribute at character 2"),
        ("emails[a pr", '"]" at the end'),
        ("emails[]", "name of an attribute at character 8"),
        ("emails[a[b pr]]", "brackets do not nest at character 9"),
        ("emails[a pr].", "name of an attribute at the end"),
        ("emails[a pr].b.c pr", "one sub-attribute"),
        ("a.b.c pr", "name of an attribute at character 1"),
        ("1a pr", "name of an attribute at character 1"),
        ("élan pr", "name of an attribute at character 1"),
        (r'a eq "\x"', "valid escapes"),
        (r'a eq "\ud800"', "valid escapes"),
        ('a eq "\n"', "a value: .* at character 6"),
        ("a eq 1e999", "a smaller number"),
        ("a eq 01", '"and", "or" or the end at character 7'),
    ],
)
def test_bad_text_is_refused_with_the_place_and_what_was_expected(text: str, complaint: str) -> None:
    with pytest.raises(InvalidFilter, match=complaint):
        parse(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('a eq "' + "x" * 8000 + '"', "8007 characters; at most 8000"),
        ("(" * 51 + "a pr" + ")" * 51, "nested more than 50 deep at character 52"),
        ("not (" * 51 + "a pr" + ")" * 51, "nested more than 50 deep"),
        (" and ".join(["a pr"] * 201), "more than 200 terms at character"),
        ("(" * 7000, "nested more than 50 deep"),
    ],
)
def test_length_depth_and_number_of_terms_are_bounded(text: str, complaint: str) -> None:
    with pytest.raises(InvalidFilter, match=complaint):
        parse(text)


def test_the_limits_themselves_are_within() -> None:
    text = "(" * 50 + " or ".join(["a pr"] * 150) + ")" * 50
    assert isinstance(parse(text), Or)


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
PATHS = st.builds(AttributePath, st.sampled_from([None, ENTERPRISE, BADGE]), NAMES, st.none() | NAMES)
PLAIN_PATHS = st.builds(AttributePath, st.none(), NAMES, st.none() | NAMES)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = (
    TEXT | st.booleans() | st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
)
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])


def trees(paths: st.SearchStrategy[AttributePath]) -> st.SearchStrategy[Filter]:
    leaves: st.SearchStrategy[Filter] = st.builds(Compare, paths, OPERATORS, VALUES) | st.builds(Present, paths)
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
            | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
            | st.builds(Not, inner)
        ),
        max_leaves=6,
    )


FILTERS = st.recursive(
    trees(PATHS) | st.builds(Element, PATHS, trees(PLAIN_PATHS)),
    lambda inner: st.builds(And, st.tuples(inner, inner)) | st.builds(Or, st.tuples(inner, inner)),
    max_leaves=3,
)


@given(FILTERS)
def test_the_text_of_a_tree_reads_as_that_tree(tree: Filter) -> None:
    assert parse(str(tree)) == tree


PIECES = st.sampled_from(
    ["userName", "emails", "[", "]", "(", ")", ".", " ", "eq", "pr", "not", "and", "or", '"x"', '"', "\\", "1", "true",
     "urn:", ":", "é", "\0", "-", "password", "groups", "value", "type", "\ud800"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map(" ".join) | st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=20))
def test_any_text_is_a_filter_or_an_invalid_filter(text: str) -> None:
    with suppress(InvalidFilter):
        bind_text(text, USER)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("userName", name("userName")),
        ("name.givenName", name("name", None, "givenName")),
        (f"{ENTERPRISE}:department", name("department", ENTERPRISE)),
        (f"{ENTERPRISE}.department", name("User", ENTERPRISE.rpartition(":")[0], "department")),
        (f"{ENTERPRISE}.manager.value", name("manager", ENTERPRISE, "value")),
    ],
)
def test_an_attribute_path_is_schema_name_and_sub_attribute(text: str, path: AttributePath) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", " ", "a b", "a.b.c", "emails[a pr]", "a:b", "urn:x", "a.", ".a", "urn:a:b:"])
def test_what_is_no_attribute_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(text)


def target(path: str) -> Target:
    parsed = parse_path(path)
    found = USER.resolve(parsed.schema, parsed.name, parsed.sub)
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ('USERNAME eq "Ada"', BoundCompare(target("userName"), "eq", "ada")),
        ('externalId eq "Ada"', BoundCompare(target("externalId"), "eq", "Ada")),
        ('active eq "True"', BoundCompare(target("active"), "eq", True)),
        ('emails eq "X"', BoundCompare(target("emails.value"), "eq", "x")),
        ('manager eq "x"', BoundCompare(target(f"{ENTERPRISE}:manager.value"), "eq", "x")),
        ('emails[type eq "WORK"]', BoundElement(target("emails"), BoundCompare(target("emails.type"), "eq", "work"))),
        ("title eq null", BoundNot(BoundPresent(target("title")))),
        ("title ne null", BoundPresent(target("title"))),
        ("emails pr", BoundPresent(target("emails"))),
        ("not (title pr)", BoundNot(BoundPresent(target("title")))),
        ("title pr or name pr", BoundOr((BoundPresent(target("title")), BoundPresent(target("name"))))),
        ("title pr and name pr", BoundAnd((BoundPresent(target("title")), BoundPresent(target("name"))))),
        (
            'meta.created ge "2026-01-01T02:00:00.5+02:00"',
            BoundCompare(target("meta.created"), "ge", "2026-01-01T00:00:00.500000Z"),
        ),
        (f"{BADGE}:weight lt 2", BoundCompare(target(f"{BADGE}:weight"), "lt", 2)),
    ],
)
def test_binding_resolves_names_and_makes_values_comparable(text: str, bound: Bound) -> None:
    assert bind(parse(text), USER) == bound


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nothing pr", 'User has no attribute "nothing"'),
        ("name.nothing pr", 'User has no attribute "name.nothing"'),
        ("urn:example:nothing:name pr", 'no attribute "urn:example:nothing:name"'),
        ("members pr", 'User has no attribute "members"'),
        ("emails[nothing pr]", '"emails" has no sub-attribute "nothing"'),
        ("emails[emails.type pr]", '"emails" has no sub-attribute "emails.type"'),
        ("userName[value pr]", '"userName" has no sub-attributes'),
        ("emails.value[value pr]", '"emails.value" has no sub-attributes'),
        ("active gt true", 'Operator "gt" does not fit attribute "active" of type boolean'),
        ("active co true", 'Operator "co" does not fit attribute "active"'),
        ('active eq "yes"', '"active" is compared with a value of type boolean'),
        ("active eq 1", '"active" is compared with a value of type boolean'),
        ("userName eq 1", '"userName" is compared with a value of type string'),
        ("userName eq true", '"userName" is compared with a value of type string'),
        ("userName gt null", '"gt" does not fit null'),
        ('number eq "7"', "of type integer"),
        ("number eq true", "of type integer"),
        ("number co 7", '"co" does not fit'),
        ('issued co "2026"', '"co" does not fit'),
        ('issued eq "yesterday"', "of type dateTime"),
        ('x509Certificates.value gt "QQ=="', '"gt" does not fit'),
        ('name eq "Ada"', '"name" is complex'),
        ('addresses co "x"', '"addresses" is complex'),
        ('password eq "x"', '"password" can not be filtered by'),
        ("password pr", '"password" can not be filtered by'),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(InvalidFilter, match=complaint):
        bind_text(text, USER)


LOOKED_UP = """
    userName USERNAME externalId active emails emails.value manager issued number password name meta members nothing
    id . a. .a emails.value.x groups.$ref
"""


@given(
    st.sampled_from(LOOKED_UP.split()), st.text(max_size=300) | st.sampled_from(["True", "yes", "2026-01-01", "İ", "ß"])
)
def test_a_lookup_means_what_the_grammar_makes_of_it(path: str, value: str) -> None:
    text = f'{path} eq "{value}"'
    assert answer(lambda: bind_text(text, USER)) == answer(lambda: bind(parse(text), USER))


def answer(bind_: Callable[[], Bound]) -> Bound | str:
    """What is found, or why not."""
    try:
        return bind_()
    except InvalidFilter as refusal:
        return refusal.detail


def test_a_password_is_not_told_by_the_refusal() -> None:
    with pytest.raises(ScimError) as refusal:
        bind_text('password eq "hunter2"', USER)
    assert "hunter2" not in refusal.value.detail


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00.000000Z"),
        ("2026-01-01T01:30:00.25+01:30", "2026-01-01T00:00:00.250000Z"),
        ("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456Z"),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-01-01", "2026-01-01T00:00:00.000000Z"),
        ("2026-13-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_an_instant_is_one_text_whatever_its_zone(text: str, moment: str | None) -> None:
    assert instant(text) == moment


def test_a_type_keeps_its_own_bound_filter() -> None:
    user, group = bind_text('displayName eq "x"', USER), bind_text('displayName eq "x"', GROUP)
    assert isinstance(user, BoundCompare)
    assert isinstance(group, BoundCompare)
    assert (user.target.attribute, group.target.attribute) == (
        USER.schema.attribute("displayName"),
        GROUP.schema.attribute("displayName"),
    )

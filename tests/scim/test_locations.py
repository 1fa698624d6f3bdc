"""Filters that name URLs, asked of ids instead: without the URLs they find what they find with them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.scim.filter import bind_element, bind_text, parse
from scimbridge.scim.locations import Locations, by_id
from scimbridge.scim.match import match, match_element
from scimbridge.scim.schema import Target

from .truth import TYPES, group_views, user_views

BASE = "https://x.test/v2"
IDS = ["id-ada", "id-bo", "id-navy", "id-all"]
LOCATIONS = [f"{BASE}/{endpoint}/{id_}" for endpoint in ("Users", "Groups") for id_ in IDS]


def located(view: dict[str, Any]) -> dict[str, Any]:
    """A resource as a client sees it, with its URLs."""
    shown = view | {"meta": view["meta"] | {"location": f"{BASE}/{view['meta']['resourceType']}s/{view['id']}"}}
    if "groups" in view:
        shown["groups"] = [group | {"$ref": f"{BASE}/Groups/{group['value']}"} for group in view["groups"]]
    if "members" in view:
        shown["members"] = [
            member | {"$ref": f"{BASE}/{member['type']}s/{member['value']}"} for member in view["members"]
        ]
    return shown


STORED = {"User": list(user_views().values()), "Group": list(group_views().values())}
SHOWN = {name: [located(view) for view in views] for name, views in STORED.items()}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A piece of a URL, or one with something wrong in it."""
    url = draw(st.sampled_from(LOCATIONS))
    start, end = draw(st.integers(0, len(url))), draw(st.integers(0, len(url)))
    return draw(st.sampled_from([url, url[start:], url[:end], url[start:end], url.upper(), url + "x", url[:end] + "~"]))


operators = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])


def conditions(path: str, kind: str) -> st.SearchStrategy[str]:
    compared = st.builds('{} {} "{}"'.format, st.just(path), operators, texts())
    typed = st.builds('type eq "{}" and {}'.format, st.just(kind), compared)
    return st.one_of(compared, typed if path == "$ref" else compared, st.just(f"{path} pr"))


def filters(of: str) -> st.SearchStrategy[tuple[str, str]]:
    """A resource type, and a filter of it that asks for its location or for its groups or members."""
    kind, sort = ("User", "direct") if of == "groups" else ("Group", "User")
    simple = st.one_of(
        conditions("meta.location", kind),
        conditions("location", kind).map("meta[{}]".format),
        conditions(f"{of}.$ref", kind),
        conditions("$ref", sort).map(f"{of}[{{}}]".format),
        conditions("$ref", sort).map(f"{of}[not ({{}})]".format),
    )
    joined = st.one_of(
        simple, simple.map("not ({})".format), st.builds("{} or {}".format, simple, simple),
        st.builds("{} and id pr".format, simple),
    )  # fmt: skip
    return st.tuples(st.just(kind), joined)


@given(filters("groups") | filters("members"))
def test_a_filter_of_urls_finds_what_it_finds_by_id(asked: tuple[str, str]) -> None:
    name, text = asked
    kind = TYPES.by_name[name]
    bound = bind_text(text, kind)
    translated = by_id(bound, kind, TYPES, BASE)
    expected = [match(bound, resource) for resource in SHOWN[name]]
    assert [match(translated, resource) for resource in STORED[name]] == expected


@given(conditions("$ref", "User") | conditions("$ref", "Group"))
def test_a_member_is_chosen_by_its_url(text: str) -> None:
    members = TYPES.by_name["Group"].schema.attribute("members")
    assert members is not None
    bound = bind_element(parse(text), Target(None, members))
    translated = Locations(TYPES, BASE).element(bound)
    stored, shown = (
        [member for group in groups["Group"] for member in group.get("members", [])] for groups in (STORED, SHOWN)
    )
    expected = [match_element(bound, element) for element in shown]
    assert [match_element(translated, element) for element in stored] == expected


@pytest.mark.parametrize("text", ['userName eq "ada"', 'emails[type eq "work"]', 'manager.$ref co "ada"'])
def test_other_filters_stay_as_they_are(text: str) -> None:
    kind = TYPES.by_name["User"]
    bound = bind_text(text, kind)
    assert by_id(bound, kind, TYPES, BASE) == bound

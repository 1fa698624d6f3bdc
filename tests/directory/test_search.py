"""Lists of a realm: pages by index and by cursor, filters, sorting, the root."""

from typing import Any

import orjson
import pytest

from scimbridge.directory.search import search
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import InvalidCursor, InvalidFilter, InvalidValue

from .conftest import BASE, GROUPS, USERS, Site

NAMES = [f"u{n}@example.test" for n in range(7)]


@pytest.fixture
async def full_site(site: Site) -> Site:
    for name in NAMES:
        await site.user(name, displayName=name[::-1])
    return site


async def listed(site: Site, *kinds: Any, **request: Any) -> dict[str, Any]:
    return dict(orjson.loads(await search(site.service, kinds or (USERS,), site.call(**request))))


def names(answer: dict[str, Any]) -> list[str]:
    return [resource.get("userName") or resource["displayName"] for resource in answer["Resources"]]


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [(1, 3, NAMES[:3]), (4, 3, NAMES[3:6]), (7, 3, NAMES[6:]), (8, 3, []), (1, 0, []), (1, None, NAMES)],
)
async def test_a_page_holds_what_it_says_and_the_total_is_of_all(
    full_site: Site, start: int, count: int | None, expected: list[str]
) -> None:
    answer = await listed(full_site, start=start, count=count)
    assert names(answer) == expected
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (7, start, len(expected))


async def test_pages_by_cursor_are_the_whole_list(full_site: Site) -> None:
    found, cursor = [], ""
    for _ in range(4):
        answer = await listed(full_site, cursor=cursor, count=2)
        assert "startIndex" not in answer
        found += names(answer)
        cursor = answer.get("nextCursor", "")
    assert found == NAMES
    assert not cursor


async def test_a_cursor_survives_that_the_page_it_follows_is_deleted(full_site: Site) -> None:
    first = await listed(full_site, cursor="", count=2)
    for user in first["Resources"]:
        await full_site.service.delete(USERS, user["id"], full_site.call())
    assert names(await listed(full_site, cursor=first["nextCursor"], count=2)) == NAMES[2:4]


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwiYiJd", "é", "e30", "bnVsbA"])
async def test_a_cursor_that_is_none_of_ours_is_refused(full_site: Site, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        await listed(full_site, cursor=cursor)


async def test_a_cursor_goes_on_with_its_own_query_only(full_site: Site) -> None:
    cursor = (await listed(full_site, cursor="", count=2))["nextCursor"]
    with pytest.raises(InvalidCursor):
        await listed(full_site, cursor=cursor, filter='userName sw "u"')
    assert names(await listed(full_site, cursor=cursor, count=1, attributes=("userName",))) == NAMES[2:3]


async def test_the_page_size_is_capped(full_site: Site) -> None:
    object.__setattr__(full_site.service.realm, "max_page_size", 4)
    answer = await listed(full_site, count=1000)
    assert (answer["itemsPerPage"], answer["totalResults"]) == (4, 7)


async def test_sorting_is_by_the_attribute_either_way(full_site: Site) -> None:
    ascending = names(await listed(full_site, sort_by="displayName"))
    assert ascending == sorted(NAMES, key=lambda name: name[::-1])
    assert names(await listed(full_site, sort_by="DISPLAYNAME", descending=True)) == ascending[::-1]


async def test_what_can_not_be_sorted_or_filtered_by_is_named(full_site: Site) -> None:
    with pytest.raises(InvalidValue, match="shoeSize"):
        await listed(full_site, sort_by="shoeSize")
    with pytest.raises(InvalidFilter, match="shoeSize"):
        await listed(full_site, filter='shoeSize eq "44"')


async def test_the_root_finds_users_and_groups_and_skips_types_without_the_attribute(full_site: Site) -> None:
    await full_site.group("u-group")
    both = (USERS, GROUPS)
    assert CORE.types == both
    everything = await listed(full_site, *both)
    assert everything["totalResults"] == 8
    assert names(await listed(full_site, *both, filter='displayName eq "u-group"')) == ["u-group"]
    assert names(await listed(full_site, *both, filter='userName eq "U3@example.test"')) == ["u3@example.test"]
    with pytest.raises(InvalidFilter):
        await listed(full_site, *both, filter='shoeSize eq "44"')


async def test_resources_are_found_by_the_urls_that_clients_know(site: Site) -> None:
    ada, bo = await site.user("ada"), await site.user("bo")
    crew = await site.group("crew", ada["id"])
    assert names(await listed(site, filter=f'meta.location eq "{bo["meta"]["location"]}"')) == ["bo"]
    assert names(await listed(site, filter=f'groups.$ref eq "{crew["meta"]["location"]}"')) == ["ada"]
    assert names(await listed(site, GROUPS, filter=f'members[$ref eq "{ada["meta"]["location"]}"]')) == ["crew"]
    assert names(await listed(site, USERS, GROUPS, filter=f'meta.location co "{BASE}"')) == ["ada", "bo", "crew"]


async def test_groups_in_a_list_hold_their_members_unless_left_out(full_site: Site) -> None:
    user = (await listed(full_site, count=1))["Resources"][0]
    await full_site.group("blue", user["id"])
    (blue,) = (await listed(full_site, GROUPS))["Resources"]
    assert [member["value"] for member in blue["members"]] == [user["id"]]
    (spared,) = (await listed(full_site, GROUPS, excluded=("members",)))["Resources"]
    assert "members" not in spared

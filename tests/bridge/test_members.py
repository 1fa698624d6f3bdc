"""Memberships of a bridged realm: only the difference, in single calls, several at a time."""

import asyncio
from collections.abc import Callable

import pytest

from scimbridge.directory.ports import (
    AddMembers,
    Change,
    MemberChange,
    New,
    RemoveMembers,
    RemoveMembersWhere,
    ReplaceMembers,
    UnknownMembers,
)
from scimbridge.provisioning.errors import TargetRefused, TargetUnavailable
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import InvalidValue, Unavailable
from scimbridge.scim.filter import bind_element, parse
from scimbridge.scim.schema import Target

from .conftest import OKTA, Site, group
from .fake import Once

MEMBERS = CORE.by_name["Group"].schema.attribute("members")


def where(text: str) -> RemoveMembersWhere:
    assert MEMBERS is not None
    return RemoveMembersWhere(bind_element(parse(text), Target(None, MEMBERS)))


@pytest.mark.parametrize(
    ("change", "left_in", "calls"),
    [
        (AddMembers(["kc-user-1", "kc-user-3", "kc-user-3"]), "123", ["join"]),
        (RemoveMembers(["kc-user-1", "kc-user-3"]), "2", ["leave"]),
        (ReplaceMembers(["kc-user-2", "kc-user-3"]), "23", ["join", "leave"]),
        (ReplaceMembers([]), "", ["leave", "leave"]),
        (where('value eq "kc-user-1"'), "2", ["leave"]),
        (where('type eq "Group"'), "12", []),
        (AddMembers(["kc-user-1", "kc-user-2"]), "12", []),
    ],
)
async def test_only_the_difference_is_written(site: Site, change: MemberChange, left_in: str, calls: list[str]) -> None:
    ids = [(await site.user(name)).id for name in ("ada", "bo", "cy")]
    crew = await site.group("crew", ids[:2])
    before = len(site.keycloak.calls)
    await site.change(crew, None, change)
    assert sorted(site.keycloak.calls[before:]) == calls
    assert await site.members(crew) == {f"kc-user-{number}" for number in left_in}
    await site.require_agreement()


async def test_several_changes_of_one_request_count_together(site: Site) -> None:
    ada, bo = await site.user("ada"), await site.user("bo")
    crew = await site.group("crew", [ada.id])
    before = len(site.keycloak.calls)
    await site.change(crew, group("Crew 2"), RemoveMembers([ada.id]), AddMembers([ada.id, bo.id]))
    assert site.keycloak.calls[before:] == ["rename_group", "join"]
    await site.require_agreement()


async def test_members_join_at_most_as_many_at_once_as_the_pool_has_connections(make_site: Callable[..., Site]) -> None:
    site = make_site(pool_size=4)
    people = [(await site.user(f"user{number}")).id for number in range(60)]
    crew = await site.group("crew")
    running, most = 0, 0

    async def pause(_: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    site.keycloak.pause = pause
    await site.change(crew, None, AddMembers(people))
    assert most == 4
    await site.change(crew, None, AddMembers(people[:55]), RemoveMembers(people[50:]))
    assert await site.members(crew) == set(people[:50])
    await site.require_agreement()


async def test_a_join_that_is_refused_takes_back_the_others_and_the_new_name(site: Site) -> None:
    people = [(await site.user(f"user{number}")).id for number in range(5)]
    crew = await site.group("crew", people[:1])
    site.keycloak.fail = Once("join", TargetRefused("User not found", attribute="members"), nth=3)
    with pytest.raises(InvalidValue, match=r'"members": Keycloak refuses: User not found'):
        await site.change(crew, group("crew 2"), AddMembers(people))
    assert await site.members(crew) == set(people[:1])
    await site.require_agreement()


async def test_a_join_that_is_refused_takes_back_the_group_that_was_made_for_it(site: Site) -> None:
    people = [(await site.user(f"user{number}")).id for number in range(3)]
    site.keycloak.fail = Once("join", TargetRefused("User not found"), nth=2)
    with pytest.raises(InvalidValue):
        await site.group("crew", people)
    assert site.keycloak.groups_by_id == {}
    await site.require_agreement()


async def test_an_unknown_member_is_refused_before_any_call(site: Site) -> None:
    before = len(site.keycloak.calls)
    with pytest.raises(UnknownMembers):
        await site.group("crew", ["nobody"])
    assert len(site.keycloak.calls) == before


async def test_unknown_members_are_left_out_where_the_realm_says_so(site: Site) -> None:
    ada = await site.user("ada")
    crew = await site.directory.create(New("Group", group("crew"), [ada.id, "nobody"], skip_unknown=True), OKTA)
    change = Change(members=(ReplaceMembers(["somebody"]),), skip_unknown=True)
    assert await site.members(crew) == {ada.id}
    await site.directory.update("Group", crew.id, lambda _: change, OKTA)
    assert await site.members(crew) == set()
    await site.require_agreement()


async def test_a_group_in_a_group_is_a_child_there(site: Site) -> None:
    team = await site.group("team")
    crew = await site.group("crew", [team.id])
    assert site.keycloak.groups_by_id[team.id].parent == crew.id
    await site.require_agreement()
    await site.change(crew, None, RemoveMembers([team.id]))
    assert site.keycloak.groups_by_id[team.id].parent == ""
    await site.require_agreement()


async def test_what_no_tree_can_hold_is_refused_with_the_reason(site: Site) -> None:
    team = await site.group("team")
    crew = await site.group("crew", [team.id])
    before = len(site.keycloak.calls)
    with pytest.raises(InvalidValue, match="trees only"):
        await site.group("other", [team.id])
    with pytest.raises(InvalidValue, match="circle"):
        await site.change(team, None, AddMembers([crew.id]))
    with pytest.raises(InvalidValue, match="circle"):
        await site.change(team, None, AddMembers([team.id]))
    assert len(site.keycloak.calls) == before


async def test_a_deleted_group_leaves_its_children_and_members(site: Site) -> None:
    ada, team = await site.user("ada"), await site.group("team")
    crew = await site.group("crew", [team.id, ada.id])
    assert await site.delete(crew)
    assert site.keycloak.groups_by_id[team.id].parent == ""
    await site.require_agreement()


async def test_a_keycloak_that_stops_answering_halfway_is_503_and_healed_at_the_next_request(site: Site) -> None:
    people = [(await site.user(f"user{number}")).id for number in range(5)]
    crew = await site.group("crew", people[:1])
    site.keycloak.fail = Once("join", TargetUnavailable("connection reset", 5), nth=2)
    with pytest.raises(Unavailable):
        await site.change(crew, None, AddMembers(people))
    assert await site.show(crew) is not None
    assert await site.members(crew) == set(people[:1])
    await site.require_agreement()
    await site.change(crew, None, AddMembers(people))
    assert await site.members(crew) == set(people)
    await site.require_agreement()

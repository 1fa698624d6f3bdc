"""The target's promises, kept by a real Keycloak of either version and by the one in memory that other tests use."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from scimbridge.bridge.ports import Profile
from scimbridge.provisioning.errors import TargetRefused

from .site import MEMORY, VERSIONS, Site

pytestmark = pytest.mark.parametrize("realm", [MEMORY, *VERSIONS], indirect=True, scope="module")

NOBODY = "00000000-0000-4000-8000-000000000000"


async def test_an_account_is_made_as_it_was_wanted(site: Site, name: str) -> None:
    before = datetime.now(UTC).timestamp() * 1000 - 5000
    id_ = await site.account(f"{name}.UP", attributes={"title": ["Boss"], "empty": []})
    account = await site.target.get_account(id_)
    assert account is not None
    assert account.created > before
    assert account._replace(created=0)._asdict() == {
        "id": id_,
        "username": f"{name}.up",
        "enabled": True,
        "email": f"{name}.up@example.test",
        "first_name": "Ada",
        "last_name": "Byron",
        "email_verified": False,
        "attributes": {"title": ["Boss"]},
        "created": 0,
        "protected": False,
    }


async def test_a_change_of_one_field_leaves_all_others(site: Site, name: str) -> None:
    id_ = await site.account(name, attributes={"title": ["Boss"]})
    before = await site.target.get_account(id_)
    await site.target.update_account(id_, Profile(enabled=False))
    assert before is not None
    assert await site.target.get_account(id_) == before._replace(enabled=False)


async def test_a_change_of_one_attribute_leaves_all_others_and_the_fields(site: Site, name: str) -> None:
    """Keycloak itself would clear the name and the e-mail address too."""
    id_ = await site.account(name, attributes={"title": ["Boss"], "shoeSize": ["43"]})
    before = await site.target.get_account(id_)
    await site.target.update_account(id_, Profile(attributes={"title": [], "externalId": ["00u1"]}))
    assert before is not None
    wanted = before._replace(attributes={"shoeSize": ["43"], "externalId": ["00u1"]})
    assert await site.target.get_account(id_) == wanted


async def test_an_empty_field_is_cleared(site: Site, name: str) -> None:
    id_ = await site.account(name)
    await site.target.update_account(id_, Profile(email="", first_name=""))
    account = await site.target.get_account(id_)
    assert account is not None
    assert (account.email, account.first_name, account.last_name) == ("", "", "Byron")


async def test_an_account_is_found_by_each_key_exactly(site: Site, name: str) -> None:
    external = f'{name} "quoted" \\ back'
    id_ = await site.account(name, attributes={"externalId": [external]})
    for by, value in (("username", name.upper()), ("email", f"{name}@EXAMPLE.test"), ("externalId", external)):
        found = await site.target.find_account(by, value)  # type: ignore[arg-type]
        assert found is not None
        assert found.id == id_
    for by, value in (("username", name[:-1]), ("email", name), ("externalId", name), ("username", "*")):
        assert await site.target.find_account(by, value) is None  # type: ignore[arg-type]


async def test_a_key_that_several_have_finds_nobody(site: Site, name: str) -> None:
    for suffix in "ab":
        await site.account(f"{name}{suffix}", attributes={"externalId": [name]})
    assert await site.target.find_account("externalId", name) is None


@pytest.mark.parametrize(
    ("profile", "attribute"),
    [
        (lambda name: Profile(name.upper(), True, f"other-{name}@example.test"), "userName"),
        (lambda name: Profile(f"other-{name}", True, f"{name}@example.test"), "emails"),
    ],
    ids=["name", "address"],
)
async def test_what_is_taken_is_a_conflict_that_names_the_attribute(
    site: Site, name: str, profile: Callable[[str], Profile], attribute: str
) -> None:
    await site.account(name)
    with pytest.raises(TargetRefused) as refused:
        await site.target.create_account(profile(name), None)
    assert (refused.value.attribute, refused.value.conflict) == (attribute, True)
    other = await site.account(f"second-{name}")
    with pytest.raises(TargetRefused) as refused:
        await site.target.update_account(other, Profile(email=f"{name}@example.test"))
    assert (refused.value.attribute, refused.value.conflict) == ("emails", True)


async def test_what_is_gone_is_told_by_each_call_in_its_way(site: Site, name: str) -> None:
    id_, group = await site.account(name), await site.target.create_group(name)
    await site.target.delete_account(id_)
    await site.target.delete_group(group)
    await site.target.delete_account(id_)
    await site.target.delete_group(group)
    assert await site.target.get_account(id_) is None
    assert await site.target.get_group(group) is None
    assert await site.target.get_account("../x?y") is None
    with pytest.raises(TargetRefused):
        await site.target.update_account(id_, Profile(enabled=True))
    with pytest.raises(TargetRefused):
        await site.target.update_account(id_, Profile(attributes={"title": ["x"]}))
    with pytest.raises(TargetRefused):
        await site.target.rename_group(group, "x")
    with pytest.raises(TargetRefused):
        await site.target.join(id_, group)
    await site.target.leave(NOBODY, group)


async def test_all_accounts_are_listed_once(site: Site, name: str) -> None:
    made = {await site.account(f"{name}-{number}") for number in range(3)}
    listed = [account.id async for account in site.target.accounts()]
    assert made <= set(listed)
    assert len(set(listed)) == len(listed)


async def test_members_come_and_go_and_doing_it_twice_is_no_error(site: Site, name: str) -> None:
    group, one, two = await site.target.create_group(name), await site.account(name), await site.account(f"{name}2")
    for _ in range(2):
        await site.target.join(one, group)
    await site.target.join(two, group)
    assert await site.target.group_members(group) == {one, two}
    for _ in range(2):
        await site.target.leave(one, group)
    assert await site.target.group_members(group) == {two}


async def test_a_group_is_found_by_its_name_in_any_case_wherever_it_is(site: Site, name: str) -> None:
    parent, child = await site.target.create_group(name), await site.target.create_group(f"{name}-child/with slash")
    await site.target.move_group(child, parent)
    found = await site.target.find_group(name.upper())
    assert found == await site.target.get_group(parent)
    assert await site.target.find_group(name[:-1]) is None
    moved = await site.target.find_group(f"{name}-CHILD/with slash")
    assert moved is not None
    assert (moved.id, moved.parent) == (child, parent)


async def test_groups_are_listed_with_parents_before_children(site: Site, name: str) -> None:
    top, middle, bottom = [await site.target.create_group(f"{name}-{level}") for level in "abc"]
    await site.target.move_group(middle, top)
    await site.target.move_group(bottom, middle)
    listed = [group async for group in site.target.groups()]
    order = [group.id for group in listed]
    assert order.index(top) < order.index(middle)
    assert {group.id: group.parent for group in listed}[bottom] == middle


async def test_children_of_a_deleted_group_live_on(site: Site, name: str) -> None:
    parent, child = [await site.target.create_group(f"{name}-{level}") for level in "ab"]
    member = await site.account(name)
    await site.target.move_group(child, parent)
    await site.target.join(member, child)
    await site.target.delete_group(parent)
    left = await site.target.get_group(child)
    assert left is not None
    assert left.parent == ""
    assert await site.target.group_members(child) == {member}


async def test_a_group_name_that_is_taken_is_a_conflict(site: Site, name: str) -> None:
    await site.target.create_group(name)
    with pytest.raises(TargetRefused) as refused:
        await site.target.create_group(name)
    assert (refused.value.attribute, refused.value.conflict) == ("displayName", True)
    other = await site.target.create_group(f"{name}-other")
    with pytest.raises(TargetRefused) as refused:
        await site.target.rename_group(other, name)
    assert (refused.value.attribute, refused.value.conflict) == ("displayName", True)
    await site.target.rename_group(other, f"{name}-renamed")
    renamed = await site.target.get_group(other)
    assert renamed is not None
    assert renamed.name == f"{name}-renamed"

"""Users and groups of a realm, as a SCIM client meets them."""

from collections.abc import Callable

import orjson
import pytest

from scimbridge.directory.ports import JournalQuery
from scimbridge.directory.service import MEMBERS_IN_PATCH_ANSWER
from scimbridge.scim.errors import InvalidValue, Mutability, NotFound, Uniqueness, VersionMismatch

from .conftest import BASE, GROUPS, USERS, Site, patch

UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff"


async def test_a_created_user_is_active_and_says_where_it_is(site: Site) -> None:
    user = await site.user()
    assert user["active"] is True
    assert user["meta"] == {
        "resourceType": "User",
        "created": "2026-01-01T00:00:00.000Z",
        "lastModified": "2026-01-01T00:00:00.000Z",
        "location": f"{BASE}/Users/{user['id']}",
        "version": 'W/"1"',
    }


async def test_the_answer_to_a_create_is_what_a_read_returns(site: Site) -> None:
    user = await site.user(emails=[{"value": "ada@example.test", "type": "work"}], externalId="00u1")
    assert await site.show(user["id"]) == user


async def test_a_taken_user_name_is_a_conflict_that_names_the_attribute_in_whatever_case(site: Site) -> None:
    await site.user("Ada@example.test")
    with pytest.raises(Uniqueness, match='"userName"'):
        await site.user("aDA@EXAMPLE.test")


async def test_a_put_that_says_what_is_there_changes_nothing(site: Site) -> None:
    user = await site.user(title="Engineer")
    rendered = await site.service.replace(USERS, user["id"], user, site.call())
    assert orjson.loads(rendered.body) == user


async def test_a_put_clears_what_it_leaves_out_but_not_active_password_or_groups(site: Site) -> None:
    user = await site.user(title="Engineer", active=False, password="first-secret")
    await site.group("blue", user["id"])
    rendered = await site.service.replace(USERS, user["id"], {"userName": user["userName"], "groups": []}, site.call())
    after = orjson.loads(rendered.body)
    assert "title" not in after
    assert after["active"] is False
    assert [group["display"] for group in after["groups"]] == ["blue"]
    assert site.directory.password(user["id"]) == "first-secret"[::-1]


async def test_a_put_may_repeat_the_id_but_not_change_it(site: Site) -> None:
    user = await site.user()
    with pytest.raises(Mutability, match='"id"'):
        await site.service.replace(USERS, user["id"], user | {"id": UNKNOWN}, site.call())


@pytest.mark.parametrize("if_match", ['W/"9"', '"9"', 'W/"8", W/"9"'])
async def test_a_write_for_another_version_is_refused_and_writes_nothing(site: Site, if_match: str) -> None:
    user = await site.user()
    body = user | {"title": "Engineer"}
    with pytest.raises(VersionMismatch):
        await site.service.replace(USERS, user["id"], body, site.call(if_match))
    with pytest.raises(VersionMismatch):
        await site.service.patch(USERS, user["id"], patch({"op": "add", "value": {"title": "x"}}), site.call(if_match))
    with pytest.raises(VersionMismatch):
        await site.service.delete(USERS, user["id"], site.call(if_match))
    assert await site.show(user["id"]) == user


@pytest.mark.parametrize("if_match", ['W/"1"', '"1"', "*", 'W/"7", W/"1"'])
async def test_a_write_for_the_present_version_is_done(site: Site, if_match: str) -> None:
    user = await site.user()
    await site.service.delete(USERS, user["id"], site.call(if_match))
    with pytest.raises(NotFound):
        await site.show(user["id"])


async def test_whatever_names_no_resource_is_not_found(site: Site) -> None:
    with pytest.raises(NotFound):
        await site.service.read(USERS, "no-uuid", site.call())
    with pytest.raises(NotFound):
        await site.service.replace(USERS, UNKNOWN, {"userName": "x"}, site.call())
    with pytest.raises(NotFound):
        await site.service.patch(USERS, UNKNOWN, patch({"op": "add", "value": {"title": "x"}}), site.call())
    with pytest.raises(NotFound):
        await site.service.delete(USERS, UNKNOWN, site.call())


async def test_a_group_is_not_found_among_users(site: Site) -> None:
    group = await site.group("blue")
    with pytest.raises(NotFound):
        await site.service.read(USERS, group["id"], site.call())


async def test_a_patch_that_asks_for_no_attributes_gets_no_body(site: Site) -> None:
    user = await site.user()
    operation = patch({"op": "replace", "value": {"active": False}})
    assert await site.service.patch(USERS, user["id"], operation, site.call(attributes=())) is None
    assert (await site.show(user["id"]))["active"] is False


async def test_a_patch_answers_with_the_members_of_a_small_group_and_without_a_body_for_a_large_one(site: Site) -> None:
    users = [(await site.user(f"u{n}@example.test"))["id"] for n in range(MEMBERS_IN_PATCH_ANSWER + 1)]
    group = await site.group("blue", *users[:-1])
    same = patch({"op": "add", "path": "members", "value": [{"value": users[0]}]})
    answer = await site.service.patch(GROUPS, group["id"], same, site.call())
    assert answer is not None
    assert len(orjson.loads(answer.body)["members"]) == MEMBERS_IN_PATCH_ANSWER
    more = patch({"op": "add", "path": "members", "value": [{"value": users[-1]}]})
    assert await site.service.patch(GROUPS, group["id"], more, site.call()) is None
    asked = await site.service.patch(GROUPS, group["id"], more, site.call(attributes=("members",)))
    assert asked is not None
    assert len(orjson.loads(asked.body)["members"]) == MEMBERS_IN_PATCH_ANSWER + 1
    spared = await site.service.patch(GROUPS, group["id"], more, site.call(excluded=("members",)))
    assert spared is not None
    assert "members" not in orjson.loads(spared.body)


async def test_unknown_members_are_named_and_nothing_is_written(site: Site) -> None:
    user = await site.user()
    group = await site.group("blue")
    add = patch(
        {"op": "replace", "path": "displayName", "value": "navy"},
        {"op": "add", "path": "members", "value": [{"value": user["id"]}, {"value": UNKNOWN}]},
    )
    with pytest.raises(InvalidValue, match=UNKNOWN):
        await site.service.patch(GROUPS, group["id"], add, site.call())
    assert await site.show(group["id"]) == group


async def test_a_realm_may_skip_unknown_members(make_site: Callable[..., Site]) -> None:
    site = make_site(unknown_members="skip")
    user = await site.user()
    group = await site.group("blue", user["id"], UNKNOWN)
    assert [member["value"] for member in group["members"]] == [user["id"]]


async def test_members_say_who_they_are_and_where(site: Site) -> None:
    user = await site.user(displayName="Ada Moss")
    inner = await site.group("inner", user["id"])
    outer = await site.group("outer", inner["id"])
    assert inner["members"] == [
        {"value": user["id"], "$ref": f"{BASE}/Users/{user['id']}", "type": "User", "display": "Ada Moss"}
    ]
    assert outer["members"][0]["$ref"] == f"{BASE}/Groups/{inner['id']}"
    assert [(group["display"], group["type"]) for group in (await site.show(user["id"]))["groups"]] == [
        ("inner", "direct"),
        ("outer", "indirect"),
    ]


async def test_a_member_is_taken_out_by_its_url(site: Site) -> None:
    ada, bo = await site.user("ada"), await site.user("bo")
    crew = await site.group("crew", ada["id"], bo["id"])
    removal = patch({"op": "remove", "path": f'members[$ref eq "{crew["members"][0]["$ref"]}"]'})
    rendered = await site.service.patch(GROUPS, crew["id"], removal, site.call())
    assert rendered is not None
    assert [member["value"] for member in orjson.loads(rendered.body)["members"]] == [bo["id"]]


@pytest.mark.parametrize(
    ("policy", "kept"), [("store", "s3cret-of-Ada"), ("ignore", None)], ids=["store keeps it", "ignore drops it"]
)
async def test_a_password_is_never_answered_and_kept_as_the_realm_says(
    make_site: Callable[..., Site], policy: str, kept: str | None
) -> None:
    site = make_site(password_policy=policy)
    user = await site.user(password="s3cret-of-Ada")
    assert "password" not in user
    assert b"s3cret-of-Ada" not in orjson.dumps(await site.show(user["id"], attributes=("password", "userName")))
    assert site.directory.password(user["id"]) == (kept and kept[::-1])
    assert all("s3cret" not in repr(entry) for entry in await site.directory.journal(JournalQuery()))


@pytest.mark.parametrize("change", ["patch", "put"])
async def test_a_password_is_changed_by_patch_and_put(site: Site, change: str) -> None:
    user = await site.user(password="first-secret")
    if change == "patch":
        operation = patch({"op": "replace", "value": {"password": "second-secret"}})
        await site.service.patch(USERS, user["id"], operation, site.call())
    else:
        await site.service.replace(USERS, user["id"], user | {"password": "second-secret"}, site.call())
    assert site.directory.password(user["id"]) == "second-secret"[::-1]


async def test_a_realm_may_refuse_passwords_by_naming_the_attribute(make_site: Callable[..., Site]) -> None:
    site = make_site(password_policy="reject")
    with pytest.raises(InvalidValue, match='"password"'):
        await site.user(password="s3cret")
    assert (await site.user())["userName"] == "ada@example.test"


async def test_no_hash_is_paid_for_a_user_name_that_is_taken(site: Site) -> None:
    await site.user()
    with pytest.raises(Uniqueness):
        await site.user(password="s3cret")
    assert site.hasher.hashed == []


async def test_no_hash_is_paid_for_a_user_who_is_not_there(site: Site) -> None:
    with pytest.raises(NotFound):
        await site.service.patch(USERS, UNKNOWN, patch({"op": "replace", "value": {"password": "second"}}), site.call())
    assert site.hasher.hashed == []


async def test_a_required_attribute_can_not_be_taken_away(site: Site) -> None:
    user = await site.user()
    with pytest.raises((InvalidValue, Mutability), match='"userName"'):
        await site.service.patch(USERS, user["id"], patch({"op": "remove", "path": "userName"}), site.call())
    assert await site.show(user["id"]) == user


async def test_a_projection_is_what_was_asked_for_with_id_and_schemas(site: Site) -> None:
    user = await site.user(name={"givenName": "Ada", "familyName": "Moss"})
    assert await site.show(user["id"], attributes=("name.givenName",)) == {
        "schemas": user["schemas"],
        "id": user["id"],
        "name": {"givenName": "Ada"},
    }
    assert "meta" not in await site.show(user["id"], excluded=("meta",))

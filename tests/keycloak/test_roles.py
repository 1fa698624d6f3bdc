"""SCIM groups as roles of a real Keycloak: of the realm, and of a client."""

from collections.abc import AsyncIterator

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.target import KeycloakTarget
from scimbridge.provisioning.errors import TargetRefused

from . import test_target
from .journeys.console import LOGIN, SERVICE, SERVICE_SECRET, KeycloakRealm
from .site import VERSIONS, Site
from .test_target import NOBODY

pytestmark = pytest.mark.parametrize("realm", VERSIONS, indirect=True, scope="module")

# What a role promises just as a group does.
test_members_come_and_go = test_target.test_members_come_and_go_and_doing_it_twice_is_no_error
test_a_name_that_is_taken_is_a_conflict = test_target.test_a_group_name_that_is_taken_is_a_conflict
test_what_is_gone_is_told_by_each_call_in_its_way = test_target.test_what_is_gone_is_told_by_each_call_in_its_way


@pytest.fixture(params=["realm", LOGIN])
def owner(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def site(realm: KeycloakRealm, owner: str) -> AsyncIterator[Site]:
    uuid = realm.get("/clients", clientId=SERVICE)[0]["id"]
    account = realm.get(f"/clients/{uuid}/service-account-user")["id"]
    realm.grant(account, "manage-realm", "manage-clients")
    settings = Keycloak(realm.url, client_id=SERVICE, group_roles=owner)
    target = KeycloakTarget(Client(settings, SERVICE_SECRET), settings)
    yield Site(target)
    await target.close()


def roles_path(realm: KeycloakRealm, owner: str) -> str:
    return "/roles" if owner == "realm" else f"/clients/{realm.get('/clients', clientId=owner)[0]['id']}/roles"


async def test_a_group_is_a_role_with_a_name_of_any_form(
    site: Site, realm: KeycloakRealm, owner: str, name: str
) -> None:
    id_ = await site.target.create_group(f"{name} a/b?c#é%")
    assert [role["id"] for role in realm.get(roles_path(realm, owner), search=name)] == [id_]
    found = await site.target.find_group(f"{name} A/B?C#É%")
    assert found is not None
    assert (found.id, found.name, found.parent) == (id_, f"{name} a/b?c#é%", "")
    assert found == await site.target.get_group(id_)
    assert found in [group async for group in site.target.groups()]
    assert await site.target.find_group(name) is None
    member = await site.account(name)
    await site.target.join(member, id_)
    assert await site.target.group_members(id_) == {member}


async def test_members_come_to_a_role_that_was_renamed_meanwhile(site: Site, realm: KeycloakRealm, name: str) -> None:
    role, one, two = await site.target.create_group(name), await site.account(name), await site.account(f"{name}2")
    await site.target.join(one, role)
    realm.request("PUT", f"/roles-by-id/{role}", {"name": f"{name}-new"})
    await site.target.join(two, role)
    await site.target.leave(one, role)
    assert await site.target.group_members(role) == {two}


async def test_a_rename_keeps_what_others_said_of_the_role(site: Site, realm: KeycloakRealm, name: str) -> None:
    id_ = await site.target.create_group(name)
    role = realm.get(f"/roles-by-id/{id_}")
    realm.request(
        "PUT", f"/roles-by-id/{id_}", role | {"description": "Rowers", "attributes": {**role["attributes"], "x": ["1"]}}
    )
    await site.target.rename_group(id_, f"{name}-new")
    renamed = realm.get(f"/roles-by-id/{id_}")
    assert (renamed["name"], renamed["description"], renamed["attributes"]["x"]) == (f"{name}-new", "Rowers", ["1"])
    await site.target.delete_group(id_)
    assert await site.target.get_group(id_) is None


async def test_a_role_of_somebody_else_is_given_and_taken_but_not_renamed_or_deleted(
    site: Site, realm: KeycloakRealm, owner: str, name: str
) -> None:
    realm.make(roles_path(realm, owner), {"name": name})
    found = await site.target.find_group(name)
    assert found is not None
    member = await site.account(name)
    await site.target.join(member, found.id)
    assert await site.target.group_members(found.id) == {member}
    await site.target.rename_group(found.id, name)
    for attempt in (site.target.rename_group(found.id, f"{name}-new"), site.target.delete_group(found.id)):
        with pytest.raises(TargetRefused, match="not made here") as refused:
            await attempt
        assert refused.value.forbidden
    await site.target.leave(member, found.id)
    assert await site.target.get_group(found.id) == found


async def test_a_role_holds_no_groups(site: Site, name: str) -> None:
    one, two = await site.target.create_group(name), await site.target.create_group(f"{name}2")
    with pytest.raises(TargetRefused, match="holds no groups") as refused:
        await site.target.move_group(one, two)
    assert (refused.value.attribute, refused.value.forbidden) == ("members", False)
    await site.target.move_group(one, "")


async def test_a_role_that_makes_administrators_is_not_touched(site: Site, realm: KeycloakRealm, name: str) -> None:
    boss = await site.target.create_group(name)
    management = realm.get("/clients", clientId="realm-management")[0]["id"]
    realm.request("POST", f"/roles-by-id/{boss}/composites", [realm.get(f"/clients/{management}/roles/manage-users")])
    member = await site.account(name)
    for attempt in (
        site.target.join(member, boss),
        site.target.leave(member, boss),
        site.target.rename_group(boss, f"{name}-new"),
        site.target.delete_group(boss),
    ):
        with pytest.raises(TargetRefused, match="administrators") as refused:
            await attempt
        assert refused.value.forbidden


@pytest.mark.parametrize("name", ["admin", "offline_access", "uma_authorization", "default-roles-acme"])
async def test_keycloak_s_own_roles_are_not_seen_and_their_names_not_given(site: Site, owner: str, name: str) -> None:
    if owner != "realm":
        assert await site.target.get_group(await site.target.create_group(name)) is not None
        return
    assert not [group async for group in site.target.groups() if group.name == name]
    role = await site.target.create_group(f"mine-{name}")
    for attempt in (site.target.create_group(name), site.target.rename_group(role, name)):
        with pytest.raises(TargetRefused, match="Keycloak's own") as refused:
            await attempt
        assert refused.value.forbidden


async def test_a_role_of_another_owner_is_not_there(site: Site, realm: KeycloakRealm, owner: str, name: str) -> None:
    elsewhere = "realm" if owner != "realm" else LOGIN
    path = roles_path(realm, elsewhere)
    realm.make(path, {"name": name})
    id_ = realm.get(f"{path}/{name}")["id"]
    assert await site.target.get_group(id_) is None
    await site.target.delete_group(id_)
    with pytest.raises(TargetRefused):
        await site.target.group_members(id_)
    with pytest.raises(TargetRefused):
        await site.target.join(await site.account(name), id_)
    assert realm.get(f"{path}/{name}")["id"] == id_


@pytest.mark.parametrize("bad", ["x" * 256, ".", ".."])
async def test_a_name_that_keycloak_cannot_keep_is_refused(site: Site, bad: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        await site.target.create_group(bad)
    assert refused.value.attribute == "displayName"


async def test_a_client_that_is_not_there_is_named(realm: KeycloakRealm) -> None:
    settings = Keycloak(realm.url, client_id=SERVICE, group_roles="nobody")
    target = KeycloakTarget(Client(settings, SERVICE_SECRET), settings)
    for attempt in (target.create_group("x"), target.get_group(NOBODY)):
        with pytest.raises(TargetRefused, match="'nobody'"):
            await attempt
    await target.close()

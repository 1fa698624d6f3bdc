"""What a real Keycloak tells of the changes that others make."""

from collections.abc import AsyncIterator

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.target import KeycloakTarget
from scimbridge.bridge.ports import Profile
from scimbridge.provisioning.errors import TargetRefused

from .journeys.console import LOGIN, SERVICE, SERVICE_SECRET, KeycloakRealm
from .site import VERSIONS, Site

pytestmark = pytest.mark.parametrize("realm", VERSIONS, indirect=True, scope="module")


@pytest.fixture
async def site(realm: KeycloakRealm) -> AsyncIterator[Site]:
    uuid = realm.get("/clients", clientId=SERVICE)[0]["id"]
    realm.grant(realm.get(f"/clients/{uuid}/service-account-user")["id"], "view-events")
    settings = Keycloak(realm.url, client_id=SERVICE)
    target = KeycloakTarget(Client(settings, SERVICE_SECRET), settings)
    yield Site(target)
    await target.close()


async def latest(site: Site) -> int:
    changes = await site.target.changes(None)
    assert changes is not None
    assert not changes.changed
    return changes.until


async def test_changes_of_others_are_told_in_order_and_ours_are_not(
    site: Site, realm: KeycloakRealm, name: str
) -> None:
    await site.account(f"{name}-before")
    before = await latest(site)
    user = realm.make_user(name)
    group = realm.make("/groups", {"name": name})
    realm.request("PUT", f"/users/{user}/groups/{group}")
    realm.request("PUT", f"/users/{user}/reset-password", {"type": "password", "value": "pw"})
    realm.request("POST", f"/users/{user}/logout")
    realm.request("DELETE", f"/users/{user}")
    ours = await site.account(f"{name}-ours")
    await site.target.join(ours, group)
    changes = await site.target.changes(before + 1)
    assert changes is not None
    told = [(change.type, change.target) for change in changes.changed]
    assert told == [("User", user), ("Group", group), ("Group", group), ("User", user)]
    assert changes.until > before
    assert len({change.event for change in changes.changed}) == 4
    after = await site.target.changes(changes.until + 1)
    assert after is not None
    assert (list(after.changed), after.until) == ([], changes.until + 1)


async def test_many_changes_are_told_in_one_look(site: Site, realm: KeycloakRealm, name: str) -> None:
    before = await latest(site)
    group = realm.make("/groups", {"name": name})
    for number in range(220):
        realm.request("PUT", f"/groups/{group}", {"name": f"{name}-{number}"})
    changes = await site.target.changes(before + 1)
    assert changes is not None
    assert [change.target for change in changes.changed] == [group] * 221


async def test_a_realm_that_saves_no_events_tells_nothing(site: Site, realm: KeycloakRealm) -> None:
    realm.change(adminEventsEnabled=False)
    try:
        assert await site.target.changes(None) is None
    finally:
        realm.change(adminEventsEnabled=True)


async def test_without_the_role_nothing_is_told(realm: KeycloakRealm) -> None:
    settings = Keycloak(realm.url, client_id="blind")
    realm.add_client("blind", SERVICE_SECRET, ("manage-users", "view-realm"))
    target = KeycloakTarget(Client(settings, SERVICE_SECRET), settings)
    assert await target.changes(None) is None
    assert await target.changes(0) is None
    await target.close()


@pytest.fixture(params=["realm", LOGIN])
async def roles_site(request: pytest.FixtureRequest, realm: KeycloakRealm) -> AsyncIterator[Site]:
    """The same where groups are roles."""
    account = realm.user(f"service-account-{SERVICE}") or {}
    realm.grant(account["id"], "view-events", "manage-realm", "manage-clients")
    settings = Keycloak(realm.url, client_id=SERVICE, group_roles=request.param)
    target = KeycloakTarget(Client(settings, SERVICE_SECRET), settings)
    yield Site(target)
    await target.close()


async def test_where_groups_are_roles_it_is_told_who_was_given_one_and_what_became_of_it(
    roles_site: Site, realm: KeycloakRealm, name: str
) -> None:
    role, user = await roles_site.target.create_group(name), realm.make_user(name)
    given = realm.get(f"/roles-by-id/{role}")
    owner = f"clients/{given['containerId']}" if given["clientRole"] else "realm"
    mappings = f"/users/{user}/role-mappings/{owner}"
    before = await latest(roles_site)
    realm.request("POST", mappings, [given])
    realm.request("DELETE", mappings, [given])
    realm.request("PUT", f"/roles-by-id/{role}", given | {"name": f"{name}-new"})
    realm.request("DELETE", f"/roles-by-id/{role}")
    changes = await roles_site.target.changes(before + 1)
    assert changes is not None
    told = [(change.type, change.target) for change in changes.changed]
    assert told == [("Group", role), ("User", user)] * 2 + [("Group", role)] * 2


async def test_a_new_administrator_is_protected_as_soon_as_the_event_is_seen(
    site: Site, realm: KeycloakRealm, name: str
) -> None:
    directly, by_group = await site.account(f"{name}-one"), await site.account(f"{name}-two")
    admins = realm.make("/groups", {"name": name})
    management = realm.get("/clients", clientId="realm-management")[0]["id"]
    role = realm.get(f"/clients/{management}/roles/manage-events")
    realm.request("POST", f"/groups/{admins}/role-mappings/clients/{management}", [role])
    await site.target.update_account(directly, Profile(first_name="New"))
    await site.target.update_account(by_group, Profile(first_name="New"))
    before = await latest(site)
    realm.grant(directly, "manage-events")
    realm.request("PUT", f"/users/{by_group}/groups/{admins}")
    changes = await site.target.changes(before + 1)
    assert changes is not None
    assert ("User", directly) in [(change.type, change.target) for change in changes.changed]
    for account in (directly, by_group):
        with pytest.raises(TargetRefused):
            await site.target.update_account(account, Profile(first_name="Newer"))


async def test_without_representations_it_is_not_told_which_role_was_given(
    roles_site: Site, realm: KeycloakRealm, name: str
) -> None:
    role, user = await roles_site.target.create_group(name), realm.make_user(name)
    given = realm.get(f"/roles-by-id/{role}")
    owner = f"clients/{given['containerId']}" if given["clientRole"] else "realm"
    before = await latest(roles_site)
    realm.change(adminEventsDetailsEnabled=False)
    try:
        realm.request("POST", f"/users/{user}/role-mappings/{owner}", [given])
        changes = await roles_site.target.changes(before + 1)
    finally:
        realm.change(adminEventsDetailsEnabled=True)
    assert changes is not None
    assert [(change.type, change.target) for change in changes.changed] == [("User", user)]

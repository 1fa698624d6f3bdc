"""What a real Keycloak tells of the changes that others make."""

from collections.abc import AsyncIterator

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.target import KeycloakTarget

from .journeys.console import SERVICE, SERVICE_SECRET, KeycloakRealm
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


async def test_many_changes_are_told_page_by_page(site: Site, realm: KeycloakRealm, name: str) -> None:
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

"""What only a real Keycloak can show: who gets in, who is protected, what others keep there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from argon2 import PasswordHasher

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.inspection import KeycloakInspection
from scimbridge.adapters.keycloak.target import KeycloakTarget
from scimbridge.bridge.ports import Credential, Profile
from scimbridge.provisioning.errors import TargetRefused

from .journeys.console import LOGIN, ROLES, SCENARIO_ROLES, SERVICE, SERVICE_SECRET, KeycloakRealm
from .site import VERSIONS, Site

pytestmark = pytest.mark.parametrize("realm", VERSIONS, indirect=True, scope="module")

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("kind", ["hash", "clear"])
async def test_whoever_has_the_password_gets_in(site: Site, realm: KeycloakRealm, name: str, kind: str) -> None:
    def credential(password: str) -> Credential:
        hasher = PasswordHasher(time_cost=5, memory_cost=7168, parallelism=1)
        return Credential(clear=password) if kind == "clear" else Credential(hash=hasher.hash(password))

    profile = Profile(name, True, f"{name}@example.test", "Ada", "Byron")
    id_ = await site.target.create_account(profile, credential("first-password"))
    assert realm.sign_in(name, "first-password")
    await site.target.update_account(id_, Profile(attributes={"title": ["x"]}), credential("second-password"))
    assert realm.sign_in(name, "second-password")
    assert realm.sign_in(name, "first-password") is None


async def test_a_refused_password_changes_nothing(site: Site, realm: KeycloakRealm, name: str) -> None:
    id_ = await site.account(name)
    realm.change(passwordPolicy="length(12)")
    try:
        with pytest.raises(TargetRefused, match="12") as refused:
            await site.target.update_account(id_, Profile(first_name="New"), Credential(clear="short-pw"))
        assert refused.value.attribute == "password"
        assert "short-pw" not in refused.value.reason
    finally:
        realm.change(passwordPolicy="")
    account = await site.target.get_account(id_)
    assert account is not None
    assert account.first_name == "Ada"


async def test_ended_access_does_not_come_back(site: Site, realm: KeycloakRealm, name: str) -> None:
    profile = Profile(name, True, f"{name}@example.test", "Ada", "Byron")
    id_ = await site.target.create_account(profile, Credential(clear="some-password"))
    sessions = [realm.sign_in(name, "some-password", scope) for scope in ("openid", "openid offline_access")]
    await site.target.update_account(id_, Profile(enabled=False))
    await site.target.end_access(id_)
    await site.target.update_account(id_, Profile(enabled=True))
    for session in sessions:
        assert session is not None
        assert not session.known()


async def test_a_group_keeps_what_others_say_about_it_when_it_is_renamed(
    site: Site, realm: KeycloakRealm, name: str
) -> None:
    id_ = realm.make("/groups", {"name": name, "description": "ours", "attributes": {"cost": ["1"]}})
    await site.target.rename_group(id_, f"{name}-new")
    group = realm.get(f"/groups/{id_}")
    assert (group["name"], group["description"], group["attributes"]) == (f"{name}-new", "ours", {"cost": ["1"]})


async def test_a_group_below_itself_is_refused_before_keycloak_breaks(site: Site, name: str) -> None:
    top, below = [await site.target.create_group(f"{name}-{level}") for level in "ab"]
    await site.target.move_group(below, top)
    for parent in (top, below):
        with pytest.raises(TargetRefused) as refused:
            await site.target.move_group(top, parent)
        assert refused.value.attribute == "members"


async def test_an_identity_is_linked_once(site: Site, realm: KeycloakRealm, name: str) -> None:
    config = {"clientId": "x", "clientSecret": "y"} | {
        url: f"https://idp.example.test/{url}" for url in ("authorizationUrl", "tokenUrl")
    }
    if "okta" not in [provider["alias"] for provider in realm.get("/identity-provider/instances")]:
        provider = {"alias": "okta", "providerId": "oidc", "enabled": True, "config": config}
        realm.make("/identity-provider/instances", provider)
    id_ = await site.account(name)
    for _ in range(2):
        await site.target.link_identity(id_, "okta", f"00u{name}", name)
    with pytest.raises(TargetRefused):
        await site.target.link_identity(id_, "okta", "another", name)


@pytest.mark.parametrize("roles", [ROLES, SCENARIO_ROLES], ids=["with view-clients", "without"])
@pytest.mark.parametrize("way", ["directly", "by a composite role", "by a group above"])
async def test_an_administrator_is_marked_and_not_touched(
    site: Site, realm: KeycloakRealm, name: str, way: str, roles: tuple[str, ...]
) -> None:
    id_ = await site.account(name)
    management = realm.get("/clients", clientId="realm-management")[0]["id"]
    role = realm.get(f"/clients/{management}/roles/view-events")
    admins = realm.make("/groups", {"name": f"{name}-admins"})
    if way == "directly":
        realm.grant(id_, "view-events")
    elif way == "by a composite role":
        realm.make("/roles", {"name": name})
        composite = realm.get(f"/roles/{name}")
        realm.request("POST", f"/roles-by-id/{composite['id']}/composites", [role])
        realm.request("POST", f"/users/{id_}/role-mappings/realm", [composite])
    else:
        realm.request("POST", f"/groups/{admins}/role-mappings/clients/{management}", [role])
        below = realm.request("POST", f"/groups/{admins}/children", {"name": "below"}).json()["id"]
        realm.request("PUT", f"/users/{id_}/groups/{below}")
    async with as_a_service_account(realm, name, roles) as target:
        account = await target.get_account(id_)
        assert account is not None
        assert account.protected
        plain = await target.create_group(f"{name}-plain")
        calls = [
            target.update_account(id_, Profile(enabled=False)),
            target.delete_account(id_),
            target.join(id_, plain),
        ]
        if way == "by a group above":
            calls += [target.join(NOBODY, below), target.delete_group(admins), target.rename_group(below, "x")]
        for call in calls:
            with pytest.raises(TargetRefused) as refused:
                await call
            assert refused.value.forbidden


async def test_without_view_clients_who_holds_no_admin_role_is_written_as_ever(
    site: Site, realm: KeycloakRealm, name: str
) -> None:
    there, boss, buyer, keeper = [await site.account(f"{name}-{who}") for who in ("there", "boss", "buyer", "keeper")]
    realm.grant(boss, "realm-admin")
    portal = realm.get("/clients", clientId=LOGIN)[0]["id"]
    management = realm.get("/clients", clientId="realm-management")[0]["id"]
    for role, account in (("buyer", buyer), ("keeper", keeper)):
        realm.make(f"/clients/{portal}/roles", {"name": f"{name}-{role}"})
        made = realm.get(f"/clients/{portal}/roles/{name}-{role}")
        realm.request("POST", f"/users/{account}/role-mappings/clients/{portal}", [made])
    admin = realm.get(f"/clients/{management}/roles/realm-admin")
    realm.request("POST", f"/clients/{portal}/roles/{name}-keeper/composites", [admin])
    async with as_a_service_account(realm, name, SCENARIO_ROLES) as target:
        made_here = await target.create_account(Profile(f"{name}-new", True), None)
        group = await target.create_group(f"{name}-group")
        for account in (there, buyer, made_here):
            await target.update_account(account, Profile(first_name="New"))
            await target.join(account, group)
        protected = {account.id async for account in target.accounts() if account.protected}
        assert protected & {there, boss, buyer, keeper, made_here} == {boss, keeper}
    realm.request("DELETE", f"/clients/{portal}/roles/{name}-keeper")


async def test_service_accounts_are_nobody(site: Site, realm: KeycloakRealm, name: str) -> None:
    service = realm.user(f"service-account-{SERVICE}")
    assert service is not None
    lookalike = await site.account(f"service-account-{name}")
    assert await site.target.get_account(service["id"]) is None
    assert await site.target.find_account("username", service["username"]) is None
    assert await site.target.get_account(lookalike) is not None
    listed = {account.id async for account in site.target.accounts()}
    assert service["id"] not in listed
    assert lookalike in listed


@asynccontextmanager
async def as_a_service_account(
    realm: KeycloakRealm, client: str, roles: tuple[str, ...]
) -> AsyncIterator[KeycloakTarget]:
    """The realm as a new one sees it that has these roles."""
    realm.add_client(client, SERVICE_SECRET, roles)
    settings = Keycloak(realm.url, client_id=client)
    async with Client(settings, SERVICE_SECRET) as there:
        yield KeycloakTarget(there, settings)


@pytest.mark.parametrize("only", ["role:scim", "group:scim", "attribute:scim=yes it is"])
async def test_a_limited_realm_sees_its_own_and_makes_its_own(
    site: Site, realm: KeycloakRealm, name: str, only: str
) -> None:
    if only == "role:scim" and realm.console.request("GET", f"/{realm.name}/roles", search="scim").json() == []:
        realm.make("/roles", {"name": "scim"})
    if only == "group:scim" and await site.target.find_group("scim") is None:
        realm.make("/groups", {"name": "scim"})
    outside = await site.account(f"{name}-outside")
    settings = Keycloak(realm.url, client_id=SERVICE, only=only)
    async with Client(settings, SERVICE_SECRET) as client:
        limited = Site(KeycloakTarget(client, settings))
        inside = await limited.account(f"{name}-inside")
        assert [account.id async for account in limited.target.accounts()] == [inside]
        found = await limited.target.find_account("username", f"{name}-inside")
        assert found is not None
        assert await limited.target.get_account(outside) is None
        assert await limited.target.find_account("username", f"{name}-outside") is None
    await site.target.delete_account(inside)


async def test_how_the_realm_is_set_up_can_be_read(realm: KeycloakRealm) -> None:
    settings = Keycloak(realm.url, client_id=SERVICE, identity_provider="okta", only="role:absent")
    async with Client(settings, SERVICE_SECRET) as client:
        setup = await KeycloakInspection(client, settings).read()
    assert setup.version == ("26.7" if realm.console.version() >= "26.7" else "older than 26.6")
    assert abs(setup.clock_ahead) < 30
    assert setup.roles is not None
    assert {"manage-users", "view-realm"} <= setup.roles
    assert setup.realm["editUsernameAllowed"] is True
    assert setup.profile is not None
    assert setup.profile["unmanagedAttributePolicy"] == "ADMIN_EDIT"
    assert "argon2" in setup.hashes
    assert setup.identity_providers is None, "our service account may not look"
    assert not setup.scope_exists

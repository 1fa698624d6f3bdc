"""What belongs to one realm is not to be had with another's credentials, by no way in."""

import pytest

from .conftest import Site, Tenant, assert_error


@pytest.fixture
async def other(site: Site) -> Tenant:
    return await site.realm("other")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_a_token_of_one_realm_does_not_open_another(acme: Tenant, other: Tenant, method: str) -> None:
    user = await acme.user()
    response = await acme.ask(method, f"/Users/{user['id']}", {"userName": "eve"}, **other.headers)
    assert_error(response, 401)


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("GET", None),
        ("PUT", {"userName": "eve"}),
        ("PATCH", {"Operations": [{"op": "replace", "value": {"active": False}}]}),
        ("DELETE", None),
    ],
)
async def test_a_resource_of_one_realm_is_not_there_in_another(
    acme: Tenant, other: Tenant, method: str, body: object
) -> None:
    user = await acme.user()
    assert_error(await other.ask(method, f"/Users/{user['id']}", body), 404)
    assert (await acme.ask("GET", f"/Users/{user['id']}")).json() == user


async def test_a_search_finds_and_counts_only_its_own_realm(acme: Tenant, other: Tenant) -> None:
    await acme.user()
    for path in ("/Users", "", '/Users?filter=userName eq "ada@example.test"', "/Users?count=0"):
        assert (await other.ask("GET", path)).json()["totalResults"] == 0


async def test_a_member_of_another_realm_is_unknown(acme: Tenant, other: Tenant) -> None:
    user = await acme.user()
    group = {"displayName": "all", "members": [{"value": user["id"]}]}
    assert user["id"] in assert_error(await other.ask("POST", "/Groups", group), 400, "invalidValue")


async def test_a_name_taken_in_one_realm_is_free_in_another(acme: Tenant, other: Tenant) -> None:
    await acme.user()
    await other.user()


async def test_an_access_token_of_one_realm_does_not_open_another(site: Site, acme: Tenant, other: Tenant) -> None:
    issued = await site.administration.clients("acme").create("okta", actor="test", roles=["manage-users"])
    form = {"grant_type": "client_credentials", "client_id": "okta", "client_secret": issued.secret}
    granted = (await site.http.post("/realms/acme/protocol/openid-connect/token", data=form)).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert (await acme.ask("GET", "/Users", **bearer)).status_code == 200
    assert_error(await other.ask("GET", "/Users", **bearer), 401)
    assert (await site.http.post("/realms/other/protocol/openid-connect/token", data=form)).status_code == 401


async def test_an_admin_token_is_no_credential_of_a_realm_nor_the_other_way_round(site: Site, acme: Tenant) -> None:
    assert_error(await acme.ask("GET", "/Users", **await site.admin()), 401)
    assert (await site.http.get("/admin/realms", headers=acme.headers)).status_code == 401

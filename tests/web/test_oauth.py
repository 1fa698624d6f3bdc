"""The OAuth2 endpoints at Keycloak's paths."""

import base64
from typing import Any

import httpx
import pytest

from .conftest import MakeSite, Site, Tenant

TOKEN = "/realms/acme/protocol/openid-connect/token"
INTROSPECT = f"{TOKEN}/introspect"


@pytest.fixture
async def secret(site: Site, acme: Tenant) -> str:
    """The secret of a client "okta" that may manage users."""
    return (await site.administration.clients(acme.name).create("okta", actor="test", roles=["manage-users"])).secret


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'okta:{secret}'.encode()).decode()}"}


async def grant(site: Site, secret: str) -> dict[str, Any]:
    response = await site.http.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic(secret))
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_okta_gets_a_token_and_uses_it(site: Site, acme: Tenant, secret: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": "okta", "client_secret": secret, "scope": ""}
    response = await site.http.post(TOKEN, data=form)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    granted = response.json()
    assert granted["token_type"] == "Bearer"
    authorized = {"Authorization": f"Bearer {granted['access_token']}"}
    assert (await acme.ask("POST", "/Users", {"userName": "ada"}, **authorized)).status_code == 201


async def test_the_discovery_document_leads_to_the_keys_and_the_token_endpoint(site: Site, secret: str) -> None:
    document = (await site.http.get("/realms/acme/.well-known/openid-configuration")).json()
    assert document["issuer"] == "https://id.example.test/realms/acme"
    keys = (await site.http.get(document["jwks_uri"])).json()["keys"]
    assert [key["use"] for key in keys] == ["sig"]
    assert "d" not in keys[0], "a private key was shown"
    granted = await site.http.post(
        document["token_endpoint"], data={"grant_type": "client_credentials"}, headers=basic(secret)
    )
    assert granted.status_code == 200
    asked = {"token": granted.json()["access_token"]}
    told = await site.http.post(document["introspection_endpoint"], data=asked, headers=basic(secret))
    assert (told.json()["active"], told.json()["client_id"]) == (True, "okta")


async def test_the_realm_tells_of_itself_as_keycloak_does(site: Site, acme: Tenant) -> None:
    summary = (await site.http.get("/realms/acme")).json()
    assert summary["realm"] == acme.name
    assert summary["token-service"] == "https://id.example.test/realms/acme/protocol/openid-connect"
    assert summary["public_key"]


async def test_a_wrong_secret_is_an_oauth_error(site: Site, secret: str) -> None:
    response = await site.http.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic(secret + "x"))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.usefixtures("acme")
async def test_wrong_secrets_are_counted_for_the_clients_address(site: Site) -> None:
    for _ in range(8):
        await site.http.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic("wrong"))
    assert site.throttle.failed == 8
    assert site.slept, "nothing was slowed"


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"grant_type=client_credentials&grant_type=password", "application/x-www-form-urlencoded", 400),
        (b"\xff", "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 401),
        (b"x=" + b"y" * 65536, "application/x-www-form-urlencoded", 413),
    ],
)
@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("path", [TOKEN, INTROSPECT])
async def test_a_body_that_is_no_form_is_refused(
    site: Site, path: str, content: bytes, content_type: str, status: int
) -> None:
    response = await site.http.post(path, content=content, headers={"Content-Type": content_type})
    assert response.status_code == status, response.text
    assert set(response.json()) == {"error", "error_description"}


@pytest.mark.parametrize("path", [TOKEN, INTROSPECT, "/realms/acme/protocol/openid-connect/certs", "/realms/acme"])
async def test_an_unknown_or_disabled_realm_has_no_endpoints(make_site: MakeSite, path: str) -> None:
    async def ask(site: Site) -> httpx.Response:
        return await site.http.request("POST" if "token" in path else "GET", path)

    unknown, disabled = make_site(), make_site()
    await disabled.realm(enabled=False)
    answers = [await ask(unknown), await ask(disabled)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


async def test_tokens_are_issued_whether_or_not_the_scim_api_is_on(site: Site, secret: str) -> None:
    await site.administration.realms.change("acme", {"scimApi": False}, actor="test")
    assert await grant(site, secret)


@pytest.mark.usefixtures("acme")
async def test_the_token_endpoint_takes_post_only(site: Site) -> None:
    response = await site.http.get(TOKEN)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert response.json()["error"] == "method_not_allowed"


@pytest.mark.usefixtures("acme")
async def test_a_slash_too_many_is_not_found_rather_than_sent_to_where_the_host_header_says(site: Site) -> None:
    response = await site.http.post(f"{TOKEN}/", headers={"Host": "evil.test"})
    assert (response.status_code, response.json()["error"]) == (404, "not_found")

"""The admin API of realms, credentials, users and groups, and what holds for all of it."""

import json
import re
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any

import httpx
import pytest

from scimbridge.web.admin.routes import TABLE
from web.conftest import USER, Site, Tenant

from .contract import check_answer

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ask(site: Site) -> Ask:
    headers = await site.admin()

    async def send(method: str, path: str, body: Any = None) -> httpx.Response:
        if isinstance(body, bytes):
            response = await site.http.request(method, f"/admin{path}", content=body, headers=headers)
        else:
            response = await site.http.request(method, f"/admin{path}", json=body, headers=headers)
        return check_answer(method, path, response)

    return send


def test_rows_of_one_path_stand_together() -> None:
    """Else the first of them would refuse the methods of the others."""
    paths = [path for path, _ in groupby(entry.path for entry in TABLE)]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry.method} {entry.path}")
async def test_every_route_wants_an_admin_token(site: Site, acme: Tenant, entry: Any) -> None:
    path = re.sub(r"{\w+}", "x", entry.path.replace(":path", "").replace("{realm}", "acme"))
    for headers in ({}, acme.headers, {"Authorization": "Bearer sb_x"}):
        response = await site.http.request(entry.method, path, headers=headers)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_the_openapi_document_has_every_route_and_every_reference_leads_somewhere(ask: Ask) -> None:
    document = (await ask("GET", "/openapi.json")).json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(entry.method, entry.path.replace(":path", "")) for entry in TABLE}
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert "Error" in references
    assert document["paths"]["/admin/realms/{realm}/clients/{client}"]["get"]["parameters"] == [
        {"name": "realm", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "client", "in": "path", "required": True, "schema": {"type": "string"}},
    ]


async def test_a_realm_lives_from_creation_to_deletion(ask: Ask) -> None:
    made = await ask("POST", "/realms", {"name": "acme", "passwordPolicy": "ignore"})
    assert (made.status_code, made.headers["Location"]) == (201, "/admin/realms/acme")
    realm = made.json()
    assert realm["passwordPolicy"] == "ignore"
    assert realm["scimUrl"] == "https://id.example.test/realms/acme/scim/v2"
    assert realm["tokenUrl"] == "https://id.example.test/realms/acme/protocol/openid-connect/token"
    assert (await ask("GET", "/realms/acme")).json() == realm
    assert (await ask("GET", "/realms")).json() == [realm]
    changed = await ask("PATCH", "/realms/acme", {"scimApi": False})
    assert changed.json() == realm | {"scimApi": False}
    assert (await ask("DELETE", "/realms/acme")).status_code == 400, "deleted without being confirmed"
    assert (await ask("DELETE", "/realms/acme?confirm=acme")).status_code == 204
    assert (await ask("GET", "/realms/acme")).status_code == 404


@pytest.mark.parametrize(
    ("request_", "body", "status", "named"),
    [
        ("POST /realms", {}, 400, "name"),
        ("POST /realms", {"name": "acme"}, 409, "acme"),
        ("POST /realms", {"name": "a b"}, 400, "name"),
        ("POST /realms", {"name": 1}, 400, "name"),
        ("POST /realms", [], 400, "object"),
        ("POST /realms", b"{", 400, "JSON"),
        ("POST /realms", b"x" * (2**20 + 1), 413, "bytes"),
        ("PATCH /realms/acme", {"nothing": 1}, 400, "nothing"),
        ("PATCH /realms/acme", {"pageSize": "x"}, 400, "pageSize"),
        ("PATCH /realms/other", {}, 404, "other"),
        ("POST /realms/acme/clients", {"clientId": "x", "roles": ["king"]}, 400, "king"),
        ("POST /realms/acme/clients", {"clientId": "x", "roles": [1]}, 400, "roles"),
        ("POST /realms/acme/clients", {"clientId": "x", "secret": "s"}, 400, "secret"),
        ("POST /realms/other/clients", {"clientId": "x"}, 404, "other"),
        ("PATCH /realms/acme/clients/x", {"enabled": "yes"}, 400, "enabled"),
        ("POST /realms/acme/clients/x/rotate", {"overlap": True}, 400, "overlap"),
        ("POST /realms/acme/tokens", {"name": "x", "lifetime": -1}, 400, "lifetime"),
        ("POST /realms/acme/tokens", {"name": "x", "lifetime": 10**30}, 400, "lifetime"),
        ("POST /realms/acme/tokens", {"name": "okta"}, 409, "okta"),
        ("DELETE /realms/acme/tokens/nothing", None, 404, "nothing"),
        ("POST /realms/acme/keys/rotate", {"x": 1}, 400, "x"),
        ("GET /realms/acme/journal?since=yesterday", None, 400, "since"),
        ("GET /realms/acme/journal?since=2026-01-01T00:00:00", None, 400, "since"),
        ("GET /realms/acme/journal?count=-1", None, 400, "count"),
        ("GET /realms/acme/journal?after=99999999999999999999999", None, 400, "after"),
        ("GET /realms/other/journal", None, 404, "other"),
        ("GET /realms/acme/users?filter=x", None, 400, "filter"),
        ("GET /realms/acme/users/nobody", None, 404, "nobody"),
        ("GET /nothing", None, 404, "Not Found"),
    ],
)
@pytest.mark.usefixtures("acme")
async def test_a_request_that_makes_no_sense_is_refused_naming_what_is_wrong(
    ask: Ask, request_: str, body: Any, status: int, named: str
) -> None:
    response = await ask(*request_.split(" ", 1), body)
    assert response.status_code == status, response.text
    assert set(response.json()) == {"error", "error_description"}
    assert named.lower() in response.json()["error_description"].lower()


@pytest.mark.usefixtures("acme")
async def test_a_method_that_a_path_does_not_take_is_405_with_those_it_does(ask: Ask) -> None:
    response = await ask("PUT", "/realms/acme")
    assert (response.status_code, response.json()["error"]) == (405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE"}


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("client", ["okta", "https://sp.example.test/saml", "a/rotate"])
async def test_a_client_lives_from_creation_to_deletion(ask: Ask, client: str) -> None:
    path = f"/realms/acme/clients/{client}"
    made = await ask("POST", "/realms/acme/clients", {"clientId": client, "roles": ["view-users"]})
    assert made.status_code == 201
    shown = made.json()
    secret = shown.pop("secret")
    assert secret
    assert (await ask("GET", path)).json() == shown
    assert (await ask("GET", "/realms/acme/clients")).json() == [shown]
    assert (await ask("PATCH", path, {"enabled": False})).json()["enabled"] is False
    rotated = (await ask("POST", f"{path}/rotate", {"overlap": 60})).json()
    assert rotated["secret"] not in ("", secret)
    assert len(rotated["secrets"]) == 2, "the old secret is good for a minute more"
    assert (await ask("DELETE", path)).status_code == 204
    assert (await ask("GET", path)).status_code == 404


async def test_a_static_token_lives_from_creation_to_revocation(ask: Ask, site: Site, acme: Tenant) -> None:
    made = await ask("POST", "/realms/acme/tokens", {"name": "entra", "roles": ["view-users"], "lifetime": 3600})
    assert made.status_code == 201
    shown = made.json()
    value = shown.pop("token")
    assert (await acme.ask("GET", "/Users", Authorization=f"Bearer {value}")).status_code == 200
    served = site.realms.find("acme")
    assert served is not None
    await served.authenticator.close()
    listed = {token["name"]: token for token in (await ask("GET", "/realms/acme/tokens")).json()}
    assert set(listed) == {"okta", "entra"}
    assert listed["entra"]["lastUsed"] is not None
    rotated = (await ask("POST", "/realms/acme/tokens/entra/rotate", {})).json()["token"]
    assert (await acme.ask("GET", "/Users", Authorization=f"Bearer {value}")).status_code == 401
    assert (await acme.ask("GET", "/Users", Authorization=f"Bearer {rotated}")).status_code == 200
    assert (await ask("DELETE", "/realms/acme/tokens/entra")).status_code == 204
    assert (await acme.ask("GET", "/Users", Authorization=f"Bearer {rotated}")).status_code == 401


async def test_admin_tokens_are_made_and_revoked_by_admins(ask: Ask, site: Site) -> None:
    value = (await ask("POST", "/tokens", {"name": "console"})).json()["token"]
    headers = {"Authorization": f"Bearer {value}"}
    assert (await site.http.get("/admin/realms", headers=headers)).status_code == 200
    assert "console" in [token["name"] for token in (await ask("GET", "/tokens")).json()]
    assert (await ask("DELETE", "/tokens/console")).status_code == 204
    assert (await site.http.get("/admin/realms", headers=headers)).status_code == 401


@pytest.mark.usefixtures("acme")
async def test_signing_keys_rotate_and_the_old_one_still_verifies(ask: Ask, site: Site) -> None:
    assert (await ask("POST", "/realms/acme/keys/rotate")).status_code == 200
    keys = (await ask("GET", "/realms/acme/keys")).json()
    assert [key["active"] for key in keys] == [True, False]
    published = (await site.http.get("/realms/acme/protocol/openid-connect/certs")).json()["keys"]
    assert [key["kid"] for key in published] == [key["kid"] for key in keys]


async def test_no_list_and_no_record_holds_a_secret(ask: Ask, acme: Tenant) -> None:
    secrets = [
        (await ask("POST", "/realms/acme/clients", {"clientId": "c"})).json()["secret"],
        (await ask("POST", "/realms/acme/tokens", {"name": "t"})).json()["token"],
        (await ask("POST", "/tokens", {"name": "a"})).json()["token"],
    ]
    await acme.user(password="correct horse battery")
    shown = ""
    for path in (
        "/realms/acme",
        "/realms/acme/clients",
        "/realms/acme/tokens",
        "/realms/acme/keys",
        "/tokens",
        "/events",
    ):
        shown += (await ask("GET", path)).text
    shown += (await ask("GET", "/realms/acme/journal")).text + (await ask("GET", "/realms/acme/users")).text
    assert not [secret for secret in [*secrets, "correct horse", "BEGIN", '"hash"'] if secret in shown]


async def test_users_and_groups_are_listed_and_shown_even_if_the_scim_api_is_off(ask: Ask, acme: Tenant) -> None:
    user = await acme.user()
    group = (await acme.ask("POST", "/Groups", {"displayName": "all", "members": [{"value": user["id"]}]})).json()
    await ask("PATCH", "/realms/acme", {"scimApi": False})
    users = (await ask("GET", '/realms/acme/users?filter=userName eq "ada@example.test"')).json()
    assert [found["id"] for found in users["Resources"]] == [user["id"]]
    assert (await ask("GET", f"/realms/acme/users/{user['id']}")).json()["groups"][0]["value"] == group["id"]
    assert (await ask("GET", "/realms/acme/groups?count=0")).json()["totalResults"] == 1
    assert (await ask("GET", f"/realms/acme/groups/{group['id']}?attributes=displayName")).json() == {
        "schemas": group["schemas"],
        "id": group["id"],
        "displayName": "all",
    }


async def test_users_and_groups_are_deleted_and_the_journal_says_by_whom(ask: Ask, acme: Tenant) -> None:
    user = await acme.user()
    group = (await acme.ask("POST", "/Groups", {"displayName": "all"})).json()
    for path in (f"/realms/acme/users/{user['id']}", f"/realms/acme/groups/{group['id']}"):
        assert (await ask("DELETE", path)).status_code == 204
        assert (await ask("DELETE", path)).status_code == 404
    deleted = [entry for entry in (await ask("GET", "/realms/acme/journal")).json() if entry["operation"] == "delete"]
    assert [(entry["type"], entry["principal"].partition(":")[0]) for entry in deleted] == [
        ("User", "admin"),
        ("Group", "admin"),
    ]


async def test_the_journal_is_read_by_user_and_time_and_request(ask: Ask, acme: Tenant) -> None:
    user = await acme.user("ada", displayName="Ada")
    await acme.user("bob")
    await acme.ask("DELETE", f"/Users/{user['id']}", X_Request_Id="gone")
    entries = (await ask("GET", "/realms/acme/journal?user=ada")).json()
    assert [entry["operation"] for entry in entries] == ["create", "delete"]
    assert entries[0]["after"]["displayName"] == "Ada"
    assert (await ask("GET", "/realms/acme/journal?request=gone")).json() == entries[1:]
    assert (
        await ask("GET", f"/realms/acme/journal?after={entries[0]['sequence']}&count=1&user=ada")
    ).json() == entries[1:]
    assert (await ask("GET", "/realms/acme/journal?since=2027-01-01T00:00:00%2B01:00")).json() == []
    newest = (await ask("GET", "/realms/acme/journal?newest=true&count=1")).json()
    assert newest == entries[1:]


@pytest.mark.usefixtures("acme")
async def test_every_administrative_change_is_recorded_with_who_made_it(ask: Ask) -> None:
    await ask("POST", "/realms/acme/clients", {"clientId": "okta"})
    await ask("DELETE", "/realms/acme/clients/okta")
    events = (await ask("GET", "/events?realm=acme")).json()
    mine = [(event["operation"], event["subject"]) for event in events if event["actor"].startswith("admin:")]
    assert mine == [("client.create", "okta"), ("client.delete", "okta")]


async def test_answers_are_not_to_be_stored(ask: Ask, acme: Tenant) -> None:
    user = await acme.user()
    for path in ("/realms", "/realms/acme/users", f"/realms/acme/users/{user['id']}", "/realms/nothing"):
        assert (await ask("GET", path)).headers["Cache-Control"] == "no-store"
    assert user["schemas"] == [USER]


async def test_the_secret_of_a_realms_keycloak_goes_in_and_never_comes_out(ask: Ask) -> None:
    keycloak = {"url": "https://kc.example.test/realms/acme", "clientId": "scimbridge", "clientSecret": "hush-hush"}
    made = await ask("POST", "/realms", {"name": "bridged", "keycloak": keycloak})
    assert (made.json()["keycloak"]["delivery"], made.json()["passwordPolicy"]) == ("immediate", "forward")
    changed = await ask("PATCH", "/realms/bridged", {"keycloak": {"clientSecret": "hush again"}})
    for answer in (made, changed, await ask("GET", "/events"), await ask("GET", "/realms/bridged")):
        assert answer.is_success
        assert "hush" not in answer.text

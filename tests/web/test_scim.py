"""SCIM over HTTP: headers, conditions, bodies, request ids."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from scimbridge.directory.ports import JournalQuery
from scimbridge.directory.service import Service

from .conftest import MOST_BYTES, ORIGIN, SCIM, USER, MakeSite, Site, Tenant, assert_error

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def replacing(**values: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "value": values}]}


async def test_a_created_user_has_a_location_a_version_and_the_whole_body(acme: Tenant) -> None:
    response = await acme.ask("POST", "/Users", {"schemas": [USER], "userName": "ada@example.test"})
    body = response.json()
    location = f"{ORIGIN}{acme.base}/Users/{body['id']}"
    assert response.status_code == 201
    assert response.headers["Content-Type"] == SCIM
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Location"] == body["meta"]["location"] == location
    assert response.headers["ETag"] == body["meta"]["version"] == 'W/"1"'
    assert (await acme.ask("GET", f"/Users/{body['id']}")).json() == body


async def test_a_user_is_changed_by_put_and_patch_and_deleted(acme: Tenant) -> None:
    path = f"/Users/{(await acme.user())['id']}"
    put = await acme.ask("PUT", path, {"schemas": [USER], "userName": "ada@example.test", "displayName": "Ada"})
    assert (put.status_code, put.json()["displayName"], put.headers["ETag"]) == (200, "Ada", 'W/"2"')
    patched = await acme.ask("PATCH", path, replacing(active=False))
    assert (patched.status_code, patched.json()["active"], patched.headers["ETag"]) == (200, False, 'W/"3"')
    assert patched.headers["Location"] == ORIGIN + acme.base + path
    deleted = await acme.ask("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert "Content-Type" not in deleted.headers
    assert_error(await acme.ask("DELETE", path), 404)


async def test_a_patch_that_asks_for_no_attributes_is_answered_204(acme: Tenant) -> None:
    path = f"/Users/{(await acme.user())['id']}"
    response = await acme.ask("PATCH", f"{path}?attributes=", replacing(active=False))
    assert (response.status_code, response.content) == (204, b"")


async def test_head_is_get_without_a_body(acme: Tenant) -> None:
    path = f"/Users/{(await acme.user())['id']}"
    got, head = await acme.ask("GET", path), await acme.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Location"):
        assert head.headers[name] == got.headers[name]
    missing = await acme.ask("HEAD", "/Users/nobody")
    assert (missing.status_code, missing.content, missing.headers["Content-Type"]) == (404, b"", SCIM)


@pytest.mark.parametrize("condition", ['W/"1"', '"1"', '"7", W/"1"', "*"])
async def test_a_version_that_the_client_has_is_not_sent_again(acme: Tenant, condition: str) -> None:
    path = f"/Users/{(await acme.user())['id']}"
    response = await acme.ask("GET", path, If_None_Match=condition)
    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", 'W/"1"')
    assert "Content-Length" not in response.headers


async def test_another_version_is_sent(acme: Tenant) -> None:
    path = f"/Users/{(await acme.user())['id']}"
    assert (await acme.ask("GET", path, If_None_Match='W/"2"')).status_code == 200


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", {"userName": "ada"}), ("PATCH", replacing(active=False)), ("DELETE", None)]
)
async def test_a_write_for_another_version_is_refused(acme: Tenant, method: str, body: Any) -> None:
    path = f"/Users/{(await acme.user())['id']}"
    assert_error(await acme.ask(method, path, body, If_Match='W/"7"'), 412)
    assert (await acme.ask("GET", path)).headers["ETag"] == 'W/"1"'
    assert (await acme.ask(method, path, body, If_Match='W/"1"')).status_code in (200, 204)


async def test_the_query_string_chooses_what_is_returned(acme: Tenant) -> None:
    user = await acme.user(displayName="Ada", title="Countess")
    response = await acme.ask("GET", f"/Users/{user['id']}?attributes=userName")
    assert response.json() == {"schemas": [USER], "id": user["id"], "userName": "ada@example.test"}
    made = await acme.ask("POST", "/Users?excludedAttributes=title", {"userName": "bob", "title": "Baron"})
    assert (made.status_code, "title" in made.json()) == (201, False)


@pytest.mark.parametrize("query", ["userName+eq+%22ADA@example.test%22&", 'userName%20eq%20"ada@example.test"'])
async def test_a_filter_is_read_with_plus_or_percent_20(acme: Tenant, query: str) -> None:
    user = await acme.user()
    response = await acme.ask("GET", f"/Users?filter={query}")
    assert [found["id"] for found in response.json()["Resources"]] == [user["id"]]


@pytest.mark.parametrize(("path", "found"), [("/Users", 1), ("/Groups", 0), ("", 1)])
async def test_a_search_may_be_posted(acme: Tenant, path: str, found: int) -> None:
    await acme.user()
    response = await acme.ask("POST", f"{path}/.search", {"schemas": [SEARCH], "count": 10})
    assert (response.status_code, response.json()["totalResults"]) == (200, found)


async def test_the_root_is_searched_by_get_too(acme: Tenant) -> None:
    await acme.user()
    assert (await acme.ask("GET", "?filter=meta.resourceType+eq+%22User%22")).json()["totalResults"] == 1


async def test_a_bulk_request_is_answered_operation_by_operation(acme: Tenant) -> None:
    operation = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ada"}}
    response = await acme.ask(
        "POST", "/Bulk", {"schemas": [BULK], "Operations": [operation, operation | {"bulkId": "b"}]}
    )
    assert response.status_code == 200
    assert [result["status"] for result in response.json()["Operations"]] == ["201", "409"]


async def test_discovery_tells_what_is_served(acme: Tenant) -> None:
    config = await acme.ask("GET", "/ServiceProviderConfig")
    assert config.json()["bulk"]["maxPayloadSize"] == MOST_BYTES
    types = (await acme.ask("GET", "/ResourceTypes")).json()
    assert types["totalResults"] == len(types["Resources"]) == 2
    user = await acme.ask("GET", "/ResourceTypes/User")
    assert user.json() in types["Resources"]
    assert user.json()["meta"]["location"] == f"{ORIGIN}{acme.base}/ResourceTypes/User"
    schemas = (await acme.ask("GET", "/Schemas")).json()["Resources"]
    assert (await acme.ask("GET", f"/Schemas/{USER.upper()}")).json() in schemas


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", f"/Schemas/{USER}"])
async def test_discovery_answers_a_filter_with_403(acme: Tenant, path: str) -> None:
    assert_error(await acme.ask("GET", f'{path}?filter=id eq "x"'), 403)


@pytest.mark.parametrize(
    ("path", "method"), [("/Users", "POST"), ("/Users/{id}", "PUT"), ("/Users/{id}", "PATCH"), ("/Bulk", "POST")]
)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"userName":"\\ud800"}', b'{"a":1,"a":2}', b"[" * 2000]
)
async def test_a_body_that_is_no_message_is_refused(acme: Tenant, path: str, method: str, body: bytes) -> None:
    path = path.format(id=(await acme.user())["id"])
    assert_error(await acme.ask(method, path, body), 400, "invalidSyntax")


async def test_a_body_of_another_type_is_refused(acme: Tenant) -> None:
    assert "text/xml" in assert_error(await acme.ask("POST", "/Users", b"<x/>", Content_Type="text/xml"), 415)


async def test_a_body_over_the_limit_is_refused_and_the_connection_closed(acme: Tenant) -> None:
    body = {"userName": "ada", "displayName": "x" * MOST_BYTES}
    response = await acme.ask("POST", "/Users", body)
    assert str(MOST_BYTES) in assert_error(response, 413)
    assert response.headers["Connection"] == "close"


async def test_a_bad_host_header_is_refused(acme: Tenant) -> None:
    assert "Host" in assert_error(await acme.ask("GET", "/Users", Host='evil"'), 400, "invalidSyntax")


async def test_a_request_keeps_the_id_it_brings_up_to_the_journal(site: Site, acme: Tenant) -> None:
    response = await acme.ask("POST", "/Users", {"userName": "ada"}, X_Request_Id="okta-1.2_3")
    assert response.headers["X-Request-Id"] == "okta-1.2_3"
    served = site.realms.find("acme")
    assert served is not None
    entries = await served.service.directory.journal(JournalQuery(request_id="okta-1.2_3"))
    assert [(entry.actor.principal, entry.actor.client) for entry in entries] == [("okta", "okta")]


@pytest.mark.parametrize("sent", [None, "", "a b", "x" * 129, 'a"'])
async def test_a_request_without_a_usable_id_gets_one(acme: Tenant, sent: str | None) -> None:
    headers = {} if sent is None else {"X_Request_Id": sent}
    assert (await acme.ask("GET", "/Users/nobody", **headers)).headers["X-Request-Id"].startswith("made")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret in the message of a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Service, "read", fail)
        yield


@pytest.mark.usefixtures("broken")
async def test_a_bug_is_a_scim_500_with_the_request_id_and_a_traceback_in_the_log(
    acme: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = await acme.ask("GET", "/Users/x", X_Request_Id="r-77")
    assert "r-77" in assert_error(response, 500)
    assert b"secret" not in response.content
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.__dict__["fields"] == {"request_id": "r-77"}


async def test_locations_follow_the_configured_hostname(make_site: MakeSite) -> None:
    acme = await make_site(hostname="https://public.example.test").realm()
    assert (await acme.user())["meta"]["location"].startswith("https://public.example.test/realms/acme/scim/v2/Users/")


async def test_a_user_token_reads_its_own_user_at_me(site: Site, acme: Tenant) -> None:
    user = await acme.user(password="correct horse")
    clients = site.administration.clients("acme")
    issued = await clients.create("portal", actor="test", grants=["password"], service_account=False)
    form = {
        "grant_type": "password",
        "client_id": "portal",
        "client_secret": issued.secret,
        "username": "ada@example.test",
        "password": "correct horse",
    }
    granted = await site.http.post("/realms/acme/protocol/openid-connect/token", data=form)
    assert granted.status_code == 200, granted.text
    mine = {"Authorization": f"Bearer {granted.json()['access_token']}"}
    response = await acme.ask("GET", "/Me", **mine)
    assert (response.status_code, response.json()["id"]) == (200, user["id"])
    assert response.headers["Location"] == f"{ORIGIN}{acme.base}/Users/{user['id']}"
    assert_error(await acme.ask("GET", f"/Users/{user['id']}", **mine), 403)
    assert_error(await acme.ask("DELETE", "/Me", **mine), 403)

"""Which path takes which method, and what the others are told."""

import pytest

from .conftest import ERROR, SCIM, USER, MakeSite, Site, Tenant, assert_error

RESOURCE = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
COLLECTION = "GET, POST, HEAD, OPTIONS"
READ = "GET, HEAD, OPTIONS"
POST = "POST, OPTIONS"

PATHS = [
    ("", READ),
    ("/", READ),
    ("/.search", POST),
    ("/Users", COLLECTION),
    ("/Users/", COLLECTION),
    ("/Groups", COLLECTION),
    ("/Users/.search", POST),
    ("/Groups/.search", POST),
    ("/Users/{id}", RESOURCE),
    ("/Users/{id}/", RESOURCE),
    ("/Groups/nobody", RESOURCE),
    ("/Me", RESOURCE),
    ("/Bulk", POST),
    ("/ServiceProviderConfig", READ),
    ("/ResourceTypes", READ),
    ("/ResourceTypes/User", READ),
    ("/Schemas", READ),
    (f"/Schemas/{USER}", READ),
]
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]


@pytest.mark.parametrize(("path", "allow"), PATHS)
async def test_a_path_takes_its_methods_and_names_them_to_the_others(acme: Tenant, path: str, allow: str) -> None:
    path = path.format(id=(await acme.user())["id"])
    options = await acme.ask("OPTIONS", path)
    assert (options.status_code, options.headers["Allow"], options.content) == (204, allow, b"")
    for method in METHODS:
        response = await acme.ask(method, path)
        if method in allow.split(", "):
            assert response.status_code != 405, method
            continue
        assert response.headers["Allow"] == allow
        if method != "HEAD":
            assert allow in assert_error(response, 405)


@pytest.mark.parametrize(
    "path",
    [
        "/Nothing",
        "/users",
        "/Users/x/y",
        "/Users//x",
        "/.search/x",
        "/Bulk/1",
        "/Me/1",
        "/ServiceProviderConfig/x",
        "/ResourceTypes/Nothing",
        "/ResourceTypes/.search",
        "/Schemas/urn:nothing",
    ],
)
async def test_a_path_that_means_nothing_is_404(acme: Tenant, path: str) -> None:
    assert_error(await acme.ask("GET", path), 404)


@pytest.mark.parametrize(
    "id_",
    [
        "010101001010101011001010101011",
        "00919288221112222",
        "%20",
        "%00",
        "%ff%fe",
        "a%2Fb",
        "%ED%A0%80",
        "x" * 5000,
        "ä",
    ],
)
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {"userName": "x"}), ("DELETE", None)])
async def test_an_id_that_nobody_has_is_404_whatever_it_looks_like(
    acme: Tenant, id_: str, method: str, body: object
) -> None:
    assert_error(await acme.ask(method, f"/Users/{id_}", body), 404)


@pytest.mark.parametrize("path", ["/realms/acme/scim", "/realms/acme/scim/", "/realms/acme/scim/v1/Users"])
async def test_another_version_of_scim_is_404(site: Site, acme: Tenant, path: str) -> None:
    assert_error(await site.http.get(path, headers=acme.headers), 404)


@pytest.mark.parametrize(
    "path", ["/Users", "/Users/x", "/Nothing", "/Schemas", "/ServiceProviderConfig", "", "/Bulk", "/Me"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
async def test_without_a_credential_every_path_and_method_is_the_same_401(
    site: Site, acme: Tenant, path: str, method: str
) -> None:
    response = await site.http.request(method, acme.base + path)
    assert_error(response, 401)
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="acme"')
    wrong = await site.http.request(method, acme.base + path, headers={"Authorization": "non-token"})
    assert_error(wrong, 401)


async def test_an_id_that_exists_and_one_that_does_not_look_alike_to_a_stranger(site: Site, acme: Tenant) -> None:
    known = (await acme.user())["id"]
    answers = [await site.http.get(f"{acme.base}/Users/{id_}") for id_ in (known, "nobody")]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    ("roles", "method", "path", "status"),
    [
        (["view-users"], "GET", "/Users", 200),
        (["view-users"], "GET", "/Groups", 200),
        (["view-users"], "GET", "", 200),
        (["view-users"], "POST", "/.search", 200),
        (["view-users"], "POST", "/Users/.search", 200),
        (["view-users"], "POST", "/Users", 403),
        (["view-users"], "POST", "/Bulk", 403),
        (["view-users"], "PUT", "/Users/x", 403),
        (["view-users"], "PATCH", "/Users/x", 403),
        (["view-users"], "DELETE", "/Users/x", 403),
        (["query-users"], "GET", "/Users", 200),
        (["query-users"], "GET", "/Users/x", 403),
        (["query-users"], "GET", "/Groups", 403),
        (["query-users"], "POST", "/Groups/.search", 403),
        (["query-groups"], "GET", "/Groups", 200),
        (["query-groups"], "GET", "/Schemas", 200),
        (["view-realm"], "GET", "/ServiceProviderConfig", 200),
        (["view-realm"], "GET", "/Users", 403),
        (["manage-users"], "GET", "/Users/x", 404),
        ([], "GET", "/Schemas", 403),
    ],
)
async def test_a_missing_role_is_403_naming_those_that_would_do(
    acme: Tenant, roles: list[str], method: str, path: str, status: int
) -> None:
    body: object = {} if method in ("POST", "PUT", "PATCH") else None
    response = await acme.ask(method, path, body, **await acme.token(*roles))
    assert response.status_code == status, response.text
    if status == 403:
        assert "realm-management" in assert_error(response, 403)


async def refused(site: Site, tenant: Tenant) -> list[str]:
    answers = [await site.http.get(tenant.base + path, headers=tenant.headers) for path in ("/Users", "/Schemas", "")]
    answers += [await site.http.post(f"{tenant.base}/Users"), await site.http.options(tenant.base)]
    return [assert_error(answer, 404) for answer in answers]


async def test_every_way_to_have_no_scim_api_looks_the_same(make_site: MakeSite) -> None:
    """Unknown, disabled, switched off in the realm or in the server: all are one 404 on every URL."""
    site = make_site()
    details = await refused(site, Tenant(site, "nothing", "sb_x"))
    details += await refused(site, await site.realm("off", scimApi=False))
    details += await refused(site, await site.realm("disabled", enabled=False))
    without = make_site(scim_api=False)
    details += await refused(without, await without.realm())
    assert len(set(details)) == 1


async def test_the_switch_works_at_once(site: Site, acme: Tenant) -> None:
    await site.administration.realms.change("acme", {"scimApi": False}, actor="test")
    assert_error(await acme.ask("GET", "/Users"), 404)
    await site.administration.realms.change("acme", {"scimApi": True}, actor="test")
    assert (await acme.ask("GET", "/Users")).status_code == 200


@pytest.mark.parametrize("accept", ["application/scim+json", "application/json", "text/html", "", "nonsense"])
async def test_whatever_is_accepted_the_answer_is_scim(acme: Tenant, accept: str) -> None:
    response = await acme.ask("GET", "/Users", Accept=accept, Content_Type="application/scim+json; charset=utf-8")
    assert (response.status_code, response.headers["Content-Type"]) == (200, SCIM)


async def test_a_token_that_speaks_for_no_user_has_no_me(acme: Tenant) -> None:
    assert "no user" in assert_error(await acme.ask("GET", "/Me"), 404)


async def test_an_error_is_what_rfc_7644_says_it_is(acme: Tenant) -> None:
    response = await acme.ask("GET", "/Users/nobody")
    assert response.json() == {"schemas": [ERROR], "status": "404", "detail": 'User "nobody" does not exist.'}

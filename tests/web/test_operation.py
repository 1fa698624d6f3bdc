"""Health, metrics, request log: what operators see."""

import io
import logging
from datetime import UTC, datetime

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from scimbridge.web import app as module
from scimbridge.web.log import AccessLog
from scimbridge.web.operation import Readiness

from .conftest import MakeSite, Site, Tenant, assert_error


async def test_a_running_server_is_alive_and_ready(site: Site) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        response = await site.http.get(path)
        assert (response.status_code, response.json()) == (200, {"status": "UP"})


async def test_a_server_that_stops_is_alive_but_not_ready(site: Site) -> None:
    site.readiness.draining = True
    ready = await site.http.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "DOWN")
    assert (await site.http.get("/health/live")).status_code == 200


def test_a_database_that_does_not_answer_makes_the_server_not_ready() -> None:
    def probe() -> None:
        raise OSError("disk")

    assert Readiness(probe).problem() == "the database does not answer"


async def samples(site: Site) -> dict[tuple[str, tuple[str, ...]], float]:
    response = await site.http.get("/metrics", headers=await site.admin())
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_method_endpoint_status_and_realm(site: Site, acme: Tenant) -> None:
    user = await acme.user()
    await acme.ask("GET", f"/Users/{user['id']}")
    await acme.ask("GET", f"/Users/{user['id']}")
    found = await samples(site)
    name = "scimbridge_http_request_duration_seconds"
    assert found[f"{name}_count", ("2xx", "GET", "Users", "acme")] == 2
    assert found[f"{name}_count", ("2xx", "POST", "Users", "acme")] == 1
    assert found[f"{name}_sum", ("2xx", "GET", "Users", "acme")] > 0
    assert found[f"{name}_bucket", ("+Inf", "2xx", "GET", "Users", "acme")] == 2
    assert found["scimbridge_test_depth", ()] == 7


async def test_what_strangers_send_makes_no_new_labels(site: Site) -> None:
    for number, method in enumerate(("PROPFIND", "LOCK", "TRACE")):
        await site.http.get(f"/realms/made-up-{number}/scim/v2/Users")
        await site.http.request(method, f"/realms/made-up-{number}/scim/v2/Users")
        await site.http.get(f"/made-up-{number}")
    counts = {labels: value for (name, labels), value in (await samples(site)).items() if name.endswith("_count")}
    assert counts == {("", "-", "4xx", "GET"): 6, ("", "-", "4xx", "other"): 3}


async def test_metrics_want_an_admin_token_unless_they_are_public(make_site: MakeSite) -> None:
    assert (await make_site().http.get("/metrics")).status_code == 401
    assert (await make_site(metrics_public=True).http.get("/metrics")).status_code == 200


async def test_every_request_is_logged_with_who_and_how_long_and_without_its_secret(make_site: MakeSite) -> None:
    out = io.BytesIO()
    log = AccessLog(out, "json", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    site = make_site(access_log=log)
    acme = await site.realm()
    await acme.user(password="correct horse")
    await acme.ask("GET", '/Users?filter=userName eq "ada@example.test"')
    await site.http.get("/health")
    log.flush()
    lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["method"], line["path"], line["status"], line["realm"], line["principal"]) for line in lines] == [
        ("POST", f"{acme.base}/Users", 201, "acme", "okta"),
        ("GET", f"{acme.base}/Users", 200, "acme", "okta"),
        ("GET", "/health", 200, "", ""),
    ]
    assert all(line["address"] == "192.0.2.7" for line in lines)
    for secret in (b"sb_", b"correct horse", b"ada@"):
        assert secret not in out.getvalue()


async def test_too_many_requests_at_once_are_told_to_come_back(
    site: Site, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ACTIVE", 0)
    response = await acme.ask("GET", "/Users")
    assert_error(response, 429)
    assert response.headers["Retry-After"] == "1"
    assert (await site.http.get("/health/live")).status_code == 200


async def test_a_bug_outside_scim_is_a_500_with_the_request_id(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret in the message of a bug")

    headers = await site.admin()
    monkeypatch.setattr(site.administration.realms, "list", fail)
    with caplog.at_level(logging.ERROR):
        response = await site.http.get("/admin/realms", headers={**headers, "X-Request-Id": "r-77"})
    assert (response.status_code, response.json()["error"]) == (500, "server_error")
    assert "r-77" in response.json()["error_description"]
    assert "secret" not in response.text
    assert response.headers["X-Request-Id"] == "r-77"
    (record,) = caplog.records
    assert record.exc_info is not None

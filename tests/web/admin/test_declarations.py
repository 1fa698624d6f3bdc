"""The admin API of documents that describe a realm."""

from pathlib import Path
from typing import Any

import pytest

from scimbridge.wiring import Instance

from .conftest import Ask, make

DOCUMENT: dict[str, Any] = {
    "realm": "acme",
    "settings": {"displayName": "Acme"},
    "sources": {"hr": {"csv": {"path": "/srv/people.csv", "key": "id"}}},
    "applications": {
        "portal": {
            "connection": {"url": "https://portal.example.test/scim/v2"},
            "secret": {"env": "PORTAL_TOKEN"},
            "assignments": [{"user": "ada", "priority": 2}],
            "pushGroups": [{"name": "engineering", "operator": "contains", "value": "eng"}],
        }
    },
}
BODY = {"declaration": DOCUMENT, "secrets": {"PORTAL_TOKEN": "hush-hush"}}
PLAN, APPLY = "/declaration/plan", "/declaration/apply"


@pytest.fixture(autouse=True)
async def ada(instance: Instance) -> str:
    return await make(instance, "User", "ada")


async def differing(ask: Ask, body: Any, path: str = PLAN) -> list[str]:
    answer = await ask("POST", path, body)
    assert answer.status_code == 200, answer.text
    assert "hush" not in answer.text
    return [f"{one['action']} {one['kind']} {one['name']}" for one in answer.json()["differences"]]


async def test_what_differs_is_shown_then_made_so_and_then_nothing_differs(ask: Ask) -> None:
    shown = await differing(ask, BODY)
    assert {"change realm acme", "create source hr", "create application portal"} <= set(shown)
    assert (await ask("GET", "/realms/acme/sources")).json() == [], "a plan writes nothing"
    assert await differing(ask, BODY, APPLY) == shown
    assert await differing(ask, BODY) == []
    portal = (await ask("GET", "/realms/acme/applications/portal")).json()
    assert portal["secretSet"] is True
    events = (await ask("GET", "/events?realm=acme")).json()
    made = [event["actor"] for event in events if event["operation"] in ("source.create", "application.create")]
    assert made == ["admin:test", "admin:test"]


async def test_a_realm_is_made_from_its_document(ask: Ask) -> None:
    other = {"declaration": {**DOCUMENT, "realm": "other", "applications": {}}}
    assert "create realm other" in await differing(ask, other, APPLY)
    assert [one["name"] for one in (await ask("GET", "/realms/other/sources")).json()] == ["hr"]


async def test_what_the_lists_do_not_name_stays_unless_it_is_to_go(ask: Ask) -> None:
    await differing(ask, BODY, APPLY)
    less = {"declaration": {"realm": "acme", "sources": {}}}
    assert await differing(ask, less) == []
    assert await differing(ask, {**less, "prune": True}, APPLY) == ["remove source hr"]
    assert (await ask("GET", "/realms/acme/sources")).json() == []
    assert (await ask("GET", "/realms/acme/applications/portal")).status_code == 200


async def test_the_document_of_what_is_differs_from_nothing_and_holds_no_secret(ask: Ask) -> None:
    await differing(ask, BODY, APPLY)
    answer = await ask("GET", "/realms/acme/declaration")
    assert "hush" not in answer.text
    document = answer.json()
    assert document["applications"]["portal"]["assignments"] == [{"user": "ada", "priority": 2, "overrides": {}}]
    [name] = document["applications"]["portal"]["secret"].values()
    assert await differing(ask, {"declaration": document, "secrets": {name: "hush-hush"}}) == []
    assert await differing(ask, {"declaration": document, "secrets": {name: "hush-2"}}) == [
        "change secret application portal"
    ]


async def test_a_secret_comes_with_the_request_and_from_nowhere_else(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORTAL_TOKEN", "hush-environment")
    answer = (await ask("POST", APPLY, {"declaration": DOCUMENT})).json()
    [note] = answer["notes"]
    assert "PORTAL_TOKEN" in note
    assert (await ask("GET", "/realms/acme/applications/portal")).json()["secretSet"] is False
    from_file = {"realm": "acme", "applications": {"portal": {"secret": {"file": str(tmp_path / "token")}}}}
    refused = await ask("POST", PLAN, {"declaration": from_file})
    assert (refused.status_code, "Files are not read here" in refused.json()["error_description"]) == (400, True)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "declaration"),
        ({"declaration": []}, "declaration"),
        ({"declaration": {}}, "realm"),
        ({"declaration": {"realm": "acme", "settings": {"nothing": 1}}}, "settings"),
        ({"declaration": {"realm": "acme", "sources": {"hr": {}}}}, "sources.hr"),
        ({"declaration": {"realm": "acme"}, "secrets": {"X": 1}}, "secrets"),
        ({"declaration": {"realm": "acme"}, "prune": "yes"}, "prune"),
    ],
)
async def test_a_document_that_makes_no_sense_is_refused_naming_the_place(ask: Ask, body: Any, named: str) -> None:
    for path in (PLAN, APPLY):
        response = await ask("POST", path, body)
        assert (response.status_code, named in response.json()["error_description"]) == (400, True), response.text


async def test_a_realm_that_is_not_there_has_no_document(ask: Ask) -> None:
    assert (await ask("GET", "/realms/none/declaration")).status_code == 404

"""The admin API of a realm with a Keycloak behind it. Real Keycloaks are in tests/keycloak; here nobody answers."""

from typing import Any

import pytest

from scimbridge.adapters.sqlite.links import SqliteLedger
from scimbridge.bridge.ports import Task
from scimbridge.wiring import Instance

from .conftest import Ask, Finish

REALM = "/realms/acme"
TASKS = f"{REALM}/tasks"
WAITING = Task(
    0, "2026-11-24T12:00:00.000Z", "create", "User", "u1", "ada", "2026-11-24T13:00:00.000Z", password="hush"
)


@pytest.fixture
async def ledger(ask: Ask, instance: Instance) -> SqliteLedger:
    """That of acme, which has a Keycloak from now on."""
    keycloak = {"url": "http://127.0.0.1:1/realms/acme", "clientId": "scimbridge", "clientSecret": "hush-hush"}
    changed = await ask("PATCH", REALM, {"keycloak": keycloak, "passwordPolicy": "forward"})
    assert changed.status_code == 200, changed.text
    return SqliteLedger(instance.database, instance.administration.realms.get("acme").id)


class TestTasks:
    @pytest.fixture
    async def tasks(self, ledger: SqliteLedger) -> tuple[int, int]:
        """The numbers of one that waits and one that failed."""
        waiting = await ledger.enqueue(WAITING)
        failed = await ledger.enqueue(WAITING._replace(id="u2", name="bo", due="", state="failed", reason="No."))
        return waiting, failed

    async def test_they_are_listed_the_oldest_first_without_passwords(self, ask: Ask, tasks: tuple[int, int]) -> None:
        listed = await ask("GET", TASKS)
        rows = [(task["number"], task["name"], task["state"], task["reason"]) for task in listed.json()]
        assert rows == [(tasks[0], "ada", "waiting", ""), (tasks[1], "bo", "failed", "No.")]
        assert "hush" not in listed.text

    @pytest.mark.parametrize("body", [{"failed": True}, {"numbers": [2]}], ids=["all that failed", "by number"])
    @pytest.mark.usefixtures("tasks")
    async def test_what_failed_is_tried_again_or_given_up(self, ask: Ask, body: Any) -> None:
        assert (await ask("POST", f"{TASKS}/retry", body)).status_code == 204
        assert [task["state"] for task in (await ask("GET", TASKS)).json()] == ["waiting", "waiting"]

    @pytest.mark.usefixtures("tasks")
    async def test_they_are_given_up_by_number(self, ask: Ask) -> None:
        assert (await ask("POST", f"{TASKS}/cancel", {"numbers": [1, 2]})).status_code == 204
        assert (await ask("GET", TASKS)).json() == []

    @pytest.mark.parametrize("action", ["retry", "cancel"])
    @pytest.mark.parametrize(
        ("body", "status", "named"),
        [
            ({}, 400, '"numbers"'),
            ({"numbers": []}, 400, '"numbers"'),
            ({"numbers": ["1"]}, 400, "numbers"),
            ({"numbers": [True]}, 400, "numbers"),
            ({"numbers": [1, 9]}, 404, "task 9"),
        ],
    )
    @pytest.mark.usefixtures("tasks")
    async def test_what_names_no_task_changes_none(
        self, ask: Ask, action: str, body: Any, status: int, named: str
    ) -> None:
        before = (await ask("GET", TASKS)).json()
        response = await ask("POST", f"{TASKS}/{action}", body)
        assert (response.status_code, named in response.json()["error_description"]) == (status, True), response.text
        assert (await ask("GET", TASKS)).json() == before


@pytest.mark.usefixtures("ledger")
class TestJobs:
    @pytest.mark.parametrize("fix", [True, False])
    async def test_preflight_says_that_nobody_answers(self, finish: Finish, fix: bool) -> None:
        job = await finish(f"{REALM}/preflight", {"fix": fix})
        assert (job["kind"], job["subject"], job["state"]) == ("preflight", "", "done")
        [finding] = job["result"]
        assert (finding["check"], finding["state"], finding["fix"] != "") == ("reach", "failure", True)

    @pytest.mark.parametrize(
        ("place", "body", "kind"),
        [
            ("drift", {}, "drift"),
            ("migrate", {"dryRun": True}, "migration plan"),
            ("migrate", {}, "migration"),
        ],
    )
    async def test_what_needs_keycloak_fails_in_its_words(
        self, finish: Finish, place: str, body: Any, kind: str
    ) -> None:
        job = await finish(f"{REALM}/{place}", body)
        assert (job["kind"], job["state"], "onnection refused" in job["reason"]) == (kind, "failed", True), job
        assert "hush" not in str(job)


@pytest.mark.parametrize(
    "request_", ["GET tasks", "POST tasks/retry", "POST tasks/cancel", "POST preflight", "POST drift", "POST migrate"]
)
async def test_a_realm_that_stands_alone_says_so(ask: Ask, request_: str) -> None:
    method, place = request_.split(" ")
    body = None if method == "GET" else {"failed": True} if "tasks" in place else {}
    response = await ask(method, f"{REALM}/{place}", body)
    assert (response.status_code, response.json()["error_description"].startswith('Realm "acme" stands alone')) == (
        400,
        True,
    )
    gone = await ask(method, f"/realms/none/{place}", body)
    assert (gone.status_code, "none" in gone.json()["error_description"]) == (404, True)

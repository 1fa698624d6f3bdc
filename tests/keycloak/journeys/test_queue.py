"""Delivery `queued`: answered at once, delivered in order when Keycloak is there, visible until then."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from e2e.server import start

from .bridged import Bridged, bridged, our_side, scim_user, their_side, wait_until
from .console import KeycloakRealm
from .proxy import Proxy, proxying

pytestmark = pytest.mark.slow

PASSWORD = "queued-7Kq2ZxV9-password"


@pytest.fixture(scope="module")
def wire(behind: KeycloakRealm) -> Iterator[Proxy]:
    port = urlsplit(behind.console.url).port
    assert port
    with proxying(port) as proxy:
        yield proxy


@pytest.fixture
def bridge(behind: KeycloakRealm, wire: Proxy, tmp_path: Path) -> Iterator[Bridged]:
    url = f"http://127.0.0.1:{wire.port}/realms/{behind.name}"
    with bridged(tmp_path, behind, "--delivery", "queued", "--keycloak-timeout", "2", url=url) as bridge:
        yield bridge
    wire.heal()


def tasks(bridge: Bridged) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(bridge.installation.command("task", "list", bridge.name, "--json"))
    return found


def check_delivered(bridge: Bridged) -> None:
    """Nothing waits, and both sides hold the same."""
    wait_until(lambda: not tasks(bridge), "the queue is empty", 60)
    assert our_side(bridge.http).by_name() == their_side(bridge.behind).by_name()


def test_what_was_taken_while_keycloak_was_down_is_delivered_in_order(bridge: Bridged, wire: Proxy) -> None:
    wire.strike("refuse")
    user = bridge.create("queued.first@example.test", password=PASSWORD)
    other = bridge.create("queued.second@example.test")
    assert bridge.scim("PUT", f"/Users/{user['id']}", user | {"userName": "queued.renamed@example.test"}).is_success
    body = {"displayName": "queued-group", "members": [{"value": user["id"]}, {"value": other["id"]}]}
    group = bridge.scim("POST", "/Groups", body)
    assert group.status_code == 201, group.text
    bridge.set_active(other["id"], active=False)
    assert bridge.behind.user("queued.first@example.test") is None
    waiting = tasks(bridge)
    assert {task["state"] for task in waiting} == {"waiting"}
    assert len(waiting) >= 3
    for file in bridge.installation.folder.iterdir():
        assert PASSWORD.encode() not in file.read_bytes(), file
    wire.heal()
    check_delivered(bridge)
    assert bridge.behind.sign_in("queued.renamed@example.test", PASSWORD)


def test_a_killed_server_has_lost_nothing_of_its_queue(bridge: Bridged, wire: Proxy) -> None:
    wire.strike("refuse")
    created = [bridge.create(f"survivor-{number}@example.test")["id"] for number in range(20)]
    bridge.server.kill()
    wire.heal()
    server = start(bridge.installation, port=urlsplit(bridge.server.url).port)
    try:
        check_delivered(bridge)
        assert set(created) <= set(our_side(bridge.http).users)
    finally:
        server.stop()


def test_what_keycloak_refuses_is_shown_with_its_reason_and_can_be_tried_again(bridge: Bridged) -> None:
    holder = bridge.behind.make_user("mail.holder", email="refused.later@example.test")
    bridge.create("refused.later@example.test")

    def refused() -> bool:
        return [task["state"] for task in tasks(bridge)] == ["failed"]

    wait_until(refused, "the task failed")
    (task,) = tasks(bridge)
    assert "mail" in task["reason"]
    bridge.behind.request("DELETE", f"/users/{holder}")
    bridge.installation.command("task", "retry", bridge.name, str(task["number"]))
    wait_until(lambda: not tasks(bridge), "the queue is empty", 60)
    assert bridge.behind.user("refused.later@example.test")


def test_a_task_that_is_cancelled_is_not_delivered(bridge: Bridged, wire: Proxy) -> None:
    wire.strike("refuse")
    bridge.scim("POST", "/Users", scim_user("cancelled@example.test"))
    (task,) = tasks(bridge)
    bridge.installation.command("task", "cancel", bridge.name, str(task["number"]), "--yes")
    wire.heal()
    bridge.create("behind.it@example.test")
    wait_until(lambda: not tasks(bridge), "the queue is empty", 60)
    assert bridge.behind.user("behind.it@example.test")
    assert bridge.behind.user("cancelled@example.test") is None

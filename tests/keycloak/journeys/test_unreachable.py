"""Keycloak down, slow, or cut off in the middle: 503 with Retry-After, and afterwards both sides agree."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from .bridged import Bridged, bridged, check_agreement, scim_user
from .console import KeycloakRealm
from .persistence import provision
from .proxy import Fault, Proxy, proxying

pytestmark = pytest.mark.slow

TIMEOUT = 1.0
SEED = 20_261_124


@pytest.fixture(scope="module")
def wire(behind: KeycloakRealm) -> Iterator[Proxy]:
    port = urlsplit(behind.console.url).port
    assert port
    with proxying(port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def bridge(behind: KeycloakRealm, wire: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridged]:
    url = f"http://127.0.0.1:{wire.port}/realms/{behind.name}"
    folder = Path(tmp_path_factory.mktemp("unreachable"))
    with bridged(folder, behind, "--keycloak-timeout", str(TIMEOUT), url=url) as bridge:
        yield bridge


def check_unavailable(answer: httpx.Response) -> None:
    """Told as RFC 9110 has it, and in words."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    error = answer.json()
    assert error["status"] == "503"
    assert "Keycloak" in error["detail"]


def test_while_it_is_down_writes_are_put_off_and_reads_go_on(bridge: Bridged, wire: Proxy) -> None:
    user, reader = bridge.create("down.user@example.test"), bridge.create("down.reader@example.test")
    wire.strike("refuse")
    check_unavailable(bridge.scim("POST", "/Users", scim_user("down.writer@example.test")))
    check_unavailable(bridge.scim("PUT", f"/Users/{user['id']}", user | {"title": "Boss"}))
    check_unavailable(bridge.scim("DELETE", f"/Users/{user['id']}"))
    assert bridge.scim("GET", f"/Users/{reader['id']}").json() == reader
    assert bridge.find('userName eq "down.reader@example.test"') == [reader]
    assert httpx.get(f"{bridge.server.url}/health/ready").status_code == 200
    wire.heal()
    assert bridge.create("down.writer@example.test")["id"]
    check_agreement(bridge.http, bridge.behind)


def test_a_lookup_that_cannot_ask_does_not_say_that_nobody_is_there(bridge: Bridged, wire: Proxy) -> None:
    """An empty answer would have Okta create somebody who may well exist."""
    wire.strike("refuse")
    check_unavailable(bridge.scim("GET", "/Users", filter='userName eq "who.knows@example.test"'))
    wire.heal()
    assert bridge.find('userName eq "who.knows@example.test"') == []


# What is sent to a user or group that is there (`user`, `group`), by name.
WRITES: dict[str, Callable[[Bridged, str, str, str], httpx.Response]] = {
    "create": lambda bridge, name, _user, _group: bridge.scim("POST", "/Users", scim_user(name)),
    "change": lambda bridge, name, user, _group: bridge.scim("PUT", f"/Users/{user}", scim_user(name)),
    "deactivate": lambda bridge, _name, user, _group: bridge.patch(
        f"/Users/{user}", {"op": "replace", "value": {"active": False}}
    ),
    "delete": lambda bridge, _name, user, _group: bridge.scim("DELETE", f"/Users/{user}"),
    "group": lambda bridge, name, user, _group: bridge.scim(
        "POST", "/Groups", {"displayName": name, "members": [{"value": user}]}
    ),
    "join": lambda bridge, _name, user, group: bridge.patch(
        f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]}
    ),
}
FAULTS: list[Fault] = ["reset", "stall", "lose answer"]
# The calls that change something at Keycloak: a fault at one of these is the one that may leave a half.
CALLS = {"create": b"POST /admin", "group": b"POST /admin", "delete": b"DELETE /admin"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", WRITES)
def test_a_request_that_is_cut_is_put_off_and_the_retry_is_right(
    bridge: Bridged, wire: Proxy, write: str, fault: Fault
) -> None:
    """Also where Keycloak did what it was told and the answer was lost: the retry doubles nothing."""
    name = f"{write}.{fault.replace(' ', '-')}"
    user = bridge.create(f"{name}@example.test")["id"]
    group = bridge.scim("POST", "/Groups", {"displayName": f"{name}-group"}).json()["id"]
    send = WRITES[write]
    wire.strike(fault, method=CALLS.get(write, b"PUT /admin"))
    begun = time.monotonic()
    answer = send(bridge, f"{name}.new@example.test", user, group)
    took = time.monotonic() - begun
    assert wire.struck, "the fault met nothing"
    check_unavailable(answer)
    assert took < TIMEOUT * 4, "an identity provider waits for the answer meanwhile"
    wire.heal()
    found = bridge.find(f'userName eq "{name}.new@example.test"') if write == "create" else []
    if not found:
        again = send(bridge, f"{name}.new@example.test", user, group)
        assert again.is_success or (write == "delete" and again.status_code == 404), again.text
    check_agreement(bridge.http, bridge.behind)


def test_a_slow_answer_within_the_time_is_an_answer(bridge: Bridged, wire: Proxy) -> None:
    wire.strike("delay", delay=TIMEOUT / 5)
    bridge.create("slow.answer@example.test")
    assert wire.struck
    wire.heal()
    check_agreement(bridge.http, bridge.behind)


def test_a_stormy_minute_leaves_both_sides_in_agreement(bridge: Bridged, wire: Proxy) -> None:
    """Requests of every kind while the wire fails at random; each is retried as Okta does; in the end all is there."""
    chance = random.Random(SEED)  # noqa: S311 (which fault when, no secret)
    faults: list[Fault] = ["", "", "reset", "lose answer", "refuse", "delay"]
    group = bridge.scim("POST", "/Groups", {"displayName": "storm"}).json()["id"]

    def request(*arguments: Any, **query: str) -> httpx.Response:
        wire.strike(chance.choice(faults), delay=0.05)
        return bridge.scim(*arguments, **query)

    expected = {f"storm-{number}@example.test": bool(number % 3) for number in range(25)}
    for name, active in expected.items():
        provision(request, name, group, active=active, pause=0)
    wire.heal()
    held = check_agreement(bridge.http, bridge.behind)
    stormy = {name: active for name, active, _ in held.users.values() if name.startswith("storm-")}
    assert stormy == expected
    assert {held.users[member][0] for member in held.groups[group][1]} == set(expected)

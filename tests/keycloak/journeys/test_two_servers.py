"""Two servers on one file, written through at once, and one of them killed: the other carries on, and all is right."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.server import Installation, Server, start

from .bridged import check_agreement, client, connect, succeed, wait_until
from .console import KeycloakRealm
from .persistence import provision

pytestmark = pytest.mark.slow

ROUNDS, WRITERS = 4, 6
MOMENTS = (0.5, 1.5)  # seconds of load before the kill
SEED = 20_261_124

Send = Callable[..., httpx.Response]


def sending(servers: list[Server], token: str, first: int) -> Send:
    """Requests to one of the servers, and to the other when that does not answer."""

    def send(method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        for server in (servers[first], servers[1 - first]):
            with client(server, "acme", token) as http:
                try:
                    return http.request(method, path, json=body, params=query or None)
                except httpx.TransportError:
                    continue
        raise AssertionError("neither server answers")

    return send


def push_until(stop: threading.Event, send: Send, group: str, prefix: str) -> dict[str, tuple[str, bool]]:
    """Provisions one person after another; who was acknowledged: (name, active) by id."""
    done: dict[str, tuple[str, bool]] = {}
    while not stop.is_set():
        name, active = f"{prefix}-{len(done)}@example.test", len(done) % 3 != 0
        done[provision(send, name, group, active=active, pause=0.2)] = (name, active)
    return done


def test_one_of_two_servers_is_killed_and_nothing_is_lost_or_doubled(behind: KeycloakRealm, tmp_path: Path) -> None:
    installation, chance = Installation(tmp_path), random.Random(SEED)  # noqa: S311 (moments to kill at, no secret)
    connect(installation, "acme", behind, "--password-policy", "ignore")
    token = installation.command("token", "create", "acme", "writers")
    servers = [start(installation), start(installation)]
    acknowledged: dict[str, tuple[str, bool]] = {}
    try:
        group = succeed(sending(servers, token, 0)("POST", "/Groups", {"displayName": "everybody"}), 201)["id"]
        for turn in range(ROUNDS):
            stop, killed = threading.Event(), turn % 2
            with ThreadPoolExecutor(WRITERS) as writers:
                pushes = [
                    writers.submit(push_until, stop, sending(servers, token, number % 2), group, f"t{turn}-w{number}")
                    for number in range(WRITERS)
                ]
                time.sleep(chance.uniform(*MOMENTS))
                servers[killed].kill()
                time.sleep(MOMENTS[0])
                stop.set()  # each writer goes on until the person it is at is there
            acknowledged |= {id_: person for push in pushes for id_, person in push.result().items()}
            with client(servers[1 - killed], "acme", token) as http:
                wait_until(lambda http=http: check_agreement(http, behind), "what was left half done is healed", 90)  # type: ignore[misc]
                held = check_agreement(http, behind)
            assert {id_: held.users[id_][:2] for id_ in acknowledged} == acknowledged
            assert acknowledged.keys() <= held.groups[group][1]
            servers[killed] = start(installation, port=urlsplit(servers[killed].url).port)
    finally:
        statuses = [server.stop() for server in servers if server.process.poll() is None]
    assert statuses == [0, 0]
    assert len(acknowledged) > ROUNDS * WRITERS, "too little was written to prove anything"

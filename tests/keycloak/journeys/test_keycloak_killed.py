"""kill -9 of Keycloak while an identity provider pushes: what was put off is taken up, and both sides agree."""

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from keycloak.server import WITH_SCIM, KeycloakServer, installed

from .bridged import Bridged, bridged, check_agreement, wait_until
from .console import Console, KeycloakRealm
from .persistence import provision

pytestmark = pytest.mark.slow

# A start of Keycloak takes 15 to 60 s: two here, and as many as one likes by hand (10 were seen).
ROUNDS = int(os.environ.get("SCIMBRIDGE_TEST_KILLS", "2"))
WRITERS = 4
MOMENTS = (0.5, 3.0)  # seconds of load before the kill
SEED = 20_261_124


def push_until(
    stop: threading.Event, bridge: Bridged, group: str, prefix: str, done: dict[str, tuple[str, bool]]
) -> None:
    """Provisions one person after another; who was acknowledged goes into `done`: (name, active) by id."""
    while not stop.is_set():
        name, active = f"{prefix}-{len(done)}@example.test", len(done) % 3 != 0
        done[provision(bridge.scim, name, group, active=active, pause=0.2)] = (name, active)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeycloakServer]:
    """Its database writes at each commit: half a second later, as it does by default, is no loss of the bridge's."""
    monkeypatch.setenv("KC_DB_URL_PROPERTIES", ";NON_KEYWORDS=VALUE;WRITE_DELAY=0")
    server = KeycloakServer(installed(WITH_SCIM, tmp_path), WITH_SCIM)
    server.start()
    yield server
    if server.process is not None:
        server.stop()
    shutil.rmtree(server.home)


def test_kills_of_keycloak_lose_and_double_nothing(server: KeycloakServer, tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 (moments to kill at, no secret)
    folder = tmp_path / "bridge"
    folder.mkdir()
    with closing(Console(server.url)) as console:
        behind = KeycloakRealm.create(console, "killed")
        with bridged(folder, behind, "--password-policy", "ignore", "--keycloak-timeout", "3") as bridge:
            group = bridge.scim("POST", "/Groups", {"displayName": "everybody"}).json()["id"]
            for turn in range(ROUNDS):
                stop = threading.Event()
                done: list[dict[str, tuple[str, bool]]] = [{} for _ in range(WRITERS)]
                with ThreadPoolExecutor(WRITERS) as writers:
                    pushes = [
                        writers.submit(push_until, stop, bridge, group, f"t{turn}-w{number}", mine)
                        for number, mine in enumerate(done)
                    ]
                    # One that has just started takes its time for the first.
                    wait_until(lambda done=done: all(done), "each writer has got on")  # type: ignore[misc]
                    time.sleep(chance.uniform(*MOMENTS))
                    server.kill()
                    stop.set()  # each writer goes on until the person it is at is there
                    server.start()
                for push in pushes:
                    push.result()
                acknowledged = {id_: person for mine in done for id_, person in mine.items()}
                wait_until(lambda: check_agreement(bridge.http, behind), "what was left half done is healed", 90)
                held = check_agreement(bridge.http, behind)
                assert {id_: held.users[id_][:2] for id_ in acknowledged} == acknowledged
                assert acknowledged.keys() <= held.groups[group][1]
                assert len(acknowledged) > WRITERS, "too little was written to prove anything"

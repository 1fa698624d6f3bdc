"""kill -9 of us under load at random moments: both sides agree, nothing acknowledged is lost, nothing is doubled."""

import asyncio
import random
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.server import Installation, start
from e2e.writers import WRITERS, Acknowledged, load_until_killed

from .bridged import Side, check_agreement, client, connect, wait_until
from .console import KeycloakRealm

pytestmark = pytest.mark.slow

ROUNDS = 50
MOMENTS = (0.05, 0.5)  # seconds of load before the kill, from the first request on
SEED = 20_261_124


def check_acknowledged(held: Side, group: str, done: Acknowledged) -> None:
    """Every write that was answered is there, on both sides."""
    lost = {name for id_, name in done.users.items() if held.users.get(id_, ("",))[0] != name}
    assert not lost, f"acknowledged users are gone: {lost}"
    assert done.members <= held.groups[group][1], "acknowledged memberships are gone"
    active = {id_ for id_ in done.inactive if held.users[id_][1]}
    assert not active, f"acknowledged deactivations are gone: {active}"


def test_fifty_kills_leave_both_sides_in_agreement(behind: KeycloakRealm, tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    connect(installation, "acme", behind, "--password-policy", "ignore")
    token = installation.command("token", "create", "acme", "writers")
    chance = random.Random(SEED)  # noqa: S311 (moments to kill at, no secret)
    server = start(installation)
    port = urlsplit(server.url).port
    with client(server, "acme", token) as http:
        group = http.post("/Groups", json={"displayName": "everybody"}).raise_for_status().json()["id"]
    acknowledged = Acknowledged()
    try:
        for turn in range(ROUNDS):
            done = asyncio.run(load_until_killed(server, token, group, turn, chance.uniform(*MOMENTS)))
            acknowledged.users |= done.users
            acknowledged.members |= done.members
            acknowledged.inactive |= done.inactive
            server = start(installation, port=port)
            if turn % 10 == 9:
                with client(server, "acme", token) as http:
                    wait_until(lambda: check_agreement(http, behind), "what was left half done is healed")
                    check_acknowledged(check_agreement(http, behind), group, acknowledged)
    finally:
        exit_status = server.stop()
    assert exit_status == 0
    assert len(acknowledged.users) > ROUNDS * WRITERS / 2, "too little was written to prove anything"

"""kill -9 under load at random moments: what was acknowledged is there, and nothing is half there."""

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .server import Installation, start
from .writers import WRITERS, Acknowledged, load_until_killed

pytestmark = pytest.mark.slow

ROUNDS = 50
MOMENTS = (0.02, 0.35)  # seconds of load before the kill, from the first request on
SEED = 20_261_124


def every_page(http: httpx.Client, path: str, **query: str) -> Iterator[dict[str, Any]]:
    """All resources of a list, page by page."""
    begin = 1
    while True:
        page = http.get(path, params=query | {"startIndex": str(begin), "count": "1000"}).raise_for_status().json()
        yield from page["Resources"]
        begin += page["itemsPerPage"]
        if begin > page["totalResults"]:
            return


def check_acknowledged(http: httpx.Client, group: str, turn: int, done: Acknowledged) -> None:
    """Every write of this round that was answered is there, seen through the API of the restarted server."""
    users = {user["id"]: user for user in every_page(http, "/Users", filter=f'userName sw "t{turn}-"')}
    missing = {name for key, name in done.users.items() if users.get(key, {}).get("userName") != name}
    assert not missing, f"acknowledged users are gone: {missing}"
    outside = {key for key in done.members if [entry["value"] for entry in users[key].get("groups", [])] != [group]}
    assert not outside, f"acknowledged memberships are gone: {outside}"
    active = {key for key in done.inactive if users[key]["active"] is not False}
    assert not active, f"acknowledged deactivations are gone: {active}"


def check_journal(lines: list[dict[str, Any]], users: dict[str, dict[str, Any]], members: set[str], group: str) -> None:
    """The journal, replayed, is the directory: no write without its entry, no entry without its write."""
    of_users = [line for line in lines if line["type"] == "User"]
    created = {line["id"]: line["after"]["userName"] for line in of_users if line["operation"] == "create"}
    assert {key: user["userName"] for key, user in users.items()} == created
    switched_off = {
        line["id"] for line in of_users if line["operation"] == "change" and line["after"]["active"] is False
    }
    assert {key for key, user in users.items() if user.get("active") is False} == switched_off
    added = {key for line in lines if line["id"] == group for key in line["membersAdded"]}
    assert members == added


def check_file(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_fifty_kills_lose_no_acknowledged_write(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.command("realm", "create", "acme", "--password-policy", "ignore")
    token = installation.command("token", "create", "acme", "writers")
    chance = random.Random(SEED)  # noqa: S311 (moments to kill at, no secret)
    headers = {"Authorization": f"Bearer {token}"}
    server = start(installation)
    with httpx.Client(base_url=server.scim("acme"), headers=headers) as http:
        group = http.post("/Groups", json={"displayName": "everybody"}).raise_for_status().json()["id"]
    acknowledged = 0
    for turn in range(ROUNDS):
        done = asyncio.run(load_until_killed(server, token, group, turn, chance.uniform(*MOMENTS)))
        acknowledged += len(done.users) + len(done.members) + len(done.inactive)
        server = start(installation)
        with httpx.Client(base_url=server.scim("acme"), headers=headers) as http:
            check_acknowledged(http, group, turn, done)
    with httpx.Client(base_url=server.scim("acme"), headers=headers, timeout=30) as http:
        users = {user["id"]: user for user in every_page(http, "/Users")}
        members = {member["value"] for member in http.get(f"/Groups/{group}").raise_for_status().json()["members"]}
    assert server.stop() == 0
    check_file(installation.database)
    journal = installation.command("journal", "acme", "--count", "0", "--json")
    check_journal([json.loads(line) for line in journal.splitlines()], users, members, group)
    assert acknowledged > ROUNDS * WRITERS, "too little was written to prove anything"

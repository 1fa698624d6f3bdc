"""Targets that others wrote, as real servers: every event in every style leaves there what it is to leave."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from e2e.server import execute, free_port
from scimbridge.adapters.scim.transport import HttpTransport
from scimbridge.provisioning.application import Connection, Style
from scimbridge.provisioning.errors import TargetGone, TargetRefused
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.styles import open_target
from scimbridge.provisioning.target import Member, Members, Target

pytestmark = pytest.mark.slow

TOKEN = "token-of-the-tests"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SCIMMY = Path(__file__).parents[1] / "e2e" / "scimmy"
START_LIMIT = 30.0


@contextmanager
def process(command: Sequence[str | Path], folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@contextmanager
def scimmy(folder: Path, patch: str) -> Iterator[str]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("NOT TRIED WITH SCIMMY: npm and node are not installed (Debian: apt install nodejs npm)")
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copy(SCIMMY / name, folder)
    fetched = execute([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, os.environ, timeout=180)
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    with process([node, "server.mjs"], folder, SCIM_TOKEN=TOKEN, SCIM_PATCH=patch) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


@contextmanager
def scim2_server(folder: Path) -> Iterator[str]:
    port = str(free_port())
    program = Path(sys.executable).parent / "scim2-server"
    with process([program, "--port", port, "--bearer-token", TOKEN], folder) as server:
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=8)  # half a second, one, two ... while it starts
        with httpx.Client(transport=transport, trust_env=False, timeout=START_LIMIT) as http:
            http.get(f"{url}/ServiceProviderConfig", headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status()
        assert server.poll() is None
        yield url


@pytest.fixture(scope="module", params=["SCIMMY", "SCIMMY without PATCH", "scim2-server"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("peer")
    if request.param == "scim2-server":
        opened = scim2_server(folder)
    else:
        opened = scimmy(folder, "no" if "without" in request.param else "yes")
    with opened as url:
        yield url


class Peer(NamedTuple):
    target: Target
    style: Style

    async def user(self, id: str) -> dict[str, Any]:  # noqa: A002
        found = await self.target.read("User", id)
        assert found is not None
        return found

    async def joined(self, group: str) -> set[str]:
        return set(await self.target.members(group))


@pytest.fixture(params=["auto", "wizard", "catalogue"])
async def peer(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Peer]:
    if request.param == "catalogue" and "without" in request.node.callspec.params["url"]:
        pytest.skip("the catalogue's style is PATCH")
    connection = Connection(url, style=request.param)
    target = open_target(connection, HttpTransport(connection, TOKEN), lambda: datetime.now(UTC))
    yield Peer(target, request.param)
    await target.close()


def person(name: str, **attributes: Any) -> Mapped:
    mail = [{"primary": True, "value": f"{name}@example.test", "type": "work"}]
    name_there = {"userName": f"{name}@example.test", "name": {"givenName": "Ada", "familyName": "Moss"}}
    return Mapped({"schemas": [USER, ENTERPRISE], **name_there, "emails": mail, **attributes})


def all_of(*members: Member) -> Members:
    async def now() -> Sequence[Member]:
        return members

    return now


async def test_the_connection_is_good(peer: Peer) -> None:
    assert [attempt.good for attempt in await peer.target.test(groups=True)] == [True, True]


async def test_a_user_is_what_was_mapped_whatever_happened_before(peer: Peer) -> None:
    target, name = peer.target, f"ada-{peer.style}"
    leader: Mapping[str, Any] = {ENTERPRISE: {"department": "Tea", "manager": {"value": "m1"}}}
    first = person(name, displayName="Ada Moss", externalId=name, **leader)
    made = await target.provision(first, password="Some-Pw-1", adopt=lambda _: False)
    with pytest.raises(TargetRefused, match="already"):
        await target.provision(first, password="Some-Pw-1", adopt=lambda _: False)
    assert (await target.provision(first, password="Some-Pw-1", adopt=lambda _: True)).found
    second = person(name, externalId=name, title="Countess", **{ENTERPRISE: {"department": "Milk"}})
    second = Mapped(second.document, cleared=("displayName",), absent=(f"{ENTERPRISE}:manager.value",))
    second.document["emails"] = [{"primary": True, "value": f"{name}@other.test", "type": "work"}]
    await target.update(made.id, second, previous=first)
    there = await peer.user(made.id)
    assert "displayName" not in there
    assert (there["title"], there["emails"][0]["value"]) == ("Countess", f"{name}@other.test")
    assert (there[ENTERPRISE], there["externalId"]) == ({"department": "Milk"}, name)
    await target.deactivate(made.id, second)
    assert (await peer.user(made.id))["active"] is False
    await target.reactivate(made.id, second, previous=second)
    await target.set_password(made.id, "Other-Pw-2")
    assert (await peer.user(made.id))["active"] is True
    found = await target.find("User", f"{name}@example.test")
    assert found is not None
    assert found["id"] == made.id
    assert made.id in [user["id"] async for user in target.list("User")]
    await target.delete_user(made.id)
    with pytest.raises(TargetGone):
        await target.update(made.id, second, previous=first)


async def test_a_group_has_the_members_that_were_pushed(peer: Peer) -> None:
    target, name = peer.target, f"team-{peer.style}"
    ids = [(await target.provision(person(f"{n}-{name}"), password=None, adopt=lambda _: True)).id for n in "abc"]
    ada, bo, cai = (Member(id_, f"{n}@example.test") for n, id_ in zip("abc", ids, strict=True))
    group = (await target.push_group(name, [ada, bo], adopt=lambda _: False)).id
    assert await peer.joined(group) == {ada.target, bo.target}
    await target.change_members(group, name, [cai], [], all_of(ada, bo, cai))
    assert await peer.joined(group) == {ada.target, bo.target, cai.target}
    await target.change_members(group, name, [], [ada], all_of(bo, cai))
    assert await peer.joined(group) == {bo.target, cai.target}
    await target.push_now(group, f"{name}-now", [bo])
    assert await peer.joined(group) == {bo.target}
    await target.rename_group(group, f"{name}-then", all_of(bo))
    assert await peer.joined(group) == {bo.target}
    listed = {item["id"]: item["displayName"] async for item in target.list("Group")}
    assert listed[group] == f"{name}-then"
    assert (await target.push_group(f"{name}-then", [ada], adopt=lambda _: True)).id == group
    assert await peer.joined(group) == {ada.target}
    await target.push_now(group, f"{name}-then", [])
    assert await peer.joined(group) == set()
    await target.delete_group(group)
    await target.delete_group(group)
    assert await target.read("Group", group) is None

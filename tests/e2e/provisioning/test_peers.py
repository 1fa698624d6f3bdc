"""Servers that others wrote are provisioned from a file of people: what is there is asked of them directly."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.server import free_port
from peers.compare import HERE as PEERS
from peers.compare import process
from provisioning.test_peers import TOKEN, scim2_server

from .people import ADA, BO, CAI, DEE, change, rows
from .site import ACTIONS, APPLICATION, REALM, Site
from .tap import Tap, tapping

pytestmark = pytest.mark.slow

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@contextmanager
def scimmy_routers(folder: Path) -> Iterator[str]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("NOT TRIED WITH SCIMMY: npm and node are not installed (Debian: apt install nodejs npm)")
    for name in ("package.json", "serve.mjs"):
        shutil.copy(PEERS / "scimmy" / name, folder)
    fetch = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    subprocess.run(fetch, cwd=folder, check=True, timeout=180)  # noqa: S603
    port = free_port()
    url = f"http://127.0.0.1:{port}/scim/v2"
    with process([node, "serve.mjs", str(port), TOKEN], folder, url):
        yield url


class Peer:
    """A server, and the tap before it."""

    def __init__(self, url: str, tap: Tap) -> None:
        self.tap = tap
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)

    def all(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._http.get(f"/{kind}").raise_for_status().json()["Resources"]
        return found

    @property
    def people(self) -> dict[str, tuple[str, str, bool]]:
        """(last name, department, whether active) by user name; two of one name would fail."""
        users = self.all("Users")
        found = {
            user["userName"]: (user["name"]["familyName"], user.get(ENTERPRISE, {}).get("department"), user["active"])
            for user in users
        }
        assert len(found) == len(users)
        return found

    @property
    def teams(self) -> dict[str, set[str]]:
        names = {user["id"]: user["userName"] for user in self.all("Users")}
        return {
            group["displayName"]: {names[member["value"]] for member in group.get("members") or ()}
            for group in self.all("Groups")
        }

    def replace(self, user_name: str, **attributes: Any) -> None:
        """Somebody else changes a user there."""
        user = next(user for user in self.all("Users") if user["userName"] == user_name)
        self._http.put(f"/Users/{user['id']}", json=user | attributes).raise_for_status()

    def close(self) -> None:
        self._http.close()


@pytest.fixture(params=["SCIMMY with scimmy-routers", "scim2-server"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    folder = tmp_path / "peer"
    folder.mkdir()
    opened = scim2_server(folder) if request.param == "scim2-server" else scimmy_routers(folder)
    with opened as url, tapping(url) as tap:
        peer = Peer(url, tap)
        yield peer
        peer.close()


def test_people_and_groups_are_there_as_they_are_here(site: Site, peer: Peer) -> None:
    site.begin(peer.tap.url, TOKEN, *ACTIONS)
    site.keep_people(rows(ADA, BO, CAI, DEE))
    assert "groups in all: 0" in site.of_application("application", "test")
    site.assign("dee@example.test", groups=["staff"])
    site.of_application("push-group", "add", "red and blue", "--starts-with", "kc-")
    site.of_application("push-group", "add", "other")
    first = site.push()
    assert (first.counts["create"], first.counts["create group"]) == (4, 3)
    assert peer.people == {
        "ada@example.test": ("Moss", "Tea", True),
        "bo@example.test": ("Lind", "Tea", True),
        "cai@example.test": ("Reyes", "Milk", True),
        "dee@example.test": ("Ray", "Milk", True),
    }
    assert peer.teams == {
        "kc-red": {"ada@example.test", "bo@example.test"},
        "kc-blue": {"ada@example.test", "dee@example.test"},
        "other": {"cai@example.test"},
    }
    peer.tap.take()
    assert (site.push().counts, site.push("--everything").counts, peer.tap.take()) == ({}, {}, [])
    assert (site.push("--verify").counts, peer.tap.writes()) == ({}, [])

    # Another name, other groups, another department; one has left, and one pushed group is wanted there no more.
    renamed = change(ADA, login="ada.ray@example.test", lastName="Ray", groups="staff;kc-blue")
    moved, elsewhere = change(CAI, groups="staff;kc-red;kc-new"), change(DEE, department="Tea")
    site.keep_people(rows(renamed, moved, elsewhere))
    site.of_application("push-group", "remove", "other", "--delete", "--yes")
    site.push()
    assert peer.people == {
        "ada.ray@example.test": ("Ray", "Tea", True),
        "bo@example.test": ("Lind", "Tea", False),
        "cai@example.test": ("Reyes", "Milk", True),
        "dee@example.test": ("Ray", "Tea", True),
    }
    teams = peer.teams
    assert teams["kc-blue"] == {"ada.ray@example.test", "dee@example.test"}
    assert teams["kc-red"] - {"bo@example.test"} == {"cai@example.test"}
    assert teams["kc-new"] == {"cai@example.test"}
    assert "other" not in teams
    peer.tap.take()
    assert (site.push().counts, peer.tap.take()) == ({}, [])

    # Who is back is active again; what others change there is healed.
    site.keep_people(rows(renamed, BO, moved, elsewhere))
    peer.replace("cai@example.test", name={"givenName": "Cai", "familyName": "Elsewhere"})
    site.push("--verify")
    assert peer.people["bo@example.test"] == ("Lind", "Tea", True)
    assert peer.people["cai@example.test"] == ("Reyes", "Milk", True)
    assert "bo@example.test" in peer.teams["kc-red"]
    peer.tap.take()
    assert (site.push("--verify").counts, peer.tap.writes()) == ({}, [])


def test_who_is_there_already_is_imported_and_not_made_twice(site: Site, peer: Peer) -> None:
    for given in ("ada", "zoe"):
        name = {"givenName": given.title(), "familyName": "There"}
        document = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"{given}@example.test"}
        content = {**document, "name": name, "active": True}
        peer._http.post("/Users", json=content).raise_for_status()
    site.begin(peer.tap.url, TOKEN, "--import-users", "--import-create", "confirm", *ACTIONS)
    site.keep_people(rows(ADA, BO, CAI, DEE))
    site.command("import", "run", REALM, APPLICATION)
    assert peer.tap.writes() == []
    site.assign(groups=["staff"])
    assert site.push().counts["create"] == 2
    assert peer.people.keys() == {f"{name}@example.test" for name in ("ada", "bo", "cai", "zoe")}
    assert peer.people["ada@example.test"] == ("Moss", "Tea", True)
    peer.tap.take()
    assert (site.push().counts, peer.tap.take()) == ({}, [])

"""People and groups pushed from one scimbridge to another, by hand and by a server."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.server import Installation, Server, running

pytestmark = pytest.mark.slow

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SWITCHES = ("--push-new-users", "--push-profile-updates", "--deactivate-users", "--push-groups")
PATIENCE = 20.0  # seconds; a change is there after half a second on a quiet machine


class Side:
    """One installation with its server, and a token of its realm."""

    def __init__(self, installation: Installation, server: Server, realm: str) -> None:
        self.installation = installation
        self.server = server
        self.realm = realm
        self.token = installation.command("token", "create", realm, "test")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        response = httpx.request(method, self.server.scim(self.realm) + path, json=body, headers=headers, timeout=30)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def create(self, kind: str, **attributes: Any) -> str:
        schema = USER if kind == "Users" else GROUP
        return str(self.ask("POST", f"/{kind}", {"schemas": [schema], **attributes})["id"])

    def change(self, path: str, **value: Any) -> None:
        self.ask("PATCH", path, {"schemas": [PATCH], "Operations": [{"op": "replace", "value": value}]})

    def users(self) -> dict[str, dict[str, Any]]:
        return {user["userName"]: user for user in self.ask("GET", "/Users?count=1000")["Resources"]}

    def members(self, group: str) -> list[str]:
        found = {one["displayName"]: one for one in self.ask("GET", "/Groups?count=100")["Resources"]}
        if group not in found:
            return []
        names = {user["id"]: name for name, user in self.users().items()}
        return sorted(names[member["value"]] for member in found[group].get("members", ()))


def installed(folder: Path, realm: str) -> Installation:
    folder.mkdir()
    installation = Installation(folder)
    installation.command("realm", "create", realm, "--password-policy", "ignore")
    return installation


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Side]:
    installation = installed(tmp_path / "there", "portal")
    with running(installation) as server:
        yield Side(installation, server, "portal")


@pytest.fixture
def here(tmp_path: Path, there: Side) -> Iterator[Side]:
    """A served realm with the application `portal`."""
    installation = installed(tmp_path / "here", "acme")
    secret = tmp_path / "token"
    secret.write_text(there.token)
    create = ("application", "create", "acme", "portal", "--url", there.server.scim("portal"))
    installation.command(*create, "--secret-file", str(secret), *SWITCHES)
    with running(installation, "--metrics-public") as server:
        yield Side(installation, server, "acme")


def eventually(wanted: Any, look: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == wanted


def test_a_server_pushes_what_happens(here: Side, there: Side) -> None:
    """Assign, change, push a group, unassign: nobody says push."""
    ada = here.create("Users", userName="ada@example.test", name={"givenName": "Ada", "familyName": "Moss"})
    bob = here.create("Users", userName="bob@example.test")
    here.create("Groups", displayName="eng-1", members=[{"value": ada}, {"value": bob}])
    command = here.installation.command
    command("application", "assign", "acme", "portal", "--user", "ada@example.test")
    eventually(["ada@example.test"], lambda: sorted(there.users()))
    here.change(f"/Users/{ada}", title="Countess")
    eventually("Countess", lambda: there.users()["ada@example.test"].get("title"))
    command("push-group", "add", "acme", "portal", "engineering", "--starts-with", "eng-")
    eventually(["ada@example.test"], lambda: there.members("eng-1"))
    command("application", "assign", "acme", "portal", "--user", "bob@example.test")
    eventually(["ada@example.test", "bob@example.test"], lambda: there.members("eng-1"))
    command("application", "unassign", "acme", "portal", "--user", "ada@example.test")
    eventually(False, lambda: there.users()["ada@example.test"]["active"])
    assert json.loads(command("plan", "acme", "portal", "--json"))["items"] == 0
    metrics = httpx.get(f"{here.server.url}/metrics").text
    assert 'scimbridge_pushes_total{outcome="done"}' in metrics
    assert "scimbridge_applications 1.0" in metrics
    assert here.server.stop() == 0


def test_a_push_by_hand_and_nothing_the_second_time(here: Side, there: Side) -> None:
    for number in range(30):
        here.create("Users", userName=f"user{number}@example.test")
    here.server.stop()
    installation = here.installation
    assign = [word for number in range(30) for word in ("--user", f"user{number}@example.test")]
    installation.command("application", "assign", "acme", "portal", *assign)
    assert "create  30" in installation.command("plan", "acme", "portal")
    summary = json.loads(installation.command("push", "acme", "portal", "--json"))
    assert summary["counts"] == [{"action": "create", "outcome": "done", "count": 30}]
    assert len(there.users()) == 30
    assert json.loads(installation.command("push", "acme", "portal", "--json"))["counts"] == []
    assert len(json.loads(installation.command("application", "links", "acme", "portal", "--json"))) == 30
    entries = installation.command("application", "journal", "acme", "portal", "--json", "--run", summary["run"])
    assert len(entries.splitlines()) == 30


def test_one_person_is_provisioned_step_by_step(here: Side, there: Side) -> None:
    here.create("Users", userName="ada@example.test")
    here.server.stop()
    installation = here.installation
    installation.command("application", "assign", "acme", "portal", "--user", "ada@example.test")
    steps = json.loads(installation.command("provision", "acme", "portal", "ada@example.test", "--json"))
    assert [step["what"] for step in steps[:3]] == ["match", "map", "decide"]
    assert [step["text"].split()[0] for step in steps if step["what"] == "request"] == ["GET", "POST"]
    assert steps[-1]["text"] == "done"
    assert list(there.users()) == ["ada@example.test"]
    again = installation.command("provision", "acme", "portal", "ada@example.test")
    assert "Nothing is to be sent." in again


def test_what_the_target_refuses_is_a_task_and_the_exit_code(here: Side, there: Side) -> None:
    here.create("Users", userName="ada@example.test")
    here.server.stop()
    installation = here.installation
    there.create("Users", userName="ADA@example.test")
    installation.command("application", "set", "acme", "portal", "--on-match", "task")
    installation.command("application", "assign", "acme", "portal", "--user", "ada@example.test")
    pushed = installation.attempt("push", "acme", "portal")
    assert pushed.returncode == 1
    assert "FAILED create ada@example.test:" in pushed.stdout
    [task] = json.loads(installation.command("task", "list", "acme", "--json"))
    assert (task["name"], task["kind"]) == ("ada@example.test", "reconcile")
    installation.command("application", "set", "acme", "portal", "--on-match", "link")
    installation.command("task", "retry", "acme", "--application", "portal", "--failed")
    installation.command("push", "acme", "portal")
    assert json.loads(installation.command("task", "list", "acme", "--json")) == []
    assert len(there.users()) == 1

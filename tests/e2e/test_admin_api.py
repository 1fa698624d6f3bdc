"""The admin API of a real server, from an empty database to people at an application; and jobs when a server ends."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from .server import Installation, Server, running, start

pytestmark = pytest.mark.slow

PEOPLE = """id,login,firstName,lastName,teams
1,ada@example.test,Ada,Lovelace,Staff
2,bo@example.test,Bo,Li,Staff
3,cy@example.test,Cy,Twombly,
"""


class Admin:
    """An administrator with a token, and nothing but HTTP."""

    def __init__(self, server: Server, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.sent = Event()
        self.http = httpx.Client(base_url=f"{server.url}/admin", headers=headers, timeout=60, trust_env=False)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, which must be a success."""
        response = self.http.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def begin(self, path: str, body: Any = None) -> str:
        """The URL of a job, below /admin."""
        response = self.http.post(path, json=body or {})
        assert response.status_code == 202, response.text
        return response.headers["Location"].removeprefix("/admin")

    def wait(self, job: str) -> dict[str, Any]:
        """The job at a URL once it has ended, or after half a minute; `sent` is set when the question is under way."""

        def note(event: str, _: Any) -> None:
            if event == "http11.send_request_body.complete":
                self.sent.set()

        request = self.http.build_request("GET", f"{job}?wait=30", extensions={"trace": note})
        return dict(self.http.send(request).raise_for_status().json())

    def finish(self, path: str, body: Any = None) -> Any:
        """The result of a job, which must be done in half a minute."""
        job = self.wait(self.begin(path, body))
        assert job["state"] == "done", job
        return job["result"]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


SignIn = Callable[[Server], Admin]


@pytest.fixture
def sign_in(installation: Installation) -> Iterator[SignIn]:
    token = installation.command("admin", "token", "create", "console")
    opened: list[Admin] = []

    def sign_in(server: Server) -> Admin:
        opened.append(Admin(server, token))
        return opened[-1]

    yield sign_in
    for admin in opened:
        admin.http.close()


def user_names(admin: Admin, realm: str) -> set[str]:
    return {user["userName"] for user in admin.send("GET", f"/realms/{realm}/users")["Resources"]}


def test_people_go_from_a_file_to_an_application_and_its_own_come_back(
    installation: Installation, sign_in: SignIn, tmp_path: Path
) -> None:
    """A source, an application towards a second realm, a push that is watched, and an account that is confirmed."""
    with running(installation) as server:
        ask = sign_in(server)
        for realm in ("staff", "portal"):
            ask.send("POST", "/realms", {"name": realm})
        secret = ask.send("POST", "/realms/portal/tokens", {"name": "staff"})["token"]
        file = tmp_path / "people.csv"
        file.write_text(PEOPLE)

        hr = {"name": "hr", "csv": {"path": str(file), "key": "id", "groups": "teams"}}
        ask.send("POST", "/realms/staff/sources", hr)
        assert all(attempt["good"] for attempt in ask.send("POST", "/realms/staff/sources/hr/test", {}))
        plan = ask.finish("/realms/staff/sources/hr/import", {"dryRun": True})
        assert (plan["counts"]["create user"], user_names(ask, "staff")) == (3, set())
        imported = ask.finish("/realms/staff/sources/hr/import")
        assert (imported["done"]["create user"], imported["problems"]) == (3, [])

        application = "/realms/staff/applications/portal"
        connection = {"url": server.scim("portal"), "authentication": {"secret": secret}}
        actions = dict.fromkeys(("pushNewUsers", "pushProfileUpdates", "deactivateUsers", "importUsers"), True)
        made = {"name": "portal", "connection": connection, "actions": actions}
        ask.send("POST", "/realms/staff/applications", made)
        assert all(attempt["good"] for attempt in ask.send("POST", f"{application}/test", {}))
        [staff] = ask.send("GET", "/realms/staff/groups")["Resources"]
        ask.send("POST", f"{application}/assignments", {"type": "Group", "id": staff["id"]})
        plan = ask.finish(f"{application}/plan", {"everything": True})
        assert (plan["assigned"], plan["refused"]) == (2, {})
        pushed = ask.finish(f"{application}/push")
        assert (pushed["failures"], pushed["waiting"]) == ([], 0)
        assert user_names(ask, "portal") == {"ada@example.test", "bo@example.test"}
        journal = ask.send("GET", f"{application}/journal")
        assert {(line["action"], line["outcome"]) for line in journal} == {("create", "done")}
        assert ask.send("GET", application)["standing"]["linked"] == 2

        headers = {"Authorization": f"Bearer {secret}"}
        grace = {
            "userName": "grace@example.test",
            "active": True,
            "name": {"givenName": "Grace", "familyName": "Hopper"},
        }
        httpx.post(f"{server.scim('portal')}/Users", json=grace, headers=headers).raise_for_status()
        ask.finish(f"{application}/import")
        [account] = ask.send("GET", f"{application}/accounts?state=unmatched")
        assert account["name"] == "grace@example.test"
        confirmed = ask.send("POST", f"{application}/accounts/User/{account['id']}/confirm", {"new": True})
        assert (confirmed["state"], confirmed["person"]) == ("confirmed", "grace@example.test")
        assert "grace@example.test" in user_names(ask, "staff")
        assert ask.send("GET", application)["standing"]["linked"] == 3
        kinds = [job["kind"] for job in ask.send("GET", "/realms/staff/jobs")]
        assert kinds == ["import", "push", "plan", "import", "import plan"]


@pytest.fixture
def silence() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/scim/v2"


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_a_job_whose_server_ends_has_failed_and_can_be_begun_again(
    installation: Installation, sign_in: SignIn, silence: str, end: str
) -> None:
    server = start(installation)
    ask = sign_in(server)
    ask.send("POST", "/realms", {"name": "acme"})
    connection = {"url": silence, "authentication": {"secret": "x"}}
    application = {"name": "mute", "connection": connection, "actions": {"importUsers": True}}
    ask.send("POST", "/realms/acme/applications", application)
    job = ask.begin("/realms/acme/applications/mute/import")
    again = ask.http.post("/realms/acme/applications/mute/import", json={})
    assert (again.status_code, job.rpartition("/")[2] in again.text) == (409, True)
    assert ask.send("GET", job)["state"] == "running"
    if end == "killed":
        server.kill()
    else:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ask.wait, job)
            ask.sent.wait(30)
            ask.send("GET", job)  # the server has read what came before it
            assert server.stop() == 0, "it has waited for who waits"
            assert waiting.result()["id"] == job.rpartition("/")[2]
    with running(installation) as server:
        ask = sign_in(server)
        failed = ask.send("GET", job)
        assert (failed["state"], "The server ended meanwhile" in failed["reason"]) == ("failed", True)
        assert ask.send("GET", f"{ask.begin('/realms/acme/applications/mute/import')}")["state"] == "running"

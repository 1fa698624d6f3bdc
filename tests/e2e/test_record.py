"""`scimbridge record` between an identity provider and a server, `replay`, and a `check` that is interrupted."""

import itertools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from .conftest import Realm
from .server import STOP_LIMIT, Installation, execute_scimbridge, free_port

pytestmark = pytest.mark.slow

numbers = itertools.count(1)


class Running:
    """A `scimbridge` that goes on until it is interrupted; what it says stands in a file."""

    def __init__(self, arguments: Sequence[str], realm: Realm, log: Path) -> None:
        self.log = log
        environment = realm.installation.environment | {"SCIMBRIDGE_TOKEN": realm.token}
        command = [sys.executable, "-m", "scimbridge", *arguments]
        with log.open("wb") as out:
            self._process = start(command, environment, out)

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + 30
        while words not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self._process.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def interrupt(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self._process.wait(STOP_LIMIT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(STOP_LIMIT)


def start(command: Sequence[str], environment: dict[str, str], out: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        preexec_fn=hear_interrupts,  # noqa: PLW1509 (no thread of the tests holds a lock meanwhile)
    )


def hear_interrupts() -> None:
    """A shell that runs the tests in the background has them ignore SIGINT, and what they start does too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def second(installation: Installation, realm: Realm) -> Realm:
    """Another realm of the same server, for what was recorded at the first."""
    name = f"second-{next(numbers)}"
    installation.command("realm", "create", name, "--password-policy", "store")
    return Realm(installation, realm.server, name, installation.command("token", "create", name, "judge"))


@pytest.fixture
def recording(realm: Realm, tmp_path: Path) -> Iterator[tuple[Running, str, Path]]:
    """The recorder, its URL, and the file that it will write."""
    port, file = free_port(), tmp_path / "monday.yaml"
    arguments = ["record", "--listen", str(port), "--to", realm.base, "--output", str(file)]
    recorder = Running(arguments, realm, tmp_path / "record.log")
    recorder.wait_for("recording on")
    yield recorder, f"http://127.0.0.1:{port}", file
    recorder.kill()


def run(realm: Realm, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = realm.installation.environment | {"SCIMBRIDGE_TOKEN": realm.token}
    return execute_scimbridge(arguments, realm.installation.folder, environment)


def everything(realm: Realm) -> list[str]:
    headers = {"Authorization": f"Bearer {realm.token}"}
    found = httpx.get(f"{realm.base}?count=1000", headers=headers).raise_for_status().json()
    return [resource.get("userName") or resource["displayName"] for resource in found["Resources"]]


def test_what_was_recorded_in_front_of_one_realm_plays_against_another(
    realm: Realm, second: Realm, recording: tuple[Running, str, Path]
) -> None:
    recorder, url, file = recording
    said = run(realm, "check", url, "--suite", "okta-catalogue", "--keep", "--format", "json")
    assert said.returncode == 0, said.stderr
    assert recorder.interrupt(signal.SIGINT) == 0
    written = file.read_text()
    assert realm.token not in written
    assert "ada" not in written.lower()
    played = run(second, "replay", str(file), second.base, "--format", "json")
    assert played.returncode == 0, played.stdout + played.stderr
    assert len(json.loads(played.stdout)["suites"]["monday"]["steps"]) == 46
    assert everything(second) == []


@pytest.mark.parametrize("style", ["auto", "wizard", "catalogue"])
def test_what_our_provisioner_pushes_is_recorded_and_plays_again(
    realm: Realm, second: Realm, recording: tuple[Running, str, Path], style: str
) -> None:
    recorder, url, file = recording
    installation, source = realm.installation, f"source-{style}"
    installation.command("realm", "create", source)
    (file.parent / "token").write_text(realm.token)
    way = ("--style", style, "--secret-file", str(file.parent / "token"))
    installation.command("application", "create", source, "portal", "--url", url, *way)
    actions = ("--push-new-users", "--push-profile-updates", "--deactivate-users", "--push-groups")
    installation.command("application", "set", source, "portal", *actions)
    token = installation.command("token", "create", source, "people")
    with httpx.Client(base_url=realm.server.scim(source), headers={"Authorization": f"Bearer {token}"}) as people:
        ids = [people.post("/Users", json=person(f"{style}-{name}")).json()["id"] for name in ("zoe", "yan")]
        group: dict[str, Any] = {"displayName": f"{style}-quokkas", "members": [{"value": id_} for id_ in ids]}
        people.post("/Groups", json=group).raise_for_status()
        installation.command("application", "assign", source, "portal", "--group", group["displayName"])
        installation.command("push-group", "add", source, "portal", group["displayName"])
        installation.command("push", source, "portal")
        wait_until_there(realm, group["displayName"], members=2)
        people.delete(f"/Users/{ids[0]}").raise_for_status()
        installation.command("push", source, "portal")
        wait_until_there(realm, group["displayName"], members=1)
    assert recorder.interrupt(signal.SIGINT) == 0
    written = file.read_text()
    assert [word for word in ("zoe", "yan", "quokka", "acme-people", realm.token) if word in written.lower()] == []
    played = run(second, "replay", str(file), second.base)
    assert played.returncode == 0, played.stdout + played.stderr


def person(name: str) -> dict[str, Any]:
    address = f"{name}@acme-people.test"
    return {
        "userName": address,
        "name": {"givenName": name.title(), "familyName": "Quokka"},
        "emails": [{"value": address, "type": "work", "primary": True}],
        "active": True,
    }


def wait_until_there(realm: Realm, group: str, members: int) -> None:
    """A running server pushes by itself: what it has not done yet it does soon."""
    headers, deadline = {"Authorization": f"Bearer {realm.token}"}, time.monotonic() + 30
    while True:
        query = {"filter": f'displayName eq "{group}"'}
        found = httpx.get(f"{realm.base}/Groups", params=query, headers=headers).json()["Resources"]
        if found and len(found[0].get("members", ())) == members:
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_a_server_that_is_away_is_said_to_be_and_nothing_heard_writes_nothing(realm: Realm, tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "none.yaml"
    arguments = ["record", "--listen", str(port), "--to", f"http://127.0.0.1:{free_port()}", "--output", str(file)]
    recorder = Running(arguments, realm, tmp_path / "record.log")
    recorder.wait_for("recording on")
    answer = httpx.get(f"http://127.0.0.1:{port}/Users")
    assert answer.status_code == 502
    assert "gives no reply" in answer.json()["detail"]
    assert recorder.interrupt(signal.SIGTERM) == 1
    assert "Nothing was heard" in recorder.log.read_text()
    assert not file.exists()


def test_a_file_that_is_there_is_not_written_over(realm: Realm, tmp_path: Path) -> None:
    file = tmp_path / "there.yaml"
    file.write_text("kept")
    done = run(realm, "record", "--listen", "0", "--to", realm.base, "--output", str(file))
    assert (done.returncode, file.read_text()) == (1, "kept")
    assert "is there already" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_check_that_is_interrupted_leaves_nothing(realm: Realm, tmp_path: Path, number: signal.Signals) -> None:
    before = everything(realm)
    # All suites: hundreds of steps are still to come when the first users are there.
    check = Running(["check", realm.base, "--verbose"], realm, tmp_path / "check.log")
    check.wait_for("  5  create a second user")
    assert check.interrupt(number) == 130
    assert everything(realm) == before

"""Commands of a realm that has a Keycloak behind it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from scimbridge.adapters.sqlite.links import SqliteLedger
from scimbridge.bridge.ports import Task
from scimbridge.config import Settings
from scimbridge.wiring import Instance

from .conftest import Run

URL = "https://kc.example.test/realms/acme"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("hush-hush\n")
    return path


def _keycloak(run: Run) -> dict[str, Any]:
    shown = run("realm", "show", "acme", "--json")
    assert shown.code == 0
    keycloak: dict[str, Any] = json.loads(shown.out)["keycloak"]
    return keycloak


def test_a_realm_is_made_with_a_keycloak_behind_it(run: Run, secret: Path, database: Path) -> None:
    client = ("--keycloak-client", "scimbridge", "--keycloak-secret-file", str(secret))
    made = run("realm", "create", "acme", "--keycloak", URL, *client, "--delivery", "queued")
    assert (made.code, made.out) == (0, "http://127.0.0.1:8080/realms/acme/scim/v2\n")
    assert '"scimbridge preflight acme"' in made.err
    keycloak = _keycloak(run)
    assert (keycloak["url"], keycloak["clientId"], keycloak["delivery"]) == (URL, "scimbridge", "queued")
    assert json.loads(run("realm", "show", "acme", "--json").out)["passwordPolicy"] == "forward"
    everything = run("realm", "show", "acme").out + run("realm", "list").out + json.dumps(keycloak)
    assert "hush" not in everything
    files = [database, database.with_name(f"{database.name}-wal"), database.with_name(f"{database.name}.key")]
    assert all(b"hush" not in file.read_bytes() for file in files if file.exists())
    assert files[2].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("options", "place", "value"),
    [
        (["--keycloak-timeout", "2.5"], "timeout", 2.5),
        (["--keycloak-pool-size", "4"], "poolSize", 4),
        (["--keycloak-ca-file", "/etc/ca.pem"], "caFile", "/etc/ca.pem"),
        (["--freshness", "0"], "freshness", 0),
        (["--credential", "plain"], "credential", "plain"),
        (["--temporary-password"], "temporaryPassword", True),
        (["--identity-provider", "okta", "--identity", "userName"], "identity", "userName"),
        (["--adopt", "userName", "--adopt", "email"], "adopt", ["userName", "email"]),
        (["--adopt", ""], "adopt", []),
        (["--keycloak-group-roles", "portal"], "groupRoles", "portal"),
        (["--only", "role:scim-managed"], "only", "role:scim-managed"),
        (["--drift", "title=accept", "--drift", "emails=ignore"], "drift", {"title": "accept", "emails": "ignore"}),
    ],
)
def test_each_setting_has_an_option(run: Run, options: list[str], place: str, value: object) -> None:
    assert run("realm", "create", "acme", "--keycloak", URL).code == 0
    assert run("realm", "set", "acme", *options).code == 0
    assert _keycloak(run)[place] == value


def test_it_is_said_what_becomes_of_groups_that_are_to_be_something_else(run: Run) -> None:
    run("realm", "create", "acme", "--keycloak", URL)
    said = run("realm", "set", "acme", "--keycloak-group-roles", "portal").err
    assert 'the groups that were pushed are roles of client "portal" there, with their members' in said
    assert "As groups they stay at Keycloak" in said
    assert "pushed" not in run("realm", "set", "acme", "--freshness", "5").err
    assert "As roles of client" in run("realm", "set", "acme", "--keycloak-group-roles", "realm").err


@pytest.mark.parametrize("at", ["create", "set"])
def test_the_mapping_is_changed_entry_by_entry(run: Run, at: str) -> None:
    mapping = ("--attribute", "nickName=nick", "--attribute", "title=")
    if at == "create":
        run("realm", "create", "acme", "--keycloak", URL, *mapping)
    else:
        run("realm", "create", "acme", "--keycloak", URL)
        run("realm", "set", "acme", *mapping)
    attributes = _keycloak(run)["attributes"]
    assert (attributes["nickName"], attributes["displayName"]) == ("nick", "displayName")
    assert "title" not in attributes


def test_a_realm_stands_alone_again(run: Run) -> None:
    run("realm", "create", "acme", "--keycloak", URL)
    assert run("realm", "set", "acme", "--no-keycloak").code == 0
    realm = json.loads(run("realm", "show", "acme", "--json").out)
    assert ("keycloak" in realm, realm["passwordPolicy"]) == (False, "store")


def test_settings_come_from_a_file_and_options_come_first(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.json"
    file.write_text(json.dumps({"keycloak": {"url": URL, "delivery": "queued", "freshness": 5}, "pageSize": 7}))
    assert run("realm", "create", "acme", "--file", str(file), "--delivery", "immediate").code == 0
    assert (_keycloak(run)["delivery"], _keycloak(run)["freshness"]) == ("immediate", 5)
    assert json.loads(run("realm", "show", "acme", "--json").out)["pageSize"] == 7


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--keycloak", "https://kc.example.test"], 'Setting "keycloak.url" must be the URL of a Keycloak realm'),
        (["--keycloak", URL, "--password-policy", "store"], 'Setting "passwordPolicy" of this realm must be forward'),
        (["--password-policy", "forward"], 'Setting "passwordPolicy" of this realm must be store'),
        (["--keycloak-client", "x"], 'Setting "keycloak.url" is required.'),
        (["--keycloak", URL, "--no-keycloak"], "--no-keycloak and --keycloak do not go together."),
        (["--keycloak", URL, "--attribute", "title"], '"title" is to be NAME=VALUE.'),
        (["--keycloak", URL, "--keycloak-secret-file", "/nowhere/secret"], "/nowhere/secret cannot be read"),
        (["--keycloak", URL, "--keycloak-secret-file", "/dev/null"], "/dev/null is empty"),
        (["--file", "/dev/null"], "/dev/null is not JSON"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, options: list[str], words: str) -> None:
    done = run("realm", "create", "acme", *options)
    assert done.code == 1
    assert words in done.err


NOBODY = "http://127.0.0.1:1/realms/acme"
TASK = Task(
    sequence=0,
    time="2026-11-24T12:00:00.000Z",
    operation="create",
    type="User",
    id="u1",
    name="ada@example.test",
    due="2026-11-24T12:00:02.000Z",
    password="$argon2id$hash",
)


@pytest.fixture
def bridged(run: Run) -> Run:
    """As `run`, with a realm acme whose Keycloak cannot be reached."""
    assert run("realm", "create", "acme", "--keycloak", NOBODY, "--keycloak-client", "scimbridge").code == 0
    return run


def enqueue(database: Path, *tasks: Task) -> None:
    """Puts tasks into realm acme; those that are `failed` fail with their reason."""

    async def work() -> None:
        async with Instance.open(Settings(database=database)) as instance:
            ledger = SqliteLedger(instance.database, instance.administration.realms.get("acme").id)
            for task in tasks:
                sequence = await ledger.enqueue(task)
                if task.state == "failed":
                    await ledger.fail(sequence, task.reason)

    asyncio.run(work())


def _tasks(run: Run) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads(run("task", "list", "acme", "--json").out)
    return tasks


class TestTasks:
    @pytest.fixture
    def queue(self, bridged: Run, database: Path) -> Run:
        refused = TASK._replace(id="u2", name="bob", state="failed", reason="Another user has this address.")
        enqueue(database, TASK, refused, TASK._replace(id="g1", type="Group", operation="change", joined=("u1",)))
        return bridged

    def test_they_are_listed_with_the_reason_and_without_the_password(self, queue: Run) -> None:
        shown = queue("task", "list", "acme")
        assert [line.split()[0] for line in shown.out.splitlines()[1:]] == ["1", "2", "3"]
        assert "Another user has this address." in shown.out
        documents = _tasks(queue)
        assert [(task["state"], task["password"]) for task in documents[:2]] == [("waiting", True), ("failed", True)]
        assert documents[2]["membersAdded"] == ["u1"]
        assert "argon2" not in shown.out + json.dumps(documents)

    def test_those_that_failed_wait_again(self, queue: Run) -> None:
        done = queue("task", "retry", "acme", "--failed")
        assert (done.code, done.err) == (0, "scimbridge: 1 task will be tried again.\n")
        assert [task["state"] for task in _tasks(queue)] == ["waiting"] * 3

    def test_those_that_are_named_are_given_up(self, queue: Run) -> None:
        assert queue("task", "cancel", "acme", "1", "3").code == 1, "nobody is there to ask"
        assert queue("task", "cancel", "acme", "1", "3", "--yes").code == 0
        assert [task["number"] for task in _tasks(queue)] == [2]

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["retry", "acme", "9"], "There is no task 9; it may have been delivered meanwhile."),
            (["cancel", "acme", "--yes"], "No task was named; give their numbers, or --failed."),
        ],
    )
    def test_a_task_that_is_none_is_refused(self, queue: Run, words: list[str], said: str) -> None:
        done = queue("task", *words)
        assert (done.code, done.err) == (1, f"scimbridge: {said}\n")


@pytest.mark.parametrize("command", [["drift", "acme"], ["migrate", "acme"]])
def test_a_keycloak_that_cannot_be_reached_is_said(bridged: Run, command: list[str]) -> None:
    done = bridged(*command)
    assert (done.code, done.out) == (1, "")
    assert "Keycloak cannot be reached" in done.err


@pytest.mark.parametrize("command", [["drift"], ["migrate"], ["task", "retry"]])
def test_a_realm_that_stands_alone_is_told_how_to_change_that(acme: Run, command: list[str]) -> None:
    done = acme(*command, "acme")
    assert done.code == 1
    assert done.err == (
        'scimbridge: Realm "acme" stands alone; "scimbridge realm set acme --keycloak URL" changes that.\n'
    )


def test_preflight_says_what_fails_and_what_to_do(bridged: Run) -> None:
    done = bridged("preflight", "acme")
    assert done.code == 1
    failure, fix = done.out.splitlines()
    assert failure.startswith("FAIL  reach")
    assert "Keycloak cannot be reached" in failure
    assert fix.strip().startswith("See that the URL")
    [finding] = json.loads(bridged("preflight", "acme", "--json").out)
    assert (finding["check"], finding["state"], finding["fixable"]) == ("reach", "failure", False)


def test_a_backup_says_that_its_secrets_need_their_key(run: Run, secret: Path, tmp_path: Path, database: Path) -> None:
    run("realm", "create", "acme", "--keycloak", URL, "--keycloak-client", "c", "--keycloak-secret-file", str(secret))
    done = run("backup", str(tmp_path / "copy.db"))
    assert (done.code, done.out) == (0, f"{tmp_path / 'copy.db'}\n")
    assert f"keep {database}.key too" in done.err
    assert b"hush" not in (tmp_path / "copy.db").read_bytes()

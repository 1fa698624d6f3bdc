"""Commands of a realm that has a Keycloak behind it."""

import json
from pathlib import Path
from typing import Any

import pytest

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
        (["--only", "role:scim-managed"], "only", "role:scim-managed"),
        (["--drift", "title=accept", "--drift", "emails=ignore"], "drift", {"title": "accept", "emails": "ignore"}),
    ],
)
def test_each_setting_has_an_option(run: Run, options: list[str], place: str, value: object) -> None:
    assert run("realm", "create", "acme", "--keycloak", URL).code == 0
    assert run("realm", "set", "acme", *options).code == 0
    assert _keycloak(run)[place] == value


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

"""No password that went through the bridge is found anywhere: replies, logs, journal, files, Keycloak's own events."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .bridged import PATCH, Bridged, bridged, scim_user
from .console import SERVICE_SECRET, Console, KeycloakRealm
from .proxy import proxying

pytestmark = pytest.mark.slow

WAYS = ("create", "put", "patch", "pathless", "taken", "cut")
MODES = {
    "hashed": ("--credential", "hashed"),
    "plain": ("--credential", "plain"),
    "queued": ("--delivery", "queued"),
}


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def realm(console: Console, mode: str) -> Iterator[KeycloakRealm]:
    realm = KeycloakRealm.create(console, f"secrets-{mode}")
    yield realm
    realm.delete()


def send_passwords(bridge: Bridged, mode: str) -> Iterator[bytes]:
    """Every way by which a password reaches the bridge; the answers, whole."""

    def send(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = bridge.scim(method, path, body)
        answers.append(str(response.headers).encode() + response.content)
        return dict(response.json()) if response.content else {}

    answers: list[bytes] = []
    words = {way: password(mode, way) for way in WAYS}
    name = f"secret.{mode}@example.test"
    user = send("POST", "/Users", scim_user(name) | {"password": words["create"]})["id"]
    send("PUT", f"/Users/{user}", scim_user(name) | {"password": words["put"]})
    for operation in (
        {"op": "replace", "path": "password", "value": words["patch"]},
        {"op": "replace", "value": {"password": words["pathless"]}},
    ):
        send("PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": [operation]})
    send("POST", "/Users", scim_user(name) | {"password": words["taken"]})
    yield from answers


def password(mode: str, way: str) -> str:
    return f"pw-{mode}-{way}-7Kq2ZxV9"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_password_and_no_secret_is_found_anywhere(realm: KeycloakRealm, mode: str, tmp_path: Path) -> None:
    port = urlsplit(realm.console.url).port
    assert port
    folder, copy = tmp_path / "at-work", tmp_path / "copy"
    folder.mkdir()
    places: dict[str, bytes] = {}
    with proxying(port) as wire:
        url = f"http://127.0.0.1:{wire.port}/realms/{realm.name}"
        with bridged(folder, realm, *MODES[mode], url=url, serve=("--log-level", "debug")) as bridge:
            (folder / "keycloak-secret").unlink()
            places["the replies"] = b"\n".join(send_passwords(bridge, mode))
            wire.strike("refuse")
            lost = bridge.scim("POST", "/Users", scim_user("lost@example.test") | {"password": password(mode, "cut")})
            assert lost.status_code == (201 if mode == "queued" else 503)
            # The write-ahead log is there only while the server runs.
            shutil.copytree(folder, copy)
            wire.heal()
            commands = [("journal", "acme", "--json"), ("realm", "show", "acme", "--json"), ("task", "list", "acme")]
            printed = [bridge.installation.command(*command) for command in commands]
            places["what commands print"] = "\n".join(printed).encode()
    places |= files_of(folder) | files_of(copy)
    places["Keycloak's admin events"] = json.dumps(realm.admin_events()).encode()
    database = str(folder / "scimbridge.db")
    assert f"secret.{mode}@example.test".encode() in places[database], "the scan looks at the wrong file"
    hidden = {SERVICE_SECRET, *(password(mode, way) for way in WAYS)}
    found = {(place, word) for place, content in places.items() for word in hidden if word.encode() in content}
    assert not found

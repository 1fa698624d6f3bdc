"""`scimbridge compare`, with Keycloak behind us and beside us: the table that the documentation shows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .bridged import Bridged
from .console import LOGIN, LOGIN_SECRET, ROLES, SERVICE, SERVICE_SECRET, Console, KeycloakRealm

pytestmark = pytest.mark.slow

PLAYED = ("--suite", "okta-wizard", "--suite", "okta-catalogue", "--suite", "entra")
NATIVE, NATIVE_SECRET = "scim-client", "scim-client-secret-of-the-tests"
SERVER = """
[[server]]
name = "{name}"
base-url = "{base}"
token-url = "{token_url}"
client-id = "{client}"
client-secret-file = "{client}"
sign-in-id = "{login}"
sign-in-secret-file = "{login}"
"""


@pytest.fixture(scope="module")
def native(console: Console) -> Iterator[KeycloakRealm]:
    """A realm with SCIM on, and a client as the reference scenario has it."""
    realm = KeycloakRealm.create(console, "compare-native")
    audience = {"included.custom.audience": f"{realm.url}/scim/v2", "access.token.claim": "true"}
    mapper = {
        "name": "scim",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": audience,
    }
    client = realm.add_client(NATIVE, NATIVE_SECRET, ROLES)
    realm.make(f"/clients/{client}/protocol-mappers/models", mapper)
    yield realm
    realm.delete()


def test_what_breaks_at_native_scim_does_not_break_with_us_in_front(
    bridge: Bridged, native: KeycloakRealm, tmp_path: Path
) -> None:
    for name, secret in ((SERVICE, SERVICE_SECRET), (NATIVE, NATIVE_SECRET), (LOGIN, LOGIN_SECRET)):
        (tmp_path / name).write_text(secret)
    token_url = f"{bridge.server.url}/realms/{bridge.name}/protocol/openid-connect/token"
    ours = SERVER.format(name="ours", base=bridge.base, token_url=token_url, client=SERVICE, login=LOGIN)
    token_url = f"{native.url}/protocol/openid-connect/token"
    theirs = SERVER.format(name="theirs", base=f"{native.url}/scim/v2", token_url=token_url, client=NATIVE, login=LOGIN)
    servers = tmp_path / "servers.toml"
    servers.write_text(ours + theirs)
    compared = bridge.installation.command("compare", "--file", str(servers), *PLAYED, "--format", "json")
    ours_found, theirs_found = json.loads(compared)["servers"]
    assert bad(ours_found) <= {"Basic", "/Me"}
    assert verdicts(ours_found) == {"okta-wizard": "works", "okta-catalogue": "works", "entra": "works"}
    assert {"password stored", "password never shown", "externalId kept and found", "group sync by PUT"} <= bad(
        theirs_found
    )
    assert "works" not in verdicts(theirs_found).values()


def bad(found: dict[str, Any]) -> set[str]:
    return {finding["question"] for finding in found["findings"] if finding["good"] is False}


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {name: suite["verdict"] for name, suite in found["suites"].items()}

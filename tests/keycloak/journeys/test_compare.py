"""`scimbridge compare`, with Keycloak behind us and beside us: the table that the documentation shows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .bridged import Bridged
from .console import LOGIN, LOGIN_SECRET, ROLES, SERVICE, SERVICE_SECRET, Console, KeycloakRealm

pytestmark = pytest.mark.slow

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
    ours_found, theirs_found = json.loads(bridge.installation.command("compare", str(servers), "--json"))
    assert [finding for finding in ours_found["findings"] if not finding["good"]] == []
    assert score(ours_found) == {"okta-aiw-put": 68, "okta-catalog-patch": 46, "entra-default": 27}
    bad = {finding["question"] for finding in theirs_found["findings"] if not finding["good"]}
    assert bad == {"stores the password", "shows the password", "user sync", "group sync"}
    assert score(theirs_found) == {"okta-aiw-put": 17, "okta-catalog-patch": 28, "entra-default": 21}


def score(found: dict[str, dict[str, list[dict[str, bool]]]]) -> dict[str, int]:
    return {name: sum(step["good"] for step in steps) for name, steps in found["conversations"].items()}

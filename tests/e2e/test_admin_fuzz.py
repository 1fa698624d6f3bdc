"""Schemathesis, through its own command line, against the admin API as its OpenAPI document describes it."""

import os
import sys
from pathlib import Path

import httpx
import pytest

from .conftest import Realm
from .server import execute

pytestmark = pytest.mark.slow

# Nearly all requests would be about what does not exist, if nothing named what does.
CONFIGURATION = """
[headers]
Authorization = "Bearer ${{ADMIN_TOKEN}}"

[parameters]
"path.realm" = "{realm}"
"path.client" = "spare"
"path.token" = "spare"
"path.id" = "{user}"
"path.application" = "spare"
"path.type" = "User"
"path.push_group" = "spare"
"path.source" = "spare"
"path.job" = "spare"
"path.account" = "spare"
"""
CHECKS = "not_a_server_error,ignored_auth,allow_header_conformance,content_type_conformance,response_schema_conformance"


def test_schemathesis_finds_no_server_error_and_no_way_in(realm: Realm, tmp_path: Path) -> None:
    token = realm.installation.command("admin", "token", "create", "schemathesis")
    configuration = tmp_path / "schemathesis.toml"
    realm.installation.command("admin", "token", "create", "spare")
    realm.installation.command("token", "create", realm.name, "spare")
    realm.installation.command("client", "create", realm.name, "spare")
    nowhere = ("--url", "http://127.0.0.1:1/scim/v2", "--push-new-users", "--push-groups")
    realm.installation.command("application", "create", realm.name, "spare", *nowhere)
    realm.installation.command("source", "create", realm.name, "spare", "--csv", str(tmp_path / "people.csv"))
    realm.installation.command("push-group", "add", realm.name, "spare", "spare", "--starts-with", "s")
    headers = {"Authorization": f"Bearer {realm.token}"}
    user = httpx.post(f"{realm.base}/Users", json={"userName": "spare"}, headers=headers).raise_for_status().json()
    configuration.write_text(CONFIGURATION.format(realm=realm.name, user=user["id"]))
    program = Path(sys.executable).with_name("schemathesis")
    where = [f"{realm.server.url}/admin/openapi.json", "--url", realm.server.url]
    # Rotating keys is left out: it makes an RSA key each time.
    what = ["--checks", CHECKS, "--exclude-path", "/admin/realms/{realm}/keys/rotate"]
    how = ["--phases", "coverage,fuzzing", "--max-examples", "10", "--seed", "1"]
    judged = execute(
        [program, "--config-file", configuration, "run", *where, *what, *how],
        tmp_path,
        os.environ | {"ADMIN_TOKEN": token, "NO_COLOR": "1"},
        timeout=240,
    )
    assert judged.returncode == 0, judged.stdout[-6000:] + judged.stderr
    assert "Traceback" not in realm.server.log.read_text()

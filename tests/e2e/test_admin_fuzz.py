"""Schemathesis, through its own command line, against the admin API as its OpenAPI document describes it."""

import os
import sys
from pathlib import Path

import pytest

from .conftest import Realm
from .server import execute

pytestmark = pytest.mark.slow

# Half of the requests would be about realms that do not exist, if nothing named one that does.
CONFIGURATION = """
[headers]
Authorization = "Bearer ${ADMIN_TOKEN}"

[parameters]
"path.realm" = "%s"

[generation]
seed = 1
"""
CHECKS = "not_a_server_error,ignored_auth,unsupported_method,allow_header_conformance,content_type_conformance"


def test_schemathesis_finds_no_server_error_and_no_way_in(realm: Realm, tmp_path: Path) -> None:
    token = realm.installation.command("admin", "token", "create", "schemathesis")
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION % realm.name)
    program = Path(sys.executable).with_name("schemathesis")
    where = [f"{realm.server.url}/admin/openapi.json", "--url", realm.server.url]
    # Rotating keys is left out: it makes an RSA key each time.
    what = ["--checks", CHECKS, "--exclude-path", "/admin/realms/{realm}/keys/rotate"]
    how = ["--phases", "coverage,fuzzing", "--max-examples", "20"]
    judged = execute(
        [program, "--config-file", configuration, "run", *where, *what, *how],
        tmp_path,
        os.environ | {"ADMIN_TOKEN": token, "NO_COLOR": "1"},
        timeout=240,
    )
    assert judged.returncode == 0, judged.stdout[-6000:] + judged.stderr
    assert "Traceback" not in realm.server.log.read_text()

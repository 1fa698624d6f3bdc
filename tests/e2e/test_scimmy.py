"""A JavaScript judge: the SCIMMY library as a client (tests/e2e/scimmy/judge.mjs)."""

import os
import shutil
from pathlib import Path

import pytest

from .conftest import Realm
from .server import execute

pytestmark = pytest.mark.slow

JUDGE = Path(__file__).parent / "scimmy"


def test_scimmy_gets_from_the_server_what_scimmy_predicts(realm: Realm, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("NOT JUDGED BY SCIMMY: npm and node are not installed (Debian: apt install nodejs npm)")
    for name in ("package.json", "package-lock.json", "judge.mjs"):
        shutil.copy(JUDGE / name, tmp_path)
    fetched = execute([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], tmp_path, os.environ, timeout=180)
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    judged = execute([node, "judge.mjs"], tmp_path, os.environ | {"SCIM_BASE": realm.base, "SCIM_TOKEN": realm.token})
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert judged.stdout.rstrip().endswith("passed, 0 failed"), judged.stdout

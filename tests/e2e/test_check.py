"""`scimbridge check`, as a person runs it: what real clients send, and Okta's own test, against a running server."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from scimbridge.interop.suite_file import bundled

from .conftest import Realm
from .server import execute_scimbridge

pytestmark = pytest.mark.slow

SPEC = Path(__file__).parent.parent / "vectors/okta/Okta-SCIM-20-SPEC-Test.json"


def check(realm: Realm, *flags: str) -> dict[str, dict[str, Any]]:
    """The suites as the report has them; fails if one step was not answered as it must be."""
    done = execute_scimbridge(
        ["check", realm.base, "--format", "json", *flags],
        realm.installation.folder,
        realm.installation.environment | {"SCIMBRIDGE_TOKEN": realm.token},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, dict[str, Any]] = json.loads(done.stdout)["suites"]
    return report


@pytest.fixture(scope="module")
def realm(realm: Realm) -> Realm:
    """With more than a page of people, for the import; the first one has all that Okta's test wants to see."""
    with httpx.Client(headers={"Authorization": f"Bearer {realm.token}"}) as http:
        for number in range(105):
            name = f"import-{number}@people.test"
            user = {
                "userName": name,
                "name": {"givenName": "Import", "familyName": str(number)},
                "emails": [{"value": name, "primary": True}],
                "active": True,
            }
            http.post(f"{realm.base}/Users", json=user).raise_for_status()
    return realm


def test_every_step_of_every_suite_is_answered_as_the_client_needs_it(realm: Realm) -> None:
    report = check(realm)
    assert set(report) == set(bundled())
    assert {suite["verdict"] for suite in report.values()} == {"works"}
    assert [url for suite in report.values() for url in suite["left"]] == []


def test_oktas_own_test_passes(realm: Realm) -> None:
    (suite,) = check(realm, "--okta-spec", str(SPEC)).values()
    assert len(suite["steps"]) == 12
    assert suite["passed"]


def test_a_server_that_answers_wrongly_is_found_out(realm: Realm) -> None:
    """The same requests below a base URL that is none: not one step may pass as good."""
    done = execute_scimbridge(
        ["check", f"{realm.server.url}/realms/nobody/scim/v2", "--suite", "okta-wizard", "--format", "json"],
        realm.installation.folder,
        realm.installation.environment | {"SCIMBRIDGE_TOKEN": realm.token},
    )
    assert done.returncode == 1
    (suite,) = json.loads(done.stdout)["suites"].values()
    assert not any(step["good"] for step in suite["steps"])
    assert suite["verdict"] == "does not work"

"""`scimbridge check`, as a person runs it: what real clients send, and Okta's own test, against a running server."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Realm
from .server import execute_scimbridge

pytestmark = pytest.mark.slow

SPEC = Path(__file__).parent.parent / "vectors/okta/Okta-SCIM-20-SPEC-Test.json"


def check(realm: Realm, *conversations: str) -> dict[str, list[dict[str, Any]]]:
    """The steps of each conversation, as `--json` reports them; fails if one of them was not answered as it must be."""
    done = execute_scimbridge(
        ["check", *conversations, "--base-url", realm.base, "--json"],
        realm.installation.folder,
        realm.installation.environment | {"SCIMBRIDGE_TOKEN": realm.token},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
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


@pytest.mark.parametrize(
    ("conversation", "steps"),
    [("okta-import", 4), ("okta-aiw-put", 68), ("okta-catalog-patch", 46), ("entra-default", 27), (str(SPEC), 12)],
    ids=lambda value: Path(value).stem if isinstance(value, str) else "",
)
def test_every_step_is_answered_as_the_client_needs_it(realm: Realm, conversation: str, steps: int) -> None:
    tagged = ("--tag", Path(conversation).stem) if conversation != str(SPEC) else ()
    (report,) = check(realm, conversation, *tagged).values()
    assert len(report) == steps
    assert all(step["good"] for step in report)


def test_a_server_that_answers_wrongly_is_found_out(realm: Realm) -> None:
    """The same requests below a base URL that is none: not one step may pass as good."""
    done = execute_scimbridge(
        ["check", "okta-aiw-put", "--base-url", f"{realm.server.url}/realms/nobody/scim/v2", "--json"],
        realm.installation.folder,
        realm.installation.environment | {"SCIMBRIDGE_TOKEN": realm.token},
    )
    assert done.returncode == 1
    (report,) = json.loads(done.stdout).values()
    assert not any(step["good"] for step in report)

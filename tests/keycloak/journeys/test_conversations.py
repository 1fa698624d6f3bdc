"""The reference scenario with a real Keycloak behind: what Okta and Entra ID were recorded to send, every step."""

import json
from typing import Any

import pytest

from e2e.server import execute_scimbridge
from keycloak.server import WITH_SCIM, WITHOUT_SCIM

from .bridged import Bridged, check_agreement
from .console import SCENARIO_ROLES, SERVICE, SERVICE_SECRET

# No more than the reference scenario gives.
SERVICE_ROLES = SCENARIO_ROLES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("console", [WITH_SCIM, WITHOUT_SCIM], indirect=True, scope="module"),
]

SUITES = [("okta-wizard", 68), ("okta-catalogue", 46), ("entra", 29)]


def play(bridge: Bridged, suite: str, *credential: str, **environment: str) -> list[dict[str, Any]]:
    """`scimbridge check`, as anyone can run it; its steps."""
    arguments = ["check", bridge.base, "--suite", suite, "--format", "json", "--keep", *credential]
    done = execute_scimbridge(arguments, bridge.installation.folder, bridge.installation.environment | environment)
    assert done.returncode in {0, 1}, done.stderr
    (played,) = json.loads(done.stdout)["suites"].values()
    return list(played["steps"])


@pytest.mark.parametrize(("suite", "steps"), SUITES)
def test_every_step_is_right_and_keycloak_holds_what_we_hold(bridge: Bridged, suite: str, steps: int) -> None:
    played = play(bridge, suite, SCIMBRIDGE_TOKEN=bridge.token)
    assert [step for step in played if not step["good"]] == []
    assert len(played) == steps
    held = check_agreement(bridge.http, bridge.behind)
    assert held.users, "the conversation left nobody, which proves nothing"


def test_the_same_with_a_token_that_keycloak_issued_at_our_token_endpoint(bridge: Bridged) -> None:
    """Okta's two URLs have one host: the token endpoint hands the call on, and Keycloak's roles count."""
    endpoint = f"{bridge.server.url}/realms/{bridge.name}/protocol/openid-connect/token"
    credential = ("--client-id", SERVICE, "--token-url", endpoint)
    played = play(bridge, "okta-wizard", *credential, SCIMBRIDGE_CLIENT_SECRET=SERVICE_SECRET)
    assert [step for step in played if not step["good"]] == []
    check_agreement(bridge.http, bridge.behind)


def test_keycloaks_ids_are_the_scim_ids(bridge: Bridged) -> None:
    """So that a move from its native SCIM, or back to it, keeps the links that Okta has."""
    user = bridge.create("ids.person@example.test")
    there = bridge.behind.user("ids.person@example.test")
    assert there is not None
    assert there["id"] == user["id"]


def test_what_keycloak_cannot_hold_stays_here_and_what_it_can_is_written_there(bridge: Bridged) -> None:
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    sent = {
        "displayName": "Whole Person",
        "title": "Boss",
        "emails": [
            {"value": "home@example.test", "type": "home"},
            {"value": "whole.person@example.test", "type": "work", "primary": True},
        ],
        "phoneNumbers": [{"value": "+1 555 0100", "type": "work"}],
        "addresses": [{"locality": "Ghent", "country": "BE", "type": "work"}],
        enterprise: {"department": "Tours", "employeeNumber": "701984"},
    }
    user = bridge.create("whole.person@example.test", **sent)
    read = bridge.scim("GET", f"/Users/{user['id']}").json()
    assert {name: read[name] for name in sent} == sent
    there = bridge.behind.user("whole.person@example.test")
    assert there is not None
    assert there["email"] == "whole.person@example.test"
    assert there["attributes"] == {
        "externalId": ["00u-whole.person@example.test"],
        "displayName": ["Whole Person"],
        "title": ["Boss"],
        "department": ["Tours"],
        "employeeNumber": ["701984"],
        "phone": ["+1 555 0100"],
    }


def test_attributes_that_others_keep_at_keycloak_survive_a_change(bridge: Bridged) -> None:
    user = bridge.create("kept.attributes@example.test")
    there = bridge.behind.get(f"/users/{user['id']}")
    there["attributes"] = there["attributes"] | {"shoeSize": ["43"]}
    bridge.behind.request("PUT", f"/users/{user['id']}", there)
    answer = bridge.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Chief"})
    assert answer.status_code == 200, answer.text
    attributes = bridge.behind.get(f"/users/{user['id']}")["attributes"]
    assert attributes["shoeSize"] == ["43"]
    assert attributes["title"] == ["Chief"]


def test_nested_groups_are_child_groups_there(bridge: Bridged) -> None:
    child = bridge.scim("POST", "/Groups", {"displayName": "nested-child"}).json()["id"]
    member = bridge.create("nested.member@example.test")["id"]
    body = {"displayName": "nested-parent", "members": [{"value": child}, {"value": member}]}
    parent = bridge.scim("POST", "/Groups", body).json()["id"]
    assert bridge.behind.get(f"/groups/{child}")["parentId"] == parent
    check_agreement(bridge.http, bridge.behind)
    second = bridge.scim("POST", "/Groups", {"displayName": "second-parent", "members": [{"value": child}]})
    assert second.status_code == 400
    assert second.json()["scimType"] == "invalidValue"
    answer = bridge.patch(f"/Groups/{parent}", {"op": "remove", "path": f'members[value eq "{child}"]'})
    assert answer.is_success, answer.text
    assert bridge.behind.get(f"/groups/{child}").get("parentId") is None
    check_agreement(bridge.http, bridge.behind)


def test_a_deletion_deletes_there(bridge: Bridged) -> None:
    user = bridge.create("deleted.person@example.test")["id"]
    group = bridge.scim("POST", "/Groups", {"displayName": "deleted", "members": [{"value": user}]}).json()["id"]
    assert bridge.scim("DELETE", f"/Groups/{group}").status_code == 204
    assert bridge.scim("DELETE", f"/Users/{user}").status_code == 204
    assert bridge.behind.user("deleted.person@example.test") is None
    check_agreement(bridge.http, bridge.behind)

"""Changes made in Keycloak behind our back are noticed, and healed, accepted or left, as the realm says."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.server import start

from .bridged import Bridged, bridged, check_agreement, journal, wait_until
from .console import KeycloakRealm

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bridge(behind: KeycloakRealm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridged]:
    """Every read asks Keycloak; titles are Keycloak's to decide, and nobody minds the department."""
    folder = Path(tmp_path_factory.mktemp("drift"))
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    rules = ("--drift", "title=accept", "--drift", f"{enterprise}:department=ignore")
    with bridged(folder, behind, "--freshness", "0", *rules) as bridge:
        yield bridge


def change(realm: KeycloakRealm, user: str, **attributes: list[str]) -> None:
    """As somebody at the console."""
    there = realm.get(f"/users/{user}")
    realm.request("PUT", f"/users/{user}", there | {"attributes": there["attributes"] | attributes})


def test_a_change_of_what_the_identity_provider_owns_is_healed(bridge: Bridged) -> None:
    user = bridge.create("drift.healed@example.test", displayName="As Okta has it")
    bridge.behind.request("PUT", f"/users/{user['id']}", {"enabled": False})
    change(bridge.behind, user["id"], displayName=["As the console has it"])
    read = bridge.scim("GET", f"/Users/{user['id']}").json()
    assert read["active"] is True
    assert read["displayName"] == "As Okta has it"
    there = bridge.behind.get(f"/users/{user['id']}")
    assert there["enabled"] is True
    assert there["attributes"]["displayName"] == ["As Okta has it"]


def test_an_attribute_that_keycloak_may_decide_is_accepted(bridge: Bridged) -> None:
    user = bridge.create("drift.accepted@example.test", title="Clerk")["id"]
    change(bridge.behind, user, title=["Boss"])
    assert bridge.scim("GET", f"/Users/{user}").json()["title"] == "Boss"
    last = [line for line in journal(bridge) if line["id"] == user][-1]
    assert last["after"]["title"] == "Boss"


def test_an_attribute_that_is_ignored_stays_different(bridge: Bridged) -> None:
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    user = bridge.create("drift.ignored@example.test", **{enterprise: {"department": "Tours"}})["id"]
    change(bridge.behind, user, department=["Travel"])
    assert bridge.scim("GET", f"/Users/{user}").json()[enterprise] == {"department": "Tours"}
    assert bridge.behind.get(f"/users/{user}")["attributes"]["department"] == ["Travel"]


def test_a_user_who_was_deleted_there_is_not_found(bridge: Bridged) -> None:
    user = bridge.create("drift.deleted@example.test")["id"]
    group = bridge.scim("POST", "/Groups", {"displayName": "drift", "members": [{"value": user}]}).json()["id"]
    bridge.behind.request("DELETE", f"/users/{user}")
    assert bridge.scim("GET", f"/Users/{user}").status_code == 404
    assert bridge.find('userName eq "drift.deleted@example.test"') == []
    assert "members" not in bridge.scim("GET", f"/Groups/{group}").json()
    assert bridge.create("drift.deleted@example.test")["id"] != user


def test_a_group_that_was_renamed_or_deleted_there_is_noticed(bridge: Bridged) -> None:
    kept = bridge.scim("POST", "/Groups", {"displayName": "drift-name"}).json()["id"]
    gone = bridge.scim("POST", "/Groups", {"displayName": "drift-gone"}).json()["id"]
    bridge.behind.request("PUT", f"/groups/{kept}", {"name": "other-name"})
    bridge.behind.request("DELETE", f"/groups/{gone}")
    assert bridge.scim("GET", f"/Groups/{kept}").json()["displayName"] == "drift-name"
    assert bridge.scim("GET", f"/Groups/{gone}").status_code == 404


def test_a_membership_that_was_taken_away_there_is_given_back_by_the_sweep(
    bridge: Bridged, behind: KeycloakRealm
) -> None:
    """It runs when a server starts."""
    user, extra = (bridge.create(f"drift.{name}@example.test")["id"] for name in ("member", "extra"))
    group = bridge.scim("POST", "/Groups", {"displayName": "drift-members", "members": [{"value": user}]}).json()["id"]
    behind.request("DELETE", f"/users/{user}/groups/{group}")
    behind.request("PUT", f"/users/{extra}/groups/{group}")
    report = json.loads(bridge.installation.command("drift", bridge.name, "--json"))
    assert [row["attribute"] for row in report if row["id"] == group] == ["members"]
    bridge.server.stop()
    bridge.server.process = start(bridge.installation, port=urlsplit(bridge.server.url).port).process
    wait_until(lambda: behind.members(group) == {user}, "the sweep has been there")


def test_the_report_shows_desired_recorded_and_actual(bridge: Bridged) -> None:
    user = bridge.create("drift.reported@example.test", displayName="Desired")["id"]
    change(bridge.behind, user, displayName=["Actual"])
    done = bridge.installation.attempt("drift", bridge.name, "--json")
    rows = [row for row in json.loads(done.stdout) if row["id"] == user]
    (row,) = (row for row in rows if row["attribute"] == "displayName")
    assert (row["desired"], row["recorded"], row["actual"]) == (["Desired"], ["Desired"], ["Actual"])
    assert bridge.scim("GET", f"/Users/{user}").json()["displayName"] == "Desired"


def test_after_all_that_both_sides_agree(bridge: Bridged) -> None:
    check_agreement(bridge.http, bridge.behind)

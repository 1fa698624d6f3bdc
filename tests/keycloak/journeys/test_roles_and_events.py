"""Groups that are roles in Keycloak, and what others change there, taken up by admin events."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .bridged import Bridged, bridged, wait_until
from .console import SERVICE, KeycloakRealm

pytestmark = pytest.mark.slow

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture(scope="module")
def bridge(behind: KeycloakRealm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridged]:
    """No read asks Keycloak."""
    client = behind.get("/clients", clientId=SERVICE)[0]["id"]
    account = behind.get(f"/clients/{client}/service-account-user")["id"]
    behind.grant(account, "view-events", "manage-realm")
    flags = ("--freshness", "3600", "--keycloak-group-roles", "realm")
    with bridged(Path(tmp_path_factory.mktemp("roles")), behind, *flags) as bridge:
        yield bridge


def holders(bridge: Bridged, role: str) -> set[str]:
    return {user["id"] for user in bridge.behind.get(f"/roles/{role}/users")}


def test_a_pushed_group_is_a_role_of_its_members(bridge: Bridged) -> None:
    ada, bo = [bridge.create(f"role.{name}@example.test")["id"] for name in ("ada", "bo")]
    body = {"schemas": [GROUP], "displayName": "crew", "members": [{"value": ada}]}
    group = bridge.scim("POST", "/Groups", body).json()["id"]
    assert bridge.behind.get("/roles/crew")["id"] == group
    assert holders(bridge, "crew") == {ada}
    operations: list[dict[str, Any]] = [
        {"op": "add", "path": "members", "value": [{"value": bo}]},
        {"op": "remove", "path": f'members[value eq "{ada}"]'},
        {"op": "replace", "path": "displayName", "value": "sailors"},
    ]
    bridge.patch(f"/Groups/{group}", *operations)
    assert holders(bridge, "sailors") == {bo}
    nested = {"schemas": [GROUP], "displayName": "fleet", "members": [{"value": group}]}
    refused = bridge.scim("POST", "/Groups", nested)
    assert refused.status_code == 400
    assert "a role holds no groups" in refused.json()["detail"]
    assert not bridge.behind.get("/roles", search="fleet")
    bridge.scim("DELETE", f"/Groups/{group}")
    assert not bridge.behind.get("/roles", search="sailors")


def test_a_role_that_was_there_is_taken_over_as_it_is(bridge: Bridged) -> None:
    bridge.behind.make("/roles", {"name": "auditor"})
    role = bridge.behind.get("/roles/auditor")["id"]
    taken = bridge.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "auditor"})
    assert taken.status_code == 409
    found = bridge.find('displayName eq "auditor"', "Groups")
    assert [group["id"] for group in found] == [role]
    member = bridge.create("role.auditor@example.test")["id"]
    operations = [{"op": "add", "path": "members", "value": [{"value": member}]}]
    bridge.patch(f"/Groups/{role}", *operations)
    assert holders(bridge, "auditor") == {member}
    for method, body in (
        ("DELETE", None),
        ("PUT", {"schemas": [GROUP], "displayName": "renamed", "members": [{"value": member}]}),
    ):
        refused = bridge.scim(method, f"/Groups/{role}", body)
        assert refused.status_code == 403
        assert "not made here" in refused.json()["detail"]
    assert bridge.behind.get("/roles/auditor")["id"] == role


def test_what_somebody_else_changes_is_made_right_within_seconds_and_without_a_read(bridge: Bridged) -> None:
    user = bridge.create("event.changed@example.test")["id"]
    bridge.behind.request("PUT", f"/users/{user}", {"enabled": False})
    wait_until(lambda: bridge.behind.get(f"/users/{user}")["enabled"], "the user is enabled again")
    bridge.behind.request("DELETE", f"/users/{user}")
    wait_until(lambda: bridge.scim("GET", f"/Users/{user}").status_code == 404, "the user is gone here")


def test_who_takes_a_role_away_or_gives_it_is_corrected_within_seconds(bridge: Bridged) -> None:
    ada, bo = [bridge.create(f"event.{name}@example.test")["id"] for name in ("ada", "bo")]
    group = bridge.scim("POST", "/Groups", {"schemas": [GROUP], "displayName": "pilots", "members": [{"value": ada}]})
    role = bridge.behind.get(f"/roles-by-id/{group.json()['id']}")
    bridge.behind.request("DELETE", f"/users/{ada}/role-mappings/realm", [role])
    bridge.behind.request("POST", f"/users/{bo}/role-mappings/realm", [role])
    wait_until(lambda: holders(bridge, "pilots") == {ada}, "those whom the identity provider named hold it")


def test_pushed_groups_become_groups_again_when_the_setting_says_so(bridge: Bridged) -> None:
    """The last test here: the realm is another one afterwards."""
    ada = bridge.create("switch.ada@example.test")["id"]
    bridge.behind.make("/roles", {"name": "of-others"})
    body = {"schemas": [GROUP], "displayName": "gunners", "members": [{"value": ada}]}
    group = bridge.scim("POST", "/Groups", body).json()["id"]
    wait_until(lambda: bridge.find('displayName eq "of-others"', "Groups"), "the other role is shown")
    bridge.installation.command("realm", "set", "acme", "--keycloak-group-roles", "")
    assert bridge.scim("GET", f"/Groups/{group}").json()["members"][0]["value"] == ada

    def in_the_group() -> bool:
        found = [there["id"] for there in bridge.behind.groups() if there["name"] == "gunners"]
        return len(found) == 1 and bridge.behind.members(found[0]) == {ada}

    wait_until(in_the_group, "the group has its members there")
    assert bridge.scim("GET", f"/Groups/{group}").json()["members"][0]["value"] == ada
    assert holders(bridge, "gunners") == {ada}
    wait_until(lambda: not bridge.find('displayName eq "of-others"', "Groups"), "the role is not shown any more")

"""What the admin API says of a real Keycloak behind a realm, and does to it, as jobs of the server."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.test_admin_api import Admin

from .bridged import Bridged, bridged, wait_until
from .console import Console, KeycloakRealm

pytestmark = pytest.mark.slow

REALM = "/realms/acme"


SignIn = Callable[[Bridged], Admin]


@pytest.fixture(scope="module")
def sign_in() -> Iterator[SignIn]:
    opened: list[Admin] = []

    def sign_in(bridge: Bridged) -> Admin:
        opened.append(Admin(bridge.server, bridge.installation.command("admin", "token", "create", "console")))
        return opened[-1]

    yield sign_in
    for admin in opened:
        admin.http.close()


@pytest.fixture(scope="module")
def admin(bridge: Bridged, sign_in: SignIn) -> Admin:
    return sign_in(bridge)


def test_preflight_finds_what_is_good_and_what_is_not_and_mends_it(bridge: Bridged, admin: Admin) -> None:
    findings = {finding["check"]: finding for finding in admin.finish(f"{REALM}/preflight")}
    assert (findings["reach"]["state"], bridge.behind.url in findings["reach"]["message"]) == ("good", True)
    assert not [finding for finding in findings.values() if finding["state"] == "failure"], findings
    mended = admin.finish(f"{REALM}/preflight", {"fix": True})
    assert {finding["check"] for finding in mended} == set(findings)


def test_drift_is_what_the_console_made_of_a_user(bridge: Bridged, admin: Admin) -> None:
    user = bridge.create("by.api@x.test")
    bridge.behind.request("PUT", f"/users/{user['id']}", {"enabled": False})
    drift = admin.finish(f"{REALM}/drift")
    mine = [one for one in drift["differences"] if one["id"] == user["id"]]
    assert [(one["attribute"], one["desired"], one["actual"]) for one in mine] == [("active", True, False)]
    assert drift["count"] >= 1
    assert admin.finish(f"{REALM}/drift", {"count": 0})["differences"] == []
    assert admin.send("GET", f"{REALM}/tasks") == []


def test_a_realm_takes_over_from_the_extension_while_it_is_served(
    console: Console, sign_in: SignIn, tmp_path: Path
) -> None:
    realm = KeycloakRealm.create(console, f"taken-{uuid.uuid4().hex[:6]}")
    try:
        realm.make("/roles", {"name": "scim-managed"})
        role = realm.get("/roles/scim-managed")
        managed, other = realm.make_user("old.one@x.test"), realm.make_user("other.one@x.test")
        realm.request("POST", f"/users/{managed}/role-mappings/realm", [role])
        with bridged(tmp_path, realm) as bridge:
            admin = sign_in(bridge)
            plan = admin.finish(f"{REALM}/migrate", {"dryRun": True})
            assert plan["change"] == {"keycloak": {"only": "role:scim-managed"}}
            assert [one["id"] for one in bridge.find('userName eq "other.one@x.test"')] == [other], "a plan only"
            assert admin.finish(f"{REALM}/migrate") == plan | {"managed": 1}
            (found,) = bridge.find('userName eq "old.one@x.test"')
            assert found["id"] == managed
            wait_until(
                lambda: bridge.scim("GET", f"/Users/{other}").status_code == 404,
                "a pass with the former settings, which may be under way, is over",
            )
    finally:
        realm.delete()

"""Setting a bridge up: preflight, Keycloak's token endpoint behind ours and its tokens here, and moving over."""

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from .bridged import Bridged, bridged, connect, scim_user, succeed
from .console import SERVICE, Console, KeycloakRealm

pytestmark = pytest.mark.slow

OKTA, OKTA_SECRET = "okta-scim", "okta-secret with 100% of+special:characters"


@pytest.fixture(scope="module")
def okta(behind: KeycloakRealm) -> None:
    behind.add_client(OKTA, OKTA_SECRET, ("manage-users", "view-clients"))
    behind.add_client("reader", "reader-secret", ("view-users",))


def token_url(bridge: Bridged) -> str:
    return f"{bridge.server.url}/realms/{bridge.name}/protocol/openid-connect/token"


def ask_for_token(bridge: Bridged, client: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    return httpx.post(token_url(bridge), data=form, timeout=60)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class TestPassingThrough:
    """One host for both of Okta's URLs, with a client of Keycloak's."""

    @pytest.mark.usefixtures("okta")
    def test_a_client_of_keycloaks_gets_a_token_here_and_provisions_with_it(self, bridge: Bridged) -> None:
        answer = succeed(ask_for_token(bridge, OKTA, OKTA_SECRET), 200)
        users = f"{bridge.base}/Users"
        made = httpx.post(users, json=scim_user("by.token@x.test"), headers=bearer(answer["access_token"]), timeout=60)
        assert made.status_code == 201, made.text
        assert bridge.behind.user("by.token@x.test")

    @pytest.mark.usefixtures("okta")
    def test_its_roles_count_here_as_they_do_there(self, bridge: Bridged) -> None:
        headers = bearer(succeed(ask_for_token(bridge, "reader", "reader-secret"), 200)["access_token"])
        assert httpx.get(f"{bridge.base}/Users", headers=headers, timeout=60).status_code == 200
        refused = httpx.post(f"{bridge.base}/Users", json=scim_user("no@x.test"), headers=headers, timeout=60)
        assert refused.status_code == 403

    def test_a_wrong_secret_is_refused_in_keycloaks_words(self, bridge: Bridged) -> None:
        answer = ask_for_token(bridge, SERVICE, "wrong")
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized_client")

    def test_our_own_clients_are_served_beside_them(self, bridge: Bridged) -> None:
        secret = bridge.installation.command("client", "create", bridge.name, "own", "--role", "view-users")
        answer = succeed(ask_for_token(bridge, "own", secret), 200)
        assert httpx.get(f"{bridge.base}/Users", headers=bearer(answer["access_token"])).status_code == 200

    @pytest.mark.usefixtures("okta")
    def test_a_realm_without_a_credential_passes_the_callers_token_on(self, bridge: Bridged) -> None:
        bridge.installation.command("realm", "create", "passing", "--keycloak", bridge.behind.url)
        static = bridge.installation.command("token", "create", "passing", "t")
        users = f"{bridge.server.scim('passing')}/Users"
        token = bridge.behind.client_token(OKTA, OKTA_SECRET)
        made = httpx.post(users, json=scim_user("passed.on@x.test"), headers=bearer(token), timeout=60)
        assert made.status_code == 201, made.text
        assert bridge.behind.user("passed.on@x.test")
        refused = httpx.post(users, json=scim_user("not.passed@x.test"), headers=bearer(static), timeout=60)
        assert refused.status_code == 503
        assert bridge.behind.user("not.passed@x.test") is None


def test_preflight_names_each_failure_and_repairs_it(console: Console, tmp_path: Path) -> None:
    realm = KeycloakRealm.create(console, f"preflight-{uuid.uuid4().hex[:6]}")
    try:
        realm.change(editUsernameAllowed=False)
        realm.request("PUT", "/users/profile", realm.get("/users/profile") | {"unmanagedAttributePolicy": None})
        with bridged(tmp_path, realm) as bridge:
            checks = preflight(bridge, code=1)
            assert {name for name, check in checks.items() if check["fixable"]} == {"rename", "attributes"}
            repaired = preflight(bridge, "--fix", code=1)
            assert "manage-realm" in repaired["rename"]["fix"]
            account = realm.user(f"service-account-{SERVICE}")
            assert account is not None
            realm.grant(account["id"], "manage-realm")
            assert {check["state"] for check in preflight(bridge, "--fix", code=0).values()} <= {"good", "warning"}
            assert preflight(bridge, code=0)["attributes"]["state"] == "good"
            made = bridge.create("after.repair@x.test", title="Boss")
            succeed(bridge.scim("PUT", f"/Users/{made['id']}", made | {"userName": "renamed@x.test"}), 200)
            there = realm.user("renamed@x.test")
            assert there is not None
            assert there["attributes"]["title"] == ["Boss"]
    finally:
        realm.delete()


def preflight(bridge: Bridged, *flags: str, code: int) -> dict[str, dict[str, Any]]:
    """The findings by check."""
    done = bridge.installation.attempt("preflight", bridge.name, "--json", *flags)
    assert done.returncode == code, done.stdout + done.stderr
    return {finding["check"]: finding for finding in json.loads(done.stdout)}


def test_users_of_the_older_extension_are_taken_over_with_their_ids(console: Console, tmp_path: Path) -> None:
    realm = KeycloakRealm.create(console, f"moving-{uuid.uuid4().hex[:6]}")
    try:
        realm.change(attributes={"scim.link.idp": "true", "scim.identity.provider.alias": "okta"}, scimApiEnabled=False)
        realm.make("/identity-provider/instances", {"alias": "okta", "providerId": "saml", "config": {}})
        realm.make("/roles", {"name": "scim-managed"})
        role = realm.get("/roles/scim-managed")
        managed, other = realm.make_user("old.one@x.test"), realm.make_user("other.one@x.test")
        realm.request("POST", f"/users/{managed}/role-mappings/realm", [role])
        with bridged(tmp_path, realm) as bridge:
            plan = json.loads(bridge.installation.command("migrate", bridge.name, "--json", "--yes"))
            assert plan["sources"] == ["keycloak-scim-server"]
            assert plan["change"] == {"keycloak": {"identityProvider": "okta", "only": "role:scim-managed"}}
            (found,) = bridge.find('userName eq "old.one@x.test"')
            assert found["id"] == managed
            assert bridge.find('userName eq "other.one@x.test"') == []
            assert bridge.scim("GET", f"/Users/{other}").status_code == 404
            made = bridge.create("new.one@x.test")
            assert "scim-managed" in {role["name"] for role in realm.get(f"/users/{made['id']}/role-mappings/realm")}
            identities = realm.get(f"/users/{made['id']}/federated-identity")
            assert [(link["identityProvider"], link["userId"]) for link in identities] == [("okta", made["externalId"])]
    finally:
        realm.delete()


def test_a_realm_whose_secret_is_wrong_says_so_and_goes_on_once_it_is_right(
    behind: KeycloakRealm, tmp_path: Path
) -> None:
    with bridged(tmp_path, behind) as bridge:
        wrong = tmp_path / "wrong"
        wrong.write_text("wrong")
        bridge.installation.command("realm", "set", bridge.name, "--keycloak-secret-file", str(wrong))
        answer = bridge.scim("POST", "/Users", scim_user("secret.wrong@x.test"))
        assert answer.status_code == 503
        assert "Keycloak gives no token to client" in answer.json()["detail"]
        secret = Path(bridge.installation.folder, "keycloak-secret")
        bridge.installation.command("realm", "set", bridge.name, "--keycloak-secret-file", str(secret))
        assert bridge.create("secret.right@x.test")["id"]
        connect(bridge.installation, "second", behind)
        assert bridge.installation.command("user", "list", "second") is not None

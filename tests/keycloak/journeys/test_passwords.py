"""The password that came in the SCIM create signs the person in at Keycloak, and deactivation ends that for good."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keycloak.server import WITH_SCIM, WITHOUT_SCIM

from .bridged import Bridged, bridged
from .console import Console, KeycloakRealm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("console", [WITH_SCIM, WITHOUT_SCIM], indirect=True, scope="module"),
]

FIRST, SECOND, THIRD = "First-7Kq2ZxV9", "Second-8Lr3AyW0", "Third-9Ms4BzX1"


@pytest.fixture(scope="module", params=["hashed", "plain"])
def bridge(
    behind: KeycloakRealm, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Bridged]:
    """Once with what is hashed here, once with what Keycloak hashes."""
    folder = Path(tmp_path_factory.mktemp(request.param))
    with bridged(folder, behind, "--credential", request.param) as bridge:
        yield bridge


@pytest.fixture
def name() -> str:
    """A person of its own for each test."""
    return f"person.{uuid.uuid4().hex[:8]}@example.test"


def test_the_password_of_the_create_signs_in(bridge: Bridged, name: str) -> None:
    user = bridge.create(name, password=FIRST)
    assert "password" not in user
    assert bridge.behind.sign_in(name, FIRST)
    assert not bridge.behind.sign_in(name, SECOND)


def test_a_new_password_by_patch_or_put_replaces_the_old_one(bridge: Bridged, name: str) -> None:
    user = bridge.create(name, password=FIRST)
    answer = bridge.patch(f"/Users/{user['id']}", {"op": "replace", "path": "password", "value": SECOND})
    assert answer.is_success, answer.text
    assert not bridge.behind.sign_in(name, FIRST)
    assert bridge.behind.sign_in(name, SECOND)
    answer = bridge.scim("PUT", f"/Users/{user['id']}", user | {"password": THIRD})
    assert answer.is_success, answer.text
    assert not bridge.behind.sign_in(name, SECOND)
    assert bridge.behind.sign_in(name, THIRD)


def test_a_profile_change_leaves_the_password(bridge: Bridged, name: str) -> None:
    user = bridge.create(name, password=FIRST)
    assert bridge.scim("PUT", f"/Users/{user['id']}", user | {"title": "Boss"}).is_success
    assert bridge.behind.sign_in(name, FIRST)


def test_deactivation_ends_access_and_reactivation_does_not_bring_it_back(bridge: Bridged, name: str) -> None:
    """Keycloak's native SCIM leaves the sessions: there the old tokens work again."""
    user = bridge.create(name, password=FIRST)["id"]
    online = bridge.behind.sign_in(name, FIRST)
    offline = bridge.behind.sign_in(name, FIRST, "openid offline_access")
    assert online
    assert offline
    assert [session.known() and session.refreshes() for session in (online, offline)] == [True, True]
    bridge.set_active(user, active=False)
    assert not bridge.behind.sign_in(name, FIRST)
    for session in (online, offline):
        assert not session.refreshes()
        assert not session.known()
    bridge.set_active(user, active=True)
    for session in (online, offline):
        assert not session.refreshes()
        assert not session.known()
    again = bridge.behind.sign_in(name, FIRST)
    assert again
    assert again.known()
    assert again.refreshes()


def credentials_of(realm: KeycloakRealm, user: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = realm.get(f"/users/{user}/credentials")
    return found


@pytest.mark.parametrize(
    ("flags", "status", "kept"),
    [(("--password-policy", "ignore"), 201, 0), (("--password-policy", "reject"), 400, 0)],
    ids=["ignore", "reject"],
)
def test_a_realm_may_want_no_passwords(
    console: Console, tmp_path: Path, flags: tuple[str, ...], status: int, kept: int
) -> None:
    realm = KeycloakRealm.create(console, f"no-passwords-{flags[1]}-{tmp_path.name[-3:]}")
    try:
        with bridged(tmp_path, realm, *flags) as bridge:
            body = {"userName": "sent@example.test", "password": FIRST}
            answer = bridge.scim("POST", "/Users", body)
            assert answer.status_code == status
            if status == 201:
                assert len(credentials_of(realm, answer.json()["id"])) == kept
            else:
                assert "password" in answer.json()["detail"]
                assert realm.user("sent@example.test") is None
    finally:
        realm.delete()


def test_a_temporary_password_must_be_changed_at_the_first_sign_in(console: Console, tmp_path: Path) -> None:
    realm = KeycloakRealm.create(console, f"temporary-{tmp_path.name[-3:]}")
    try:
        with bridged(tmp_path, realm, "--temporary-password") as bridge:
            user = bridge.create("temporary@example.test", password=FIRST)["id"]
            assert realm.get(f"/users/{user}")["requiredActions"] == ["UPDATE_PASSWORD"]
    finally:
        realm.delete()

"""What Keycloak refuses is refused in its words, as Okta's task list shows them, and nothing has changed anywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .bridged import Bridged, bridged, check_agreement, scim_user
from .console import Console, KeycloakRealm

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def behind(console: Console) -> Iterator[KeycloakRealm]:
    """A strict one: a password policy, and user names that nobody may change."""
    name = "refusals-strict"
    realm = KeycloakRealm.create(console, name, editUsernameAllowed=False, passwordPolicy="length(12) and digits(1)")
    yield realm
    realm.delete()


@pytest.fixture(scope="module")
def bridge(behind: KeycloakRealm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridged]:
    with bridged(Path(tmp_path_factory.mktemp("refusals")), behind) as bridge:
        yield bridge


@pytest.fixture(scope="module")
def ada(bridge: Bridged) -> dict[str, Any]:
    bridge.create("bo.holder@example.test")
    return bridge.create("ada.writer@example.test", password="Long-enough-1234")


def mail(value: str) -> dict[str, Any]:
    return {"emails": [{"value": value, "type": "work", "primary": True}]}


# What is sent -> status, and words that Okta shows.
CREATES: list[tuple[dict[str, Any], int, tuple[str, ...]]] = [
    (scim_user("ada.writer@example.test"), 409, ("userName",)),
    (scim_user("new.one@example.test") | mail("bo.holder@example.test"), 409, ("email",)),
    (scim_user("new.two@example.test") | mail("no address"), 400, ("email",)),
    (scim_user("new.three@example.test") | {"password": "short"}, 400, ("password", "12")),
    (scim_user("new.four@example.test") | {"password": "long enough, no number"}, 400, ("password",)),
]


@pytest.mark.parametrize(("body", "status", "words"), CREATES, ids=["name", "e-mail", "address", "length", "digits"])
def test_a_refused_create_leaves_nothing_on_either_side(
    bridge: Bridged, ada: dict[str, Any], body: dict[str, Any], status: int, words: tuple[str, ...]
) -> None:
    before = check_agreement(bridge.http, bridge.behind)
    answer = bridge.scim("POST", "/Users", body)
    assert answer.status_code == status, answer.text
    error = answer.json()
    assert error["scimType"] == {409: "uniqueness", 400: "invalidValue"}[status]
    assert all(word.lower() in error["detail"].lower() for word in words), error["detail"]
    assert body.get("password", "nothing") not in answer.text
    assert check_agreement(bridge.http, bridge.behind) == before
    assert ada["userName"] == "ada.writer@example.test"


Changing = Callable[[dict[str, Any]], dict[str, Any]]
CHANGES: list[tuple[Changing, int, tuple[str, ...]]] = [
    (lambda ada: ada | {"userName": "ada.renamed@example.test"}, 400, ("userName",)),
    (lambda ada: ada | mail("bo.holder@example.test"), 409, ("email",)),
    (lambda ada: ada | {"title": "New", "password": "short"}, 400, ("password",)),
    (lambda ada: ada | {"name": {"givenName": "x" * 300, "familyName": "y"}}, 400, ("name.givenName", "255")),
]


@pytest.mark.parametrize(("change", "status", "words"), CHANGES, ids=["rename", "e-mail", "password", "length"])
def test_a_refused_change_leaves_both_sides_as_they_were(
    bridge: Bridged, ada: dict[str, Any], change: Changing, status: int, words: tuple[str, ...]
) -> None:
    before = bridge.scim("GET", f"/Users/{ada['id']}").json()
    there = bridge.behind.get(f"/users/{ada['id']}")
    answer = bridge.scim("PUT", f"/Users/{ada['id']}", change(before))
    assert answer.status_code == status, answer.text
    assert all(word.lower() in answer.json()["detail"].lower() for word in words), answer.json()["detail"]
    assert bridge.scim("GET", f"/Users/{ada['id']}").json() == before
    assert bridge.behind.get(f"/users/{ada['id']}") == there
    assert bridge.behind.sign_in("ada.writer@example.test", "Long-enough-1234")


def test_a_group_that_is_there_already_is_a_conflict_and_leaves_no_half(bridge: Bridged, ada: dict[str, Any]) -> None:
    bridge.scim("POST", "/Groups", {"displayName": "taken"})
    before = check_agreement(bridge.http, bridge.behind)
    for name in ("taken", "TAKEN"):
        answer = bridge.scim("POST", "/Groups", {"displayName": name, "members": [{"value": ada["id"]}]})
        if name == "taken":
            assert answer.status_code == 409, answer.text
            assert answer.json()["scimType"] == "uniqueness"
    unknown = {
        "displayName": "half",
        "members": [{"value": ada["id"]}, {"value": "00000000-0000-4000-8000-000000000000"}],
    }
    assert bridge.scim("POST", "/Groups", unknown).status_code == 400
    held = check_agreement(bridge.http, bridge.behind)
    assert "half" not in {name for name, _ in held.groups.values()}
    assert before.users == held.users


def test_a_credential_that_may_not_write_is_named(behind: KeycloakRealm, console: Console, bridge: Bridged) -> None:
    """Whoever forgot manage-users reads that in Okta and need not look into a log."""
    account = next(user for user in console.get(f"/{behind.name}/clients", clientId="scimbridge"))["id"]
    service = behind.get(f"/clients/{account}/service-account-user")["id"]
    management = behind.get("/clients", clientId="realm-management")[0]["id"]
    role = behind.get(f"/clients/{management}/roles/manage-users")
    mappings = f"/users/{service}/role-mappings/clients/{management}"
    behind.request("DELETE", mappings, [role])
    try:
        answer = bridge.scim("POST", "/Users", scim_user("not.allowed@example.test"))
        assert answer.status_code in {403, 503}, answer.text
        assert "manage-users" in answer.json()["detail"]
    finally:
        behind.request("POST", mappings, [role])
    check_agreement(bridge.http, bridge.behind)

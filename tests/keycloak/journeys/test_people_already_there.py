"""Accounts that exist in Keycloak though no identity provider ever sent them: found, shown, adopted, protected."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .bridged import Bridged, bridged, check_agreement, every, scim_user, wait_until
from .console import SERVICE, Console, KeycloakRealm

pytestmark = pytest.mark.slow


def test_a_lookup_finds_them_by_name_address_and_external_id(bridge: Bridged) -> None:
    id_ = bridge.behind.make_user("found.one@example.test", attributes={"externalId": ["00u-there"]})
    for filter_ in (
        'userName eq "found.one@example.test"',
        'userName eq "FOUND.ONE@example.test"',
        'emails.value eq "found.one@example.test"',
        'emails[type eq "work"].value eq "found.one@example.test"',
        'externalId eq "00u-there"',
    ):
        (found,) = bridge.find(filter_)
        assert found["id"] == id_, filter_
        assert found["userName"] == "found.one@example.test"
        assert found["active"] is True
    assert bridge.find('userName eq "found"') == []


def test_a_lookup_that_finds_a_part_of_a_name_finds_nobody(bridge: Bridged) -> None:
    bridge.behind.make_user("exact.match@example.test")
    assert bridge.find('userName eq "exact.matc"') == []
    assert bridge.find('emails.value eq "xact.match@example.test"') == []


def test_okta_takes_over_whom_its_lookup_found(bridge: Bridged) -> None:
    id_ = bridge.behind.make_user("taken.over@example.test", attributes={"shoeSize": ["43"]})
    (found,) = bridge.find('userName eq "taken.over@example.test"')
    answer = bridge.scim("PUT", f"/Users/{id_}", found | {"title": "Boss", "externalId": "00u-taken"})
    assert answer.status_code == 200, answer.text
    there = bridge.behind.get(f"/users/{id_}")
    assert there["attributes"]["shoeSize"] == ["43"]
    assert there["attributes"]["title"] == ["Boss"]
    assert [user["id"] for user in bridge.find('externalId eq "00u-taken"')] == [id_]


def test_a_create_that_clashes_is_a_conflict(bridge: Bridged) -> None:
    bridge.behind.make_user("clash.one@example.test")
    answer = bridge.scim("POST", "/Users", scim_user("clash.one@example.test"))
    assert answer.status_code == 409
    assert answer.json()["scimType"] == "uniqueness"


def test_service_accounts_are_not_there(bridge: Bridged) -> None:
    name = f"service-account-{SERVICE}"
    account = bridge.behind.user(name)
    assert account is not None
    assert bridge.find(f'userName eq "{name}"') == []
    assert bridge.scim("GET", f"/Users/{account['id']}").status_code == 404
    assert name not in {user["userName"] for user in every(bridge.http, "/Users")}
    assert bridge.scim("DELETE", f"/Users/{account['id']}").status_code == 404
    assert bridge.scim("POST", "/Users", scim_user(name)).status_code in {403, 409}


@pytest.fixture
def other(console: Console, tmp_path: Path) -> Iterator[KeycloakRealm]:
    realm = KeycloakRealm.create(console, f"others-{tmp_path.name[-20:].strip('-_')}")
    yield realm
    realm.delete()


def test_lists_page_through_all_of_them(other: KeycloakRealm, tmp_path: Path) -> None:
    made = {other.make_user(f"listed-{number}@example.test") for number in range(230)}
    member = min(made)
    group = other.make("/groups", {"name": "made-there"})
    other.request("PUT", f"/users/{member}/groups/{group}")
    with bridged(tmp_path, other) as bridge:
        wait_until(lambda: {user["id"] for user in every(bridge.http, "/Users")} == made, "all are listed")
        listed = [user["id"] for user in every(bridge.http, "/Users", page=100)]
        assert len(listed) == len(made)
        wait_until(lambda: check_agreement(bridge.http, other).groups, "the group is there with its member")
        assert bridge.scim("GET", f"/Users/{member}").json()["groups"][0]["value"] == group


def test_administrators_are_shown_by_name_only_and_never_written(other: KeycloakRealm, tmp_path: Path) -> None:
    boss, deputy = other.make_user("the.admin@example.test"), other.make_user("the.deputy@example.test")
    other.grant(boss, "view-users")
    admins = other.make("/groups", {"name": "admins"})
    management = other.get("/clients", clientId="realm-management")[0]["id"]
    role = other.get(f"/clients/{management}/roles/manage-users")
    other.request("POST", f"/groups/{admins}/role-mappings/clients/{management}", [role])
    other.request("PUT", f"/users/{deputy}/groups/{admins}")
    with bridged(tmp_path, other) as bridge:
        person = bridge.create("nobody.special@example.test")["id"]
        for name, id_ in (("the.admin@example.test", boss), ("the.deputy@example.test", deputy)):
            (found,) = bridge.find(f'userName eq "{name}"')
            # The groups that they are in show their members too.
            assert set(found) - {"groups"} == {"schemas", "id", "userName", "meta"}
            before = other.get(f"/users/{id_}")
            assert bridge.scim("PUT", f"/Users/{id_}", scim_user(name)).status_code == 403
            off = bridge.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
            assert off.status_code == 403
            assert bridge.scim("DELETE", f"/Users/{id_}").status_code == 403
            group = bridge.scim("POST", "/Groups", {"displayName": "no-admins", "members": [{"value": id_}]})
            assert group.status_code == 403, group.text
            assert other.get(f"/users/{id_}") == before
        wait_until(lambda: bridge.find('displayName eq "admins"', "Groups"), "the group is seen")
        joined = bridge.patch(f"/Groups/{admins}", {"op": "add", "path": "members", "value": [{"value": person}]})
        assert joined.status_code == 403, "nobody becomes an administrator by a group push"
        assert other.members(admins) == {deputy}


@pytest.mark.parametrize(
    ("rule", "verified", "status"),
    [
        ("userName", False, 201),
        ("email", True, 201),
        ("email", False, 409),
    ],
)
def test_by_rule_a_create_adopts(other: KeycloakRealm, tmp_path: Path, rule: str, verified: bool, status: int) -> None:
    """An unverified address proves nothing: anyone could have registered with it."""
    there = "adopt.me@example.test" if rule == "userName" else "someone.else"
    id_ = other.make_user(there, email="adopt.me@example.test", emailVerified=verified)
    with bridged(tmp_path, other, "--adopt", rule) as bridge:
        answer = bridge.scim("POST", "/Users", scim_user("adopt.me@example.test"))
        assert answer.status_code == status, answer.text
        if status == 201:
            assert answer.json()["id"] == id_
            assert other.get(f"/users/{id_}")["username"] == "adopt.me@example.test"
        assert len(other.users()) == 1


@pytest.mark.parametrize("kind", ["role", "group", "attribute"])
def test_an_allow_list_limits_what_is_seen_and_touched(other: KeycloakRealm, tmp_path: Path, kind: str) -> None:
    inside = other.make_user("inside@example.test", attributes={"scim": ["yes"]})
    outside = other.make_user("outside@example.test")
    if kind == "role":
        other.make("/roles", {"name": "scim-managed"})
        other.request("POST", f"/users/{inside}/role-mappings/realm", [other.get("/roles/scim-managed")])
    if kind == "group":
        group = other.make("/groups", {"name": "scim-managed"})
        other.request("PUT", f"/users/{inside}/groups/{group}")
    only = {"role": "role:scim-managed", "group": "group:scim-managed", "attribute": "attribute:scim=yes"}[kind]
    with bridged(tmp_path, other, "--only", only) as bridge:
        assert [user["id"] for user in bridge.find('userName eq "inside@example.test"')] == [inside]
        assert bridge.find('userName eq "outside@example.test"') == []
        assert bridge.scim("GET", f"/Users/{outside}").status_code == 404
        assert bridge.scim("DELETE", f"/Users/{outside}").status_code == 404
        assert bridge.scim("POST", "/Users", scim_user("outside@example.test")).status_code == 409
        created = bridge.create("new.inside@example.test")
        assert [user["id"] for user in bridge.find('userName eq "new.inside@example.test"')] == [created["id"]]
    assert {user["id"] for user in other.users()} == {inside, outside, created["id"]}

"""A real Keycloak with its own SCIM server is provisioned: what is there is asked of its Admin REST API."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from keycloak.journeys.console import Console, KeycloakRealm
from keycloak.server import WITH_SCIM

from .people import ADA, BO, CAI, DEE, change, rows
from .site import ACTIONS, APPLICATION, REALM, Site
from .tap import Tap, counts, tapping

pytestmark = pytest.mark.slow

CLIENT, SECRET = "provisioner", "secret with: %colon"


class There:
    """What Keycloak has, by its Admin REST API."""

    def __init__(self, realm: KeycloakRealm) -> None:
        self._realm = realm

    @property
    def people(self) -> dict[str, tuple[str, str, bool]]:
        """(first name, last name, whether enabled) by user name; no service accounts."""
        return {
            user["username"]: (user["firstName"], user["lastName"], user["enabled"])
            for user in self._realm.users()
            if "lastName" in user
        }

    @property
    def teams(self) -> dict[str, set[str]]:
        """User names of the members by the group's name."""
        names = {user["id"]: user["username"] for user in self._realm.users()}
        return {
            group["name"]: {names[id_] for id_ in self._realm.members(group["id"])} for group in self._realm.groups()
        }


@pytest.fixture
def behind(serve_keycloak: Callable[[str], str]) -> Iterator[KeycloakRealm]:
    with closing(Console(serve_keycloak(WITH_SCIM))) as console:
        realm = KeycloakRealm.create(console, f"provisioned-{uuid.uuid4().hex[:6]}")
        yield realm
        realm.delete()


@pytest.fixture
def tap(behind: KeycloakRealm) -> Iterator[Tap]:
    with tapping(f"{behind.url}/scim/v2") as tap:
        yield tap


def add_client(realm: KeycloakRealm, audience: str) -> None:
    """Whose tokens are for this audience, with the one role that provisioning needs."""
    number = realm.add_client(CLIENT, SECRET, ("manage-users",))
    mapper = {"included.custom.audience": audience, "access.token.claim": "true"}
    realm.make(
        f"/clients/{number}/protocol-mappers/models",
        {"name": "scim", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config": mapper},
    )


def test_people_and_groups_are_in_keycloak_as_they_are_here(site: Site, behind: KeycloakRealm, tap: Tap) -> None:
    there = There(behind)
    add_client(behind, f"{behind.url}/scim/v2")
    tokens = f"{behind.url}/protocol/openid-connect/token"
    oauth2 = ("--authentication", "oauth2", "--username", CLIENT, "--token-url", tokens)
    site.begin(tap.url, SECRET, "--preset", "keycloak-26.7", *oauth2, *ACTIONS)
    site.keep_people(rows(ADA, BO, CAI, DEE))
    assert "200, a list; users in all: " in site.of_application("application", "test")
    site.assign("dee@example.test", groups=["staff"])
    site.of_application("push-group", "add", "keycloaks", "--starts-with", "kc-")
    plan = site.command("plan", REALM, APPLICATION)
    assert "+ create  ada@example.test  (assigned)" in plan, plan

    first = site.push()
    assert {action: first.counts[action] for action in ("create", "create group")} == {"create": 4, "create group": 2}
    assert there.people == {
        "ada@example.test": ("Ada", "Moss", True),
        "bo@example.test": ("Bo", "Lind", True),
        "cai@example.test": ("Cai", "Reyes", True),
        "dee@example.test": ("Dee", "Ray", True),
    }
    assert there.teams == {
        "kc-red": {"ada@example.test", "bo@example.test"},
        "kc-blue": {"ada@example.test", "dee@example.test"},
    }
    department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    assert first.dropped[department] == 4
    assert {links["state"] for links in site.links()} == {"active"}

    tap.take()
    again = site.push()
    assert (again.counts, again.dropped, tap.take()) == ({}, {}, [])
    everything = site.push("--everything")
    assert (everything.counts, everything.dropped, tap.take()) == ({}, {}, [])

    # Married, moved to other groups, moved to another department, left.
    married, moved = change(ADA, lastName="Ray", groups="staff;kc-blue"), change(CAI, groups="staff;kc-red;kc-new")
    site.keep_people(rows(married, moved, change(DEE, department="Tea")))
    assert site.push().dropped == {}
    assert there.people == {
        "ada@example.test": ("Ada", "Ray", True),
        "bo@example.test": ("Bo", "Lind", False),
        "cai@example.test": ("Cai", "Reyes", True),
        "dee@example.test": ("Dee", "Ray", True),
    }
    members = there.teams
    assert "ada@example.test" not in members["kc-red"]
    assert "cai@example.test" in members["kc-red"]
    assert members["kc-new"] == {"cai@example.test"}
    tap.take()
    assert (site.push().counts, tap.take()) == ({}, [])

    # What others change there is found when it is asked for, and only then.
    stranger = behind.user("cai@example.test")
    assert stranger is not None
    behind.request("PUT", f"/users/{stranger['id']}", stranger | {"lastName": "Elsewhere"})
    assert site.push("--verify").counts == {"update": 1}
    assert there.people["cai@example.test"] == ("Cai", "Reyes", True)

    site.unassign("dee@example.test")
    assert site.push().counts == {"deactivate": 1}
    assert there.people["dee@example.test"] == ("Dee", "Ray", False)
    site.assign("dee@example.test")
    assert site.push().counts == {"reactivate": 1}
    assert there.people["dee@example.test"] == ("Dee", "Ray", True)


def test_people_of_keycloak_are_imported_and_then_provisioned(site: Site, behind: KeycloakRealm, tap: Tap) -> None:
    add_client(behind, f"{behind.url}/scim/v2")
    behind.make_user("ada@example.test", firstName="Old", lastName="Name")
    behind.make_user("zoe@example.test", firstName="Zoe", lastName="Stone")
    tokens = f"{behind.url}/protocol/openid-connect/token"
    oauth2 = ("--authentication", "oauth2", "--username", CLIENT, "--token-url", tokens)
    options = ("--import-users", "--import-groups", "--import-create", "confirm", *ACTIONS)
    site.begin(tap.url, SECRET, "--preset", "keycloak-26.7", *oauth2, *options)
    site.keep_people(rows(ADA, BO, CAI, DEE))
    site.command("import", "run", REALM, APPLICATION)
    assert tap.writes() == []
    assert {link["name"] for link in site.links()} >= {"ada@example.test", "zoe@example.test"}
    site.push()
    written = tap.take()
    assert "POST /Users" not in counts(written)
    ada = behind.user("ada@example.test")
    assert ada is not None
    assert (ada["firstName"], ada["lastName"]) == ("Ada", "Moss")
    assert (site.push().counts, tap.writes()) == ({}, [])

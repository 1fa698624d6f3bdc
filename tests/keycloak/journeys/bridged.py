"""A realm of ours with a realm of the real Keycloak behind it, and what is to be true of both."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from e2e.server import Installation, Server, running

from .console import SERVICE, SERVICE_SECRET, KeycloakRealm

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class Bridged:
    """Our realm `name` at a running server, the one behind it, and an identity provider's client to it."""

    installation: Installation
    server: Server
    behind: KeycloakRealm
    name: str
    token: str
    http: httpx.Client

    @property
    def base(self) -> str:
        return self.server.scim(self.name)

    def scim(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        """`path` is below the SCIM base URL."""
        return self.http.request(method, path, json=body, params=query or None)

    def create(self, username: str, **more: Any) -> dict[str, Any]:
        return succeed(self.scim("POST", "/Users", scim_user(username) | more), 201)

    def patch(self, path: str, *operations: Mapping[str, Any]) -> httpx.Response:
        return self.scim("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def set_active(self, id_: str, active: bool) -> None:
        succeed(self.patch(f"/Users/{id_}", {"op": "replace", "value": {"active": active}}), 200)

    def find(self, filter_: str, kind: str = "Users") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = succeed(self.scim("GET", f"/{kind}", filter=filter_), 200)["Resources"]
        return found


def succeed(response: httpx.Response, status: int) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    assert response.status_code == status, response.text
    document: dict[str, Any] = response.json() if response.content else {}
    return document


def scim_user(username: str) -> dict[str, Any]:
    """A user as Okta sends one, without the password."""
    given, _, family = username.partition("@")[0].partition(".")
    return {
        "schemas": [USER],
        "userName": username,
        "name": {"givenName": given.title() or "Given", "familyName": family.title() or "Family"},
        "emails": [{"primary": True, "value": f"{username.partition('@')[0]}@example.test", "type": "work"}],
        "externalId": f"00u-{username}",
        "active": True,
    }


def connect(installation: Installation, name: str, behind: KeycloakRealm, *flags: str, url: str = "") -> None:
    """Make our realm; `url` in place of Keycloak's own is a proxy's."""
    secret = Path(installation.folder, "keycloak-secret")
    secret.write_text(SERVICE_SECRET)
    credential = ("--keycloak-client", SERVICE, "--keycloak-secret-file", str(secret))
    installation.command("realm", "create", name, "--keycloak", url or behind.url, *credential, *flags)


@contextmanager
def client(server: Server, name: str, token: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    with httpx.Client(base_url=server.scim(name), headers=headers, timeout=60, trust_env=False) as http:
        yield http


@contextmanager
def bridged(
    folder: Path, behind: KeycloakRealm, *flags: str, url: str = "", serve: tuple[str, ...] = ()
) -> Iterator[Bridged]:
    """A server of its own with one realm `acme`; `flags` are settings of the realm."""
    installation = Installation(folder)
    connect(installation, "acme", behind, *flags, url=url)
    token = installation.command("token", "create", "acme", "okta")
    with running(installation, *serve) as server, client(server, "acme", token) as http:
        yield Bridged(installation, server, behind, "acme", token, http)


def wait_until(true: Callable[[], Any], what: str, seconds: float = 60) -> None:
    """Poll what another process is about to do; an AssertionError of `true` means: not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
            reason = "not so"
        except AssertionError as error:
            reason = str(error)
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}: {reason}"
        time.sleep(0.05)


def every(http: httpx.Client, path: str, page: int = 1000) -> Iterator[dict[str, Any]]:
    """All resources of a list, page by page."""
    begin = 1
    while True:
        answer = succeed(http.get(path, params={"startIndex": str(begin), "count": str(page)}), 200)
        yield from answer["Resources"]
        begin += answer["itemsPerPage"]
        if begin > answer["totalResults"]:
            return


@dataclass(frozen=True, slots=True)
class Side:
    """What one side holds: users as (name, active, e-mail) and groups as (name, members), by id."""

    users: dict[str, tuple[str, bool, str]]
    groups: dict[str, tuple[str, frozenset[str]]]

    def by_name(self) -> tuple[list[tuple[str, bool, str]], dict[str, set[str]]]:
        """Without ids, for a delivery `queued`, where the sides do not share them."""
        names = {id_: user[0] for id_, user in self.users.items()} | {
            id_: group[0] for id_, group in self.groups.items()
        }
        return sorted(self.users.values()), {
            name: {names[member] for member in members} for name, members in self.groups.values()
        }


def our_side(http: httpx.Client) -> Side:
    """As an identity provider sees it. A group's members are its direct ones, groups included."""
    users = {
        user["id"]: (user["userName"].lower(), user.get("active", True), primary_email(user))
        for user in every(http, "/Users")
    }
    groups = {}
    for listed in every(http, "/Groups"):
        group = succeed(http.get(f"/Groups/{listed['id']}"), 200)
        groups[group["id"]] = (group["displayName"], frozenset(member["value"] for member in group.get("members", [])))
    return Side(users, groups)


def their_side(realm: KeycloakRealm) -> Side:
    """As Keycloak's Admin API tells it. A child group is a member of its parent."""
    users = {user["id"]: (user["username"], user["enabled"], user.get("email", "")) for user in realm.users()}
    listed = list(realm.groups())
    children: dict[str, set[str]] = {}
    for group in listed:
        if parent := group.get("parentId"):
            children.setdefault(parent, set()).add(group["id"])
    groups = {
        group["id"]: (group["name"], frozenset(realm.members(group["id"]) | children.get(group["id"], set())))
        for group in listed
    }
    return Side(users, groups)


def check_agreement(http: httpx.Client, realm: KeycloakRealm) -> Side:
    """Both sides hold the same, and nobody is there twice; gives what they hold."""
    ours, theirs = our_side(http), their_side(realm)
    assert not differing(ours.users, theirs.users)
    assert not differing(ours.groups, theirs.groups)
    names = [name for name, *_ in theirs.users.values()]
    assert len(names) == len(set(names))
    return ours


def differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is not the same on both sides: by id, ours and theirs."""
    ids = ours.keys() | theirs.keys()
    return {id_: (ours.get(id_), theirs.get(id_)) for id_ in ids if ours.get(id_) != theirs.get(id_)}


def primary_email(user: Mapping[str, Any]) -> str:
    emails = user.get("emails") or [{}]
    chosen = next((email for email in emails if email.get("primary")), emails[0])
    return str(chosen.get("value", "")).lower()


def journal(bridge: Bridged) -> list[dict[str, Any]]:
    lines = bridge.installation.command("journal", bridge.name, "--count", "0", "--json").splitlines()
    return [json.loads(line) for line in lines]

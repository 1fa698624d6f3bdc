"""A target that is Keycloak's own SCIM server: the one in memory and the real one take the same, and keep the same."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scimbridge.adapters.scim.transport import HttpTransport
from scimbridge.provisioning.application import Authentication, Connection
from scimbridge.provisioning.capabilities import load_preset
from scimbridge.provisioning.errors import TargetGone, TargetRefused
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.styles import open_target
from scimbridge.provisioning.target import Member, Members, Reply, Request, Target, Transport

from .conftest import Serve
from .journeys.console import Console, KeycloakRealm
from .native import USER, VERSION, NativeScim
from .site import MEMORY

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CLIENT, SECRET = "provisioner", "secret with: %colon"


class Seen:
    """What went over a transport, as told to an observer."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.text = ""

    def __call__(self, request: Request, reply: Reply | None) -> None:
        self.requests.append((request.method, request.path))
        self.text += f"{request} {reply}"


class Native:
    """A target, and how to make others of the same server."""

    def __init__(self, connection: Connection, transport: Transport, realm: KeycloakRealm | None) -> None:
        self.realm = realm
        self.connection = connection
        self.seen = Seen()
        self.target: Target = open_target(connection, transport, lambda: datetime.now(UTC), observer=self.seen)


@pytest.fixture(params=[MEMORY, pytest.param(VERSION, marks=pytest.mark.slow)])
async def native(request: pytest.FixtureRequest, serve_keycloak: Serve) -> AsyncIterator[Native]:
    if request.param == MEMORY:
        connection = Connection("https://kc.example.test/realms/r/scim/v2", preset="keycloak-26.7")
        yield Native(connection, NativeScim(), None)
        return
    console = Console(serve_keycloak(VERSION))
    realm = KeycloakRealm.create(console, f"native-{uuid.uuid4().hex[:6]}")
    url = f"{realm.url}/scim/v2"
    add_client(realm, CLIENT, url)
    native = Native(connect(realm, url), HttpTransport(connect(realm, url), SECRET), realm)
    yield native
    await native.target.close()
    realm.delete()
    console.close()


def add_client(realm: KeycloakRealm, client: str, audience: str) -> None:
    """With a token for this audience, and the one role that provisioning needs."""
    number = realm.add_client(client, SECRET, ("manage-users",))
    mapper = {"included.custom.audience": audience, "access.token.claim": "true"}
    realm.make(
        f"/clients/{number}/protocol-mappers/models",
        {"name": "scim", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config": mapper},
    )


def connect(realm: KeycloakRealm, url: str, client: str = CLIENT) -> Connection:
    tokens = f"{realm.url}/protocol/openid-connect/token"
    oauth2 = Authentication("oauth2", username=client, token_url=tokens)
    return Connection(url, authentication=oauth2, preset="keycloak-26.7")


def person(login: str, **attributes: object) -> Mapped:
    mail = f"{login}@example.test"
    return Mapped(
        {
            "schemas": [USER],
            "userName": mail,
            "name": {"givenName": "Ada", "familyName": "Moss"},
            "emails": [{"primary": True, "value": mail, "type": "work"}],
            **attributes,
        }
    )


async def nobody() -> list[Member]:
    raise AssertionError


NOBODY: Members = nobody


async def test_a_user_comes_changes_leaves_and_comes_back(native: Native, name: str) -> None:
    target, ada = native.target, person(name)
    made = await target.provision(ada, password="Made-up-1", adopt=lambda _: True)
    wed = person(name, name={"givenName": "Ada", "familyName": "Ray"})
    await target.update(made.id, wed, previous=ada)
    moved = person(name, name={"givenName": "Ada", "familyName": "Ray"}, userName=f"new-{name}@example.test")
    await target.update(made.id, moved, previous=wed)
    await target.deactivate(made.id, moved)
    there = await target.read("User", made.id)
    assert there is not None
    assert (there["userName"], there["name"]["familyName"], there["active"]) == (
        moved.document["userName"],
        "Ray",
        False,
    )
    await target.reactivate(made.id, moved, previous=moved)
    found = await target.find("User", moved.document["userName"].upper())
    assert found is not None
    assert (found["id"], found["active"]) == (made.id, True)
    assert [request for request in native.seen.requests if request[0] != "GET"] == [
        ("POST", "/Users"),
        *[("PATCH", f"/Users/{made.id}")] * 4,
    ]
    await target.delete_user(made.id)
    await target.delete_user(made.id)
    assert await target.read("User", made.id) is None


async def test_what_keycloak_throws_away_is_found_once_and_not_sent_again(native: Native, name: str) -> None:
    more = {"displayName": "Ada Moss", "externalId": "00u1", ENTERPRISE: {"department": "Tea"}}
    paths = ("displayName", "externalId", f"{ENTERPRISE}:department")
    ada = person(name, **more)
    made = await native.target.provision(ada, password=None, adopt=lambda _: True)
    assert made.dropped == paths
    reads = native.seen.requests.count(("GET", f"/Users/{made.id}"))
    other = await native.target.provision(person(f"b{name}", **more), password=None, adopt=lambda _: True)
    assert other.dropped == paths
    assert (reads, ("GET", f"/Users/{other.id}") in native.seen.requests) == (1, False)
    native.seen.requests.clear()
    again = await native.target.provision(ada, password=None, adopt=lambda _: True)
    assert (again.id, again.found, again.dropped) == (made.id, True, paths)
    assert native.seen.requests == [("GET", "/Users")]


async def test_a_password_is_kept_away_from_keycloak(native: Native, name: str) -> None:
    """It would answer with it, and write it into its admin events."""
    made = await native.target.provision(person(name), password="Kept-Away-1", adopt=lambda _: True)
    assert "Kept-Away-1" not in native.seen.text
    with pytest.raises(TargetRefused, match="takes no passwords") as refused:
        await native.target.set_password(made.id, "Kept-Away-2")
    assert refused.value.attribute == "password"


async def test_the_echo_of_a_password_reaches_nobody(native: Native, name: str) -> None:
    """With a preset that does not know about it the password is sent, and Keycloak answers with it."""
    connection = replace(native.connection, preset="", style="wizard")
    transport = native.target._exchange._transport  # type: ignore[attr-defined]
    target = open_target(connection, transport, lambda: datetime.now(UTC), observer=native.seen)
    made = await target.provision(person(name), password="Echoed-1", adopt=lambda _: True)
    assert "Echoed-1" not in f"{native.seen.text} {made}"


async def test_a_group_has_exactly_its_members_whatever_happens_to_it(native: Native, name: str) -> None:
    target = native.target
    ids = [(await target.provision(person(f"{n}{name}"), password=None, adopt=lambda _: True)).id for n in "abc"]
    ada, bo, cai = (Member(id_, "someone") for id_ in ids)
    group = (await target.push_group(name, [ada, bo], adopt=lambda _: True)).id
    assert set(await target.members(group)) == {ada.target, bo.target}
    await target.change_members(group, name, [cai], [ada], NOBODY)
    assert set(await target.members(group)) == {bo.target, cai.target}
    await target.push_now(group, f"{name}-now", [ada])
    assert await target.members(group) == [ada.target]
    await target.rename_group(group, f"{name}-then", NOBODY)
    assert [item["displayName"] async for item in target.list("Group") if item["id"] == group] == [f"{name}-then"]
    assert (await target.push_group(f"{name}-then", [], adopt=lambda _: True))[::2] == (group, True)
    assert await target.members(group) == []
    await target.delete_group(group)
    await target.delete_group(group)
    with pytest.raises(TargetGone):
        await target.rename_group(group, "again", NOBODY)


async def test_a_member_who_was_deleted_there_does_not_keep_another_from_leaving(native: Native, name: str) -> None:
    target = native.target
    ids = [(await target.provision(person(f"{n}{name}"), password=None, adopt=lambda _: True)).id for n in "ab"]
    ada, bo = (Member(id_, "someone") for id_ in ids)
    group = (await target.push_group(name, [ada, bo], adopt=lambda _: True)).id
    await target.delete_user(ada.target)
    await target.change_members(group, name, [], [ada, bo], NOBODY)
    assert await target.members(group) == []
    with pytest.raises(TargetRefused, match=f"User with id {ada.target} not found"):
        await target.change_members(group, name, [ada], [], NOBODY)
    await target.delete_group(group)


async def test_refusals_are_in_keycloaks_words_or_come_before_it_is_asked(native: Native, name: str) -> None:
    nameless = person(name)
    del nameless.document["name"]
    with pytest.raises(TargetRefused, match=r"requires name\.givenName") as refused:
        await native.target.provision(nameless, password=None, adopt=lambda _: True)
    assert refused.value.attribute == "name.givenName"
    assert native.seen.requests == []
    made = await native.target.provision(person(name), password=None, adopt=lambda _: True)
    with pytest.raises(TargetRefused, match=made.id) as clash:
        await native.target.provision(person(name), password=None, adopt=lambda _: False)
    assert clash.value.conflict
    generic = open_target(
        replace(native.connection, preset=""),
        native.target._exchange._transport,  # type: ignore[attr-defined]
        lambda: datetime.now(UTC),
    )
    with pytest.raises(TargetRefused, match=r"Please specify lastName\."):
        await generic.provision(
            Mapped({"schemas": [USER], "userName": f"b{name}"}), password=None, adopt=lambda _: True
        )


@pytest.mark.slow
async def test_a_connection_that_keycloak_refuses_tells_what_to_do(serve_keycloak: Serve) -> None:
    console = Console(serve_keycloak(VERSION))
    realm = KeycloakRealm.create(console, f"native-{uuid.uuid4().hex[:6]}")
    url = f"{realm.url}/scim/v2"
    add_client(realm, CLIENT, url)
    add_client(realm, "elsewhere", f"{url}/")
    unknown = f"{console.url}/realms/nowhere/scim/v2"
    cases = [
        (connect(realm, url), SECRET, "200, a list; users in all: 0", ""),
        (connect(realm, url, "elsewhere"), SECRET, "Invalid token audience", "aud, letter by letter"),
        (connect(realm, url), "wrong", "gives no token to client 'provisioner'", "client id and its secret"),
        (connect(realm, unknown), SECRET, "404 Not Found", "--features=scim-api"),
        (connect(realm, f"{url}/Users"), SECRET, "404 Not Found", "what stands before /Users"),
    ]
    for connection, secret, outcome, advice in cases:
        target = open_target(connection, HttpTransport(connection, secret), lambda: datetime.now(UTC))
        first = (await target.test(groups=False))[0]
        assert outcome in first.outcome
        assert (advice in first.advice, first.good) == (True, not advice)
        await target.close()
    realm.change(scimApiEnabled=False)
    target = open_target(connect(realm, url), HttpTransport(connect(realm, url), SECRET), lambda: datetime.now(UTC))
    assert "switch on the SCIM API" in (await target.test(groups=True))[0].advice
    await target.close()
    realm.delete()
    console.close()


def test_the_preset_has_the_facts_that_were_seen() -> None:
    preset = load_preset("keycloak-26.7")
    assert preset.capabilities.echoes
    assert all(VERSION in preset.sources[fact] for fact in ("replace_members", "create_with_members", "required"))

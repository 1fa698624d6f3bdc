"""What every access store promises (access/ports.py), over memory and SQLite."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scimbridge.access.ports import (
    SERVER,
    AccessStore,
    AdminEvent,
    Client,
    NameTaken,
    RealmAccess,
    RealmGone,
    Secret,
    SigningKey,
    Token,
)
from scimbridge.access.realm import Extension, PasswordRules, Realm, TrustedIssuer
from scimbridge.adapters.memory.access import MemoryAccessStore
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
ACME = Realm(id="r1", name="acme")
SECRET = Secret("a" * 64, NOW, NOW + timedelta(days=1))
CLIENT = Client("scim-client", "c1", NOW, "Okta", roles=("manage-users",), secrets=(SECRET,))
TOKEN = Token("okta", NOW, ("view-users",), (SECRET,))
KEY = SigningKey("k1", "-----BEGIN PRIVATE KEY-----", NOW)


def event(subject: str = "x", realm: str = "acme", **detail: Any) -> AdminEvent:
    return AdminEvent(NOW, "cli:ada", "client.create", subject, realm, detail)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "scimbridge.db")
    yield database
    await database.close()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> AccessStore:
    if request.param == "memory":
        return MemoryAccessStore()
    return SqliteAccessStore(request.getfixturevalue("database"))


@pytest.fixture
async def acme(store: AccessStore) -> RealmAccess:
    await store.add_realm(ACME, event("acme"))
    return store.access(ACME.id)


class TestRealms:
    async def test_a_realm_comes_back_as_it_was_stored(self, store: AccessStore) -> None:
        realm = Realm(
            id="r1",
            name="acme",
            display_name="Zürich",
            enabled=False,
            scim_api=False,
            password_policy="ignore",
            password_rules=PasswordRules(8, 64, ("password",)),
            unknown_members="skip",
            token_lifetime=60,
            page_size=10,
            max_page_size=20,
            extensions=(Extension("User", {"id": "urn:acme:Badge", "name": "Badge", "attributes": [{"name": "no"}]}),),
            issuers=(TrustedIssuer("https://i", "a", jwks_file="/k", claims={"tid": "1"}, roles=("view-users",)),),
        )
        await store.add_realm(realm, event())
        assert store.realm("acme") == realm
        assert store.realms() == [realm]

    async def test_realms_are_listed_by_name(self, store: AccessStore) -> None:
        for name in ("beta", "acme", "Zeta"):
            await store.add_realm(Realm(id=name, name=name), event())
        assert [realm.name for realm in store.realms()] == ["Zeta", "acme", "beta"]

    async def test_a_name_that_is_taken_is_refused(self, store: AccessStore) -> None:
        await store.add_realm(ACME, event())
        await store.add_realm(Realm(id="r2", name="beta"), event())
        with pytest.raises(NameTaken):
            await store.add_realm(Realm(id="r3", name="acme"), event())
        with pytest.raises(NameTaken):
            await store.update_realm("beta", lambda realm: replace(realm, name="acme"), event())
        assert {realm.id: realm.name for realm in store.realms()} == {"r1": "acme", "r2": "beta"}

    async def test_a_renamed_realm_keeps_its_credentials(self, store: AccessStore, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        await store.update_realm("acme", lambda realm: replace(realm, name="acme2"), event())
        assert store.realm("acme") is None
        assert store.realm("acme2") == Realm(id="r1", name="acme2")
        assert acme.client("scim-client") == CLIENT

    async def test_what_is_not_there_is_told(self, store: AccessStore) -> None:
        assert store.realm("acme") is None
        assert await store.update_realm("acme", lambda realm: realm, event()) is None
        assert await store.delete_realm("acme", event()) is False
        assert store.realm("") is None
        assert await store.delete_realm("", event()) is False
        assert store.events() == []

    async def test_a_deleted_realm_takes_its_credentials_with_it(self, store: AccessStore, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        await acme.add_token(TOKEN, event())
        await acme.change_keys(lambda _: [KEY], event())
        assert await store.delete_realm("acme", event()) is True
        await store.add_realm(ACME, event())
        assert (acme.clients(), acme.tokens(), list(acme.keys())) == ([], [], [])
        assert acme.token(SECRET.hash) is None

    async def test_nothing_is_added_to_a_realm_that_is_gone(self, store: AccessStore, acme: RealmAccess) -> None:
        await store.delete_realm("acme", event())
        with pytest.raises(RealmGone):
            await acme.add_client(CLIENT, event())
        with pytest.raises(RealmGone):
            await acme.add_token(TOKEN, event())
        with pytest.raises(RealmGone):
            await acme.change_keys(lambda _: [KEY], event())
        assert await acme.update_client("scim-client", lambda client: client, event()) is None


class TestClients:
    async def test_a_client_comes_back_as_it_was_stored(self, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        assert acme.client("scim-client") == CLIENT
        assert acme.client("SCIM-client") is None

    async def test_clients_are_listed_by_client_id(self, acme: RealmAccess) -> None:
        for name in ("b", "a", "B"):
            await acme.add_client(replace(CLIENT, client_id=name), event())
        assert [client.client_id for client in acme.clients()] == ["B", "a", "b"]

    async def test_a_change_sees_the_latest_state_and_is_returned(self, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        grow = [acme.update_client("scim-client", _describe("x"), event()) for _ in range(20)]
        await asyncio.gather(*grow)
        client = acme.client("scim-client")
        assert client is not None
        assert client.description == "Okta" + "x" * 20

    async def test_a_change_that_raises_leaves_nothing(self, store: AccessStore, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        version = store.version()

        def fail(_: Client) -> Client:
            raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011 (the test's own)
            await acme.update_client("scim-client", fail, event("refused"))
        assert acme.client("scim-client") == CLIENT
        assert store.version() == version
        assert [entry.subject for entry in store.events()] == ["acme", "x"]

    async def test_a_client_id_that_is_taken_is_refused(self, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        with pytest.raises(NameTaken):
            await acme.add_client(CLIENT, event())

    async def test_a_deleted_client_is_gone(self, acme: RealmAccess) -> None:
        await acme.add_client(CLIENT, event())
        assert await acme.delete_client("scim-client", event()) is True
        assert acme.client("scim-client") is None
        assert await acme.delete_client("scim-client", event()) is False

    async def test_realms_do_not_see_each_other(self, store: AccessStore, acme: RealmAccess) -> None:
        await store.add_realm(Realm(id="r2", name="beta"), event())
        beta = store.access("r2")
        await acme.add_client(CLIENT, event())
        await acme.add_token(TOKEN, event())
        await acme.change_keys(lambda _: [KEY], event())
        assert beta.client("scim-client") is None
        assert beta.token(SECRET.hash) is None
        assert (beta.clients(), beta.tokens(), list(beta.keys())) == ([], [], [])
        assert await beta.delete_client("scim-client", event()) is False
        assert await beta.delete_token("okta", event()) is False
        await beta.add_token(TOKEN, event())
        assert await acme.delete_token("okta", event()) is True
        assert beta.token(SECRET.hash) == TOKEN


class TestTokens:
    async def test_a_token_is_found_by_each_of_its_secrets(self, acme: RealmAccess) -> None:
        new = Secret("b" * 64, NOW)
        await acme.add_token(TOKEN, event())
        changed = await acme.update_token("okta", lambda token: replace(token, secrets=(new, *token.secrets)), event())
        assert changed == acme.token(SECRET.hash) == acme.token(new.hash)
        await acme.update_token("okta", lambda token: replace(token, secrets=(new,)), event())
        assert acme.token(SECRET.hash) is None
        assert acme.token(new.hash) == replace(TOKEN, secrets=(new,))

    async def test_admin_tokens_are_those_of_the_server(self, store: AccessStore, acme: RealmAccess) -> None:
        await store.access(SERVER).add_token(TOKEN, event(realm=""))
        assert store.access(SERVER).token(SECRET.hash) == TOKEN
        assert acme.token(SECRET.hash) is None
        assert [realm.name for realm in store.realms()] == ["acme"]

    async def test_a_use_is_noted_without_a_new_version(self, store: AccessStore, acme: RealmAccess) -> None:
        await acme.add_token(TOKEN, event())
        version, events = store.version(), store.events()
        await acme.touch_token("okta", NOW + timedelta(hours=1))
        await acme.touch_token("unknown", NOW)
        assert acme.tokens() == [replace(TOKEN, last_used=NOW + timedelta(hours=1))]
        assert (store.version(), store.events()) == (version, events)

    async def test_a_change_keeps_the_last_use(self, acme: RealmAccess) -> None:
        await acme.add_token(TOKEN, event())
        await acme.touch_token("okta", NOW)
        changed = await acme.update_token("okta", lambda token: replace(token, roles=()), event())
        assert changed == replace(TOKEN, roles=(), last_used=NOW)
        assert acme.tokens() == [changed]

    async def test_a_name_that_is_taken_is_refused(self, acme: RealmAccess) -> None:
        await acme.add_token(TOKEN, event())
        with pytest.raises(NameTaken):
            await acme.add_token(replace(TOKEN, secrets=()), event())


class TestKeys:
    async def test_keys_come_newest_first(self, acme: RealmAccess) -> None:
        newer = SigningKey("k2", "pem", NOW + timedelta(days=1))
        old = replace(KEY, expires=NOW + timedelta(days=2))
        assert await acme.change_keys(lambda keys: [*keys, old, newer], event()) == acme.keys()
        assert list(acme.keys()) == [newer, old]

    async def test_an_unchanged_list_is_no_change(self, store: AccessStore, acme: RealmAccess) -> None:
        await acme.change_keys(lambda _: [KEY], event())
        version, events = store.version(), store.events()
        assert list(await acme.change_keys(lambda keys: keys, event())) == [KEY]
        assert (store.version(), store.events()) == (version, events)


class TestEvents:
    async def test_every_change_leaves_its_event_and_moves_the_version(
        self, store: AccessStore, acme: RealmAccess
    ) -> None:
        changes: list[Callable[[], Any]] = [
            lambda: acme.add_client(CLIENT, event("1", roles=["view-users"])),
            lambda: acme.update_client("scim-client", _describe("x"), event("2")),
            lambda: acme.delete_client("scim-client", event("3")),
            lambda: acme.add_token(TOKEN, event("4")),
            lambda: acme.update_token("okta", lambda token: token, event("5")),
            lambda: acme.delete_token("okta", event("6")),
            lambda: acme.change_keys(lambda _: [KEY], event("7")),
            lambda: store.update_realm("acme", lambda realm: realm, event("8")),
            lambda: store.delete_realm("acme", event("9")),
        ]
        versions = [store.version()]
        for change in changes:
            await change()
            versions.append(store.version())
        assert len(set(versions)) == len(versions)
        events = store.events()
        assert [entry.subject for entry in events] == ["acme", *"123456789"]
        assert [entry.sequence for entry in events] == list(range(1, 11))
        assert events[1] == replace(event("1", roles=["view-users"]), sequence=2)

    async def test_events_are_read_by_realm_and_in_pages(self, store: AccessStore) -> None:
        for number in range(6):
            realm = Realm(id=str(number), name=f"r{number}")
            await store.add_realm(realm, event(realm.name, realm.name if number % 2 else "even"))
        assert [entry.subject for entry in store.events("even")] == ["r0", "r2", "r4"]
        first = store.events(count=4)
        assert [entry.subject for entry in store.events(after=first[-1].sequence)] == ["r4", "r5"]


class TestSqlite:
    """What only a file can show."""

    async def test_another_process_sees_a_change_at_once(self, database: Database) -> None:
        ours, other = SqliteAccessStore(database), Database(database.path)
        theirs = SqliteAccessStore(other)
        before = ours.version()
        await theirs.add_realm(ACME, event())
        assert ours.version() != before
        assert ours.realm("acme") == ACME
        await other.close()

    def test_without_an_event_loop_every_look_reads_the_file(self, tmp_path: Path) -> None:
        database = Database(tmp_path / "scimbridge.db")
        store = SqliteAccessStore(database)
        before = store.version()
        with sqlite3.connect(database.path) as connection:
            connection.execute("UPDATE access_version SET n = n + 1")
        connection.close()
        assert store.version() != before
        asyncio.run(database.close())

    async def test_a_deleted_realm_takes_its_directory_with_it_and_no_other(self, database: Database) -> None:
        store = SqliteAccessStore(database)
        for id_ in ("r1", "r2"):
            await store.add_realm(Realm(id=id_, name=id_), event())
            await database.write(_fill(id_))
        await store.delete_realm("r1", event())
        await store.delete_realm("r2", event("a second deletion"))
        await store.add_realm(Realm(id="r3", name="r3"), event())
        await database.write(_fill("r3"))
        await store.purge()
        assert _count(database) == {"resource": 3, "membership": 2, "journal": 1, "block": 2}

    async def test_a_deletion_that_was_cut_short_is_finished_later(self, database: Database) -> None:
        store = SqliteAccessStore(database)
        await database.write(_fill("r1"))
        await database.write(lambda connection: connection.execute("INSERT INTO deleted_realm VALUES ('r1')"))
        await store.purge()
        assert set(_count(database).values()) == {0}


def _describe(more: str) -> Callable[[Client], Client]:
    return lambda client: replace(client, description=client.description + more)


def _fill(realm: str) -> Callable[[sqlite3.Connection], None]:
    """A group with two users as members, and a line of the journal."""

    def work(connection: sqlite3.Connection) -> None:
        sequences = []
        for name, kind in (("ada", "User"), ("bob", "User"), ("all", "Group")):
            cursor = connection.execute(
                "INSERT INTO resource (realm, type, id, name, name_key, display, version, created, modified)"
                " VALUES (?, ?, ?, ?, ?, ?, 1, '', '')",
                (realm, kind, name, name, name, name),
            )
            sequences.append(cursor.lastrowid)
        for member in sequences[:2]:
            connection.execute("INSERT INTO membership (group_seq, member_seq) VALUES (?, ?)", (sequences[2], member))
        connection.execute(
            "INSERT INTO journal (time, realm, principal, client, request_id, operation, type, id, name,"
            " before, after, added, removed, password) VALUES ('', ?, '', '', '', '', '', '', '', '', '', '', '', 0)",
            (realm,),
        )

    return work


def _count(database: Database) -> dict[str, int]:
    tables = ("resource", "membership", "journal", "block")
    return {
        table: database.reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 (constants)
        for table in tables
    }


class TestSealed:
    async def test_a_sealed_secret_comes_back_and_is_replaced(self, acme: RealmAccess, store: AccessStore) -> None:
        assert acme.sealed("keycloak") is None
        before = store.version()
        await acme.put_sealed("keycloak", b"\x00one", event("keycloak"))
        assert acme.sealed("keycloak") == b"\x00one"
        assert store.version() != before
        await acme.put_sealed("keycloak", b"two", event("keycloak"))
        assert (acme.sealed("keycloak"), acme.sealed("other")) == (b"two", None)
        assert [entry.subject for entry in store.events()].count("keycloak") == 2

    async def test_one_that_is_taken_away_is_gone(self, acme: RealmAccess, store: AccessStore) -> None:
        await acme.put_sealed("keycloak", b"one", event("keycloak"))
        await acme.put_sealed("keycloak", None, event("keycloak"))
        await acme.put_sealed("keycloak", None, event("keycloak"))
        assert acme.sealed("keycloak") is None
        assert [entry.subject for entry in store.events()].count("keycloak") == 2

    async def test_it_goes_with_its_realm(self, acme: RealmAccess, store: AccessStore) -> None:
        await acme.put_sealed("keycloak", b"one", event("keycloak"))
        await store.delete_realm("acme", event())
        with pytest.raises(RealmGone):
            await acme.put_sealed("keycloak", b"two", event("keycloak"))
        await store.add_realm(ACME, event())
        assert store.access(ACME.id).sealed("keycloak") is None

"""What the stores of sources (provisioning/sources/ports.py) and accounts (provisioning/accounts.py) promise."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scimbridge.access.ports import AdminEvent, NameTaken, RealmGone
from scimbridge.access.realm import Realm
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.accounts import SqliteAccounts
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.sources import SqliteSources
from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.sources.ports import Problem, Progress, SourceLink
from scimbridge.provisioning.sources.source import CsvFile, LdapServer, Source

HR = Source("s-hr", "hr", csv=CsvFile("/srv/people.csv", key="id"))
LDAP = Source("s-ldap", "ldap", ldap=LdapServer("ldaps://ldap.example.test", "ou=people"), on_leave="delete")
ADA, BO = SourceLink("User", "1", "ada"), SourceLink("User", "2", "bo", "left")
TEAM = SourceLink("Group", "1", "team")


def event(operation: str = "source.create") -> AdminEvent:
    return AdminEvent(datetime(2026, 1, 1, tzinfo=UTC), "tester", operation, "hr", "acme", {})


@pytest.fixture
async def access(database: Database) -> SqliteAccessStore:
    store = SqliteAccessStore(database)
    for name in ("acme", "other"):
        await store.add_realm(Realm(f"r-{name}", name), event("realm.create"))
    return store


@pytest.fixture
async def sources(access: SqliteAccessStore, database: Database) -> SqliteSources:  # noqa: ARG001 (for its realms)
    store = SqliteSources(database, "r-acme")
    await store.add(HR, event())
    return store


@pytest.fixture
def other(database: Database) -> SqliteSources:
    return SqliteSources(database, "r-other")


class TestSources:
    async def test_a_source_is_what_was_put_in(self, sources: SqliteSources) -> None:
        await sources.add(LDAP, event())
        assert (sources.get("hr"), sources.get("ldap"), sources.all()) == (HR, LDAP, [HR, LDAP])

    async def test_another_realm_does_not_see_it(self, sources: SqliteSources, other: SqliteSources) -> None:
        assert sources.all()
        assert (other.all(), other.get("hr")) == ([], None)
        assert not await other.delete("hr", event())
        await other.add(replace(HR, id="s-other"), event())

    async def test_two_of_one_name_are_refused(self, sources: SqliteSources) -> None:
        with pytest.raises(NameTaken):
            await sources.add(replace(LDAP, name="hr"), event())
        await sources.add(LDAP, event())
        with pytest.raises(NameTaken):
            await sources.update("ldap", lambda source: replace(source, name="hr"), event())
        assert sources.get("ldap") == LDAP

    async def test_a_realm_that_is_gone_takes_none(self, database: Database) -> None:
        with pytest.raises(RealmGone):
            await SqliteSources(database, "r-none").add(HR, event())

    async def test_a_change_counts_the_revision_up_and_is_recorded(
        self, sources: SqliteSources, access: SqliteAccessStore
    ) -> None:
        version = access.version()
        changed = await sources.update("hr", lambda source: replace(source, name="people"), event("source.change"))
        assert changed == replace(HR, name="people", revision=2)
        assert (sources.get("hr"), sources.get("people")) == (None, changed)
        assert access.version() != version
        assert access.events()[-1].operation == "source.change"

    async def test_a_change_that_changes_nothing_leaves_no_trace(
        self, sources: SqliteSources, access: SqliteAccessStore
    ) -> None:
        assert await sources.update("hr", lambda source: source, event("source.change")) == HR
        assert await sources.update("none", lambda source: source, event("source.change")) is None
        assert access.events()[-1].operation == "source.create"


class TestLinks:
    async def test_links_are_kept_replaced_and_dropped(self, sources: SqliteSources) -> None:
        await sources.keep("s-hr", [ADA, BO, TEAM])
        await sources.keep("s-hr", [ADA._replace(presence="left")], ["bo"])
        assert set(sources.links("s-hr")) == {ADA._replace(presence="left"), TEAM}

    async def test_a_key_leads_to_one_resource_and_a_resource_to_one_source(self, sources: SqliteSources) -> None:
        await sources.add(LDAP, event())
        await sources.keep("s-hr", [ADA, BO])
        await sources.keep("s-hr", [SourceLink("User", "1", "ada-2")])
        await sources.keep("s-ldap", [SourceLink("User", "x", "bo")])
        assert sources.links("s-hr") == [SourceLink("User", "1", "ada-2")]
        assert (sources.owner("ada"), sources.owner("ada-2"), sources.owner("bo")) == (None, "s-hr", "s-ldap")

    async def test_another_source_does_not_drop_them(self, sources: SqliteSources) -> None:
        await sources.keep("s-hr", [ADA])
        await sources.keep("s-ldap", [], ["ada"])
        assert sources.owner("ada") == "s-hr"

    async def test_they_go_with_their_source_and_so_does_its_secret(
        self, sources: SqliteSources, access: SqliteAccessStore
    ) -> None:
        await sources.keep("s-hr", [ADA])
        realm = access.access("r-acme")
        await realm.put_sealed("source:s-hr", b"sealed", event())
        assert await sources.delete("hr", event("source.delete"))
        assert (sources.links("s-hr"), sources.owner("ada"), realm.sealed("source:s-hr")) == ([], None, None)

    async def test_they_go_with_their_realm(
        self, sources: SqliteSources, access: SqliteAccessStore, database: Database
    ) -> None:
        await sources.keep("s-hr", [ADA, BO])
        assert await access.delete_realm("acme", event("realm.delete"))
        left = [
            database.reader.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (constants)
            for table in ("source", "source_link")
        ]
        assert left == [(0,), (0,)]


async def test_how_far_imports_have_come_is_kept(sources: SqliteSources) -> None:
    assert sources.progress("s-hr") == Progress()
    come = Progress("modifyTimestamp>=x", "2026-01-01T00:00:00.000Z", 3)
    await sources.advance("s-hr", come)
    assert sources.progress("s-hr") == come
    await sources.update("hr", lambda source: replace(source, schedule="0 * * * *"), event())
    assert sources.progress("s-hr") == come


async def test_what_was_refused_is_kept_in_its_order_in_place_of_what_was_before(
    sources: SqliteSources, database: Database
) -> None:
    first, second = Problem("line 3", "no name", "3"), Problem("line 2", "three cells")
    await sources.advance("s-hr", Progress("c"), [first, second])
    assert sources.refused("s-hr") == [first, second]
    assert sources.refused("s-ldap") == []
    await sources.advance("s-hr", Progress("d"), [second])
    assert sources.refused("s-hr") == [second]
    await sources.delete("hr", event("source.delete"))
    await sources.advance("s-hr", Progress("e"), [first])
    left = await database.write(lambda connection: connection.execute("SELECT * FROM source_refusal").fetchall())
    assert left == []


async def test_one_process_imports_at_a_time_until_it_lets_go_or_its_time_is_over(sources: SqliteSources) -> None:
    assert await sources.acquire("s-hr", "a", "10:00", "10:02") is None
    assert await sources.acquire("s-hr", "b", "10:01", "10:03") == "a"
    assert await sources.acquire("s-hr", "a", "10:01", "10:03") is None
    await sources.release("s-hr", "b")
    assert await sources.acquire("s-hr", "b", "10:02", "10:04") == "a"
    assert await sources.acquire("s-hr", "b", "10:04", "10:06") is None
    await sources.release("s-hr", "b")
    assert await sources.acquire("s-hr", "a", "10:05", "10:07") is None


async def test_what_a_process_was_importing_when_it_ended_is_free_at_once(
    sources: SqliteSources, database: Database
) -> None:
    process = Database(database.path)
    try:
        assert await SqliteSources(process, "r-acme").acquire("s-hr", "a", "10:00", "10:02") is None
        assert await sources.acquire("s-hr", "b", "10:01", "10:03") == "a"
    finally:
        await process.close()  # lets go of nothing, as a kill
    assert await sources.acquire("s-hr", "b", "10:01", "10:03") is None


class TestAccounts:
    ADA = Account("User", "t1", "ada", "confirmed", "ada", made=True, why="x", document='{"id":"t1"}', seen="now")
    BO = Account("User", "t2", "bo")
    TEAM = Account("Group", "t1", "Team", "suggested")

    async def test_accounts_are_kept_found_and_forgotten(self, database: Database) -> None:
        accounts = SqliteAccounts(database, "app")
        await accounts.keep([self.TEAM, self.BO, self.ADA])
        assert accounts.all() == [self.ADA, self.BO, self.TEAM]
        assert accounts.all("User") == [self.ADA, self.BO]
        assert accounts.all(state="suggested") == [self.TEAM]
        assert accounts.get("User", "t1") == self.ADA
        await accounts.keep([self.BO._replace(state="ignored")], [self.ADA])
        assert accounts.all() == [self.BO._replace(state="ignored"), self.TEAM]

    async def test_another_application_does_not_see_them(self, database: Database) -> None:
        await SqliteAccounts(database, "app").keep([self.ADA])
        other = SqliteAccounts(database, "other")
        await other.keep([], [self.ADA])
        assert (other.all(), other.get("User", "t1")) == ([], None)
        assert SqliteAccounts(database, "app").all() == [self.ADA]

    @pytest.mark.usefixtures("access")
    async def test_they_go_with_their_application(self, database: Database) -> None:
        applications = SqliteApplications(database, "r-acme")
        await applications.add(Application("app", "slack"), event("application.create"))
        await SqliteAccounts(database, "app").keep([self.ADA])
        assert await applications.delete("slack", event("application.delete"))
        assert SqliteAccounts(database, "app").all() == []

"""What a store of applications promises (provisioning/ports.py): settings, assignments, push groups, and their end."""

from dataclasses import replace
from pathlib import Path

import pytest

from contract.conftest import ACTOR
from contract.provisioned import LATER, NOW, SLACK, Provisioned, event, provision
from scimbridge.access.ports import NameTaken, RealmGone
from scimbridge.access.secrets import of_application
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.pushes import SqlitePushLedger
from scimbridge.adapters.sqlite.restore import restore
from scimbridge.directory.ports import Change, New, Password
from scimbridge.provisioning.application import (
    Actions,
    Application,
    Assignment,
    Authentication,
    Connection,
    ImportRules,
    PushGroup,
    Safeguards,
    Saml,
)
from scimbridge.provisioning.mapping import AttributeMapping
from scimbridge.provisioning.ports import Entry, Outcome, Work
from scimbridge.scim.errors import InvalidValue

FULL = Application(
    "app-full",
    "full",
    "Everything set",
    saml=Saml("https://sp.example.test/acs", "urn:sp", name_id_format="persistent"),
    connection=Connection(
        "https://sp.example.test/scim",
        Authentication("oauth2", "client", token_url="https://id.example.test/token", scope="scim"),
        "wizard",
        timeout=12.5,
        parallel=16,
        rate=2.5,
    ),
    actions=Actions(push_new_users=True, import_users=True),
    passwords="sync",
    mappings=(AttributeMapping("userName", "user.login"), AttributeMapping("title", "user.title", "create")),
    on_unassign="delete",
    on_match="task",
    push_nulls=False,
    exclude_username_updates=True,
    safeguards=Safeguards(0.5, 7, empty_source=False),
    imports=ImportRules("email", partial=True, confirm="none", create="confirm"),
    schedule="",
    import_schedule="0 * * * *",
    custom={"region": "eu", "tier": 3},
)
# Tables of the provisioner that have rows of an application.
TABLES = ("assignment", "push_group", "pushed_link", "pushed_member", "push_work", "push_journal", "push_standing")


@pytest.fixture
async def acme(database: Database) -> Provisioned:
    return await provision(database)


class TestSettings:
    async def test_an_application_is_kept_with_everything_that_is_set(self, acme: Provisioned) -> None:
        await acme.applications.add(FULL, event())
        assert acme.applications.get("full") == FULL

    async def test_they_come_in_order_of_name_and_only_the_realms_own(
        self, acme: Provisioned, database: Database
    ) -> None:
        await acme.applications.add(FULL, event())
        await provision(database, realm="other", applications=[replace(SLACK, id="app-2")])
        assert [application.name for application in acme.applications.all()] == ["full", "slack"]
        assert acme.applications.get("nobody") is None

    async def test_a_name_is_taken_once_in_a_realm(self, acme: Provisioned, database: Database) -> None:
        with pytest.raises(NameTaken):
            await acme.applications.add(replace(SLACK, id="app-2"), event())
        await acme.applications.add(FULL, event())
        with pytest.raises(NameTaken):
            await acme.applications.update("full", lambda old: replace(old, name="slack"), event())
        await provision(database, realm="other", applications=[replace(SLACK, id="app-3")])

    async def test_a_realm_that_is_gone_takes_none(self, database: Database) -> None:
        with pytest.raises(RealmGone):
            await SqliteApplications(database, "r-nowhere").add(SLACK, event())

    async def test_a_change_counts_the_revision_up_and_keeps_its_event(self, acme: Provisioned) -> None:
        changed = await acme.applications.update("slack", lambda old: replace(old, label="Slack"), event("x.change"))
        assert changed == replace(SLACK, label="Slack", revision=2)
        assert acme.applications.get("slack") == changed
        assert acme.store.events()[-1].operation == "x.change"

    async def test_a_change_that_changes_nothing_leaves_no_trace(self, acme: Provisioned) -> None:
        before = (acme.applications.version(), acme.store.events())
        assert await acme.applications.update("slack", lambda old: old, event()) == SLACK
        assert (acme.applications.version(), acme.store.events()) == before
        assert await acme.waiting() == []

    async def test_what_a_change_raises_passes_through_and_nothing_is_written(self, acme: Provisioned) -> None:
        def refuse(_: Application) -> Application:
            raise InvalidValue("no")

        with pytest.raises(InvalidValue):
            await acme.applications.update("slack", refuse, event())
        assert await acme.applications.update("nobody", lambda old: old, event()) is None
        assert acme.applications.get("slack") == SLACK

    async def test_servers_notice_every_change(self, acme: Provisioned) -> None:
        seen = {acme.store.version()}
        team = await acme.group("Team")
        for number, change in enumerate(
            (
                acme.applications.add(FULL, event()),
                acme.applications.update("slack", lambda old: replace(old, label="x"), event()),
                acme.assign(team),
                acme.push(PushGroup("t", value="t")),
                acme.applications.drop_push_group(SLACK.id, "t", event()),
                acme.applications.unassign(SLACK.id, "Group", team.id, event()),
                acme.applications.delete("full", event()),
            ),
            start=2,
        ):
            await change
            seen.add(acme.store.version())
            assert len(seen) == number


class TestAssignments:
    async def test_they_come_in_order_of_priority(self, acme: Provisioned) -> None:
        team, ada = await acme.group("Team"), await acme.user("ada")
        await acme.assign(team, priority=2, title="Guest")
        await acme.assign(ada, priority=1)
        assert acme.applications.assignments(SLACK.id) == [
            Assignment("User", ada.id, 1),
            Assignment("Group", team.id, 2, {"title": "Guest"}),
        ]
        assert acme.applications.assignments("app-other") == []

    async def test_what_follows_is_queued_with_them(self, acme: Provisioned) -> None:
        team, ada = await acme.group("Team"), await acme.user("ada")
        await acme.assign(ada)
        assert await acme.waiting() == [("User", "reconcile", "ada")]
        await acme.clear()
        await acme.assign(team)
        assert await acme.waiting() == [("", "everything", "")]
        await acme.clear()
        await acme.applications.unassign(SLACK.id, "User", ada.id, event())
        assert await acme.waiting() == [("User", "reconcile", "ada")]

    async def test_who_is_not_assigned_cannot_be_unassigned(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        assert not await acme.applications.unassign(SLACK.id, "User", ada.id, event())
        assert await acme.waiting() == []

    async def test_one_whose_overrides_give_the_same_has_the_same_digest(self) -> None:
        assert Assignment("User", "u").digest == ""
        one = Assignment("User", "u", 1, {"title": "x", "nickName": "y"})
        assert one.digest == Assignment("Group", "g", 2, {"nickName": "y", "title": "x"}).digest
        assert one.digest != Assignment("User", "u", 1, {"title": "x"}).digest


class TestPushGroups:
    async def test_one_put_again_takes_the_place_of_the_old_one(self, acme: Provisioned) -> None:
        rule = PushGroup("teams", "", "description", "endsWith", "Team", rename=False, active=False)
        named = PushGroup("Sales", group="g1", link_to="sales-team")
        for push_group in (PushGroup("teams", value="x"), rule, named):
            await acme.push(push_group)
        assert acme.applications.push_groups(SLACK.id) == [named, rule]

    async def test_a_change_of_them_is_followed_by_a_comparison(self, acme: Provisioned) -> None:
        await acme.push(PushGroup("teams", value="x"))
        assert await acme.waiting() == [("", "everything", "")]
        await acme.clear()
        assert await acme.applications.drop_push_group(SLACK.id, "teams", event())
        assert await acme.waiting() == [("", "everything", "")]
        assert not await acme.applications.drop_push_group(SLACK.id, "teams", event())

    async def test_one_that_is_dropped_with_its_groups_there_queues_their_deletion_and_nothing_else(
        self, acme: Provisioned
    ) -> None:
        """Whether they are there yet or not: what is under way with them may still bring them there."""
        one, two, other = [await acme.group(name) for name in ("team one", "team two", "crew")]
        await acme.push(PushGroup("teams", value="team", active=False))
        await acme.push(PushGroup("crews", value="crew"))
        await acme.pushed(one)
        await acme.clear()
        for group in (one, two, other):
            rows = [Work("Group", group.id, "x", phase=5), Work("Group", group.id, "x", "push-now", phase=5)]
            await acme.ledger.enqueue(rows)
        assert await acme.applications.drop_push_group(SLACK.id, "teams", event(), delete=True)
        assert await acme.waiting() == [
            ("", "everything", ""),
            ("Group", "reconcile", "x"),
            ("Group", "push-now", "x"),
            ("Group", "delete", "team one"),
            ("Group", "delete", "team two"),
        ]
        assert {work.source for work in await acme.ledger.claim(LATER, 9) if work.name == "x"} == {other.id}


class TestDeletion:
    async def test_an_application_goes_with_all_that_is_its_own(self, acme: Provisioned, database: Database) -> None:
        await acme.applications.add(FULL, event())
        other = SqlitePushLedger(database, "r-acme", FULL.id, clock=lambda: event().time)
        await other.enqueue([Work("User", "u", "u")])
        await _fill(acme)
        assert await acme.applications.delete("slack", event())
        assert acme.applications.get("slack") is None
        assert _counts(database, SLACK.id) == dict.fromkeys(TABLES, 0)
        assert acme.store.access("r-acme").sealed(of_application(SLACK.id)) is None
        assert other.waiting() == 1
        assert not await acme.applications.delete("slack", event())

    async def test_what_a_push_under_way_wrote_late_goes_with_the_next(
        self, acme: Provisioned, database: Database
    ) -> None:
        await acme.applications.delete("slack", event())
        await _fill(acme)
        await acme.store.purge()
        assert _counts(database, SLACK.id) == dict.fromkeys(TABLES, 0)

    async def test_a_realm_takes_its_applications_with_it(self, acme: Provisioned, database: Database) -> None:
        await _fill(acme)
        await acme.directory.create(
            New("User", {"schemas": [], "userName": "x"}, password=Password("", sealed=b"x")), ACTOR
        )
        assert await acme.store.delete_realm("acme", event("realm.delete"))
        assert _counts(database, SLACK.id) == dict.fromkeys(TABLES, 0)
        for table in ("application", "sealed", "waiting_password"):
            assert database.reader.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608


class TestBackup:
    async def test_a_restored_backup_has_applications_and_ledgers_and_servers_notice(
        self, acme: Provisioned, database: Database, tmp_path: Path
    ) -> None:
        await _fill(acme)
        counts, seen = _counts(database, SLACK.id), acme.applications.version()
        await database.backup(tmp_path / "copy.db")
        await acme.applications.delete("slack", event())
        await restore(tmp_path / "copy.db", database.path)
        assert acme.applications.get("slack") == SLACK
        assert _counts(database, SLACK.id) == counts
        assert acme.applications.version() > seen + 1


async def _fill(acme: Provisioned) -> None:
    """A row of the application in every table."""
    ada = await acme.user("ada")
    team = await acme.group("Team", [ada.id])
    if acme.applications.get("slack"):
        await acme.store.access("r-acme").put_sealed(of_application(SLACK.id), b"secret", event())
    await acme.assign(team)
    await acme.push(PushGroup("teams", value="t"))
    await acme.link(ada)
    await acme.pushed(team, ada)
    entry = Entry(0, NOW, "", "update", "User", ada.id, "ada", "", {}, {}, "changed here")
    [intent] = await acme.ledger.begin([entry])
    await acme.ledger.record([Outcome(Work("User", ada.id, "ada"), "refused", intent, settled=False)])
    await acme.ledger.stand(lambda old: old._replace(strikes=1))
    await acme.directory.update("User", ada.id, lambda _: Change(password=Password("", sealed=b"x")), ACTOR)


def _counts(database: Database, application: str) -> dict[str, int]:
    def count(table: str) -> int:
        sql = f"SELECT count(*) FROM {table} WHERE application = ?"  # noqa: S608 (a table's name)
        found: int = database.reader.execute(sql, (application,)).fetchone()[0]
        return found

    return {table: count(table) for table in TABLES}

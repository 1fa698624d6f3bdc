"""Applications as administrators make, change and delete them: checked, recorded, their secrets sealed."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from access.site import FakeSeal
from scimbridge.access.realm import Realm
from scimbridge.access.secrets import Secrets, of_application
from scimbridge.access.sources import Sources
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.directory.ports import Actor, New, Password
from scimbridge.provisioning.administration import Administration
from scimbridge.provisioning.application import Assignment, PushGroup
from scimbridge.provisioning.passwords import SyncedPasswords
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import InvalidValue, NotFound, ScimError, Uniqueness

ADA = "cli:ada"
CONNECTION: dict[str, Any] = {"url": "https://sp.example.test/scim", "authentication": {"secret": "hush"}}


@dataclass(frozen=True)
class Site:
    administration: Administration
    directory: SqliteDirectory
    store: SqliteAccessStore
    secrets: Secrets

    async def user(self, name: str) -> Assignment:
        new = New("User", {"schemas": [], "userName": name})
        return Assignment("User", (await self.directory.create(new, Actor("x"))).id)

    async def group(self, name: str) -> str:
        new = New("Group", {"schemas": [], "displayName": name})
        return (await self.directory.create(new, Actor("x"))).id

    def secret(self, application: str) -> str | None:
        return self.secrets.reveal(of_application(application))

    def events(self) -> list[tuple[str, str]]:
        return [(event.operation, event.subject) for event in self.store.events("acme") if event.actor == ADA]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    numbers = itertools.count(1)

    def clock() -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)

    async def key() -> str:
        return ""

    sources = Sources(clock, lambda: f"id-{next(numbers)}", lambda: "secret", key)
    database = Database(tmp_path / "scimbridge.db")
    store = SqliteAccessStore(database)
    await store.add_realm(Realm("r1", "acme"), sources.event("x", "realm.create", "acme", "acme"))
    directory = SqliteDirectory(database, "r1", CORE, clock=clock, ids=sources.ids)
    secrets = Secrets(store.access("r1"), "acme", sources, FakeSeal())
    administration = Administration(SqliteApplications(database, "r1"), directory, secrets, sources, "acme")
    yield Site(administration, directory, store, secrets)
    await database.close()


class TestApplications:
    async def test_one_is_made_its_secret_sealed_and_shown_nowhere(self, site: Site) -> None:
        made = await site.administration.create("slack", {"connection": CONNECTION}, actor=ADA)
        assert site.administration.get("slack") == made
        assert site.administration.list() == [made]
        assert site.secret(made.id) == "hush"
        assert site.events() == [("application.create", "slack"), ("realm.secret", f"application:{made.id}")]
        assert "hush" not in repr(made)
        assert "hush" not in repr(site.store.events())

    async def test_null_is_the_default_of_a_new_one_as_in_a_change(self, site: Site) -> None:
        settings = {"label": None, "connection": CONNECTION | {"timeout": None}}
        made = await site.administration.create("portal", settings, actor=ADA)
        assert made.connection is not None
        assert (made.label, made.connection.timeout) == ("", 60.0)

    async def test_a_change_may_bring_another_secret_and_else_the_old_one_stays(self, site: Site) -> None:
        made = await site.administration.create("slack", {"connection": CONNECTION}, actor=ADA)
        changed = await site.administration.change("slack", {"label": "Slack"}, actor=ADA)
        assert (changed.label, changed.revision) == ("Slack", 2)
        assert site.secret(made.id) == "hush"
        change = {"connection": {"authentication": {"secret": "new"}}}
        assert await site.administration.change("slack", change, actor=ADA) == changed
        assert site.secret(made.id) == "new"

    async def test_the_secret_goes_with_the_connection(self, site: Site) -> None:
        made = await site.administration.create("slack", {"connection": CONNECTION}, actor=ADA)
        await site.administration.change("slack", {"connection": None}, actor=ADA)
        assert site.secret(made.id) is None

    async def test_a_renamed_one_keeps_everything(self, site: Site) -> None:
        made = await site.administration.create("slack", {"connection": CONNECTION}, actor=ADA)
        await site.administration.assign("slack", [await site.user("ada")], actor=ADA)
        renamed = await site.administration.change("slack", {"name": "chat"}, actor=ADA)
        assert renamed.id == made.id
        assert len(site.administration.assignments("chat")) == 1

    async def test_a_deleted_one_is_gone_with_its_secret(self, site: Site) -> None:
        made = await site.administration.create("slack", {"connection": CONNECTION}, actor=ADA)
        await site.administration.delete("slack", actor=ADA)
        assert site.administration.list() == []
        assert site.secret(made.id) is None
        assert site.events()[-1] == ("application.delete", "slack")

    @pytest.mark.parametrize("settings", [{"id": "x"}, {"revision": 1}, {"name": "other"}, {"label": 3}])
    async def test_settings_of_a_new_one_are_checked(self, site: Site, settings: dict[str, Any]) -> None:
        with pytest.raises(InvalidValue):
            await site.administration.create("slack", settings, actor=ADA)
        assert site.events() == []

    async def test_a_name_is_taken_once(self, site: Site) -> None:
        for name in ("slack", "chat"):
            await site.administration.create(name, {}, actor=ADA)
        with pytest.raises(Uniqueness, match='"slack"'):
            await site.administration.create("slack", {}, actor=ADA)
        with pytest.raises(Uniqueness, match='"chat"'):
            await site.administration.change("slack", {"name": "chat"}, actor=ADA)

    async def test_what_is_not_there_is_told_by_name(self, site: Site) -> None:
        calls = (
            site.administration.change("x", {}, actor=ADA),
            site.administration.delete("x", actor=ADA),
            site.administration.assign("x", [], actor=ADA),
            site.administration.unassign("x", "User", "u", actor=ADA),
            site.administration.put_push_group("x", PushGroup("t", value="t"), actor=ADA),
            site.administration.drop_push_group("x", "t", actor=ADA),
        )
        for call in calls:
            with pytest.raises(NotFound, match='no application "x" in realm "acme"'):
                await call


class TestAssignments:
    async def test_they_are_checked_before_any_is_made(self, site: Site) -> None:
        await site.administration.create("slack", {}, actor=ADA)
        ada = await site.user("ada")
        for wrong in (
            Assignment("User", "nobody"),
            Assignment("Group", ada.id),
            Assignment("User", ada.id, 0, {"x": 1}),
        ):
            with pytest.raises(ScimError):
                await site.administration.assign("slack", [ada, wrong], actor=ADA)
        assert site.administration.assignments("slack") == []

    async def test_who_is_not_assigned_directly_cannot_be_unassigned(self, site: Site) -> None:
        await site.administration.create("slack", {}, actor=ADA)
        ada = await site.user("ada")
        await site.administration.assign("slack", [ada], actor=ADA)
        await site.administration.unassign("slack", "User", ada.id, actor=ADA)
        with pytest.raises(NotFound, match="not assigned"):
            await site.administration.unassign("slack", "User", ada.id, actor=ADA)
        assert site.events()[-2:] == [("application.assign", "slack"), ("application.unassign", "slack")]


class TestPushGroups:
    async def test_they_are_made_changed_and_dropped(self, site: Site) -> None:
        await site.administration.create("slack", {}, actor=ADA)
        await site.administration.put_push_group("slack", PushGroup("t", value="t"), actor=ADA)
        paused = await site.administration.change_push_group("slack", "t", {"active": False}, actor=ADA)
        assert site.administration.push_groups("slack") == [paused] == [PushGroup("t", value="t", active=False)]
        await site.administration.drop_push_group("slack", "t", actor=ADA)
        with pytest.raises(NotFound, match='no push group "t"'):
            await site.administration.drop_push_group("slack", "t", actor=ADA)
        assert [operation for operation, _ in site.events()[1:]] == ["push-group.put"] * 2 + ["push-group.drop"]

    async def test_a_group_is_pushed_by_one_of_them(self, site: Site) -> None:
        await site.administration.create("slack", {}, actor=ADA)
        sales = await site.group("Sales")
        push_group = PushGroup("Sales", group=sales)
        await site.administration.put_push_group("slack", push_group, actor=ADA)
        await site.administration.put_push_group("slack", push_group, actor=ADA)
        with pytest.raises(Uniqueness, match='"Sales"'):
            await site.administration.put_push_group("slack", PushGroup("again", group=sales), actor=ADA)
        with pytest.raises(NotFound):
            await site.administration.put_push_group("slack", PushGroup("x", group="nobody"), actor=ADA)


class TestSyncedPasswords:
    @pytest.mark.parametrize(("wanted", "sealed"), [(True, b"hush"[::-1]), (False, b"")])
    async def test_one_is_sealed_only_where_an_application_wants_it(self, wanted: bool, sealed: bytes) -> None:
        class Kept:
            async def keep(self, password: str) -> Password:
                return Password(f"hash of {len(password)}")

        kept = await SyncedPasswords(Kept(), FakeSeal(), lambda: wanted).keep("hush")
        assert kept == Password("hash of 4", sealed=sealed)
        assert "hush"[::-1] not in repr(kept)

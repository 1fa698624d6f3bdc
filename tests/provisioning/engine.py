"""A realm in SQLite, one application with a target in memory, and short words for what tests do to them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from contract.conftest import counting, group, user
from scimbridge.access.ports import AdminEvent
from scimbridge.access.realm import Realm
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.pushes import SqlitePushLedger
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Document,
    MemberChange,
    New,
    Password,
    Record,
    RemoveMembers,
)
from scimbridge.provisioning.application import Actions, Application, Assignment, Connection, PushGroup
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.pace import Pace, PacedTransport
from scimbridge.provisioning.plan import Plan
from scimbridge.provisioning.provisioner import Provisioner
from scimbridge.provisioning.target import Reply, Request
from scimbridge.scim.core import CORE

from .engine_target import FakeTarget

ADA = Actor("cli:ada")
ALL = Actions(push_new_users=True, push_profile_updates=True, deactivate_users=True, push_groups=True)
SLACK = Application("app-slack", "slack", connection=Connection("https://slack.example.test/scim/v2"), actions=ALL)


class NoTransport:
    """The target in memory needs none."""

    async def send(self, request: Request) -> Reply:
        raise AssertionError(request)

    async def close(self) -> None:
        return None


class ListeningPace(Pace):
    """A pace that tells for how long it was stopped."""

    paused_for: list[float]

    def pause(self, seconds: float) -> None:
        self.paused_for.append(seconds)
        super().pause(seconds)


class Site:
    """One realm and its application `slack`; `time` is moved by tests, and by whatever sleeps."""

    def __init__(self, database: Database, application: Application = SLACK) -> None:
        self.time = datetime(2026, 11, 24, 12, tzinfo=UTC)
        self.slept = 0.0
        self.ids = counting()
        self.database = database
        self.directory = SqliteDirectory(database, "acme", CORE, clock=lambda: self.time, ids=self.ids)
        self.applications = SqliteApplications(database, "acme")
        self.ledger = SqlitePushLedger(database, "acme", application.id, clock=lambda: self.time)
        self.target = FakeTarget()
        self.application = application
        self.provisioner = self.restarted()

    async def open(self) -> "Site":
        store = SqliteAccessStore(self.database)
        await store.add_realm(Realm("acme", "acme"), event("realm.create"))
        await self.applications.add(self.application, event("application.create"))
        return self

    def environment(self) -> Environment:
        return Environment(
            clock=lambda: self.time,
            monotonic=lambda: self.time.timestamp(),  # noqa: PLW0108 (of the time as it is then)
            ids=self.ids,
            secret=lambda: "x" * 43,
            uniform=lambda low, _: low,
            holder="test:1",
            sleep=self.sleep,
        )

    def restarted(self) -> Provisioner:
        """The provisioner as another process would have it."""
        environment = self.environment()
        self.pace = ListeningPace(0, 1, monotonic=environment.monotonic, sleep=self.sleep)
        self.pace.paused_for = []
        self.transport = PacedTransport(NoTransport(), self.pace)
        self.provisioner = Provisioner(
            self.application,
            self.ledger,
            self.directory,
            target=self.target,
            transport=self.transport,
            environment=environment,
            open_password=lambda sealed: sealed.decode(),
            org={"name": "acme"},
        )
        return self.provisioner

    async def set(self, **different: Any) -> None:
        """Other settings of the application, noticed by its provisioner."""
        changed = await self.applications.update(
            "slack", lambda found: replace(found, **different), event("application.change")
        )
        assert changed is not None
        self.application = changed
        self.restarted()

    def later(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.later(seconds)
        await asyncio.sleep(0)

    async def user(self, name: str, /, *, password: str = "", **attributes: Any) -> Record:
        kept = Password("", sealed=password.encode()) if password else None
        return await self.directory.create(New("User", user(name, **attributes), password=kept), ADA)

    async def group(self, name: str, *members: Record, **attributes: Any) -> Record:
        ids = [member.id for member in members]
        return await self.directory.create(New("Group", group(name, **attributes), ids), ADA)

    async def change(self, record: Record, *members: MemberChange, **attributes: Any) -> None:
        """Sets attributes; None takes one away."""

        def changed(found: Record) -> Change:
            document: Document = orjson.loads(found.document) | attributes
            return Change({name: value for name, value in document.items() if value is not None}, members)

        assert await self.directory.update(record.type, record.id, changed, ADA) is not None

    async def join(self, group: Record, *members: Record) -> None:
        await self.change(group, AddMembers([member.id for member in members]))

    async def leave(self, group: Record, *members: Record) -> None:
        await self.change(group, RemoveMembers([member.id for member in members]))

    async def set_password(self, record: Record, password: str) -> None:
        change = Change(password=Password("", sealed=password.encode()))
        await self.directory.update(record.type, record.id, lambda _: change, ADA)

    async def delete(self, record: Record) -> None:
        assert await self.directory.delete(record.type, record.id, lambda _: None, ADA)

    async def assign(self, *records: Record, priority: int = 0, **overrides: Any) -> None:
        assignments = [Assignment(record.type, record.id, priority, overrides) for record in records]  # type: ignore[arg-type]
        await self.applications.assign(self.application.id, assignments, event("application.assign"))

    async def unassign(self, record: Record) -> None:
        await self.applications.unassign(self.application.id, record.type, record.id, event("application.unassign"))

    async def push_group(self, push_group: PushGroup) -> None:
        await self.applications.put_push_group(self.application.id, push_group, event("push-group.put"))

    async def drop_push_group(self, name: str, *, delete: bool = False) -> None:
        dropped = event("push-group.drop")
        assert await self.applications.drop_push_group(self.application.id, name, dropped, delete=delete)

    async def people(self, *names: str) -> list[Record]:
        """New ones, assigned."""
        records = [await self.user(name) for name in names]
        await self.assign(*records)
        return records

    async def events(self) -> list[str]:
        """What the target is asked because of what changed here: followed and worked off."""
        before = len(self.target.calls)
        await self.provisioner.follow()
        await self.provisioner.drain()
        return self.target.calls[before:]

    async def pushed(self, *allow: str) -> list[str]:
        """What a push asks the target."""
        before = len(self.target.calls)
        await self.provisioner.push(allow=frozenset(allow))
        return self.target.calls[before:]

    async def tasks(self) -> list[tuple[str, str]]:
        """Name and reason of what failed."""
        return [(work.name, work.reason) for work in self.ledger.tasks()]

    async def outcomes(self) -> list[tuple[str, str, str]]:
        """Action, name and outcome of each line of the application's journal."""
        return [(entry.action, entry.name, entry.outcome) for entry in self.ledger.journal(count=10_000)]

    async def require_agreement(self) -> None:
        """A second push finds nothing to do, and nothing waits or has failed."""
        assert lines(await self.provisioner.plan()) == []
        assert self.ledger.waiting() == 0
        assert list(self.ledger.tasks()) == []


def event(operation: str) -> AdminEvent:
    return AdminEvent(datetime(2026, 11, 24, 12, tzinfo=UTC), "cli:ada", operation, "slack", "acme")


def lines(plan: Plan) -> Sequence[str]:
    """Action and name of each line of a plan."""
    return [f"{item.action} {item.name}" for item in plan.items]

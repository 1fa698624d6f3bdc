"""A realm with an application, its ledger, and short words for what tests do to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from contract.conftest import Site, counting, ticking
from scim.truth import TYPES
from scimbridge.access.ports import AdminEvent
from scimbridge.access.realm import Realm
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.pushes import SqlitePushLedger
from scimbridge.directory.ports import JournalQuery, Record
from scimbridge.provisioning.application import Application, Assignment, Connection, PushGroup
from scimbridge.provisioning.ports import Link, Outcome, Work

NOW = "2026-11-24T12:00:00.000Z"
LATER = "2026-11-24T12:00:05.000Z"
SLACK = Application("app-slack", "slack", connection=Connection("https://slack.example.test/scim/v2"))


def event(operation: str = "application.change", realm: str = "acme") -> AdminEvent:
    return AdminEvent(datetime(2026, 11, 24, 12, tzinfo=UTC), "cli:ada", operation, "slack", realm)


@dataclass(frozen=True)
class Provisioned(Site):
    """One realm and one of its applications."""

    store: SqliteAccessStore
    application: Application
    applications: SqliteApplications
    ledger: SqlitePushLedger

    async def assign(self, *records: Record, priority: int = 0, **overrides: Any) -> None:
        assignments = [Assignment(record.type, record.id, priority, overrides) for record in records]  # type: ignore[arg-type]
        await self.applications.assign(self.application.id, assignments, event("application.assign"))

    async def push(self, push_group: PushGroup) -> None:
        await self.applications.put_push_group(self.application.id, push_group, event("push-group.put"))

    async def link(self, *records: Record, **different: Any) -> None:
        """As a push that has just brought them there."""
        for record in records:
            link = linked(record)._replace(**different)
            await self.ledger.record([Outcome(Work(record.type, record.id, link.name), "done", link=link)])

    async def pushed(self, group: Record, *members: Record) -> None:
        """As a push that has just brought the group there with these members."""
        work = Work("Group", group.id, "")
        joined = [member.id for member in members]
        await self.ledger.record([Outcome(work, "done", link=linked(group), joined=joined, members_replaced=True)])

    async def names(self, *, everything: bool = False, revision: int = 1) -> list[str]:
        """Of those who may need something."""
        return [found.name for found in await self.ledger.candidates(revision, everything=everything)]

    async def group_names(self, *, everything: bool = False) -> list[str]:
        return sorted(found.name for found in await self.ledger.group_candidates(everything=everything))

    async def waiting(self) -> list[tuple[str, str, str]]:
        """Type, kind and name of all that waits, in its order."""
        return [(work.type, work.kind, work.name) for work in await self.ledger.claim(LATER, 1000)]

    async def clear(self) -> None:
        """Nothing waits any more."""
        for work in await self.ledger.claim(LATER, 1000):
            await self.ledger.cancel(work.type, work.source, work.kind)

    async def sequence(self) -> int:
        """Of the last line of the realm's journal."""
        lines = await self.directory.journal(JournalQuery(count=1, newest=True))
        return lines[-1].sequence


def linked(record: Record) -> Link:
    """What a resource is tied to when it was pushed just now."""
    return Link(
        record.type,
        record.id,
        there(record),
        name_of(record),
        "active",
        record.version,
        revision=1,
        assignment="",
        digest="d1",
        pushed='{"userName":"x"}',
        confirmed=NOW,
    )


def there(record: Record) -> str:
    """Its id at the target."""
    return f"there-{record.id[-3:]}"


def name_of(record: Record) -> str:
    document = orjson.loads(record.document)
    name: str = document.get("userName") or document["displayName"]
    return name


async def provision(
    database: Database, *, realm: str = "acme", applications: Sequence[Application] = (SLACK,)
) -> Provisioned:
    """A realm with these applications; the ledger is that of the first."""
    store = SqliteAccessStore(database)
    await store.add_realm(Realm(f"r-{realm}", realm), event("realm.create", realm))
    clock = ticking()
    directory = SqliteDirectory(database, f"r-{realm}", TYPES, clock=clock, ids=counting())
    kept = SqliteApplications(database, f"r-{realm}")
    for application in applications:
        await kept.add(application, event("application.create", realm))
    ledger = SqlitePushLedger(database, f"r-{realm}", applications[0].id, clock=clock)
    return Provisioned(directory, store, applications[0], kept, ledger)

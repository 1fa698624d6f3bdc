"""The applications of a realm in an SQLite database."""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import orjson

from scimbridge.access.ports import AdminEvent
from scimbridge.adapters.sqlite import push_groups, push_queue, roster
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.ledger import Ledger
from scimbridge.adapters.sqlite.realm_purge import purge_applications
from scimbridge.directory.documents import timestamp
from scimbridge.provisioning.application import Application, Assignment, PushGroup
from scimbridge.provisioning.plan import Phase
from scimbridge.provisioning.ports import Work
from scimbridge.provisioning.settings import application_to_document, read_application

T = TypeVar("T")

_ASSIGNMENTS: Final = """
    SELECT type, id, priority, overrides FROM assignment WHERE application = ? ORDER BY priority, type DESC, seq
"""
_ASSIGN: Final = """
    INSERT INTO assignment (application, type, id, priority, overrides, digest) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (application, type, id) DO UPDATE SET priority = excluded.priority, overrides = excluded.overrides,
        digest = excluded.digest
"""
_PUSH_GROUPS: Final = f"SELECT {push_groups.COLUMNS} FROM push_group p WHERE p.application = ?"
# What was in the journal before nobody was assigned to see.
_BEGIN: Final = """
    INSERT INTO push_standing (application, cursor) SELECT ?1, coalesce(max(sequence), 0)
    FROM journal INDEXED BY journal_realm WHERE realm = ?2
"""


class SqliteApplications:
    """Fulfils provisioning.ports.Applications."""

    def __init__(self, database: Database, realm: str) -> None:
        """`realm`: its id."""
        self._ledger = Ledger(database)
        self._realm = realm

    def version(self) -> int:
        return self._ledger.version()

    def all(self) -> Sequence[Application]:
        rows = self._ledger.reader.execute(
            "SELECT settings FROM application WHERE realm = ? ORDER BY name", (self._realm,)
        ).fetchall()
        return [_read(settings) for (settings,) in rows]

    def get(self, name: str) -> Application | None:
        return self._find(self._ledger.reader, name)

    async def add(self, application: Application, event: AdminEvent) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            row = (application.id, self._realm, application.name, _syncs(application), _dump(application))
            connection.execute("INSERT INTO application VALUES (?, ?, ?, ?, ?)", row)
            connection.execute(_BEGIN, (application.id, self._realm))
            return True

        await self._ledger.record(event, work)

    async def update(
        self, name: str, change: Callable[[Application], Application], event: AdminEvent
    ) -> Application | None:
        def keep(connection: sqlite3.Connection, before: Application, after: Application) -> Application:
            after = replace(after, revision=before.revision + 1)
            connection.execute(
                "UPDATE application SET name = ?, syncs = ?, settings = ? WHERE id = ?",
                (after.name, _syncs(after), _dump(after), after.id),
            )
            push_queue.forget_passwords(connection, self._realm)
            _queue(connection, after.id, _everything(event, "settings changed"))
            return after

        return await self._ledger.record_change(event, lambda connection: self._find(connection, name), change, keep)

    async def delete(self, name: str, event: AdminEvent) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            sql = "DELETE FROM application WHERE realm = ? AND name = ?"
            was_there = connection.execute(sql, (self._realm, name)).rowcount > 0
            push_queue.forget_passwords(connection, self._realm)
            return was_there

        if not await self._ledger.record(event, work):
            return False
        await purge_applications(self._ledger)
        return True

    def assignments(self, application: str) -> Sequence[Assignment]:
        rows = self._ledger.reader.execute(_ASSIGNMENTS, (application,)).fetchall()
        return [assignment for assignment in map(roster.read_assignment, rows) if assignment is not None]

    async def assign(self, application: str, assignments: Sequence[Assignment], event: AdminEvent) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            for assignment in assignments:
                overrides = orjson.dumps(assignment.overrides).decode()
                row = (assignment.type, assignment.id, assignment.priority, overrides, assignment.digest)
                connection.execute(_ASSIGN, (application, *row))
                self._queue_one(connection, application, assignment.type, assignment.id, event, "assigned")
            return True

        await self._ledger.record(event, work)

    async def unassign(self, application: str, type: str, id: str, event: AdminEvent) -> bool:  # noqa: A002
        def work(connection: sqlite3.Connection) -> bool:
            sql = "DELETE FROM assignment WHERE application = ? AND type = ? AND id = ?"
            was_there = connection.execute(sql, (application, type, id)).rowcount > 0
            if was_there:
                self._queue_one(connection, application, type, id, event, "unassigned")
            return was_there

        return await self._ledger.record(event, work)

    def push_groups(self, application: str) -> Sequence[PushGroup]:
        rows = self._ledger.reader.execute(f"{_PUSH_GROUPS} ORDER BY p.name", (application,)).fetchall()
        return [group for group in map(push_groups.read_push_group, rows) if group is not None]

    async def put_push_group(self, application: str, push_group: PushGroup, event: AdminEvent) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            push_groups.put_push_group(connection, application, push_group)
            _queue(connection, application, _everything(event, "push groups changed"))
            return True

        await self._ledger.record(event, work)

    async def drop_push_group(self, application: str, name: str, event: AdminEvent, *, delete: bool = False) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            if delete:
                self._queue_deletions(connection, application, name)
            sql = "DELETE FROM push_group WHERE application = ? AND name = ?"
            was_there = connection.execute(sql, (application, name)).rowcount > 0
            if was_there:
                _queue(connection, application, _everything(event, "push groups changed"))
            return was_there

        return await self._ledger.record(event, work)

    def _find(self, connection: sqlite3.Connection, name: str) -> Application | None:
        sql = "SELECT settings FROM application WHERE realm = ? AND name = ?"
        row = connection.execute(sql, (self._realm, name)).fetchone()
        return _read(row[0]) if row else None

    def _queue_one(  # noqa: PLR0917 (what a line of the queue says)
        self, connection: sqlite3.Connection, application: str, type_: str, id_: str, event: AdminEvent, why: str
    ) -> None:
        """A group's people are found by the comparison of all: there may be 100,000."""
        if type_ == "Group":
            _queue(connection, application, _everything(event, f"a group was {why}"))
            return
        sql = "SELECT name FROM resource WHERE realm = ? AND id = ?"
        row = connection.execute(sql, (self._realm, id_)).fetchone()
        work = Work("User", id_, row[0] if row else "", phase=Phase.UPDATE, due=timestamp(event.time), why=why)
        _queue(connection, application, work)

    def _queue_deletions(self, connection: sqlite3.Connection, application: str, push_group: str) -> None:
        about = {"realm": self._realm, "application": application, "push_group": push_group}
        why = f'the push group "{push_group}" is removed'
        works = [
            Work("Group", id_, name, "delete", Phase.DELETE, why=why)
            for id_, name in push_groups.groups_by(connection, about)
        ]
        push_queue.supersede(connection, application, works)


def _everything(event: AdminEvent, why: str) -> Work:
    return Work("", "", "", "everything", due=timestamp(event.time), why=why)


def _queue(connection: sqlite3.Connection, application: str, work: Work) -> None:
    push_queue.enqueue(connection, application, [work])


def _syncs(application: Application) -> bool:
    """Whether passwords that are set here wait for this application."""
    return application.enabled and application.connection is not None and application.passwords == "sync"


def _read(settings: str) -> Application:
    return read_application(orjson.loads(settings))


def _dump(application: Application) -> str:
    return orjson.dumps(application_to_document(application)).decode()

"""What one application's provisioning knows and has still to do, in an SQLite database."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from scimbridge.adapters.sqlite import push_groups, push_journal, push_queue, pushed_links, roster
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.lease import Lease
from scimbridge.directory.documents import timestamp
from scimbridge.provisioning.ports import (
    Candidate,
    Entry,
    GroupCandidate,
    Link,
    Membership,
    Outcome,
    Standing,
    Work,
)

T = TypeVar("T")

_STANDING: Final = "cursor, quarantined, reason, strikes, compared, imported, import_failure"
_STAND: Final = f"""
    INSERT INTO push_standing (application, {_STANDING}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (application) DO UPDATE SET cursor = excluded.cursor, quarantined = excluded.quarantined,
        reason = excluded.reason, strikes = excluded.strikes, compared = excluded.compared,
        imported = excluded.imported, import_failure = excluded.import_failure
"""  # noqa: S608 (constants)
_LEASE: Final = "SELECT holder, until, presence FROM push_standing WHERE application = ?"
_ACQUIRE: Final = """
    INSERT INTO push_standing (application, holder, until, presence) VALUES (?, ?, ?, ?)
    ON CONFLICT (application) DO UPDATE SET
        holder = excluded.holder, until = excluded.until, presence = excluded.presence
"""
_RELEASE: Final = "UPDATE push_standing SET holder = '', until = '' WHERE application = ? AND holder = ?"


class SqlitePushLedger:
    """Fulfils provisioning.ports.Ledger. `clock` is called in the writer thread."""

    def __init__(self, database: Database, realm: str, application: str, *, clock: Callable[[], datetime]) -> None:
        """`realm`, `application`: their ids."""
        self._database = database
        self._realm = realm
        self._application = application
        self._about = {"realm": realm, "application": application}
        self._clock = clock

    @property
    def _reader(self) -> sqlite3.Connection:
        return self._database.reader

    def link(self, type: str, source: str) -> Link | None:  # noqa: A002
        return pushed_links.find(self._reader, self._application, type, source=source)

    def linked(self, type: str, target: str) -> Link | None:  # noqa: A002
        return pushed_links.find(self._reader, self._application, type, target=target)

    async def named(self, type: str, name: str) -> Link | None:  # noqa: A002
        return await self._database.scan(
            lambda connection: pushed_links.find_named(connection, self._application, type, name)
        )

    async def links(self, type: str) -> Sequence[Link]:  # noqa: A002
        return await self._database.scan(lambda connection: pushed_links.everyone(connection, self._application, type))

    def linked_count(self) -> int:
        return pushed_links.count_active(self._reader, self._application)

    async def assigned_count(self) -> int:
        return await self._database.scan(lambda connection: roster.assigned_count(connection, self._about))

    async def candidates(self, revision: int, *, everything: bool = False) -> Sequence[Candidate]:
        about = self._about | {"revision": revision, "everything": int(everything)}
        return await self._database.scan(lambda connection: roster.candidates(connection, about))

    def candidate(self, source: str) -> Candidate:
        return roster.candidate(self._reader, self._about | {"source": source})

    def candidates_of(self, sources: Sequence[str]) -> Mapping[str, Candidate]:
        return roster.candidates_of(self._reader, self._about, sources)

    async def group_candidates(self, *, everything: bool = False) -> Sequence[GroupCandidate]:
        about = self._about | {"everything": int(everything)}
        return await self._database.scan(lambda connection: push_groups.group_candidates(connection, about))

    async def group_candidate(self, source: str) -> GroupCandidate:
        about = self._about | {"source": source}
        return await self._database.scan(lambda connection: push_groups.group_candidate(connection, about))

    async def members(self, source: str) -> Sequence[Membership]:
        about = self._about | {"source": source}
        return await self._database.scan(lambda connection: roster.members(connection, about))

    async def member_changes(self, source: str) -> tuple[Sequence[Membership], Sequence[Membership]]:
        about = self._about | {"source": source}
        return await self._database.scan(lambda connection: roster.member_changes(connection, about))

    async def pushed_members(self, source: str) -> frozenset[str]:
        return await self._database.scan(lambda connection: pushed_links.members(connection, self._application, source))

    async def enqueue(self, works: Sequence[Work], *, cursor: int | None = None) -> None:
        def work(connection: sqlite3.Connection) -> None:
            push_queue.enqueue(connection, self._application, works)
            self._follow(connection, cursor)

        await self._database.write(work)

    async def enqueue_missing(self, works: Sequence[Work]) -> None:
        await self._database.write(lambda connection: push_queue.enqueue_missing(connection, self._application, works))

    async def touch(
        self, users: Sequence[str], groups: Sequence[str], *, now: str, cursor: int, passwords: Sequence[str] = ()
    ) -> int:
        touched = {"users": users, "groups": groups, "passwords": passwords}

        def work(connection: sqlite3.Connection) -> int:
            count = push_queue.touch(connection, self._realm, self._application, touched, now)
            self._follow(connection, cursor)
            return count

        return await self._database.write(work)

    async def claim(self, now: str, count: int, *, run: str | None = None) -> Sequence[Work]:
        return push_queue.claim(self._reader, self._application, now, count, run)

    def waiting(self, run: str | None = None) -> int:
        return push_queue.count_waiting(self._reader, self._application, run)

    async def begin(self, entries: Sequence[Entry]) -> Sequence[int]:
        return await self._database.write(
            lambda connection: [push_journal.append(connection, self._application, entry) for entry in entries]
        )

    async def record(self, outcomes: Sequence[Outcome]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            time = timestamp(self._clock())
            for outcome in outcomes:
                self._record(connection, outcome, time)
            if any(outcome.work.kind == "password" for outcome in outcomes):
                push_queue.forget_passwords(connection, self._realm)

        # Lost with the power, at most: then it is done again, and a create whose outcome is open looks first.
        await self._database.write(work, synced=False)

    def left_open(self) -> Sequence[Entry]:
        return push_journal.left_open(self._reader, self._application)

    def has_open_intent(self, type: str, source: str) -> bool:  # noqa: A002
        return push_journal.has_open_create(self._reader, self._application, type, source)

    def in_doubt(self, type: str, source: str) -> frozenset[str]:  # noqa: A002
        return push_journal.in_doubt(self._reader, self._application, type, source)

    def tasks(self) -> Sequence[Work]:
        return push_queue.failed(self._reader, self._application)

    async def retry(self, type: str, source: str, kind: str, due: str) -> bool:  # noqa: A002
        return await self._database.write(
            lambda connection: push_queue.retry(connection, self._application, type, source, kind, due)
        )

    async def cancel(self, type: str, source: str, kind: str) -> bool:  # noqa: A002
        def work(connection: sqlite3.Connection) -> bool:
            was_there = push_queue.cancel(connection, self._application, type, source, kind)
            push_queue.forget_passwords(connection, self._realm)
            return was_there

        return await self._database.write(work)

    def journal(
        self,
        *,
        after: int = 0,
        count: int = 100,
        newest: bool = False,
        source: str | None = None,
        run: str | None = None,
    ) -> Sequence[Entry]:
        return push_journal.read(
            self._reader, self._application, after=after, count=count, newest=newest, source=source, run=run
        )

    def password(self, source: str) -> bytes | None:
        sql = "SELECT p.sealed FROM resource r JOIN waiting_password p ON p.seq = r.seq WHERE r.realm = ? AND r.id = ?"
        row = self._reader.execute(sql, (self._realm, source)).fetchone()
        return row[0] if row else None

    def standing(self) -> Standing:
        return _standing(self._reader, self._application)

    async def stand(self, change: Callable[[Standing], Standing]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_STAND, (self._application, *change(_standing(connection, self._application))))

        await self._database.write(work)

    async def acquire(self, holder: str, now: str, until: str) -> str | None:
        presence = self._database.presence
        ours = (self._application, holder, until, presence.hold())

        def work(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(_LEASE, (self._application,)).fetchone()
            if row is not None and (lease := Lease._make(row)).keeps_out(holder, now, presence):
                return lease.holder
            connection.execute(_ACQUIRE, ours)
            return None

        return await self._database.write(work)

    async def release(self, holder: str) -> None:
        await self._database.write(
            lambda connection: connection.execute(_RELEASE, (self._application, holder)).rowcount
        )

    def _follow(self, connection: sqlite3.Connection, cursor: int | None) -> None:
        if cursor is not None:
            push_queue.follow(connection, self._application, cursor)
            push_queue.forget_passwords(connection, self._realm)

    def _record(self, connection: sqlite3.Connection, outcome: Outcome, time: str) -> None:
        application, work = self._application, outcome.work
        if outcome.intent:
            push_journal.finish(connection, application, outcome, time)
        if outcome.former:
            push_journal.settle(connection, application, outcome, time)
        if outcome.link is not None:
            pushed_links.put(connection, application, outcome.link)
        if outcome.unlinked:
            pushed_links.drop(connection, application, work.type, outcome.unlinked)
        if outcome.joined or outcome.left or outcome.members_replaced:
            pushed_links.change_members(
                connection,
                application,
                work.source,
                outcome.joined,
                outcome.left,
                replaced=outcome.members_replaced,
            )
        push_queue.settle(connection, application, outcome)
        if outcome.follow:
            push_queue.enqueue(connection, application, outcome.follow)


def count_works(database: Database, state: str) -> int:
    """Of all applications of all realms, `waiting` or `failed`."""
    count: int = database.reader.execute("SELECT count(*) FROM push_work WHERE state = ?", (state,)).fetchone()[0]
    return count


def _standing(connection: sqlite3.Connection, application: str) -> Standing:
    sql = f"SELECT {_STANDING} FROM push_standing WHERE application = ?"  # noqa: S608 (constants)
    row = connection.execute(sql, (application,)).fetchone()
    return Standing._make(row) if row else Standing()

"""Links, intents and tasks of a bridged realm in an SQLite database."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.linked import find, find_places
from scimbridge.adapters.sqlite.presence import Presence
from scimbridge.adapters.sqlite.writer import Work
from scimbridge.bridge.intents import excludes
from scimbridge.bridge.ports import Intent, Link, Linked, Place, Task
from scimbridge.directory.ports import Directory, Writing
from scimbridge.provisioning.errors import TargetUnavailable

_ANY_LINK: Final = "SELECT type, id, target, state, confirmed, actual FROM link WHERE realm = ?"
_LINK: Final = f"{_ANY_LINK} AND (type <> 'Group' OR group_roles = ?)"
_LINKS: Final = f"{_LINK} AND id IN (SELECT value FROM json_each(?))"  # noqa: S608 (constants)
_PUT_LINK: Final = """
    INSERT OR REPLACE INTO link (realm, group_roles, type, id, target, state, confirmed, actual)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
# Whoever else leads there. The index of targets has no links to their own id.
_FREE_ITS_OWN: Final = "DELETE FROM link WHERE realm = ? AND type = ? AND target = ? AND target <> id"
_FREE_ANOTHERS: Final = "DELETE FROM link WHERE realm = ? AND type = ? AND id = ? AND target = id"
_TO_ITS_OWN: Final = f"{_LINK} AND type = ? AND id = ? AND target = id"
_TO_ANOTHERS: Final = f"{_LINK} AND type = ? AND target = ? AND target <> id"
_DROP_LINK: Final = "DELETE FROM link WHERE realm = ? AND id = ?"
_INTENT: Final = "sequence, time, operation, type, id, name, document, joined, left_, target"
# Unless another process has any of the type open: then each is to be looked at.
_BEGIN: Final = f"""
    INSERT INTO intent ({_INTENT}, realm, holder)
    SELECT max(?1, (SELECT coalesce(max(sequence), 0) + 1 FROM intent)), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
"""  # noqa: S608 (constants)
_BEGIN_ALONE: Final = f"""
    {_BEGIN} WHERE NOT EXISTS (SELECT 1 FROM intent WHERE realm = ?11 AND type = ?4 AND holder <> ?12)
"""  # noqa: S608 (constants)
_OTHERS_INTENTS: Final = f"SELECT {_INTENT} FROM intent WHERE realm = ? AND type = ? AND holder <> ?"  # noqa: S608 (constants)
_TASK: Final = "sequence, time, operation, type, id, name, due, attempts, reason, state, password, joined, left_"
# The first of each resource's that wait, if it is due.
_DUE: Final = f"""
    SELECT {_TASK} FROM task WHERE realm = ?1 AND due <= ?2 AND sequence IN
        (SELECT min(sequence) FROM task WHERE realm = ?1 AND state = 'waiting' GROUP BY id)
    ORDER BY sequence LIMIT ?3
"""  # noqa: S608 (constants)


class SqliteLedger:
    """Fulfils bridge.ports.Ledger. `group_roles`: what groups are there, as in access.realm.Keycloak."""

    def __init__(self, database: Database, realm: str, group_roles: str = "") -> None:
        self._database = database
        self._realm = realm
        self._place = (realm, group_roles)
        self._presence = Presence(database.path)

    def link(self, id: str) -> Link | None:  # noqa: A002
        row = self._database.reader.execute(f"{_LINK} AND id = ?", (*self._place, id)).fetchone()
        return Link(*row) if row else None

    def links(self, ids: Sequence[str]) -> Mapping[str, Link]:
        rows = self._database.reader.execute(_LINKS, (*self._place, orjson.dumps(list(ids)).decode())).fetchall()
        return {link.id: link for link in (Link(*row) for row in rows)}

    def linked(self, type: str, target: str) -> Link | None:  # noqa: A002
        for sql in (_TO_ITS_OWN, _TO_ANOTHERS):
            row = self._database.reader.execute(sql, (*self._place, type, target)).fetchone()
            if row is not None:
                return Link(*row)
        return None

    def find(self, local: Directory, type: str, id: str) -> Linked | None:  # noqa: A002, ARG002 (one database has both)
        return find(self._database.reader, self._place, type, id)

    def places(self, local: Directory, group: str, ids: Sequence[str]) -> Mapping[str, Place]:  # noqa: ARG002
        return find_places(self._database.reader, self._place, group, ids)

    async def put_link(self, link: Link) -> None:
        await self._database.write(lambda connection: self._put(connection, link), synced=False)

    async def drop_link(self, id: str) -> None:  # noqa: A002
        await self._write(_DROP_LINK, id)

    async def stale_links(self, before: str, count: int) -> Sequence[Link]:
        sql = f"{_LINK} AND confirmed < ? ORDER BY confirmed LIMIT ?"
        rows = self._database.reader.execute(sql, (*self._place, before, count)).fetchall()
        return [Link(*row) for row in rows]

    async def displaced_links(self) -> Sequence[Link]:
        sql = f"{_ANY_LINK} AND type = 'Group' AND group_roles <> ?"
        return [Link(*row) for row in self._database.reader.execute(sql, self._place).fetchall()]

    async def begin(self, intent: Intent) -> int:
        ours = self._presence.hold()
        number = time.time_ns() // 1000
        row = (number, *intent[1:7], _text(intent.joined), _text(intent.left), intent.target, self._realm, ours)

        def work(connection: sqlite3.Connection) -> int:
            begun = connection.execute(_BEGIN_ALONE, row)
            if not begun.rowcount:
                others = connection.execute(_OTHERS_INTENTS, (self._realm, intent.type, ours)).fetchall()
                if any(excludes(_intent(*other), intent) for other in others):
                    raise TargetUnavailable("another process of ours is at it just now", 1)
                begun = connection.execute(_BEGIN, row)
            return begun.lastrowid or 0

        return await self._database.write(work)

    async def settle(self, sequence: int, *, link: Link | None = None, unlinked: str = "") -> None:
        await self._database.write(self._settlement(sequence, link, unlinked), synced=False)

    def settling(self, local: Writing, sequence: int, *, link: Link | None = None, unlinked: str = "") -> Writing:
        assert isinstance(local, SqliteDirectory)  # noqa: S101 (a ledger is in its directory's own database)
        return local.along_with(self._settlement(sequence, link, unlinked))

    async def open_intents(self) -> Sequence[Intent]:
        return [intent for intent, _ in self._intents()]

    async def abandoned_intents(self) -> Sequence[Intent]:
        found = self._intents()
        alive = {holder for holder in {holder for _, holder in found} if self._presence.is_alive(holder)}
        return [intent for intent, holder in found if holder not in alive]

    def is_under_way(self, type: str, *, id: str = "", name: str = "") -> bool:  # noqa: A002
        sql = "SELECT id, operation, name FROM intent WHERE realm = ? AND type = ?"
        rows = self._database.reader.execute(sql, (self._realm, type)).fetchall()
        key = name.casefold()
        return any(row[0] == id if id else row[1] == "create" and row[2].casefold() == key for row in rows)

    async def tend(self) -> bool:
        ours = self._presence.hold()

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT holder FROM tending WHERE realm = ?", (self._realm,)).fetchone()
            if row is not None and row[0] != ours and self._presence.is_alive(row[0]):
                return False
            connection.execute("INSERT OR REPLACE INTO tending VALUES (?, ?)", (self._realm, ours))
            return True

        return await self._database.write(work, synced=False)

    async def rest(self) -> None:
        await self._write("DELETE FROM tending WHERE realm = ? AND holder = ?", self._presence.hold())

    def close(self) -> None:
        self._presence.close()

    async def enqueue(self, task: Task) -> int:
        return await self._write_synced(
            "INSERT INTO task (realm, time, operation, type, id, name, due, attempts, reason, state, password,"
            " joined, left_) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *task[1:11],
            _text(task.joined),
            _text(task.left),
        )

    async def next_tasks(self, now: str, count: int) -> Sequence[Task]:
        rows = self._database.reader.execute(_DUE, (self._realm, now, count)).fetchall()
        return [_task(*row) for row in rows]

    def is_waiting(self, id: str) -> bool:  # noqa: A002
        sql = "SELECT 1 FROM task WHERE realm = ? AND id = ? AND state = 'waiting' LIMIT 1"
        return self._database.reader.execute(sql, (self._realm, id)).fetchone() is not None

    async def retry_later(self, sequence: int, due: str, reason: str) -> None:
        await self._write(
            "UPDATE task SET attempts = attempts + 1, state = 'waiting', due = ?3, reason = ?4"
            " WHERE realm = ?1 AND sequence = ?2",
            sequence,
            due,
            reason,
        )

    async def fail(self, sequence: int, reason: str) -> None:
        await self._write(
            "UPDATE task SET attempts = attempts + 1, state = 'failed', reason = ?3 WHERE realm = ?1 AND sequence = ?2",
            sequence,
            reason,
        )

    async def finish(self, sequence: int) -> None:
        await self._write("DELETE FROM task WHERE realm = ? AND sequence = ?", sequence)

    async def tasks(self) -> Sequence[Task]:
        sql = f"SELECT {_TASK} FROM task WHERE realm = ? ORDER BY sequence"  # noqa: S608 (constants)
        rows = self._database.reader.execute(sql, (self._realm,)).fetchall()
        return [_task(*row) for row in rows]

    def _settlement(self, sequence: int, link: Link | None, unlinked: str) -> Work:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM intent WHERE realm = ? AND sequence = ?", (self._realm, sequence))
            if link is not None:
                self._put(connection, link)
            if unlinked:
                connection.execute(_DROP_LINK, (self._realm, unlinked))

        return work

    def _put(self, connection: sqlite3.Connection, link: Link) -> None:
        free = _FREE_ITS_OWN if link.target == link.id else _FREE_ANOTHERS
        connection.execute(free, (self._realm, link.type, link.target))
        connection.execute(_PUT_LINK, (*self._place, *link))

    def _intents(self) -> list[tuple[Intent, str]]:
        """Each with its holder."""
        sql = f"SELECT {_INTENT}, holder FROM intent WHERE realm = ? ORDER BY sequence"  # noqa: S608 (constants)
        rows = self._database.reader.execute(sql, (self._realm,)).fetchall()
        return [(_intent(*row), holder) for *row, holder in rows]

    async def _write_synced(self, sql: str, *parameters: str | int) -> int:
        values = (self._realm, *parameters)
        return await self._database.write(lambda connection: connection.execute(sql, values).lastrowid or 0)

    async def _write(self, sql: str, *parameters: str | int) -> None:
        """Of what is lost with the power only what is found out again: both sides are compared, tasks done twice."""
        values = (self._realm, *parameters)
        await self._database.write(lambda connection: connection.execute(sql, values).rowcount, synced=False)


def count_tasks(database: Database, state: str) -> int:
    """Of all realms, `waiting` or `failed`."""
    sql = "SELECT count(*) FROM task WHERE state = ?"
    count: int = database.reader.execute(sql, (state,)).fetchone()[0]
    return count


def _intent(*row: object) -> Intent:
    *fields, joined, left, target = row
    return Intent._make([*fields, _ids(joined), _ids(left), target])


def _task(*row: object) -> Task:
    *fields, joined, left = row
    return Task._make([*fields, _ids(joined), _ids(left)])


def _text(ids: Sequence[str]) -> str:
    return orjson.dumps(ids).decode()


def _ids(text: object) -> tuple[str, ...]:
    return tuple(orjson.loads(str(text)))

"""The jobs of a realm in an SQLite database, each with the process that does it."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from scimbridge.adapters.sqlite.database import Database
from scimbridge.provisioning.jobs import STOPPED, Job

# Of those that have ended, in a realm; a result is half a megabyte at most.
_KEPT: Final = 50

_FIELDS: Final = "id, kind, subject, actor, started, state, finished, done, total"
_SELECT: Final = f"SELECT {_FIELDS}, result, reason, holder FROM job WHERE realm = ?"  # noqa: S608 (constants)
_LIST: Final = f"SELECT {_FIELDS}, 'null', reason, holder FROM job WHERE realm = ? ORDER BY sequence DESC"  # noqa: S608
_RUNNING: Final = "SELECT id, kind, subject, holder FROM job WHERE realm = ? AND state = 'running'"
_INSERT: Final = f"""
    INSERT INTO job (realm, {_FIELDS}, result, reason, holder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608
_ABANDON: Final = "UPDATE job SET state = 'failed', reason = ? WHERE id = ?"
_FORGET: Final = """
    DELETE FROM job WHERE realm = ?1 AND state <> 'running' AND sequence <=
        (SELECT sequence FROM job WHERE realm = ?1 AND state <> 'running' ORDER BY sequence DESC LIMIT 1 OFFSET ?2)
"""
_END: Final = """
    UPDATE job SET state = ?3, finished = ?4, done = ?5, total = ?6, result = ?7, reason = ?8
    WHERE realm = ?1 AND id = ?2
"""


class SqliteJobs:
    """Fulfils provisioning.jobs.JobStore; `realm` is a realm's id."""

    def __init__(self, database: Database, realm: str) -> None:
        self._database = database
        self._realm = realm

    def find(self, id: str) -> Job | None:  # noqa: A002
        row = self._database.reader.execute(f"{_SELECT} AND id = ?", (self._realm, id)).fetchone()
        return self._job(row) if row else None

    def all(self) -> Sequence[Job]:
        return [self._job(row) for row in self._database.reader.execute(_LIST, (self._realm,)).fetchall()]

    async def begin(self, job: Job) -> str | None:
        holder = self._database.presence.hold()

        def work(connection: sqlite3.Connection) -> str | None:
            for id_, *what, by in connection.execute(_RUNNING, (self._realm,)).fetchall():
                if not self._database.presence.is_alive(by):
                    connection.execute(_ABANDON, (STOPPED, id_))
                elif what == [job.kind, job.subject]:
                    return str(id_)
            connection.execute(_INSERT, (self._realm, *job, holder))
            connection.execute(_FORGET, (self._realm, _KEPT))
            return None

        return await self._database.write(work)

    async def advance(self, id: str, done: int, total: int) -> None:  # noqa: A002
        sql = "UPDATE job SET done = ?, total = ? WHERE realm = ? AND id = ? AND state = 'running'"
        row = (done, total, self._realm, id)
        await self._database.write(lambda connection: connection.execute(sql, row).rowcount, synced=False)

    async def end(self, job: Job) -> None:
        row = (self._realm, job.id, *job[5:])
        await self._database.write(lambda connection: connection.execute(_END, row).rowcount)

    def _job(self, row: Sequence[object]) -> Job:
        *fields, holder = row
        job = Job._make(fields)
        if job.state == "running" and not self._database.presence.is_alive(str(holder)):
            return job._replace(state="failed", reason=STOPPED)
        return job

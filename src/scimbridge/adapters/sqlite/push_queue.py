"""Work of applications that waits to be done or failed, and the passwords that wait with it."""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import orjson

from scimbridge.adapters.sqlite.push_groups import PUSHED
from scimbridge.provisioning.plan import Phase
from scimbridge.provisioning.ports import Outcome, Work

COLUMNS: Final = "type, source, name, kind, phase, due, run, why, attempts, state, reason, ticket"
_INSERT: Final = f"""
    INSERT INTO push_work (application, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
    ON CONFLICT (application, source, type, kind) DO UPDATE SET state = 'waiting', ticket = ticket + 1,
        name = excluded.name, due = excluded.due
"""
# Work of another kind looks at the resource as well, but for passwords, which are looked at by their own alone.
_INSERT_MISSING: Final = f"""
    INSERT INTO push_work (application, {COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1
    WHERE NOT EXISTS (SELECT 1 FROM push_work WHERE application = ?1 AND source = ?3 AND type = ?2
        AND (kind = 'password') = (?5 = 'password'))
"""
_PLANNED: Final = ", phase = excluded.phase, run = excluded.run, why = excluded.why"
_DUE: Final = f"""
    SELECT {COLUMNS} FROM push_work INDEXED BY push_work_waiting
    WHERE application = ?1 AND state = 'waiting' AND due <= ?2 AND (?3 IS NULL OR run = ?3)
    ORDER BY phase, seq LIMIT ?4
"""
_THIS: Final = "application = ? AND source = ? AND type = ? AND kind = ?"
# Who of these is assigned or linked, as one or as a member of a group among them; those that are gone here if linked.
_PEOPLE: Final = """
    WITH RECURSIVE touched (seq) AS (
        SELECT r.seq FROM json_each(:ids) j CROSS JOIN resource r ON r.realm = :realm AND r.id = j.value
        UNION SELECT m.member_seq FROM touched CROSS JOIN membership m ON m.group_seq = touched.seq
    ), above (person, grp) AS (
        SELECT touched.seq, m.group_seq FROM touched CROSS JOIN membership m ON m.member_seq = touched.seq
        UNION SELECT person, m.group_seq FROM above CROSS JOIN membership m ON m.member_seq = grp
    ), assigned (seq) AS (
        SELECT person FROM above CROSS JOIN resource g ON g.seq = grp
        CROSS JOIN assignment a ON a.application = :application AND a.type = 'Group' AND a.id = g.id
    )
    SELECT r.id, r.name FROM touched CROSS JOIN resource r ON r.seq = touched.seq AND r.type = 'User'
    WHERE r.seq IN (SELECT seq FROM assigned)
        OR EXISTS (SELECT 1 FROM pushed_link WHERE application = :application AND type = 'User' AND source = r.id)
        OR EXISTS (SELECT 1 FROM assignment WHERE application = :application AND type = 'User' AND id = r.id)
"""
_GROUPS: Final = f"""
    WITH RECURSIVE subject (seq) AS (
        SELECT r.seq FROM json_each(:ids) j CROSS JOIN resource r ON r.realm = :realm AND r.id = j.value
            AND r.type = 'Group'
        UNION SELECT m.group_seq FROM subject CROSS JOIN membership m ON m.member_seq = subject.seq
    ), {PUSHED}
    SELECT g.id, g.name FROM groups g
    WHERE EXISTS (SELECT 1 FROM pushed_link WHERE application = :application AND type = 'Group' AND source = g.id)
        OR g.seq IN (SELECT pushed.seq FROM pushed JOIN push_group p ON p.seq = push_group WHERE p.active)
"""
_GONE: Final = """
    SELECT l.source, l.name FROM json_each(:ids) j
    CROSS JOIN pushed_link l ON l.application = :application AND l.type = :type AND l.source = j.value
    WHERE NOT EXISTS (SELECT 1 FROM resource WHERE realm = :realm AND id = j.value)
"""
_FOLLOW: Final = """
    INSERT INTO push_standing (application, cursor) VALUES (?, ?)
    ON CONFLICT (application) DO UPDATE SET cursor = max(cursor, excluded.cursor)
"""
# What every application that syncs passwords has seen in the journal, and has no more work with.
_FORGET: Final = """
    DELETE FROM waiting_password AS p WHERE p.realm = ? AND NOT EXISTS (
        SELECT 1 FROM application a WHERE a.realm = p.realm AND a.syncs AND (
            p.sequence > coalesce((SELECT cursor FROM push_standing WHERE application = a.id), 0)
            OR EXISTS (SELECT 1 FROM push_work w WHERE w.application = a.id AND w.kind = 'password'
                AND w.type = 'User' AND w.source = (SELECT id FROM resource WHERE seq = p.seq))))
"""


def enqueue(connection: sqlite3.Connection, application: str, works: Iterable[Work]) -> None:
    """As planned: phase, run and reason of what is there already become these."""
    connection.executemany(_INSERT + _PLANNED, ((application, *work[:-1]) for work in works))


def enqueue_missing(connection: sqlite3.Connection, application: str, works: Iterable[Work]) -> None:
    """Nothing of what waits already for the same resource, or has failed, is touched, or joined by another look."""
    rows = ((application, *work[:-1]) for work in works)
    connection.executemany(_INSERT_MISSING, rows)


def supersede(connection: sqlite3.Connection, application: str, works: Iterable[Work]) -> None:
    """These in place of whatever else waits for the same resources, or is under way with them and does not end well."""
    works = list(works)
    sql = "DELETE FROM push_work WHERE application = ? AND source = ? AND type = ?"
    connection.executemany(sql, ((application, work.source, work.type) for work in works))
    enqueue(connection, application, works)


def touch(
    connection: sqlite3.Connection, realm: str, application: str, touched: Mapping[str, Sequence[str]], now: str
) -> int:
    """Queues what concerns the application of the ids in `users`, `groups` and `passwords`; how many."""
    about = {"realm": realm, "application": application}

    def concerned(sql: str, type_: str, ids: Sequence[str]) -> list[tuple[str, str]]:
        parameters = about | {"ids": orjson.dumps(list(ids)).decode(), "type": type_}
        return [row for part in (sql, _GONE) for row in connection.execute(part, parameters)] if ids else []

    works = [
        Work("User", source, name, phase=Phase.UPDATE, due=now, why="changed here")
        for source, name in concerned(_PEOPLE, "User", touched["users"])
    ]
    works += [
        Work("User", source, name, "password", phase=Phase.UPDATE, due=now, why="password set here")
        for source, name in concerned(_PEOPLE, "User", touched["passwords"])
    ]
    works += [
        Work("Group", source, name, phase=Phase.MEMBERS, due=now, why="changed here")
        for source, name in concerned(_GROUPS, "Group", touched["groups"])
    ]
    connection.executemany(_INSERT, ((application, *work[:-1]) for work in works))
    return len(works)


def follow(connection: sqlite3.Connection, application: str, cursor: int) -> None:
    connection.execute(_FOLLOW, (application, cursor))


def forget_passwords(connection: sqlite3.Connection, realm: str) -> None:
    """Those that nobody needs any more."""
    connection.execute(_FORGET, (realm,))


def claim(connection: sqlite3.Connection, application: str, now: str, count: int, run: str | None) -> list[Work]:
    return [Work._make(row) for row in connection.execute(_DUE, (application, now, run, count))]


def count_waiting(connection: sqlite3.Connection, application: str, run: str | None) -> int:
    sql = "SELECT count(*) FROM push_work WHERE application = ?1 AND state = 'waiting' AND (?2 IS NULL OR run = ?2)"
    count: int = connection.execute(sql, (application, run)).fetchone()[0]
    return count


def failed(connection: sqlite3.Connection, application: str) -> list[Work]:
    sql = f"SELECT {COLUMNS} FROM push_work WHERE application = ? AND state = 'failed' ORDER BY seq"
    return [Work._make(row) for row in connection.execute(sql, (application,))]


def retry(connection: sqlite3.Connection, application: str, type: str, source: str, kind: str, due: str) -> bool:  # noqa: A002, PLR0917
    sql = f"UPDATE push_work SET state = 'waiting', attempts = 0, ticket = ticket + 1, due = ? WHERE {_THIS}"
    return connection.execute(sql, (due, application, source, type, kind)).rowcount > 0


def cancel(connection: sqlite3.Connection, application: str, type: str, source: str, kind: str) -> bool:  # noqa: A002
    sql = f"DELETE FROM push_work WHERE {_THIS}"
    return connection.execute(sql, (application, source, type, kind)).rowcount > 0


def settle(connection: sqlite3.Connection, application: str, outcome: Outcome) -> None:
    """Only the work that was claimed: if it was queued again meanwhile, it is still to be done."""
    work = outcome.work
    this = (application, work.source, work.type, work.kind)
    if outcome.settled:
        connection.execute(f"DELETE FROM push_work WHERE {_THIS} AND ticket = ?", (*this, work.ticket))
        return
    state: Literal["waiting", "failed"] = "waiting" if outcome.due else "failed"
    attempt = (outcome.outcome != "nothing", work.ticket, state, work.ticket, outcome.due, outcome.reason, *this)
    there = connection.execute(
        "UPDATE push_work SET attempts = attempts + ?, state = iif(ticket = ?, ?, state),"
        f" due = iif(ticket = ?, ?, due), reason = ? WHERE {_THIS}",
        attempt,
    )
    if not there.rowcount and not work.ticket:  # it was not from the queue; else somebody cancelled it meanwhile
        row = work._replace(attempts=1, state=state, due=outcome.due, reason=outcome.reason)
        connection.execute(_INSERT, (application, *row[:-1]))

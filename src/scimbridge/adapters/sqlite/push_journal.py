"""The journal of an application: what was about to be done at its target, and what came of it."""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import orjson

from scimbridge.provisioning.ports import Entry, Outcome

_COLUMNS: Final = (
    "time, run, action, type, source, name, target, before, after, why, outcome, reason, finished, password"
)
_INSERT: Final = f"""
    INSERT INTO push_journal (application, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FINISH: Final = """
    UPDATE push_journal SET outcome = ?, reason = ?, finished = ?, target = coalesce(nullif(?, ''), target)
    WHERE application = ? AND sequence = ?
"""
_LEFT_OPEN: Final = f"""
    SELECT sequence, {_COLUMNS} FROM push_journal INDEXED BY push_journal_open
    WHERE application = ? AND outcome = '' ORDER BY sequence
"""
# Work of kind `password` is about passwords, all other is about the rest; only a create can be found.
_SETTLE: Final = """
    UPDATE push_journal INDEXED BY push_journal_open
    SET finished = ?5, outcome = iif(?4 = 'done' AND action IN ('create', 'create group'), 'done', 'abandoned'),
        reason = iif(?4 = 'done' AND action IN ('create', 'create group'),
            'The push that began it was ended; a later look found it there.',
            'The push that began it was ended; a later one did what was still needed.')
    WHERE application = ?1 AND source = ?2 AND outcome = '' AND type = ?3 AND (action = 'password') = ?6
"""
# Creates of one resource whose end is not known, after the last that was done.
_OPEN: Final = """
    SELECT 1 FROM push_journal INDEXED BY push_journal_source
    WHERE application = ?1 AND source = ?2 AND type = ?3 AND action IN ('create', 'create group')
        AND outcome IN ('', 'unavailable', 'misbehaved') AND sequence > coalesce((
            SELECT max(sequence) FROM push_journal INDEXED BY push_journal_source
            WHERE application = ?1 AND source = ?2 AND type = ?3 AND action IN ('create', 'create group')
                AND outcome = 'done'), 0)
    LIMIT 1
"""

# What may have had its effect there: begun after the last that was done, and nobody knows what came of it. A refusal is
# known, but that of a group's members may be of the second request of two. A password is sent again or not at all.
_IN_DOUBT: Final = """
    SELECT DISTINCT action FROM push_journal INDEXED BY push_journal_source
    WHERE application = ?1 AND source = ?2 AND type = ?3 AND action <> 'password'
        AND (outcome IN ('', 'unavailable', 'misbehaved') OR outcome = 'refused' AND type = 'Group')
        AND sequence > coalesce((
            SELECT max(sequence) FROM push_journal INDEXED BY push_journal_source
            WHERE application = ?1 AND source = ?2 AND type = ?3 AND action <> 'password' AND outcome = 'done'), 0)
"""


def append(connection: sqlite3.Connection, application: str, entry: Entry) -> int:
    before, after = (orjson.dumps(part).decode() if part else "" for part in (entry.before, entry.after))
    row = (application, *entry[1:8], before, after, *entry[10:])
    return connection.execute(_INSERT, row).lastrowid or 0


def finish(connection: sqlite3.Connection, application: str, outcome: Outcome, time: str) -> None:
    row = (outcome.outcome, outcome.reason, time, outcome.target, application, outcome.intent)
    connection.execute(_FINISH, row)


def settle(connection: sqlite3.Connection, application: str, outcome: Outcome, time: str) -> None:
    """What an earlier push left open of the same resource, as `outcome.former` says."""
    work = outcome.work
    row = (application, work.source, work.type, outcome.former, time, work.kind == "password")
    connection.execute(_SETTLE, row)


def left_open(connection: sqlite3.Connection, application: str) -> list[Entry]:
    return [_entry(row) for row in connection.execute(_LEFT_OPEN, (application,)).fetchall()]


def has_open_create(connection: sqlite3.Connection, application: str, type: str, source: str) -> bool:  # noqa: A002
    return connection.execute(_OPEN, (application, source, type)).fetchone() is not None


def in_doubt(connection: sqlite3.Connection, application: str, type: str, source: str) -> frozenset[str]:  # noqa: A002
    return frozenset(action for (action,) in connection.execute(_IN_DOUBT, (application, source, type)))


def read(
    connection: sqlite3.Connection,
    application: str,
    *,
    after: int,
    count: int,
    newest: bool,
    source: str | None,
    run: str | None,
) -> list[Entry]:
    """In order, above sequence `after`; the last ones if `newest`."""
    index, conditions, values = "push_journal_application", "", []
    if run is not None:
        index, conditions, values = "push_journal_run", " AND run <> '' AND run = ?", [run]
    if source is not None:
        index, conditions, values = "push_journal_source", f"{conditions} AND source = ?", [*values, source]
    rows = connection.execute(
        f"SELECT sequence, {_COLUMNS} FROM push_journal INDEXED BY {index}"
        f" WHERE application = ? AND sequence > ?{conditions} ORDER BY sequence {'DESC' if newest else 'ASC'} LIMIT ?",
        (application, after, *values, count),
    ).fetchall()
    return [_entry(row) for row in (reversed(rows) if newest else rows)]


def _entry(row: Sequence[Any]) -> Entry:
    before, after = (orjson.loads(part) if part else {} for part in row[8:10])
    return Entry._make([*row[:8], before, after, *row[10:14], bool(row[14])])

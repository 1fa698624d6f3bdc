"""Rows of what ties resources here to those at an application's target."""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import orjson

from scimbridge.provisioning.ports import Link

COLUMNS: Final = (
    "l.type, l.source, l.target, l.name, l.state, l.version, l.revision, l.assignment, l.digest, l.pushed,"
    " l.confirmed, l.dropped"
)
_FROM: Final = f"SELECT {COLUMNS} FROM pushed_link l WHERE l.application = ? AND l.type = ?"
_PUT: Final = """
    INSERT OR REPLACE INTO pushed_link (application, type, source, target, name, state, version, revision, assignment,
        digest, pushed, confirmed, dropped)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# As which each member was pushed, its own link says.
_JOIN: Final = """
    INSERT OR REPLACE INTO pushed_member (application, group_source, source, target)
    SELECT l.application, ?2, l.source, l.target FROM json_each(?3) j
    CROSS JOIN pushed_link l ON l.application = ?1 AND l.type = 'User' AND l.source = j.value
"""
_LEAVE: Final = """
    DELETE FROM pushed_member WHERE application = ? AND group_source = ? AND source IN (SELECT value FROM json_each(?))
"""
_EMPTY: Final = "DELETE FROM pushed_member WHERE application = ? AND group_source = ?"


def read(row: Sequence[Any]) -> Link | None:
    """A link from COLUMNS; None where a LEFT JOIN found none."""
    if row[0] is None:
        return None
    return Link._make([*row[:-1], tuple(orjson.loads(row[-1])) if row[-1] else ()])


def find(
    connection: sqlite3.Connection,
    application: str,
    type: str,  # noqa: A002
    *,
    source: str | None = None,
    target: str | None = None,
) -> Link | None:
    """By one of the two."""
    column, value = ("source", source) if target is None else ("target", target)
    row = connection.execute(f"{_FROM} AND l.{column} = ?", (application, type, value)).fetchone()
    return read(row) if row else None


def find_named(connection: sqlite3.Connection, application: str, type: str, name: str) -> Link | None:  # noqa: A002
    sql = f"{_FROM} AND l.state <> 'gone' AND casefold(l.name) = ? LIMIT 1"
    row = connection.execute(sql, (application, type, name.casefold())).fetchone()
    return read(row) if row else None


def everyone(connection: sqlite3.Connection, application: str, type: str) -> list[Link]:  # noqa: A002
    rows = connection.execute(f"{_FROM} ORDER BY l.seq", (application, type)).fetchall()
    return [link for link in map(read, rows) if link is not None]


def count_active(connection: sqlite3.Connection, application: str) -> int:
    sql = "SELECT count(*) FROM pushed_link WHERE application = ? AND type = 'User' AND state = 'active'"
    count: int = connection.execute(sql, (application,)).fetchone()[0]
    return count


def put(connection: sqlite3.Connection, application: str, link: Link) -> None:
    """In place of that of the same source; what is there belongs to whoever was linked to it last."""
    dropped = orjson.dumps(link.dropped).decode() if link.dropped else ""
    connection.execute(_PUT, (application, *link[:-1], dropped))


def drop(connection: sqlite3.Connection, application: str, type: str, source: str) -> None:  # noqa: A002
    """A group's members are forgotten with it. A user stays a member of the groups there until taken out of them."""
    sql = "DELETE FROM pushed_link WHERE application = ? AND type = ? AND source = ?"
    connection.execute(sql, (application, type, source))
    if type == "Group":
        connection.execute(_EMPTY, (application, source))


def members(connection: sqlite3.Connection, application: str, group: str) -> frozenset[str]:
    """Their ids there."""
    sql = "SELECT target FROM pushed_member WHERE application = ? AND group_source = ?"
    return frozenset(target for (target,) in connection.execute(sql, (application, group)))


def change_members(
    connection: sqlite3.Connection,
    application: str,
    group: str,
    joined: Sequence[str],
    left: Sequence[str],
    *,
    replaced: bool,
) -> None:
    """`joined` are all there are if `replaced`."""
    if replaced:
        connection.execute(_EMPTY, (application, group))
    if left:
        connection.execute(_LEAVE, (application, group, orjson.dumps(list(left)).decode()))
    if joined:
        connection.execute(_JOIN, (application, group, orjson.dumps(list(joined)).decode()))

"""Rows of the database as records and members."""

# ruff: noqa: S608 (the parts are constants and attribute names from schemas, quoted; values are always bound)

import sqlite3
from collections.abc import Mapping, Sequence

import orjson

from scimbridge.directory.ports import Member, Membership, Record

SqlValue = str | int | float | None

# The last column says whether there are memberships to read at all.
SELECT = """
    SELECT r.seq, r.type, r.id, d.body, r.version, r.created, r.modified,
        EXISTS (SELECT 1 FROM membership m WHERE m.member_seq = r.seq)
    FROM resource r JOIN document d ON d.seq = r.seq
"""
_BY_ID = f"{SELECT} WHERE r.realm = ? AND r.id = ? AND r.type = ?"
_BY_NAME = f"{SELECT} WHERE r.realm = ? AND r.type = ? AND r.name_key = ?"
_BY_SEQS = f"{SELECT} WHERE r.seq IN (SELECT value FROM json_each(?))"
_ABOVE = """
    SELECT m.member_seq, m.group_seq FROM json_each(?) j CROSS JOIN membership m ON m.member_seq = j.value
    ORDER BY m.position
"""
# The last column says whether the group is in another.
_DIRECT = """
    SELECT g.id, g.display, EXISTS (SELECT 1 FROM membership u WHERE u.member_seq = g.seq)
    FROM membership m JOIN resource g ON g.seq = m.group_seq WHERE m.member_seq = ? ORDER BY m.position
"""
_GROUPS = "SELECT seq, id, display FROM resource WHERE seq IN (SELECT value FROM json_each(?))"
_MEMBERS = """
    SELECT r.id, r.type, r.display FROM membership m JOIN resource r ON r.seq = m.member_seq
    WHERE m.group_seq = (SELECT seq FROM resource WHERE realm = ? AND id = ?)
    ORDER BY m.position LIMIT ?
"""
# The same in one row: a step of a statement lets go of Python's lock and queues for it again, and 100,000 steps in a
# reader thread beside a busy event loop take seconds.
_MEMBERS_AT_ONCE = f"SELECT json_group_array(json_array(id, type, display)) FROM ({_MEMBERS})"


def find(connection: sqlite3.Connection, realm: str, type: str, id: str) -> tuple[int, Record] | None:  # noqa: A002
    """A resource and its seq."""
    return next(iter(select(connection, _BY_ID, (realm, id, type))), None)


def find_named(connection: sqlite3.Connection, realm: str, type: str, name: str) -> tuple[int, Record] | None:  # noqa: A002
    return next(iter(select(connection, _BY_NAME, (realm, type, name.casefold()))), None)


def read(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[Record]:
    """The resources of these seqs, in their order."""
    if not seqs:
        return []
    found = dict(select(connection, _BY_SEQS, (orjson.dumps(seqs).decode(),)))
    return [found[seq] for seq in seqs]


def select(connection: sqlite3.Connection, sql: str, parameters: Sequence[SqlValue]) -> list[tuple[int, Record]]:
    """What a statement that begins with SELECT finds, with seqs."""
    rows = connection.execute(sql, parameters).fetchall()
    grouped = [row[0] for row in rows if row[-1]]
    groups = memberships(connection, grouped) if grouped else {}
    make = Record._make  # 0.2 us less each than to call Record
    return [
        (seq, make((kind, id_, body, version, created, modified, groups.get(seq, ()))))
        for seq, kind, id_, body, version, created, modified, _ in rows
    ]


def memberships(connection: sqlite3.Connection, seqs: Sequence[int]) -> Mapping[int, tuple[Membership, ...]]:
    """The groups of each of these that is in any, direct ones first."""
    if len(seqs) == 1 and (only := _only_direct(connection, seqs[0])) is not None:
        return {seqs[0]: only} if only else {}
    above: dict[int, list[int]] = {}
    known, unread = set(seqs), seqs
    groups: set[int] = set()
    while unread:
        for member, group in connection.execute(_ABOVE, (orjson.dumps(unread).decode(),)).fetchall():
            above.setdefault(member, []).append(group)
            groups.add(group)
        unread = list(groups - known)
        known |= groups
    rows = connection.execute(_GROUPS, (orjson.dumps(list(groups)).decode(),)).fetchall() if groups else ()
    direct = {seq: Membership(id_, display, direct=True) for seq, id_, display in rows}
    return {seq: _climb(seq, above, direct) for seq in seqs if seq in above}


def password(connection: sqlite3.Connection, realm: str, id: str) -> str | None:  # noqa: A002
    sql = "SELECT c.hash FROM resource r JOIN credential c ON c.seq = r.seq WHERE r.realm = ? AND r.id = ?"
    row = connection.execute(sql, (realm, id)).fetchone()
    return row[0] if row else None


def members(connection: sqlite3.Connection, realm: str, id: str, limit: int) -> list[Member]:  # noqa: A002
    """The first `limit` members of a group; for a few, on the event loop."""
    return [Member(*row) for row in connection.execute(_MEMBERS, (realm, id, limit))]


def outnumbers(connection: sqlite3.Connection, realm: str, id: str, number: int) -> bool:  # noqa: A002
    """Whether a group has more members than that: 5 us for 100, where reading them costs 80."""
    group = "(SELECT seq FROM resource WHERE realm = ? AND id = ?)"
    sql = f"SELECT 1 FROM membership WHERE group_seq = {group} LIMIT 1 OFFSET ?"
    return connection.execute(sql, (realm, id, number)).fetchone() is not None


def all_members(connection: sqlite3.Connection, realm: str, id: str, limit: int) -> list[Member]:  # noqa: A002
    """The same for many, in a reader thread."""
    text = connection.execute(_MEMBERS_AT_ONCE, (realm, id, limit)).fetchone()[0]
    return [Member(*row) for row in orjson.loads(text)]


def _only_direct(connection: sqlite3.Connection, seq: int) -> tuple[Membership, ...] | None:
    """The groups of one resource, unless one of them is in a group itself: 7 us instead of 19."""
    rows = connection.execute(_DIRECT, (seq,)).fetchall()
    if any(nested for _, _, nested in rows):
        return None
    return tuple(Membership(id_, display, direct=True) for id_, display, _ in rows)


def _climb(start: int, above: Mapping[int, Sequence[int]], direct: Mapping[int, Membership]) -> tuple[Membership, ...]:
    """Level by level, each group once; no resource is indirectly in itself."""
    level = above[start]
    found = [direct[group] for group in level]
    if above.keys().isdisjoint(level):
        return tuple(found)
    seen = {start, *level}
    while level:
        upper = dict.fromkeys(group for below in level for group in above.get(below, ()) if group not in seen)
        level = list(upper)
        seen |= upper.keys()
        found += [direct[group]._replace(direct=False) for group in level]
    return tuple(found)

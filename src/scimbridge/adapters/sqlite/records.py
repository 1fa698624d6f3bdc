"""Rows of the database as records and members."""

# ruff: noqa: S608 (the parts are constants and attribute names from schemas, quoted; values are always bound)

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import orjson

from scimbridge.directory.ports import Member, Membership, Record

SqlValue = str | int | float | None
# Of COLUMNS_OF_FEW.
Row = tuple[int, str, bytes, int, str, str, str | None]
# The seqs of resources, and these.
Found = tuple[list[int], list[Record]]

# Each column costs 0.1 us a row, a tenth of all; whoever selects one type knows which.
_COLUMNS = "r.seq, r.id, r.body, r.version, r.created, r.modified"
SELECT = f"SELECT {_COLUMNS} FROM resource r"
# The groups that it is in directly, in JSON, and of each whether it is in another; NULL for none. 3 us, where a
# statement of its own takes 7.
_DIRECT = """
    CASE WHEN EXISTS (SELECT 1 FROM membership m WHERE m.member_seq = r.seq) THEN (
        SELECT json_group_array(json_array(id, display, nested)) FROM (
            SELECT g.id, g.display, EXISTS (SELECT 1 FROM membership u WHERE u.member_seq = g.seq) AS nested
            FROM membership m JOIN resource g ON g.seq = m.group_seq WHERE m.member_seq = r.seq ORDER BY m.position
        )
    ) END
"""
COLUMNS_OF_FEW = f"{_COLUMNS}, {_DIRECT}"
SELECT_FEW = f"SELECT {COLUMNS_OF_FEW} FROM resource r"
_BY_ID = f"{SELECT_FEW} WHERE r.realm = ? AND r.id = ? AND r.type = ?"
_BY_NAME = f"{SELECT_FEW} WHERE r.realm = ? AND r.type = ? AND r.name_key = ?"
_BY_SEQS = f"SELECT {_COLUMNS}, r.type FROM resource r WHERE r.seq IN (SELECT value FROM json_each(?))"
# Members and the groups right above them. The second is for members that are close together: half the cost.
_ABOVE = """
    SELECT m.member_seq, m.group_seq FROM json_each(?) j CROSS JOIN membership m ON m.member_seq = j.value
    ORDER BY m.position
"""
_ABOVE_BETWEEN = "SELECT member_seq, group_seq FROM membership WHERE member_seq BETWEEN ? AND ? ORDER BY position"
_GROUPS = """
    SELECT g.seq, g.id, g.display, EXISTS (SELECT 1 FROM membership u WHERE u.member_seq = g.seq)
    FROM resource g WHERE g.seq IN (SELECT value FROM json_each(?))
"""
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
    return _find(connection, type, _BY_ID, (realm, id, type))


def find_named(connection: sqlite3.Connection, realm: str, type: str, name: str) -> tuple[int, Record] | None:  # noqa: A002
    return _find(connection, type, _BY_NAME, (realm, type, name.casefold()))


def select_few(
    connection: sqlite3.Connection,
    type: str,  # noqa: A002
    sql: str,
    parameters: Sequence[SqlValue],
) -> Found:
    """As select, where few are found if any; the statement begins with SELECT_FEW."""
    rows = connection.execute(sql, parameters).fetchall()
    return [row[0] for row in rows], [record(connection, type, row) for row in rows]


def select(
    connection: sqlite3.Connection,
    type: str,  # noqa: A002
    sql: str,
    parameters: Sequence[SqlValue],
) -> Found:
    """What a statement that begins with SELECT finds, all of this type."""
    rows = connection.execute(sql, parameters).fetchall()
    seqs = [row[0] for row in rows]
    groups = memberships(connection, seqs)
    make = tuple.__new__  # 0.1 us less each than to call Record
    return seqs, [
        make(Record, (type, id_, body, version, created, modified, groups.get(seq, ())))
        for seq, id_, body, version, created, modified in rows
    ]


def read(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[Record]:
    """The resources of these seqs, of any type, in their order."""
    if not seqs:
        return []
    rows = connection.execute(_BY_SEQS, (orjson.dumps(seqs).decode(),)).fetchall()
    groups = memberships(connection, seqs)
    found = {
        seq: Record(kind, id_, body, version, created, modified, groups.get(seq, ()))
        for seq, id_, body, version, created, modified, kind in rows
    }
    return [found[seq] for seq in seqs]


def memberships(connection: sqlite3.Connection, seqs: Sequence[int]) -> Mapping[int, tuple[Membership, ...]]:
    """The groups of each of these that is in any, direct ones first."""
    above = _above(connection, seqs)
    if not above:
        return {}
    direct: dict[int, Membership] = {}
    unread = set().union(*above.values())
    while unread:
        rows = connection.execute(_GROUPS, (orjson.dumps(list(unread)).decode(),)).fetchall()
        direct |= {seq: Membership(id_, display, direct=True) for seq, id_, display, _ in rows}
        nested = [seq for seq, _, _, is_nested in rows if is_nested and seq not in above]
        upper = _above(connection, nested)
        above |= upper
        unread = set().union(*upper.values()) - direct.keys()
    shared: dict[tuple[int, ...], tuple[Membership, ...]] = {}  # most people of a page are in the same groups
    found = {}
    for seq in seqs:
        if (level := above.get(seq)) is not None:
            if (groups := shared.get(level)) is None:
                groups = _climb(seq, above, direct)
                if above.keys().isdisjoint(level):
                    shared[level] = groups
            found[seq] = groups
    return found


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


def _find(
    connection: sqlite3.Connection,
    type: str,  # noqa: A002
    sql: str,
    parameters: Sequence[SqlValue],
) -> tuple[int, Record] | None:
    rows = connection.execute(sql, parameters).fetchall()
    return (rows[0][0], record(connection, type, rows[0])) if rows else None


def record(connection: sqlite3.Connection, type: str, row: Row) -> Record:  # noqa: A002
    """A resource from what COLUMNS_OF_FEW has of it."""
    seq, id_, body, version, created, modified, direct = row
    groups = () if direct is None else _read_direct(connection, seq, direct)
    return Record(type, id_, body, version, created, modified, groups)


def _read_direct(connection: sqlite3.Connection, seq: int, text: str) -> tuple[Membership, ...]:
    """The groups of one resource from what SELECT_FEW has of them."""
    groups = orjson.loads(text)
    if any(nested for _, _, nested in groups):
        return memberships(connection, [seq])[seq]
    return tuple([Membership(id_, display, direct=True) for id_, display, _ in groups])


def _above(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The groups that each of these is in directly, in order of joining; of others too, if they are in between."""
    if not seqs:
        return {}
    first, last = min(seqs), max(seqs)
    if last - first < 2 * len(seqs):
        rows = connection.execute(_ABOVE_BETWEEN, (first, last)).fetchall()
    else:
        rows = connection.execute(_ABOVE, (orjson.dumps(seqs).decode(),)).fetchall()
    above = defaultdict[int, list[int]](list)
    for member, group in rows:
        above[member].append(group)
    return {member: tuple(groups) for member, groups in above.items()}


def _climb(
    start: int, above: Mapping[int, tuple[int, ...]], direct: Mapping[int, Membership]
) -> tuple[Membership, ...]:
    """Level by level, each group once; no resource is indirectly in itself."""
    level: Collection[int] = above[start]
    found = [direct[group] for group in level]
    if above.keys().isdisjoint(level):
        return tuple(found)
    seen = {start, *level}
    while level:
        upper = dict.fromkeys(group for below in level for group in above.get(below, ()) if group not in seen)
        level = upper.keys()
        seen |= upper.keys()
        found += [direct[group]._replace(direct=False) for group in level]
    return tuple(found)

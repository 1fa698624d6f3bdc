"""Who is to be at an application's target, which groups, with whom in them, by directory and what was pushed.

All of it is worked out in the database, so that of those who are up to date nothing is held. A CROSS JOIN is a join in
the order written: SQLite has no statistics to find it by.
"""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from scimbridge.adapters.sqlite import pushed_links
from scimbridge.provisioning.application import Assignment
from scimbridge.provisioning.ports import Candidate, Membership
from scimbridge.provisioning.target import Member

Parameters = Mapping[str, str | int]

_ASSIGNMENT: Final = "a.type, a.id, a.priority, a.overrides"
_NO_ASSIGNMENT: Final = "NULL, NULL, NULL, NULL"
_LINK_OF_USER: Final = "pushed_link l ON l.application = :application AND l.type = 'User' AND l.source"

# Everybody whom an assignment reaches, by which one: their own counts, else the group's with the lowest priority.
_REACHED: Final = """
    WITH RECURSIVE inside (rank, assignment, grp) AS (
        SELECT row_number() OVER (ORDER BY a.priority, a.id), a.seq, r.seq
        FROM assignment a CROSS JOIN resource r ON r.realm = :realm AND r.id = a.id AND r.type = 'Group'
        WHERE a.application = :application AND a.type = 'Group'
        UNION
        SELECT rank, assignment, m.member_seq FROM inside CROSS JOIN membership m ON m.group_seq = grp
        CROSS JOIN resource r ON r.seq = m.member_seq AND r.type = 'Group'
    ), reached (seq, assignment, rank) AS (
        SELECT seq, assignment, min(rank) FROM (
            SELECT r.seq, a.seq AS assignment, 0 AS rank
            FROM assignment a CROSS JOIN resource r ON r.realm = :realm AND r.id = a.id
            WHERE a.application = :application AND a.type = 'User'
            UNION ALL
            SELECT m.member_seq, assignment, rank FROM inside CROSS JOIN membership m ON m.group_seq = grp
        ) GROUP BY seq
    )
"""
_CANDIDATES: Final = f"""
    {_REACHED}
    SELECT r.seq AS place, r.id, r.name, r.version, r.active IS NOT 0, {_ASSIGNMENT}, {pushed_links.COLUMNS}
    FROM reached CROSS JOIN resource r ON r.seq = reached.seq AND r.type = 'User'
    CROSS JOIN assignment a ON a.seq = reached.assignment
    LEFT JOIN {_LINK_OF_USER} = r.id
    WHERE :everything OR iif(r.active IS 0, l.state IS 'active', l.state IS NOT 'active'
        OR l.version <> r.version OR l.revision <> :revision OR l.assignment <> a.digest)
    UNION ALL
    SELECT coalesce(r.seq, 0), l.source, coalesce(r.name, l.name), coalesce(r.version, 0),
        r.seq IS NOT NULL AND r.active IS NOT 0, {_NO_ASSIGNMENT}, {pushed_links.COLUMNS}
    FROM pushed_link l LEFT JOIN resource r ON r.realm = :realm AND r.id = l.source AND r.type = 'User'
    WHERE l.application = :application AND l.type = 'User' AND (:everything OR l.state = 'active' OR r.seq IS NULL)
        AND NOT EXISTS (SELECT 1 FROM reached WHERE reached.seq = r.seq)
    ORDER BY place
"""
_CANDIDATE: Final = f"""
    WITH RECURSIVE above (seq) AS (
        SELECT m.group_seq FROM resource r CROSS JOIN membership m ON m.member_seq = r.seq
        WHERE r.realm = :realm AND r.id = :source
        UNION SELECT m.group_seq FROM above CROSS JOIN membership m ON m.member_seq = above.seq
    )
    SELECT 0, :source, coalesce(r.name, l.name, ''), coalesce(r.version, 0), r.seq IS NOT NULL AND r.active IS NOT 0,
        {_ASSIGNMENT}, {pushed_links.COLUMNS}
    FROM (SELECT 1) LEFT JOIN resource r ON r.realm = :realm AND r.id = :source AND r.type = 'User'
    LEFT JOIN assignment a ON r.seq IS NOT NULL AND a.seq = coalesce(
        (SELECT seq FROM assignment WHERE application = :application AND type = 'User' AND id = :source),
        (SELECT b.seq FROM above CROSS JOIN resource g ON g.seq = above.seq
         CROSS JOIN assignment b ON b.application = :application AND b.type = 'Group' AND b.id = g.id
         ORDER BY b.priority, b.id LIMIT 1))
    LEFT JOIN {_LINK_OF_USER} = :source
"""
# Several in one statement: 9 us each instead of 18, and what has begun needs no statement of its own.
_CANDIDATES_OF: Final = f"""
    WITH RECURSIVE wanted (source, seq) AS MATERIALIZED (
        SELECT j.value, r.seq FROM json_each(:sources) j
        LEFT JOIN resource r ON r.realm = :realm AND r.id = j.value AND r.type = 'User'
    ), above (person, grp) AS (
        SELECT wanted.seq, m.group_seq FROM wanted CROSS JOIN membership m ON m.member_seq = wanted.seq
        UNION SELECT person, m.group_seq FROM above CROSS JOIN membership m ON m.member_seq = grp
    ), reached (person, assignment, place) AS MATERIALIZED (
        SELECT person, b.seq, row_number() OVER (PARTITION BY person ORDER BY b.priority, b.id)
        FROM above CROSS JOIN resource g ON g.seq = grp
        CROSS JOIN assignment b ON b.application = :application AND b.type = 'Group' AND b.id = g.id
    )
    SELECT NOT EXISTS (SELECT 1 FROM push_journal INDEXED BY push_journal_source
            WHERE application = :application AND source = w.source AND outcome NOT IN ('done', 'nothing', 'abandoned')),
        w.source, coalesce(r.name, l.name, ''), coalesce(r.version, 0), r.seq IS NOT NULL AND r.active IS NOT 0,
        {_ASSIGNMENT}, {pushed_links.COLUMNS}
    FROM wanted w LEFT JOIN resource r ON r.seq = w.seq
    LEFT JOIN reached ON reached.person = w.seq AND reached.place = 1
    LEFT JOIN assignment a ON r.seq IS NOT NULL AND a.seq = coalesce(
        (SELECT seq FROM assignment WHERE application = :application AND type = 'User' AND id = w.source),
        reached.assignment)
    LEFT JOIN {_LINK_OF_USER} = w.source
"""
_ASSIGNED_COUNT: Final = f"""
    {_REACHED}
    SELECT count(*) FROM reached CROSS JOIN resource r ON r.seq = reached.seq
    WHERE r.type = 'User' AND r.active IS NOT 0
"""
# A group, the groups in it, and so on.
_INSIDE: Final = """
    WITH RECURSIVE inside (grp) AS (
        SELECT seq FROM resource WHERE realm = :realm AND id = :source AND type = 'Group'
        UNION
        SELECT m.member_seq FROM inside CROSS JOIN membership m ON m.group_seq = grp
        CROSS JOIN resource r ON r.seq = m.member_seq AND r.type = 'Group'
    )
"""
_MEMBERS: Final = f"""
    {_INSIDE}
    SELECT l.source, l.target, l.name, min(m.position) FROM inside CROSS JOIN membership m ON m.group_seq = grp
    CROSS JOIN resource r ON r.seq = m.member_seq AND r.type = 'User'
    CROSS JOIN {_LINK_OF_USER} = r.id AND l.state = 'active'
"""
_ALL: Final = f"{_MEMBERS} GROUP BY l.source ORDER BY min(m.position)"
_JOINING: Final = f"""
    {_MEMBERS} LEFT JOIN pushed_member p
        ON p.application = :application AND p.group_source = :source AND p.source = l.source
    WHERE p.target IS NOT l.target GROUP BY l.source ORDER BY min(m.position)
"""
_LEAVING: Final = f"""
    {_INSIDE}, wanted (member) AS MATERIALIZED (
        SELECT DISTINCT m.member_seq FROM inside CROSS JOIN membership m ON m.group_seq = grp
    )
    SELECT p.source, p.target, coalesce(l.name, '') FROM pushed_member p
    LEFT JOIN {_LINK_OF_USER} = p.source LEFT JOIN resource r ON r.realm = :realm AND r.id = p.source
    LEFT JOIN wanted ON wanted.member = r.seq
    WHERE p.application = :application AND p.group_source = :source AND wanted.member IS NULL ORDER BY p.source
"""


def candidates(connection: sqlite3.Connection, about: Parameters) -> list[Candidate]:
    """`about`: realm, application, revision, everything (0 or 1)."""
    return [_candidate(row) for row in connection.execute(_CANDIDATES, about)]


def candidate(connection: sqlite3.Connection, about: Parameters) -> Candidate:
    """`about`: realm, application, source; so below."""
    return _candidate(connection.execute(_CANDIDATE, about).fetchone())


def candidates_of(connection: sqlite3.Connection, about: Parameters, sources: Sequence[str]) -> dict[str, Candidate]:
    """By id."""
    rows = connection.execute(_CANDIDATES_OF, {**about, "sources": orjson.dumps(list(sources)).decode()}).fetchall()
    return {row[1]: _candidate(row)._replace(settled=bool(row[0])) for row in rows}


def assigned_count(connection: sqlite3.Connection, about: Parameters) -> int:
    count: int = connection.execute(_ASSIGNED_COUNT, about).fetchone()[0]
    return count


def members(connection: sqlite3.Connection, about: Parameters) -> list[Membership]:
    return _memberships(connection, _ALL, about)


def member_changes(connection: sqlite3.Connection, about: Parameters) -> tuple[list[Membership], list[Membership]]:
    return _memberships(connection, _JOINING, about), _memberships(connection, _LEAVING, about)


def read_assignment(row: Sequence[Any]) -> Assignment | None:
    """From type, id, priority and overrides; None where there is none."""
    type_, id_, priority, overrides = row
    return None if type_ is None else Assignment(type_, id_, priority, orjson.loads(overrides))


def _candidate(row: Sequence[Any]) -> Candidate:
    _, source, name, version, active, *rest = row
    return Candidate(source, name, version, bool(active), read_assignment(rest[:4]), pushed_links.read(rest[4:]))


def _memberships(connection: sqlite3.Connection, sql: str, about: Parameters) -> list[Membership]:
    rows = connection.execute(sql, about)
    return [Membership(source, Member(target, display)) for source, target, display, *_ in rows]

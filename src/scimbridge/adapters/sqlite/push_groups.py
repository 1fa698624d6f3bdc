"""Which groups an application pushes, by name or by rule, and which of them differ from what was pushed."""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from scimbridge.adapters.sqlite import pushed_links
from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.ports import GroupCandidate

Parameters = Mapping[str, str | int]

COLUMNS: Final = "p.name, p.group_id, p.attribute, p.operator, p.value, p.link_to, p.rename, p.active"
_PUT: Final = """
    INSERT INTO push_group (application, name, group_id, attribute, operator, value, link_to, rename, active, value_key)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (application, name) DO UPDATE SET group_id = excluded.group_id, attribute = excluded.attribute,
        operator = excluded.operator, value = excluded.value, link_to = excluded.link_to, rename = excluded.rename,
        active = excluded.active, value_key = excluded.value_key
"""
# A group has a description in an extension of its schema, whichever that is.
_TEXT: Final = """
    CASE p.attribute WHEN 'name' THEN g.name_key ELSE (
        SELECT casefold(t.atom) FROM resource r, json_tree(CAST(r.body AS TEXT)) t
        WHERE r.seq = g.seq AND t.key = 'description' AND t.type = 'text' LIMIT 1
    ) END
"""
_MATCHES: Final = f"""
    (SELECT CASE p.operator WHEN 'startsWith' THEN substr(text, 1, length(p.value_key)) = p.value_key
        WHEN 'endsWith' THEN substr(text, -length(p.value_key)) = p.value_key
        WHEN 'contains' THEN instr(text, p.value_key) > 0 ELSE text = p.value_key END
     FROM (SELECT {_TEXT} AS text))
"""
# Of the groups in `subject` those that are pushed, by which push group: one that names it counts, else the first rule.
PUSHED: Final = f"""
    groups (seq, id, name, name_key) AS MATERIALIZED (
        SELECT seq, id, name, name_key FROM resource WHERE seq IN (SELECT seq FROM subject)
    ), pushed (seq, push_group, rank) AS (
        SELECT seq, push_group, min(rank) FROM (
            SELECT g.seq, p.seq AS push_group, '0' AS rank FROM push_group p CROSS JOIN groups g ON g.id = p.group_id
            WHERE p.application = :application AND p.group_id <> ''
            UNION ALL
            SELECT g.seq, p.seq, iif(p.active, '1', '2') || p.name FROM push_group p JOIN groups g
            WHERE p.application = :application AND p.group_id = '' AND {_MATCHES}
        ) GROUP BY seq
    )
"""
_ALL: Final = "subject (seq) AS (SELECT seq FROM resource WHERE realm = :realm AND type = 'Group')"
_ONE: Final = "subject (seq) AS (SELECT seq FROM resource WHERE realm = :realm AND id = :source AND type = 'Group')"
_DIFFERENCES: Final = """
    inside (root, grp) AS (
        SELECT pushed.seq, pushed.seq FROM pushed CROSS JOIN push_group p ON p.seq = push_group WHERE p.active
        UNION
        SELECT root, m.member_seq FROM inside CROSS JOIN membership m ON m.group_seq = grp
        CROSS JOIN resource r ON r.seq = m.member_seq AND r.type = 'Group'
    ), wanted (root, member) AS MATERIALIZED (
        SELECT DISTINCT root, m.member_seq FROM inside CROSS JOIN membership m ON m.group_seq = grp
    ), added (root, n) AS (
        SELECT root, count(*) FROM wanted CROSS JOIN resource g ON g.seq = root
        CROSS JOIN resource r ON r.seq = member AND r.type = 'User'
        CROSS JOIN pushed_link l ON l.application = :application AND l.type = 'User' AND l.source = r.id
            AND l.state = 'active'
        LEFT JOIN pushed_member q ON q.application = :application AND q.group_source = g.id AND q.source = r.id
        WHERE q.target IS NOT l.target GROUP BY root
    ), removed (root, n) AS (
        SELECT g.seq, count(*) FROM pushed CROSS JOIN resource g ON g.seq = pushed.seq
        CROSS JOIN push_group p ON p.seq = push_group AND p.active
        CROSS JOIN pushed_member q ON q.application = :application AND q.group_source = g.id
        LEFT JOIN resource r ON r.realm = :realm AND r.id = q.source
        LEFT JOIN wanted ON wanted.root = g.seq AND wanted.member = r.seq
        WHERE wanted.member IS NULL GROUP BY g.seq
    )
"""
_PUSHED_CANDIDATES: Final = f"""
    SELECT g.id, g.name, {COLUMNS}, {pushed_links.COLUMNS}, coalesce(added.n, 0), coalesce(removed.n, 0)
    FROM pushed CROSS JOIN groups g ON g.seq = pushed.seq CROSS JOIN push_group p ON p.seq = push_group
    LEFT JOIN pushed_link l ON l.application = :application AND l.type = 'Group' AND l.source = g.id
    LEFT JOIN added ON added.root = g.seq LEFT JOIN removed ON removed.root = g.seq
"""
_NO_PUSH_GROUP: Final = "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
_LINKED_CANDIDATES: Final = f"""
    SELECT l.source, coalesce(r.name, ''), {_NO_PUSH_GROUP}, {pushed_links.COLUMNS}, 0, 0
    FROM pushed_link l LEFT JOIN resource r ON r.realm = :realm AND r.id = l.source AND r.type = 'Group'
    WHERE l.application = :application AND l.type = 'Group' AND NOT EXISTS (SELECT 1 FROM pushed WHERE seq = r.seq)
"""
_CANDIDATES: Final = f"""
    WITH RECURSIVE {_ALL}, {PUSHED}, {_DIFFERENCES} {_PUSHED_CANDIDATES}
    WHERE :everything OR (p.active AND (l.state IS NOT 'active' OR p.rename AND l.name <> g.name
        OR added.n IS NOT NULL OR removed.n IS NOT NULL))
    UNION ALL {_LINKED_CANDIDATES}
"""
_CANDIDATE: Final = f"""
    WITH RECURSIVE {_ONE}, {PUSHED}, {_DIFFERENCES} {_PUSHED_CANDIDATES}
    UNION ALL {_LINKED_CANDIDATES} AND l.source = :source
"""
_BY: Final = f"""
    WITH RECURSIVE {_ALL}, {PUSHED}
    SELECT g.id, g.name FROM pushed CROSS JOIN groups g ON g.seq = pushed.seq
    CROSS JOIN push_group p ON p.seq = push_group WHERE p.name = :push_group
"""
_NAME: Final = "SELECT name FROM resource WHERE realm = :realm AND id = :source AND type = 'Group'"


def group_candidates(connection: sqlite3.Connection, about: Parameters) -> list[GroupCandidate]:
    """`about`: realm, application, everything (0 or 1)."""
    return [_candidate(row) for row in connection.execute(_CANDIDATES, about)]


def group_candidate(connection: sqlite3.Connection, about: Parameters) -> GroupCandidate:
    """`about`: realm, application, source."""
    if row := connection.execute(_CANDIDATE, about).fetchone():
        return _candidate(row)
    name = connection.execute(_NAME, about).fetchone()
    return GroupCandidate(str(about["source"]), name[0] if name else "", None, None, 0, 0)


def groups_by(connection: sqlite3.Connection, about: Parameters) -> list[tuple[str, str]]:
    """Id and name of each group that a push group pushes. `about`: realm, application, push_group (its name)."""
    return connection.execute(_BY, about).fetchall()


def put_push_group(connection: sqlite3.Connection, application: str, group: PushGroup) -> None:
    texts = (group.name, group.group, group.attribute, group.operator, group.value, group.link_to)
    connection.execute(_PUT, (application, *texts, group.rename, group.active, group.value.casefold()))


def read_push_group(row: Sequence[Any]) -> PushGroup | None:
    """From COLUMNS; None where there is none."""
    if row[0] is None:
        return None
    name, group, attribute, operator, value, link_to, rename, active = row
    return PushGroup(name, group, attribute, operator, value, link_to, bool(rename), bool(active))


def _candidate(row: Sequence[Any]) -> GroupCandidate:
    source, name, *rest, added, removed = row
    return GroupCandidate(source, name, read_push_group(rest[:8]), pushed_links.read(rest[8:]), added, removed)

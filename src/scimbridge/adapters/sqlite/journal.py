"""The journal: appended in the transaction of the change it tells of, and read by time, resource, name or request."""

# ruff: noqa: S608 (the parts are constants; values are always bound)

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from scimbridge.directory.changes import Difference
from scimbridge.directory.documents import bound
from scimbridge.directory.ports import Actor, Entry, JournalQuery

_INSERT = """
    INSERT INTO journal (time, realm, principal, client, request_id, operation, type, id, name, former_key,
        before, after, added, removed, password, previous)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT line FROM resource WHERE seq = ?))
"""
_COLUMNS = """
    j.sequence, j.time, j.realm, j.principal, j.client, j.request_id, j.operation, j.type, j.id, j.name,
    j.before, j.after, j.added, j.removed, j.password
"""
# Everyone who has, or ever had, this name.
_NAMED = """
    SELECT id FROM resource WHERE realm = :realm AND type = :type AND name_key = :name UNION
    SELECT id FROM journal WHERE realm = :realm AND type = :type AND former_key = :name
"""
# The lines about some resources, newest first: where each began and ended, and from its newest change backwards. A
# recursive query whose ORDER BY takes what is newest goes no further back than its reader does; without a LIMIT, SQLite
# drops the order.
_ABOUT = """
    WITH RECURSIVE subject (id) AS ({subjects}), line (sequence, previous) AS (
        SELECT j.sequence, j.previous FROM subject s
        CROSS JOIN journal j ON j.realm = :realm AND j.id = s.id AND j.operation <> 'change'
        UNION ALL
        SELECT j.sequence, j.previous FROM subject s
        CROSS JOIN resource r ON r.realm = :realm AND r.id = s.id CROSS JOIN journal j ON j.sequence = r.line
        UNION ALL
        SELECT j.sequence, j.previous FROM line CROSS JOIN journal j ON j.sequence = line.previous
        WHERE line.previous > :after
        ORDER BY 1 DESC LIMIT -1
    )
"""


# By the parameter that each needs.
_TESTS = {
    "realm": "j.realm = :realm",
    "after": "j.sequence > :after",
    "type": "j.type = :type",
    "id": "j.id = :id",
    "name": f"j.id IN ({_NAMED})",
    "request": "j.request_id = :request",
    "since": "j.time >= :since",
    "until": "j.time < :until",
}


class Subject(NamedTuple):
    """The resource that a line is about; `former_key` is the name, case-folded, that it has no more from here on."""

    seq: int
    type: str
    id: str
    name: str
    former_key: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one realm."""

    realm: str

    def append(  # noqa: PLR0917 (a line has these parts)
        self,
        connection: sqlite3.Connection,
        time: str,
        actor: Actor,
        operation: str,
        subject: Subject,
        what: Difference,
    ) -> int:
        """The line's sequence."""
        before, after, added, removed, password = what
        row = (
            time,
            self.realm,
            *actor,
            operation,
            *subject[1:],
            orjson.dumps(before).decode() if before else "",
            orjson.dumps(after).decode() if after else "",
            orjson.dumps(added).decode() if added else "",
            orjson.dumps(removed).decode() if removed else "",
            password,
            subject.seq,
        )
        return connection.execute(_INSERT, row).lastrowid or 0

    def read(self, connection: sqlite3.Connection, query: JournalQuery) -> list[Entry]:
        """Raises ValueError if `since` or `until` is no time."""
        parameters: dict[str, str | int | None] = {
            "realm": self.realm,
            "type": query.type,
            "name": None if query.name is None else query.name.casefold(),
            "id": query.id,
            "request": query.request_id,
            "since": None if query.since is None else bound(query.since),
            "until": None if query.until is None else bound(query.until),
            "after": query.after,
            "count": query.count,
        }
        tests = " AND ".join(test for name, test in _TESTS.items() if parameters[name] is not None)
        rows = connection.execute(f"{_source(query)} WHERE {tests} {_order(query)} LIMIT :count", parameters).fetchall()
        return [_entry(row) for row in (reversed(rows) if query.newest else rows)]


def _source(query: JournalQuery) -> str:
    """Where the lines come from, what leaves least to look at: SQLite, without statistics, takes what is in order."""
    if query.id is not None or query.name is not None:
        about = _ABOUT.format(subjects=_NAMED if query.id is None else "SELECT :id")
        return f"{about} SELECT {_COLUMNS} FROM line CROSS JOIN journal j ON j.sequence = line.sequence"
    by_time = query.since is not None and not query.after
    index = "journal_request" if query.request_id is not None else "journal_time" if by_time else "journal_realm"
    return f"SELECT {_COLUMNS} FROM journal j INDEXED BY {index}"


def _order(query: JournalQuery) -> str:
    if not query.newest:
        return "ORDER BY j.sequence"
    about_some = query.id is not None or query.name is not None
    return "" if about_some else "ORDER BY j.sequence DESC"


def _entry(row: tuple[int, str, str, str, str, str, str, str, str, str, str, str, str, str, int]) -> Entry:
    sequence, time, realm, principal, client, request_id, operation, type_, id_, name, *rest, password = row
    before, after, added, removed = (orjson.loads(part) if part else None for part in rest)
    return Entry(
        sequence=sequence,
        time=time,
        realm=realm,
        actor=Actor(principal, client, request_id),
        operation=operation,
        type=type_,
        id=id_,
        name=name,
        before=before or {},
        after=after or {},
        members_added=tuple(added or ()),
        members_removed=tuple(removed or ()),
        password=bool(password),
    )

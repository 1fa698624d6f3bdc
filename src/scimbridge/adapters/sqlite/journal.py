"""The journal: appended in the transaction of the change it tells of, and read by time, resource, name or request."""

import sqlite3
from dataclasses import dataclass

import orjson

from scimbridge.directory.changes import Difference
from scimbridge.directory.documents import bound
from scimbridge.directory.ports import Actor, Entry, JournalQuery

_INSERT = """
    INSERT INTO journal (time, realm, principal, client, request_id, operation, type, id, name, name_key,
        before, after, added, removed, password)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SELECT = """
    SELECT sequence, time, realm, principal, client, request_id, operation, type, id, name,
        before, after, added, removed, password
    FROM journal
"""
# Everyone who has, or ever had, this name.
_NAMED = "id IN (SELECT id FROM journal WHERE realm = ? AND type = ? AND name_key = ?)"


@dataclass(frozen=True, slots=True)
class Subject:
    """The resource that a line is about; `name_key` is set in the line that gives it its name."""

    type: str
    id: str
    name: str
    name_key: str | None = None


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
        who = (actor.principal, actor.client, actor.request_id)
        about = (subject.type, subject.id, subject.name, subject.name_key)
        texts = [orjson.dumps(part).decode() if part else "" for part in (what.before, what.after)]
        lists = [orjson.dumps(list(ids)).decode() if ids else "" for ids in (what.added, what.removed)]
        row = (time, self.realm, *who, operation, *about, *texts, *lists, what.password)
        return connection.execute(_INSERT, row).lastrowid or 0

    def read(self, connection: sqlite3.Connection, query: JournalQuery) -> list[Entry]:
        """Raises ValueError if `since` or `until` is no time."""
        conditions: dict[str, tuple[str | int, ...]] = {"realm = ?": (self.realm,), "sequence > ?": (query.after,)}
        if query.name is not None:
            conditions[_NAMED] = (self.realm, query.type or "", query.name.casefold())
        for column, value in (("type", query.type), ("id", query.id), ("request_id", query.request_id)):
            if value is not None:
                conditions[f"{column} = ?"] = (value,)
        if query.since is not None:
            conditions["time >= ?"] = (bound(query.since),)
        if query.until is not None:
            conditions["time < ?"] = (bound(query.until),)
        order = "DESC" if query.newest else "ASC"
        sql = f"{_SELECT} INDEXED BY {_index(query)} WHERE {' AND '.join(conditions)} ORDER BY sequence {order} LIMIT ?"
        parameters = [value for values in conditions.values() for value in values]
        rows = connection.execute(sql, (*parameters, query.count)).fetchall()
        return [_entry(row) for row in (reversed(rows) if query.newest else rows)]


def _index(query: JournalQuery) -> str:
    """The one that leaves least to look at: SQLite, which has no statistics, takes the one that is in order already."""
    if query.id is not None or query.name is not None:
        return "journal_resource"
    if query.request_id is not None:
        return "journal_request"
    return "journal_time" if query.since is not None and not query.after else "journal_realm"


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

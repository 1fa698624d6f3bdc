"""Members of groups: only the difference is written, whatever the size of the group."""

import sqlite3
from collections.abc import Iterable, Sequence

import orjson

from scimbridge.adapters.sqlite.predicate import member_condition
from scimbridge.directory.ports import (
    AddMembers,
    MemberChange,
    RemoveMembers,
    RemoveMembersWhere,
    ReplaceMembers,
    UnknownMembers,
)
from scimbridge.scim.binding import Bound

# Each wanted id, the resource it names, and its place in the group if it is in.
_WANTED = """
    SELECT j.value, r.seq, m.position FROM json_each(?) j
    LEFT JOIN resource r ON r.realm = ? AND r.id = j.value
    LEFT JOIN membership m ON m.member_seq = r.seq AND m.group_seq = ?
    ORDER BY j.key
"""
_LISTED = """
    SELECT m.position, r.id FROM json_each(?) j
    CROSS JOIN resource r ON r.realm = ? AND r.id = j.value
    CROSS JOIN membership m ON m.member_seq = r.seq AND m.group_seq = ?
"""
_IN_GROUP = """
    SELECT m.position, x.id FROM membership m JOIN resource x ON x.seq = m.member_seq WHERE m.group_seq = ?
"""

Place = tuple[int, str]


class Members:
    """The members of one group, inside a transaction; `added` and `removed` are the ids that differ in the end."""

    def __init__(self, connection: sqlite3.Connection, realm: str, group: int, *, skip_unknown: bool) -> None:
        self._connection = connection
        self._realm = realm
        self._group = group
        self._skip_unknown = skip_unknown
        self.added: dict[str, None] = {}
        self.removed: dict[str, None] = {}

    def apply(self, changes: Iterable[MemberChange]) -> None:
        """Raises UnknownMembers, having written some of it: the caller's savepoint takes it back."""
        for change in changes:
            match change:
                case AddMembers(ids):
                    self.add(ids)
                case RemoveMembers(ids):
                    self._remove(self._listed(ids))
                case RemoveMembersWhere(filter_):
                    self._remove(self._matching(filter_))
                case ReplaceMembers(ids):
                    kept = set(ids)
                    self._remove([place for place in self._all() if place[1] not in kept])
                    self.add(ids)

    def add(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        rows = self._connection.execute(_WANTED, (_array(ids), self._realm, self._group)).fetchall()
        unknown = [id_ for id_, seq, _ in rows if seq is None]
        if unknown and not self._skip_unknown:
            raise UnknownMembers(unknown)
        new = {id_: seq for id_, seq, position in rows if seq is not None and position is None}
        self._connection.executemany(
            "INSERT INTO membership (group_seq, member_seq) VALUES (?, ?)", [(self._group, seq) for seq in new.values()]
        )
        for id_ in new:
            _net(id_, self.added, self.removed)

    def _remove(self, places: Sequence[Place]) -> None:
        self._connection.executemany("DELETE FROM membership WHERE position = ?", [(place,) for place, _ in places])
        for _, id_ in places:
            _net(id_, self.removed, self.added)

    def _listed(self, ids: Sequence[str]) -> list[Place]:
        return self._connection.execute(_LISTED, (_array(ids), self._realm, self._group)).fetchall()

    def _matching(self, bound: Bound) -> list[Place]:
        condition = member_condition(bound)
        parameters = (self._group, *condition.parameters)
        return self._connection.execute(f"{_IN_GROUP} AND ({condition.sql})", parameters).fetchall()

    def _all(self) -> list[Place]:
        return self._connection.execute(_IN_GROUP, (self._group,)).fetchall()


def edit_members(
    connection: sqlite3.Connection, realm: str, group: int, changes: Sequence[MemberChange], *, skip_unknown: bool
) -> tuple[list[str], list[str]]:
    """Changes the members of a group; returns the ids of those who joined and of those who left. As Members.apply."""
    if not changes:
        return [], []
    members = Members(connection, realm, group, skip_unknown=skip_unknown)
    members.apply(changes)
    return list(members.added), list(members.removed)


def _array(ids: Sequence[str]) -> str:
    return orjson.dumps(list(dict.fromkeys(ids))).decode()


def _net(id: str, done: dict[str, None], undone: dict[str, None]) -> None:  # noqa: A002
    """What is taken out and put in again has not changed."""
    if id in undone:
        del undone[id]
    else:
        done[id] = None

"""What is done to resources inside a transaction of the writer thread."""

import sqlite3
from collections.abc import Callable
from datetime import datetime

import orjson

from scimbridge.adapters.sqlite import records, rows
from scimbridge.adapters.sqlite.journal import Journal, Subject
from scimbridge.adapters.sqlite.membership import edit_members
from scimbridge.directory.changes import Difference, diff
from scimbridge.directory.documents import identified, timestamp
from scimbridge.directory.keys import compile_keys
from scimbridge.directory.ports import Actor, AddMembers, Change, New, Record, Taken
from scimbridge.scim.schema import ResourceTypes

_GROUPS_OF = """
    SELECT g.seq, g.type, g.id, g.name FROM membership m JOIN resource g ON g.seq = m.group_seq
    WHERE m.member_seq = ? AND g.seq <> ? ORDER BY m.position
"""
_MEMBER_IDS = """
    SELECT r.id FROM membership m JOIN resource r ON r.seq = m.member_seq WHERE m.group_seq = ? ORDER BY m.position
"""


class Writes:
    """Creates, changes and deletes the resources of one realm."""

    def __init__(self, realm: str, types: ResourceTypes, clock: Callable[[], datetime], ids: Callable[[], str]) -> None:
        self._realm = realm
        self._naming = {kind.name: kind.naming for kind in types.types}
        self._keys = {kind.name: compile_keys(kind) for kind in types.types}
        self._clock = clock
        self._ids = ids
        self._journal = Journal(realm)

    def create(self, connection: sqlite3.Connection, new: New, actor: Actor) -> Record:
        id_, time = new.id or self._ids(), timestamp(self._clock())
        document = identified(new.document, id_)
        body = orjson.dumps(document)
        keys = self._keys[new.type](document)
        seq = rows.insert(connection, self._realm, new.type, id_, keys, body, time)
        if seq is None:
            raise Taken(self._naming[new.type])
        joining = (AddMembers(new.members),) if new.members else ()
        added, _ = edit_members(connection, self._realm, seq, joining, skip_unknown=new.skip_unknown)
        difference = Difference({}, document, added, password=new.password is not None)
        subject = Subject(seq, new.type, id_, keys.name)
        line = self._journal.append(connection, time, actor, "create", subject, difference)
        if new.password is not None:
            rows.put_password(connection, self._realm, seq, new.password, line)
        return Record(new.type, id_, body, 1, time, time)

    def update(
        self,
        connection: sqlite3.Connection,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        change: Callable[[Record], Change],
        actor: Actor,
    ) -> Record | None:
        found = records.find(connection, self._realm, type, id)
        if found is None:
            return None
        seq, record = found
        wanted = change(record)
        before = orjson.loads(record.document) if wanted.before is None else wanted.before
        after = before if wanted.document is None else identified(wanted.document, id)
        added, removed = edit_members(connection, self._realm, seq, wanted.members, skip_unknown=wanted.skip_unknown)
        difference = Difference(*diff(before, after), added, removed, wanted.password is not None)
        if not difference:
            return record
        body, columns = record.document, rows.UNCHANGED
        if difference.before or difference.after:
            body = orjson.dumps(after)
            was, keys = self._keys[type](before), self._keys[type](after)
            if keys.name_key != was.name_key:
                self._check_free(connection, type, keys.name_key)
            columns = rows.rewrite(connection, self._realm, seq, was, keys, body)
        naming, time = self._naming[type], timestamp(self._clock())
        former_key = before[naming].casefold() if "name_key" in columns else None
        subject = Subject(seq, type, id, after[naming], former_key)
        line = self._journal.append(connection, time, actor, "change", subject, difference)
        rows.touch(connection, seq, time, line, columns)
        if wanted.password is not None:
            rows.put_password(connection, self._realm, seq, wanted.password, line)
        # Its own groups differ only if it is in itself, or in a circle of groups.
        regroup = added or (record.groups and (removed or "display" in columns))
        groups = records.memberships(connection, [seq]).get(seq, ()) if regroup else record.groups
        return Record(type, id, body, record.version + 1, record.created, time, groups)

    def delete(
        self,
        connection: sqlite3.Connection,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        check: Callable[[Record], None],
        actor: Actor,
    ) -> bool:
        found = records.find(connection, self._realm, type, id)
        if found is None:
            return False
        seq, record = found
        check(record)
        time = timestamp(self._clock())
        for group in connection.execute(_GROUPS_OF, (seq, seq)).fetchall():
            line = self._journal.append(
                connection, time, actor, "change", Subject(*group), Difference({}, {}, removed=[id])
            )
            rows.touch(connection, group[0], time, line)
        document = orjson.loads(record.document)
        removed = [row[0] for row in connection.execute(_MEMBER_IDS, (seq,)).fetchall()]
        keys = self._keys[type](document)
        subject = Subject(seq, type, id, keys.name, keys.name_key)
        self._journal.append(connection, time, actor, "delete", subject, Difference(document, {}, removed=removed))
        connection.execute("DELETE FROM resource WHERE seq = ?", (seq,))  # the other tables follow
        return True

    def _check_free(self, connection: sqlite3.Connection, type: str, name_key: str) -> None:  # noqa: A002
        holder = "SELECT 1 FROM resource WHERE realm = ? AND type = ? AND name_key = ?"
        if connection.execute(holder, (self._realm, type, name_key)).fetchone():
            raise Taken(self._naming[type])

"""What is done to resources inside a transaction of the writer thread."""

import sqlite3
from collections.abc import Callable
from datetime import datetime

import orjson

from scimbridge.adapters.sqlite import records
from scimbridge.adapters.sqlite.journal import Journal, Subject
from scimbridge.adapters.sqlite.membership import Members
from scimbridge.directory.changes import Difference, diff
from scimbridge.directory.documents import identified, timestamp
from scimbridge.directory.keys import Keys, compile_keys
from scimbridge.directory.ports import Actor, Change, New, Password, Record, Taken
from scimbridge.scim.schema import ResourceTypes

# A taken name inserts nothing; any other clash is a bug and raises.
_INSERT = """
    INSERT INTO resource (realm, type, id, name, name_key, display, display_key, external_id, active,
        version, created, modified)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT (realm, type, name_key) DO NOTHING
"""
_WAIT = "INSERT OR REPLACE INTO waiting_password (seq, realm, sequence, sealed) VALUES (?, ?, ?, ?)"
_KEY_COLUMNS = tuple(name for name in Keys._fields if name != "emails")
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
        row = (self._realm, new.type, id_, *keys[:5], keys.active, time, time)
        cursor = connection.execute(_INSERT, row)
        if not cursor.rowcount:
            raise Taken(self._naming[new.type])
        seq = cursor.lastrowid or 0
        connection.execute("INSERT INTO document VALUES (?, ?)", (seq, body))
        self._put_emails(connection, seq, keys)
        members = Members(connection, self._realm, seq, skip_unknown=new.skip_unknown)
        members.add(new.members)
        difference = Difference(after=document, added=list(members.added), password=new.password is not None)
        subject = Subject(new.type, id_, keys.name, keys.name_key)
        line = self._journal.append(connection, time, actor, "create", subject, difference)
        self._put_password(connection, seq, new.password, line)
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
        before = orjson.loads(record.document)
        after = before if wanted.document is None else identified(wanted.document, id)
        members = Members(connection, self._realm, seq, skip_unknown=wanted.skip_unknown)
        members.apply(wanted.members)
        difference = Difference(
            *diff(before, after), list(members.added), list(members.removed), password=wanted.password is not None
        )
        if not difference:
            return record
        was, keys = self._keys[type](before), self._keys[type](after)
        if keys.name_key != was.name_key:
            self._check_free(connection, type, keys.name_key)
        time = timestamp(self._clock())
        self._touch(connection, seq, time, was, keys)
        body = record.document
        if difference.before or difference.after:
            body = orjson.dumps(after)
            connection.execute("UPDATE document SET body = ? WHERE seq = ?", (body, seq))
        subject = Subject(type, id, keys.name, keys.name_key if keys.name_key != was.name_key else None)
        line = self._journal.append(connection, time, actor, "change", subject, difference)
        self._put_password(connection, seq, wanted.password, line)
        # Its own groups differ only if it is in a circle of groups.
        regroup = members.added or record.groups
        groups = records.memberships(connection, [seq]).get(seq, ()) if regroup else ()
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
        for group, *about in connection.execute(_GROUPS_OF, (seq, seq)).fetchall():
            connection.execute("UPDATE resource SET version = version + 1, modified = ? WHERE seq = ?", (time, group))
            self._journal.append(connection, time, actor, "change", Subject(*about), Difference(removed=[id]))
        document = orjson.loads(record.document)
        removed = [row[0] for row in connection.execute(_MEMBER_IDS, (seq,)).fetchall()]
        connection.execute("DELETE FROM resource WHERE seq = ?", (seq,))  # the other tables follow
        subject = Subject(type, id, self._keys[type](document).name)
        self._journal.append(connection, time, actor, "delete", subject, Difference(before=document, removed=removed))
        return True

    def _touch(self, connection: sqlite3.Connection, seq: int, time: str, was: Keys, keys: Keys) -> None:
        """A new version; of the indexed columns only those that differ, since SQLite rewrites what it is given."""
        changed = {name: getattr(keys, name) for name in _KEY_COLUMNS if getattr(keys, name) != getattr(was, name)}
        columns = "".join(f", {name} = ?" for name in changed)
        connection.execute(
            f"UPDATE resource SET version = version + 1, modified = ?{columns} WHERE seq = ?",  # noqa: S608
            (time, *changed.values(), seq),
        )
        if keys.emails != was.emails:
            connection.execute("DELETE FROM email WHERE seq = ?", (seq,))
            self._put_emails(connection, seq, keys)

    def _check_free(self, connection: sqlite3.Connection, type: str, name_key: str) -> None:  # noqa: A002
        holder = "SELECT 1 FROM resource WHERE realm = ? AND type = ? AND name_key = ?"
        if connection.execute(holder, (self._realm, type, name_key)).fetchone():
            raise Taken(self._naming[type])

    def _put_emails(self, connection: sqlite3.Connection, seq: int, keys: Keys) -> None:
        for address in keys.emails:
            connection.execute("INSERT INTO email VALUES (?, ?, ?)", (seq, address, self._realm))

    def _put_password(self, connection: sqlite3.Connection, seq: int, password: Password | None, line: int) -> None:
        """`line`: of the journal, for whoever follows it to the sealed password."""
        if password is None:
            return
        if password.hash:
            connection.execute("INSERT OR REPLACE INTO credential VALUES (?, ?)", (seq, password.hash))
        if password.sealed:
            connection.execute(_WAIT, (seq, self._realm, line, password.sealed))
        else:  # a former one must not be sent any more
            connection.execute("DELETE FROM waiting_password WHERE seq = ?", (seq,))

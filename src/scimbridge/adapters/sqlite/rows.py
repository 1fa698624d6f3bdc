"""The rows of one resource, written in a transaction of the writer thread."""

import sqlite3
from collections.abc import Mapping

from scimbridge.directory.keys import Keys
from scimbridge.directory.ports import Password

# Columns of `resource` by name.
Columns = Mapping[str, str | bytes | bool | None]

# A taken name inserts nothing; any other clash is a bug and raises.
_INSERT = """
    INSERT INTO resource (realm, type, id, name, name_key, display, display_key, external_id, active,
        version, created, modified, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT (realm, type, name_key) DO NOTHING
"""
_WAIT = "INSERT OR REPLACE INTO waiting_password (seq, realm, sequence, sealed) VALUES (?, ?, ?, ?)"
UNCHANGED: Columns = {}


def insert(  # noqa: PLR0917 (a resource has these parts)
    connection: sqlite3.Connection,
    realm: str,
    type: str,  # noqa: A002
    id: str,  # noqa: A002
    keys: Keys,
    body: bytes,
    time: str,
) -> int | None:
    """A new resource with its document; returns its seq, None if its name is taken."""
    row = (realm, type, id, *keys[:5], keys.active, time, time, body)
    cursor = connection.execute(_INSERT, row)
    if not cursor.rowcount:
        return None
    seq = cursor.lastrowid or 0
    _put_emails(connection, realm, seq, keys)
    return seq


def rewrite(  # noqa: PLR0917
    connection: sqlite3.Connection, realm: str, seq: int, was: Keys, keys: Keys, body: bytes
) -> Columns:
    """The addresses of another document; returns the columns that it changes, for `touch`."""
    if keys.emails != was.emails:
        connection.execute("DELETE FROM email WHERE seq = ?", (seq,))
        _put_emails(connection, realm, seq, keys)
    differing = {
        name: value
        for name, old, value in zip(Keys._fields, was, keys, strict=True)
        if value != old and not isinstance(value, tuple)
    }
    return {"body": body, **differing}


def touch(connection: sqlite3.Connection, seq: int, time: str, line: int, columns: Columns = UNCHANGED) -> None:
    """A new version, told of by a line of the journal; only the columns that differ, for SQLite rewrites the others."""
    more = "".join([f", {name} = ?" for name in columns])
    connection.execute(
        f"UPDATE resource SET version = version + 1, modified = ?, line = ?{more} WHERE seq = ?",  # noqa: S608
        (time, line, *columns.values(), seq),
    )


def put_password(connection: sqlite3.Connection, realm: str, seq: int, password: Password, line: int) -> None:
    """`line`: of the journal, for whoever follows it to the sealed password."""
    if password.hash:
        connection.execute("INSERT OR REPLACE INTO credential VALUES (?, ?)", (seq, password.hash))
    if password.sealed:
        connection.execute(_WAIT, (seq, realm, line, password.sealed))
    else:  # a former one must not be sent any more
        connection.execute("DELETE FROM waiting_password WHERE seq = ?", (seq,))


def _put_emails(connection: sqlite3.Connection, realm: str, seq: int, keys: Keys) -> None:
    for address in keys.emails:
        connection.execute("INSERT INTO email VALUES (?, ?, ?)", (seq, address, realm))

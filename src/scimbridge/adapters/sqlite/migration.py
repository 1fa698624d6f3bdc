"""Brings a database file forward to the format this version writes; never back.

A migration is a file `migrations/NNNN_name.sql`, numbered from 0001 without gaps; `PRAGMA user_version` holds the
number of the last one applied.
"""

import sqlite3
from importlib.resources import files

from scimbridge.adapters.sqlite.errors import DatabaseError


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Applies what is missing, each migration in a transaction of its own; raises DatabaseError.

    The caller holds the turn to write, so that two processes do not migrate at once.
    """
    scripts = migrations()
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(scripts):
        raise DatabaseError(
            f"{path} was written by a newer scimbridge (format {version}, this version knows up to {len(scripts)}):"
            " upgrade scimbridge, or restore a backup made with this version",
        )
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise DatabaseError(f"{path} is a database of another program")
    for number, script in enumerate(scripts[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise DatabaseError(f"{path} could not be brought to format {number}: {error}") from error


def migrations() -> list[str]:
    """The scripts in order; the file at index i has the number i + 1."""
    folder = files("scimbridge.adapters.sqlite") / "migrations"
    found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [entry.read_text(encoding="utf-8") for _, entry in found]

"""Puts a backup in place of what a database file holds, while servers work on the file."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from scimbridge.adapters.sqlite.errors import DatabaseError
from scimbridge.adapters.sqlite.migration import migrate
from scimbridge.adapters.sqlite.turn import Turn


async def restore(backup: Path, target: Path) -> None:
    """Checks a copy of `backup`, brings it to the present format, and writes it over `target` in one transaction.

    Others who have `target` open see the old content or the new one, never a mixture. Raises DatabaseError.
    """
    await asyncio.to_thread(_restore, backup, target)


def _restore(backup: Path, target: Path) -> None:
    # Beside the target: both are as large as the backup, and /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.absolute().parent) as folder:
        copy = Path(folder) / "copy.db"
        try:
            with closing(sqlite3.connect(copy, isolation_level=None)) as staged:
                with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as source:
                    source.backup(staged)
                _check(staged, backup)
                # The target is in WAL mode, and a copy into it must not bring another mode along.
                staged.execute("PRAGMA journal_mode = WAL").fetchall()
                with closing(Turn(target)) as turn, turn, closing(sqlite3.connect(target, timeout=10)) as written:
                    _outdate(staged, written)
                    staged.backup(written)
        except sqlite3.Error as error:
            raise DatabaseError(f"{backup} could not be restored: {error}") from error


def _check(staged: sqlite3.Connection, backup: Path) -> None:
    found = staged.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise DatabaseError(f"{backup} is damaged: {found}")
    if staged.execute("PRAGMA user_version").fetchone()[0] == 0:
        raise DatabaseError(f"{backup} is no backup of scimbridge")
    migrate(staged, str(backup))


def _outdate(staged: sqlite3.Connection, present: sqlite3.Connection) -> None:
    """Gives the copy a version of realms and credentials that no process has seen, so that every server looks again."""
    (seen,) = present.execute("SELECT n FROM access_version").fetchone()
    staged.execute("UPDATE access_version SET n = max(n, ?) + 1", (seen,))

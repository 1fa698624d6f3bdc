"""An SQLite database file, for an asynchronous server: grouped durable writes, cheap point reads, bounded scans."""

import asyncio
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeVar

from scimbridge.adapters.sqlite import functions
from scimbridge.adapters.sqlite.errors import DatabaseError
from scimbridge.adapters.sqlite.migration import migrate
from scimbridge.adapters.sqlite.presence import Presence
from scimbridge.adapters.sqlite.turn import Turn
from scimbridge.adapters.sqlite.writer import Writer
from scimbridge.directory.ports import SearchTimeout

T = TypeVar("T")

# -> and ->>, and JSON functions in every build.
OLDEST_SQLITE = (3, 38, 0)
# Of the operations that SQLite counts; one look at the clock costs about as much as 100 of them.
STEPS_BETWEEN_CLOCK_LOOKS = 10_000
SCAN_THREADS = 2


class Database:
    """A file in WAL mode with synchronous=FULL: what was answered survives a power cut.

    Several processes may open one file; by `presence` they know of each other. Times out after ten seconds where
    another program holds the file.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file, makes it (mode 0600) if it is not there, and migrates it; raises DatabaseError."""
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise DatabaseError(f"SQLite {sqlite3.sqlite_version} is too old: 3.38 or newer is needed")
        self.path = path
        self.presence = Presence(path)
        with ExitStack() as opened:
            try:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
                turn = opened.enter_context(closing(Turn(path)))
                writing = opened.enter_context(closing(_connect(path, "rw")))
                with turn:
                    _prepare(writing, path)
                self._reader = opened.enter_context(closing(_connect(path, "ro")))
            except (OSError, sqlite3.Error) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                raise DatabaseError(f"{path} cannot be opened as a database: {reason}") from error
            self._writer = Writer(writing, turn)
            self._opened = opened.pop_all()
        self._scans = ThreadPoolExecutor(SCAN_THREADS, thread_name_prefix="sqlite-scan")
        self._scanning = threading.local()
        self._closed = False

    @property
    def reader(self) -> sqlite3.Connection:
        """A read-only connection for the event loop's thread: point reads of some microseconds. Fetch all rows."""
        return self._reader

    async def write(self, work: Callable[[sqlite3.Connection], T], *, synced: bool = True) -> T:
        """Runs `work` in the writer thread and returns its result once it is on disk.

        Without `synced`, once it survives the process; it survives the power when the next synced write does.
        What `work` raises passes through, and nothing of it remains. It may be run twice, so it has no effect but on
        the connection. Raises DatabaseError when the disk refuses.
        """
        if self._closed:
            raise DatabaseError("The database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(work, future, synced=synced)
        return await future

    async def scan(self, work: Callable[[sqlite3.Connection], T], timeout: float | None = None) -> T:  # noqa: ASYNC109
        """Runs a long read in a reader thread, in one snapshot; raises SearchTimeout `timeout` seconds from now."""
        if self._closed:
            raise DatabaseError("The database is closed")
        deadline = None if timeout is None else time.monotonic() + timeout
        return await asyncio.get_running_loop().run_in_executor(self._scans, self._scan, work, deadline)

    async def backup(self, target: Path) -> None:
        """Writes a consistent copy (mode 0600) while others read and write; replaces `target` only when it is whole."""
        await asyncio.to_thread(_copy, self.path, target)

    async def close(self) -> None:
        """Finishes every write that was begun, then lets go of the file."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._scans.shutdown)
        self._opened.close()
        self.presence.close()

    def _scan(self, work: Callable[[sqlite3.Connection], T], deadline: float | None) -> T:
        connection: sqlite3.Connection | None = getattr(self._scanning, "connection", None)
        if connection is None:
            connection = self._scanning.connection = self._opened.enter_context(closing(_connect(self.path, "ro")))
        if deadline is not None:
            if time.monotonic() > deadline:  # it has waited for the other scans all the while
                raise SearchTimeout
            connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_CLOCK_LOOKS)
        connection.execute("BEGIN")
        try:
            return work(connection)
        except sqlite3.OperationalError as error:
            if deadline is not None and time.monotonic() > deadline:
                raise SearchTimeout from error
            raise
        finally:
            connection.set_progress_handler(None, 0)
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in autocommit; `mode` is rw or ro."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # made in one thread, used in one other
        cached_statements=512,
        timeout=10,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -8000")
    functions.register(connection)
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    # Pages, four times SQLite's own number. Changes all over the directory write the same pages again and again, and a
    # checkpoint writes each of them once: 10 us less a PATCH, for a log of 16 MB.
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    migrate(connection, str(path))


def _copy(source: Path, target: Path) -> None:
    with ExitStack() as undo:
        try:
            descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")  # of mode 0600
            partial = Path(name)
            undo.callback(partial.unlink, missing_ok=True)
            os.close(descriptor)
            with closing(_connect(source, "ro")) as read, closing(sqlite3.connect(partial)) as written:
                read.backup(written)
            partial.replace(target)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(f"{target} could not be written: {error}") from error

"""Whose turn it is to write to a database file, among processes."""

import fcntl
import os
from pathlib import Path
from types import TracebackType


class Turn:
    """The right to write to a file, shared by processes through a lock on a side file.

    SQLite's own busy handler polls and starves one of two processes for seconds; a blocking flock takes turns
    (p99 14 ms against 1 s, measured with two processes of 32 clients each).
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path.with_name(f"{path.name}-lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)

"""Who is at a database file: each holder locks a file of its own beside it, for as long as it lives.

The system lets go of a lock when its process ends, however that comes: nothing is to be renewed, no clock compared, and
what a killed process held is known to be free at once. Works where SQLite's WAL does: on one machine.
"""

import fcntl
import os
import secrets
from glob import escape
from pathlib import Path


class Presence:
    """One holder; `database` is the path of the file. There is no file beside it until the first `hold`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._name = secrets.token_hex(8)
        self._descriptor: int | None = None

    def hold(self) -> str:
        """Our name, which is alive to others from now on, until `close` or the end of the process."""
        while self._descriptor is None:
            descriptor = os.open(self._file(self._name), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, self._file(self._name)):
                self._descriptor = descriptor
                self._remove_dead()
            else:  # somebody took it for left behind before it was locked
                os.close(descriptor)
        return self._name

    def is_alive(self, name: str) -> bool:
        """Whether that holder, in whatever process, has not ended. Removes the file of one that has."""
        if not name:
            return False
        try:
            descriptor = os.open(self._file(name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            self._file(name).unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """What we hold is free."""
        if self._descriptor is not None:
            self._file(self._name).unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def _remove_dead(self) -> None:
        """Files of killed processes that held nothing."""
        for path in self._database.parent.glob(f"{escape(self._database.name)}-holder-*"):
            self.is_alive(path.name.rpartition("-")[2])

    def _file(self, name: str) -> Path:
        return self._database.with_name(f"{self._database.name}-holder-{name}")


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

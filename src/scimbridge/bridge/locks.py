"""One write to a resource at a time, except that single members of a group come and go beside each other.

Without that exception, sixteen clients that each put a user into one group wait for each other: 60 joins a second
in place of 900.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from weakref import WeakValueDictionary


class Lock:
    """Held by one alone, or by several that share it; who came first goes first."""

    def __init__(self) -> None:
        self._holders = 0  # -1: one alone
        self._line: deque[tuple[asyncio.Future[None], bool]] = deque()

    def release(self) -> None:
        self._holders = self._holders - 1 if self._holders > 0 else 0
        self._admit()

    async def acquire(self, *, shared: bool) -> bool:
        """Whether it was free: nobody else has done anything since the call."""
        if not self._line and self._is_free(shared=shared):
            self._enter(shared=shared)
            return True
        turn = asyncio.get_running_loop().create_future()
        self._line.append((turn, shared))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._admit()  # those behind may share what is held
            else:
                self.release()  # it was let in at the same moment
            raise
        return False

    def _admit(self) -> None:
        while self._line:
            turn, shared = self._line[0]
            if turn.cancelled():
                self._line.popleft()
                continue
            if not self._is_free(shared=shared):
                return
            self._line.popleft()
            self._enter(shared=shared)
            turn.set_result(None)

    def _is_free(self, *, shared: bool) -> bool:
        return self._holders >= 0 if shared else self._holders == 0

    def _enter(self, *, shared: bool) -> None:
        self._holders = self._holders + 1 if shared else -1


class Hold:
    """`async with` several locks, taken in their order; gives whether all were free at once.

    A class, because a generator costs twice as much.
    """

    __slots__ = ("_held", "_wanted")

    def __init__(self, wanted: Sequence[tuple[Lock, bool]]) -> None:
        """Each with whether it is shared."""
        self._wanted = wanted
        self._held: list[Lock] = []

    async def __aenter__(self) -> bool:
        free = True
        try:
            for lock, shared in self._wanted:
                free = await lock.acquire(shared=shared) and free
                self._held.append(lock)
        except BaseException:
            self._release()
            raise
        return free

    async def __aexit__(self, *_: object) -> None:
        self._release()

    def _release(self) -> None:
        while self._held:
            self._held.pop().release()


class Locks:
    """A lock a key, there as long as anybody holds it or waits for it.

    A process has its own: two processes on one realm meet at the target.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def of(self, key: str, members: Iterable[str] = ()) -> Hold:
        """The resource alone; with `members` only their places in this group, beside other members' writes."""
        places = sorted({f"{key} {member}" for member in members})
        return Hold([(self._lock(key), bool(places)), *((self._lock(place), False) for place in places)])

    def _lock(self, key: str) -> Lock:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = Lock()
        return lock


def name_key(type: str, name: str) -> str:  # noqa: A002
    """The key of a name that is about to be taken; an id has no space in it."""
    return f"{type} {name.casefold()}"

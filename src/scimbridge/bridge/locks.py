"""One write to a resource at a time: a lock a key, there as long as anybody holds it or waits for it."""

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """`async with locks.of(key)`. A process has its own: two processes on one realm meet at the target."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock


def name_key(type: str, name: str) -> str:  # noqa: A002
    """The key of a name that is about to be taken; an id has no space in it."""
    return f"{type} {name.casefold()}"

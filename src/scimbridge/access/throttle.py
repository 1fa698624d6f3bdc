"""Failed attempts to sign in are slowed: the answers to them, never a good credential.

Tokens and client secrets are 256 random bits, so nobody can guess one, and slowing is about noise: whoever has a good
one is let in before anybody counts. Passwords of users can be guessed, so a user name is locked for a while.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

from scimbridge.scim.errors import TooManyRequests

FREE_FAILURES: Final = 5
# One failure is forgiven in this time, so that a client with a wrong setting that polls slowly is never slowed.
FORGIVE_SECONDS: Final = 60
# As many failures at once are answered with 429 and no longer with a delayed 401.
MOST_FAILURES: Final = 60
LONGEST_DELAY: Final = 5.0
LONGEST_LOCK: Final = 60
# Each waits in a coroutine and holds a connection.
MOST_WAITING: Final = 100
# 10,000 keys are about 2 MB.
MOST_KEYS: Final = 10_000

Key = tuple[str, str, str]


class Throttle:
    """Counts failures of all realms; the counters are totals since the start, for metrics."""

    def __init__(self, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._running: dict[Key, int] = {}
        self._failures: dict[Key, tuple[float, datetime]] = {}  # how many, and when that was right
        self.failed = 0
        self.delayed = 0
        self.refused = 0
        self.waiting = 0

    async def fail(self, realm: str, address: str, subject: str = "") -> None:
        """Counts a failure of an address, and of the client or user it named, and returns when it may be answered.

        Raises TooManyRequests in place of that answer when there are far too many.
        """
        self.failed += 1
        level = self._count((realm, "address", _network(address)))
        if subject:
            level = max(level, self._count((realm, "subject", subject)))
        if level > MOST_FAILURES:
            raise self._refuse(FORGIVE_SECONDS)
        if level <= FREE_FAILURES:
            return
        delay = min(LONGEST_DELAY, 0.25 * 2 ** (ceil(level) - FREE_FAILURES - 1))
        if self.waiting >= MOST_WAITING:
            raise self._refuse(ceil(delay))
        self.delayed += 1
        self.waiting += 1
        try:
            await self._sleep(delay)
        finally:
            self.waiting -= 1

    @contextmanager
    def attempt(self, realm: str, subject: str) -> Iterator[None]:
        """Stands around the check of a password; raises TooManyRequests while the user name is locked.

        Or while many checks for it are under way, or else all guesses could be sent before the first has failed.
        """
        key = (realm, "subject", subject)
        if (lock := self._locked(key)) > 0:
            raise self._refuse(ceil(lock))
        running = self._running.get(key, 0)
        if running >= FREE_FAILURES:
            raise self._refuse(1)
        self._running[key] = running + 1
        try:
            yield
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]

    def succeed(self, realm: str, subject: str) -> None:
        """Forgets the failures of a user name."""
        self._failures.pop((realm, "subject", subject), None)

    def _locked(self, key: Key) -> float:
        """Seconds until the next attempt; doubles with each failure."""
        now = self._clock()
        count, last = self._failures.get(key, (0.0, now))
        if count <= FREE_FAILURES:
            return 0
        lock: float = min(LONGEST_LOCK, 2 ** (ceil(count) - FREE_FAILURES - 1))
        return lock - (now - last).total_seconds()

    def _count(self, key: Key) -> float:
        now = self._clock()
        count, last = self._failures.pop(key, (0.0, now))
        level = max(0.0, count - (now - last).total_seconds() / FORGIVE_SECONDS) + 1
        self._failures[key] = (min(level, MOST_FAILURES + 1), now)
        if len(self._failures) > MOST_KEYS:
            del self._failures[next(iter(self._failures))]  # the one that failed longest ago
        return level

    def _refuse(self, seconds: int) -> TooManyRequests:
        self.refused += 1
        return TooManyRequests("Too many failed attempts; wait and try again.", headers={"Retry-After": str(seconds)})


def _network(address: str) -> str:
    """An IPv6 subscriber has at least a /64 to take addresses from, and counts as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped else address

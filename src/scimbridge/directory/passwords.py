"""Passwords: checked against the realm's rules, hashed with argon2id, never kept in clear.

A hash costs 20 ms of a core, 170 times the rest of a create (docs/decisions.md), so hashing runs in a few threads
of low priority beside the event loop, and only so many may wait.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from typing import Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scimbridge.access.realm import PasswordPolicy, PasswordRules
from scimbridge.directory.ports import Password
from scimbridge.scim.errors import InvalidValue, TooManyRequests

# OWASP's second choice: the memory of a thousand waiting requests stays bounded by the threads, 19 MiB each.
_MEMORY_KIB, _PASSES = 19456, 2
# At 20 ms each a caller at the end of this queue waits 20 s; Okta hangs up after 60 s.
_MOST_WAITING = 1000


T = TypeVar("T")


class Hasher(Protocol):
    """Makes and checks password hashes without blocking the event loop."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, encoded: str, password: str) -> bool: ...


class Keeper(Protocol):
    """What becomes of a password that the realm accepts."""

    async def keep(self, password: str) -> Password: ...


class StoredPasswords:
    """Fulfils Keeper: the directory keeps a hash."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher

    async def keep(self, password: str) -> Password:
        return Password(await self._hasher.hash(password))


class Argon2Hasher:
    """argon2id in `threads` threads of low priority; more than a thousand waiting is refused with 429."""

    def __init__(self, threads: int) -> None:
        self._threads = _Threads(threads)
        self._argon2 = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)

    @property
    def waiting(self) -> int:
        """How many passwords wait for a thread, or are in one."""
        return self._threads.waiting

    def at_cost(self, memory_kib: int, passes: int) -> "Argon2Hasher":
        """One that makes hashes of other parameters in the same threads."""
        other = copy(self)
        other._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)  # noqa: SLF001
        return other

    async def hash(self, password: str) -> str:
        return await self._threads.run(self._argon2.hash, password)

    async def verify(self, encoded: str, password: str) -> bool:
        return await self._threads.run(self._verify, encoded, password)

    def close(self) -> None:
        self._threads.close()

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._argon2.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


class _Threads:
    """A few threads, and a line before them that may not get longer than `_MOST_WAITING`."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="password", initializer=_step_back)
        self.waiting = 0

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    async def run(self, work: Callable[..., T], *arguments: str) -> T:
        if self.waiting >= _MOST_WAITING:
            raise TooManyRequests("Too many passwords wait to be hashed.", headers={"Retry-After": "10"})
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self.waiting -= 1


def _step_back() -> None:
    """Lowers the calling thread's priority, so that other requests go first; Linux gives each thread its own."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def check_rules(password: str, rules: PasswordRules) -> None:
    """Raises InvalidValue with a sentence that Okta's task list shows as it stands."""
    if len(password) < rules.min_length:
        raise InvalidValue(f'Attribute "password" must have at least {rules.min_length} characters in this realm.')
    if len(password) > rules.max_length:
        raise InvalidValue(f'Attribute "password" must have at most {rules.max_length} characters in this realm.')
    if password.casefold() in (word.casefold() for word in rules.blocklist):
        raise InvalidValue('Attribute "password" is on this realm\'s list of passwords that are not allowed.')


def accept(password: str | None, policy: PasswordPolicy, rules: PasswordRules) -> str | None:
    """The password to store, or None if there is none or the realm's policy drops it."""
    if password is None or policy == "ignore":
        return None
    if policy == "reject":
        raise InvalidValue('Attribute "password" is not accepted: the realm\'s password policy is "reject".')
    check_rules(password, rules)
    return password

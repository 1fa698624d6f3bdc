"""Where the engine gets what is different every time: the time, ids, secrets, chance."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scimbridge.directory.documents import timestamp


@dataclass(frozen=True, slots=True)
class Environment:
    """`clock` is aware and in UTC; `monotonic` counts seconds; `secret` gives 43 URL-safe random characters.

    `uniform(a, b)`: a random number between. `holder` names this process to a person: host and process id.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    ids: Callable[[], str]
    secret: Callable[[], str]
    uniform: Callable[[float, float], float]
    holder: str
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def now(self) -> str:
        """As RFC 3339."""
        return timestamp(self.clock())

    def later(self, seconds: float) -> str:
        return timestamp(self.clock() + timedelta(seconds=seconds))

"""What goes on beside the requests of a bridged realm: healing, delivery of the queue, comparison with Keycloak."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from scimbridge.provisioning.errors import ProvisioningError

logger = logging.getLogger(__name__)

# A change in the queue begins its way after so many seconds at most; a look at an empty queue costs 20 us.
_LOOK: Final = 0.2
# In a realm whose delivery is immediate there is nothing to deliver, unless it was queued before.
_LAZY_LOOK: Final = 10.0
_SWEEP: Final = 900.0
# A look at Keycloak's admin events, which is one call.
_FOLLOW: Final = 5.0
# The first time after a change of settings too, when requests under the former ones have ended.
_HEAL: Final = 60.0
# Between looks whether the process that tends the realm is still there.
_STANDBY: Final = 5.0
# After a failure: 1, 2, 4 ... seconds, at most these.
_LONGEST_PAUSE: Final = 60.0

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class Tended(Protocol):
    """What bridge.directory.BridgedDirectory has for it."""

    async def tend(self) -> bool: ...

    async def rest(self) -> None: ...

    async def heal(self) -> None: ...

    async def sweep(self) -> object: ...

    async def follow(self) -> object: ...

    async def deliver(self) -> int: ...


class Upkeep:
    """The work of one bridged realm; of several servers on one database one does it. `realm` is its name, for the log.

    Without a service account (`unattended` is False) it only finds out what an earlier process left half done:
    requests heal it, with the token of their caller.
    """

    def __init__(
        self, directory: Tended, realm: str, *, queued: bool, unattended: bool = True, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._directory = directory
        self._realm = realm
        self._unattended = unattended
        self._look = _LOOK if queued else _LAZY_LOOK
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._tends = False

    def start(self, predecessor: "Upkeep | None" = None) -> None:
        """Begins, with healing first; where there is a predecessor, that waits until its last requests have ended.

        Else what is under way in them would be taken for left behind.
        """
        self._task = asyncio.create_task(self._run(predecessor))

    async def stop(self) -> None:
        """Returns when nothing is under way any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
            if self._tends:
                await self._directory.rest()

    async def _run(self, predecessor: "Upkeep | None") -> None:
        if not self._unattended:
            with suppress(ProvisioningError):
                await self._directory.heal()
            return
        if predecessor is not None:
            await predecessor.stop()
        while not self._tends:
            self._tends = await self._persist("tended", self._directory.tend)
            if not self._tends:
                await self._sleep(_STANDBY)
        if predecessor is None:
            await self._persist("healed", self._directory.heal)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat("compared", self._directory.sweep, _SWEEP))
            group.create_task(self._repeat("followed", self._directory.follow, _FOLLOW))
            group.create_task(self._deliver())
            await self._sleep(_HEAL)
            group.create_task(self._repeat("healed", self._directory.heal, _HEAL))

    async def _repeat(self, done: str, work: Callable[[], Awaitable[object]], pause: float) -> None:
        while True:
            await self._persist(done, work)
            await self._sleep(pause)

    async def _deliver(self) -> None:
        while True:
            if not await self._persist("delivered to", self._directory.deliver):
                await self._sleep(self._look)

    async def _persist(self, done: str, work: Callable[[], Awaitable[T]]) -> T:
        """Does it, again and again until it has gone well. Nothing that happens in it ends the server's work."""
        pause = 1.0
        while True:
            try:
                return await work()
            except ProvisioningError as error:
                logger.warning("Realm %s cannot be %s just now: %s", self._realm, done, error)
            except Exception:  # a bug: the log has it, and the next time may go well
                logger.exception("Realm %s could not be %s", self._realm, done)
            await self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

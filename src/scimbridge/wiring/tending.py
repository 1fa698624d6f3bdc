"""One application in a server: its realm is followed, what is due is pushed, everything is compared on schedule."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.errors import ProvisioningError, PushOccupied
from scimbridge.provisioning.ports import Ledger
from scimbridge.provisioning.summary import Summary
from scimbridge.scim.errors import ScimError
from scimbridge.wiring.timetable import Timetable

logger = logging.getLogger(__name__)

# A change begins its way after so many seconds at most; a look at nothing new costs 30 us.
_LOOK: Final = 0.2
# Somebody else has the lease: a push by hand, or another server.
_OCCUPIED: Final = 2.0
# After a failure: 1, 2, 4 ... seconds, at most these.
_LONGEST_PAUSE: Final = 60.0


class Tended(Protocol):
    """What provisioning.provisioner.Provisioner has for it."""

    ledger: Ledger

    async def follow(self) -> int: ...

    async def drain(self) -> Summary: ...

    async def compare(self) -> Summary | None: ...

    def stop(self) -> None: ...


class Tending:
    """`name` for the log. `latest`: the sequence of the newest line of the realm's journal. `tally`: outcomes."""

    def __init__(
        self,
        tended: Tended,
        name: str,
        schedule: str,
        *,
        latest: Callable[[], int],
        environment: Environment,
        tally: Counter[str],
    ) -> None:
        self._tended = tended
        self._name = name
        self._timetable = Timetable(schedule, tended.ledger.standing().compared, environment.clock)
        self._latest = latest
        self._environment = environment
        self.tally = tally
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self, patience: float) -> None:
        """Returns when nothing is under way; what does not end within `patience` seconds is left to the queue."""
        self._stopping.set()
        self._tended.stop()
        if self._task is not None:
            _, unfinished = await asyncio.wait([self._task], timeout=patience)
            for task in unfinished:
                task.cancel()
                await asyncio.wait([task])

    async def _run(self) -> None:
        """Nothing that happens in it ends the server's work."""
        pause = 1.0
        while not self._stopping.is_set():
            try:
                await self.look()
            except PushOccupied:
                await self._rest(_OCCUPIED)
                continue
            except (ProvisioningError, ScimError) as error:
                logger.warning("%s cannot be provisioned just now: %s", self._name, error)
            except Exception:  # a bug: the log has it, and the next time may go well
                logger.exception("%s could not be provisioned", self._name)
            else:
                pause = 1.0
                await self._rest(_LOOK)
                continue
            await self._rest(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def look(self) -> None:
        """One look at what there is to do, and doing it. Raises PushOccupied, whatever went wrong."""
        ledger = self._tended.ledger
        standing = ledger.standing()
        if self._latest() > standing.cursor:
            await self._tended.follow()
        now = self._environment.now()
        if standing.quarantined > now:
            return
        if self._timetable.take():
            self._note(await self._tended.compare())
        elif await ledger.claim(now, 1):
            self._note(await self._tended.drain())

    def _note(self, summary: Summary | None) -> None:
        if summary is None:
            logger.warning("%s: a safeguard holds the full comparison; it is a task now", self._name)
            return
        for (_, outcome), number in summary.counts.items():
            self.tally[outcome] += number
        for outcome, number in summary.left_open.items():
            logger.info("%s: left open by an earlier push, and settled: %d %s", self._name, number, outcome)
        # A target's own words may name people: they are in the journal, and not in the log.
        for failure in summary.failures:
            logger.warning("%s: %s of %s failed; its task says why", self._name, failure.action, failure.source)
        if summary.quarantined:
            logger.warning("%s: most requests fail, nothing is sent until %s", self._name, summary.quarantined)
        if summary.held:
            logger.warning("%s: %s", self._name, summary.held)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

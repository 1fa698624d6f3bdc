"""The queue of an application worked off: claimed in batches, examined, noted, sent in parallel, recorded.

    claim -> prepare -> begin (one write a batch) -> workers: send -> recorder (one write for a few ms) -> off the queue

Phases keep their order: nothing of a later one begins while something of an earlier one is in hand.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.execution import Execution
from scimbridge.provisioning.lease import Lease
from scimbridge.provisioning.performing import Prepared
from scimbridge.provisioning.ports import Entry, Ledger, Outcome, Work
from scimbridge.provisioning.recorder import Recorder

# Claimed at once: their intents share a write.
BATCH: Final = 64
# Prepared between two looks at what else the event loop has to do.
_AT_ONCE: Final = 4


class Watcher(Protocol):
    """Who is told what a drain does, and asked where it must not decide."""

    async def compare(self, work: Work) -> Outcome:
        """Work of kind `everything`: a plan is worked out and queued."""

    async def admit(self, prepared: Sequence[Prepared]) -> Sequence[Prepared | Outcome]:
        """What of it may be done, and what becomes of the rest."""

    def performed(self, outcome: Outcome, entry: Entry | None, *, failed: bool) -> None:
        """`entry` None: nothing was sent. `failed`: as Performed."""


class Drain:
    """One pass, until nothing is due any more, `stop` is called, or the target wants to be left alone for long.

    `parallel` pieces of work at a time; `ahead` are prepared before their turn.
    """

    def __init__(
        self,
        ledger: Ledger,
        execution: Execution,
        environment: Environment,
        lease: Lease,
        watcher: Watcher,
        *,
        parallel: int,
        ahead: int = BATCH,
    ) -> None:
        self._ledger = ledger
        self._execution = execution
        self._environment = environment
        self._lease = lease
        self._watcher = watcher
        self._parallel = parallel
        self._ahead = ahead
        self._in_hand: dict[tuple[str, str], int] = {}
        self._ready: asyncio.Queue[tuple[Prepared, int] | None] = asyncio.Queue()
        self._progress = asyncio.Event()
        self._recorder = Recorder(ledger, self._recorded)
        self._stopped = False

    def stop(self) -> None:
        """Nothing new is begun; what is under way ends. What was only prepared stays in the queue."""
        self._stopped = True
        self._progress.set()

    async def run(self) -> None:
        """Raises what the ledger raises."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._recorder.run())
                workers = [group.create_task(self._work()) for _ in range(self._parallel)]
                await self._feed()
                for _ in workers:
                    self._ready.put_nowait(None)
                await asyncio.wait(workers)
                self._recorder.close()
        except ExceptionGroup as errors:  # one ended all of it
            raise errors.exceptions[0] from None

    @property
    def _is_going(self) -> bool:
        return not self._stopped and self._lease.is_good and not self._execution.rest

    async def _feed(self) -> None:
        while self._is_going:
            self._progress.clear()
            works = await self._claim()
            if works:
                await self._prepare(works)
            elif self._in_hand:
                await self._progress.wait()
            else:
                return

    async def _claim(self) -> Sequence[Work]:
        """What can be begun now, of one phase."""
        if self._ready.qsize() >= self._ahead:
            return ()
        free: dict[tuple[str, str], Work] = {}
        for work in await self._ledger.claim(self._environment.now(), len(self._in_hand) + self._ahead):
            if (work.type, work.source) not in self._in_hand:
                free.setdefault((work.type, work.source), work)
        phase = min((work.phase for work in free.values()), default=0)
        if min(self._in_hand.values(), default=phase) < phase:
            return ()
        return [work for work in free.values() if work.phase == phase]

    async def _prepare(self, works: Sequence[Work]) -> None:
        found: list[Prepared | Outcome] = []
        candidates = self._ledger.candidates_of([work.source for work in works if work.type == "User"])
        for number, work in enumerate(works, start=1):
            self._in_hand[work.type, work.source] = work.phase
            found.append(
                await self._watcher.compare(work)
                if work.kind == "everything"
                else await self._execution.prepare(work, candidates.get(work.source))
            )
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        prepared = [item for item in found if isinstance(item, Prepared)]
        admitted = await self._watcher.admit(prepared) if prepared else ()
        for outcome in [item for item in (*found, *admitted) if isinstance(item, Outcome)]:
            self._finish(outcome, None, failed=False)
        await self._begin([item for item in admitted if isinstance(item, Prepared)])

    async def _begin(self, prepared: Sequence[Prepared]) -> None:
        if prepared:
            sequences = await self._ledger.begin([item.entry for item in prepared])
            for item in zip(prepared, sequences, strict=True):
                self._ready.put_nowait(item)

    async def _work(self) -> None:
        while (item := await self._ready.get()) is not None:
            prepared, sequence = item
            if self._is_going:
                outcome, failed = await self._execution.perform(prepared, sequence)
                self._finish(outcome, prepared.entry, failed=failed)
            else:
                due = self._environment.later(self._execution.rest)
                self._recorder.add(Outcome(prepared.work, "nothing", sequence, settled=False, due=due))

    def _finish(self, outcome: Outcome, entry: Entry | None, *, failed: bool) -> None:
        self._recorder.add(outcome)
        self._watcher.performed(outcome, entry, failed=failed)

    def _recorded(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self._in_hand.pop((outcome.work.type, outcome.work.source), None)
        self._progress.set()

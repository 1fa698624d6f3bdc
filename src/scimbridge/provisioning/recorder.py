"""Outcomes on their way into the ledger: those of a few milliseconds share a commit."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from scimbridge.provisioning.ports import Ledger, Outcome

_MOST: Final = 64
# A commit costs 0.2 ms; an outcome that waits so long before it is on disk is looked up again after a crash.
_WAIT: Final = 0.005


class Recorder:
    """Run `run` beside whatever calls `add`; `close`, then the end of `run`, leaves nothing unrecorded.

    `recorded` is told what has been written.
    """

    def __init__(self, ledger: Ledger, recorded: Callable[[Sequence[Outcome]], None]) -> None:
        self._ledger = ledger
        self._recorded = recorded
        self._waiting: list[Outcome] = []
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self._closed = False

    def add(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        self._some.set()
        if len(self._waiting) >= _MOST:
            self._many.set()

    def close(self) -> None:
        self._closed = True
        self._some.set()
        self._many.set()

    async def run(self) -> None:
        while not self._closed or self._waiting:
            await self._some.wait()
            if len(self._waiting) < _MOST and not self._closed:
                await self._gather()
            batch, self._waiting = self._waiting, []
            if not self._closed:
                self._some.clear()
                self._many.clear()
            if batch:
                await self._ledger.record(_each_follow_once(batch))
                self._recorded(batch)

    async def _gather(self) -> None:
        """Until there are many, or it has been long enough."""
        timer = asyncio.get_running_loop().call_later(_WAIT, self._many.set)
        await self._many.wait()
        timer.cancel()


def _each_follow_once(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """A group that many of these people are in is queued once: it is one transaction."""
    known: set[tuple[str, str, str]] = set()
    result = []
    for outcome in outcomes:
        new = [work for work in outcome.follow if (work.type, work.source, work.kind) not in known]
        known.update((work.type, work.source, work.kind) for work in new)
        result.append(outcome if len(new) == len(outcome.follow) else outcome._replace(follow=new))
    return result

"""Outcomes on their way into the ledger: together, and none is left."""

import asyncio
from collections.abc import Sequence

from scimbridge.provisioning.ports import Outcome, Work
from scimbridge.provisioning.recorder import Recorder


class SlowLedger:
    """Writes when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.follows: list[str] = []
        self.going = asyncio.Event()
        self.may = asyncio.Event()

    async def record(self, outcomes: Sequence[Outcome]) -> None:
        self.going.set()
        await self.may.wait()
        self.batches.append([outcome.work.source for outcome in outcomes])
        self.follows += [work.source for outcome in outcomes for work in outcome.follow]


def outcome(source: str, *follow: str) -> Outcome:
    return Outcome(Work("User", source, source), "done", follow=[Work("Group", group, group) for group in follow])


async def test_what_comes_while_others_are_written_is_written_after_them_even_at_the_end() -> None:
    ledger, told = SlowLedger(), list[str]()
    recorder = Recorder(ledger, lambda batch: told.extend(found.work.source for found in batch))  # type: ignore[arg-type]
    running = asyncio.create_task(recorder.run())
    recorder.add(outcome("a"))
    await ledger.going.wait()
    recorder.add(outcome("b"))
    recorder.add(outcome("c"))
    recorder.close()
    ledger.may.set()
    await running
    assert ledger.batches == [["a"], ["b", "c"]]
    assert told == ["a", "b", "c"]


async def test_many_do_not_wait_for_more() -> None:
    ledger = SlowLedger()
    ledger.may.set()
    recorder = Recorder(ledger, lambda _: None)  # type: ignore[arg-type]
    running = asyncio.create_task(recorder.run())
    for number in range(64):
        recorder.add(outcome(str(number)))
    await ledger.going.wait()
    recorder.close()
    await running
    assert [len(batch) for batch in ledger.batches] == [64]


async def test_a_group_that_many_are_in_is_queued_once() -> None:
    ledger = SlowLedger()
    ledger.may.set()
    recorder = Recorder(ledger, lambda _: None)  # type: ignore[arg-type]
    for source in ("a", "b"):
        recorder.add(outcome(source, "red", "blue"))
    recorder.close()
    await recorder.run()
    assert ledger.follows == ["red", "blue"]

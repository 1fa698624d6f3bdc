"""What goes on beside the requests of a bridged realm."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from scimbridge.provisioning.errors import TargetUnavailable
from scimbridge.wiring.upkeep import Upkeep


class Clockwork:
    """Time that passes only when a test lets it: `pass_` ends the sleeps that are over by then."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self.now + seconds, future))
        await future

    async def pass_(self, seconds: float) -> None:
        end = self.now + seconds
        await self._settle()
        while due := [entry for entry in self._waiting if entry[0] <= end]:
            first = min(due, key=lambda entry: entry[0])
            self._waiting.remove(first)
            self.now = first[0]
            if not first[1].done():
                first[1].set_result(None)
            await self._settle()
        self.now = end

    async def _settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


@dataclass
class FakeDirectory:
    """Notes when what is done; `waiting` changes are to be delivered; `fail` may raise.

    `is_free`: no other process tends the realm.
    """

    clockwork: Clockwork
    done: list[tuple[str, float]] = field(default_factory=list)
    waiting: int = 0
    is_free: bool = True
    tended: bool = False
    fail: Callable[[str], None] = lambda _: None

    def times(self, what: str) -> list[float]:
        return [time for name, time in self.done if name == what]

    async def tend(self) -> bool:
        self.tended = self.is_free
        return self.is_free

    async def rest(self) -> None:
        self.tended = False

    async def heal(self) -> None:
        self._note("heal")

    async def sweep(self) -> object:
        self._note("sweep")
        return None

    async def follow(self) -> object:
        self._note("follow")
        return None

    async def deliver(self) -> int:
        self._note("deliver")
        taken = min(self.waiting, 16)
        self.waiting -= taken
        return taken

    def _note(self, what: str) -> None:
        self.done.append((what, self.clockwork.now))
        self.fail(what)


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


@pytest.fixture
def directory(clockwork: Clockwork) -> FakeDirectory:
    return FakeDirectory(clockwork)


def upkeep(directory: FakeDirectory, clockwork: Clockwork, *, queued: bool = False) -> Upkeep:
    return Upkeep(directory, "acme", queued=queued, sleep=clockwork.sleep)


async def test_healing_comes_first_then_all_is_compared_again_and_again(
    directory: FakeDirectory, clockwork: Clockwork
) -> None:
    work = upkeep(directory, clockwork)
    work.start()
    await clockwork.pass_(2000)
    assert directory.done[0] == ("heal", 0.0)
    assert directory.times("sweep") == [0, 900, 1800]
    assert directory.times("heal")[:3] == [0, 60, 120]
    assert directory.times("follow")[:4] == [0, 5, 10, 15]
    await work.stop()


async def test_a_queue_is_looked_at_five_times_a_second_and_emptied_without_a_pause(
    directory: FakeDirectory, clockwork: Clockwork
) -> None:
    directory.waiting = 100
    work = upkeep(directory, clockwork, queued=True)
    work.start()
    await clockwork.pass_(1)
    assert directory.times("deliver")[:8] == [0] * 8
    assert directory.times("deliver")[8:] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    await work.stop()


async def test_what_fails_is_tried_again_after_longer_and_longer(
    directory: FakeDirectory, clockwork: Clockwork, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(what: str) -> None:
        if what == "heal" and clockwork.now < 100:
            raise TargetUnavailable("Keycloak cannot be reached")

    directory.fail = fail
    work = upkeep(directory, clockwork)
    with caplog.at_level(logging.WARNING):
        work.start()
        await clockwork.pass_(124)
    assert directory.times("heal") == [0, 1, 3, 7, 15, 31, 63, 123]
    assert directory.times("sweep") == [123], "nothing is compared before what is left behind is healed"
    assert "Realm acme cannot be healed just now: Keycloak cannot be reached" in caplog.text
    await work.stop()


async def test_a_bug_in_one_work_does_not_stop_the_others(
    directory: FakeDirectory, clockwork: Clockwork, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(what: str) -> None:
        if what == "sweep":
            raise KeyError(what)

    directory.fail = fail
    work = upkeep(directory, clockwork, queued=True)
    work.start()
    await clockwork.pass_(10)
    assert directory.times("sweep") == [0, 1, 3, 7]
    assert len(directory.times("deliver")) == 51
    assert "Realm acme could not be compared" in caplog.text
    await work.stop()


async def test_a_successor_begins_when_its_predecessor_is_done_and_heals_later(
    directory: FakeDirectory, clockwork: Clockwork
) -> None:
    first = upkeep(directory, clockwork)
    first.start()
    await clockwork.pass_(1)
    directory.done.clear()
    second = upkeep(directory, clockwork)
    second.start(first)
    await clockwork.pass_(70)
    assert directory.times("sweep") == [1]
    assert directory.times("heal") == [61], "requests that the predecessor's directory serves are not left behind"
    await second.stop()
    await clockwork.pass_(2000)
    assert len(directory.times("heal")) == 1


async def test_of_several_processes_one_does_the_work_and_another_when_that_is_gone(
    directory: FakeDirectory, clockwork: Clockwork
) -> None:
    directory.is_free = False
    work = upkeep(directory, clockwork, queued=True)
    work.start()
    await clockwork.pass_(12)
    assert directory.done == []
    directory.is_free = True
    await clockwork.pass_(5)
    assert directory.done[0] == ("heal", 15.0)
    assert directory.tended
    await work.stop()
    assert not directory.tended


async def test_one_that_was_never_started_stops_too(directory: FakeDirectory, clockwork: Clockwork) -> None:
    await upkeep(directory, clockwork).stop()


async def test_without_a_service_account_nothing_is_done_but_a_look_at_what_is_left_behind(
    directory: FakeDirectory, clockwork: Clockwork
) -> None:
    def fail(what: str) -> None:
        raise TargetUnavailable(f"No caller's token is at hand to {what}")

    directory.fail = fail
    work = Upkeep(directory, "acme", queued=False, unattended=False, sleep=clockwork.sleep)
    work.start()
    await clockwork.pass_(2000)
    assert directory.done == [("heal", 0.0)]
    await work.stop()

"""Failed attempts are slowed, counted, and forgotten again."""

import asyncio

import pytest

from scimbridge.access.throttle import MOST_WAITING, Throttle
from scimbridge.scim.errors import TooManyRequests

from .site import Clock


class Naps:
    """Sleep that a test ends."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await self.over.wait()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def naps() -> Naps:
    naps = Naps()
    naps.over.set()
    return naps


@pytest.fixture
def throttle(clock: Clock, naps: Naps) -> Throttle:
    return Throttle(clock, naps)


async def fail(
    throttle: Throttle, times: int, *, realm: str = "r1", address: str = "192.0.2.1", subject: str = ""
) -> None:
    for _ in range(times):
        await throttle.fail(realm, address, subject)


async def test_the_first_failures_are_free_and_the_rest_wait_longer_each_time(throttle: Throttle, naps: Naps) -> None:
    await fail(throttle, 5)
    assert naps.seconds == []
    await fail(throttle, 7)
    assert naps.seconds == [0.25, 0.5, 1, 2, 4, 5, 5]
    assert (throttle.failed, throttle.delayed, throttle.refused) == (12, 7, 0)


async def test_far_too_many_failures_are_refused_with_whole_seconds(throttle: Throttle, naps: Naps) -> None:
    await fail(throttle, 60)
    with pytest.raises(TooManyRequests) as refusal:
        await fail(throttle, 1)
    assert refusal.value.headers == {"Retry-After": "60"}
    assert throttle.refused == 1
    assert len(naps.seconds) == 55


async def test_one_failure_is_forgiven_each_minute(throttle: Throttle, clock: Clock, naps: Naps) -> None:
    for _ in range(100):
        await fail(throttle, 1)
        clock.advance(minutes=1)
    assert naps.seconds == []


async def test_refusals_do_not_make_the_wait_longer_for_ever(throttle: Throttle, clock: Clock) -> None:
    await fail(throttle, 60)
    for _ in range(1000):
        with pytest.raises(TooManyRequests):
            await fail(throttle, 1)
    clock.advance(minutes=2)
    await fail(throttle, 1)


@pytest.mark.parametrize(
    "other",
    [{"address": "192.0.2.2"}, {"realm": "r2"}, {"address": "2001:db8::1"}, {"address": "unknown"}],
)
async def test_other_addresses_and_realms_are_not_slowed(throttle: Throttle, naps: Naps, other: dict[str, str]) -> None:
    await fail(throttle, 5)
    await fail(throttle, 1, **other)
    assert naps.seconds == []


async def test_an_ipv6_network_counts_as_one_address(throttle: Throttle, naps: Naps) -> None:
    for host in range(6):
        await fail(throttle, 1, address=f"2001:db8:0:1::{host}")
    await fail(throttle, 1, address="2001:db8:0:2::1")
    assert naps.seconds == [0.25]


async def test_addresses_that_share_a_subject_are_slowed_together(throttle: Throttle, naps: Naps) -> None:
    for host in range(6):
        await fail(throttle, 1, address=f"192.0.2.{host}", subject="client:a")
    assert naps.seconds == [0.25]


async def test_only_so_many_wait_at_a_time(clock: Clock) -> None:
    naps = Naps()
    throttle = Throttle(clock, naps)
    addresses = [f"2001:db8:0:{number}::1" for number in range(MOST_WAITING + 1)]
    slow = [asyncio.create_task(fail(throttle, 6, address=address)) for address in addresses]
    await asyncio.sleep(0)
    refused = [task for task in slow if task.done() and task.exception()]
    assert (throttle.waiting, len(refused)) == (MOST_WAITING, 1)
    naps.over.set()
    await asyncio.gather(*slow, return_exceptions=True)
    assert throttle.waiting == 0


async def test_a_client_that_hangs_up_no_longer_waits(clock: Clock) -> None:
    throttle = Throttle(clock, Naps())
    await fail(throttle, 5)
    task = asyncio.create_task(throttle.fail("r1", "192.0.2.1"))
    await asyncio.sleep(0)
    assert throttle.waiting == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert throttle.waiting == 0


async def test_memory_is_bounded_and_the_oldest_failures_go_first(
    throttle: Throttle, naps: Naps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scimbridge.access.throttle.MOST_KEYS", 3)
    await fail(throttle, 5, address="192.0.2.1")
    await fail(throttle, 5, address="192.0.2.2")
    for host in (3, 4):
        await fail(throttle, 1, address=f"192.0.2.{host}")
    await fail(throttle, 1, address="192.0.2.2")
    assert naps.seconds == [0.25]
    await fail(throttle, 1, address="192.0.2.1")
    assert naps.seconds == [0.25]


async def test_a_lock_ends_by_itself_and_at_a_success(throttle: Throttle, clock: Clock) -> None:
    await fail(throttle, 12, subject="user:ada")
    with pytest.raises(TooManyRequests) as refusal, throttle.attempt("r1", "user:ada"):
        pytest.fail("not to be reached")
    assert refusal.value.headers == {"Retry-After": "60"}
    with throttle.attempt("r1", "user:bob"), throttle.attempt("r2", "user:ada"):
        pass
    clock.advance(seconds=60)
    with throttle.attempt("r1", "user:ada"):
        pass
    throttle.succeed("r1", "user:ada")
    await fail(throttle, 5, address="192.0.2.9", subject="user:ada")
    with throttle.attempt("r1", "user:ada"):
        pass

"""How fast requests go: the bucket, the pauses, whoever listens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.provisioning.backoff import pause
from scimbridge.provisioning.pace import Pace, PacedTransport
from scimbridge.provisioning.target import Reply, Request


class Clock:
    """Sleeping moves it."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    def pace(self, rate: float, burst: int = 1) -> Pace:
        return Pace(rate, burst, monotonic=self.now, sleep=self.sleep)


class Echo:
    """A transport that answers, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def send(self, request: Request) -> Reply:
        if self.error is not None:
            raise self.error
        return Reply(200, request.path.encode())

    async def close(self) -> None:
        return None


async def times(clock: Clock, pace: Pace, count: int) -> list[float]:
    """When each of so many requests goes, in seconds from the first."""
    went = []
    for _ in range(count):
        await pace.turn()
        went.append(round(clock.time - 1000.0, 6))
    return went


class TestPace:
    async def test_without_a_rate_nothing_waits(self) -> None:
        clock = Clock()
        assert await times(clock, clock.pace(0), 1000) == [0.0] * 1000

    async def test_requests_go_evenly(self) -> None:
        clock = Clock()
        assert await times(clock, clock.pace(4), 5) == [0.0, 0.25, 0.5, 0.75, 1.0]

    async def test_a_burst_goes_at_once_after_a_rest(self) -> None:
        clock = Clock()
        pace = clock.pace(2, burst=3)
        assert await times(clock, pace, 5) == [0.0, 0.0, 0.0, 0.5, 1.0]
        clock.time += 10
        assert await times(clock, pace, 4) == [11.0, 11.0, 11.0, 11.5]

    async def test_nothing_goes_in_a_pause(self) -> None:
        clock = Clock()
        pace = clock.pace(0)
        pace.pause(30)
        pace.pause(5)
        assert await times(clock, pace, 2) == [30.0, 30.0]

    @given(rate=st.floats(0.5, 50), burst=st.integers(1, 20), gaps=st.lists(st.floats(0, 3), max_size=60))
    async def test_no_second_has_more_than_the_rate_and_the_burst(
        self, rate: float, burst: int, gaps: list[float]
    ) -> None:
        clock = Clock()
        pace = clock.pace(rate, burst)
        went = []
        for gap in gaps:
            clock.time += gap
            await pace.turn()
            went.append(clock.time)
        for start in went:
            assert sum(start <= time < start + 1 for time in went) <= rate + burst + 1


class TestPacedTransport:
    async def test_whoever_listens_hears_each_request_and_its_answer(self) -> None:
        heard: list[tuple[str, int | None]] = []
        clock = Clock()
        transport = PacedTransport(Echo(), clock.pace(0))
        transport.observer = lambda request, reply: heard.append((request.path, reply.status if reply else None))
        assert (await transport.send(Request("GET", "/Users"))).status == 200
        transport = PacedTransport(Echo(OSError("cut")), clock.pace(0))
        transport.observer = lambda request, reply: heard.append((request.path, reply.status if reply else None))
        with pytest.raises(OSError, match="cut"):
            await transport.send(Request("GET", "/Groups"))
        assert heard == [("/Users", 200), ("/Groups", None)]

    async def test_each_request_takes_its_turn(self) -> None:
        clock = Clock()
        transport = PacedTransport(Echo(), clock.pace(1))
        for _ in range(3):
            await transport.send(Request("GET", "/Users"))
        assert clock.time == 1002.0


class TestBackoff:
    @pytest.mark.parametrize(
        ("attempts", "at_least", "expected"), [(0, 0, 2), (1, 0, 4), (3, 0, 16), (20, 0, 900), (0, 120, 122)]
    )
    def test_it_doubles_up_to_a_quarter_of_an_hour_over_what_the_target_asks_for(
        self, attempts: int, at_least: int, expected: float
    ) -> None:
        assert pause(attempts, at_least, lambda _, high: high) == expected

    def test_its_jitter_is_full(self) -> None:
        assert pause(5, 3, lambda low, _: low) == 3

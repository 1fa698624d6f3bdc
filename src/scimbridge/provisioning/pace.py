"""How fast requests go to one target: a token bucket, and pauses that the target asks for."""

from collections.abc import Awaitable, Callable

from scimbridge.provisioning.target import Observer, Reply, Request, Transport


class Pace:
    """`rate` requests a second (0 = any number), `burst` of them at once after a rest; first come, first served."""

    def __init__(
        self,
        rate: float,
        burst: int,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.rate = rate
        self._interval = 1 / rate if rate else 0.0
        self._rest = (burst - 1) * self._interval
        self._monotonic = monotonic
        self._sleep = sleep
        self._slot = self._paused = monotonic() - self._rest

    def pause(self, seconds: float) -> None:
        """Nothing goes for so long."""
        self._paused = max(self._paused, self._monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds of the pause that are still to come."""
        return max(0.0, self._paused - self._monotonic())

    async def turn(self) -> None:
        """Returns when one more request may go."""
        if not self.rate and self._paused <= self._monotonic():
            return
        now = self._monotonic()
        slot = max(self._slot, now - self._rest)
        self._slot = slot + self._interval
        while (wait := max(slot, self._paused) - self._monotonic()) > 0:
            await self._sleep(wait)


class PacedTransport:
    """A Transport that takes its turn before each request, and lets one listen to what is sent."""

    def __init__(self, transport: Transport, pace: Pace) -> None:
        self.pace = pace
        self.observer: Observer | None = None
        self._transport = transport

    async def send(self, request: Request) -> Reply:
        await self.pace.turn()
        reply: Reply | None = None
        try:
            reply = await self._transport.send(request)
        finally:
            if self.observer is not None:
                self.observer(request, reply)
        return reply

    async def close(self) -> None:
        await self._transport.close()

"""The connections to one server: kept open, so many at most, and whoever waits for one gets it in turn."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from scimbridge.adapters.wire.connection import Connection
from scimbridge.adapters.wire.errors import TimedOut, Unreachable
from scimbridge.adapters.wire.origin import Origin

# A connection that was idle for longer is not used again: many servers close theirs after 5 seconds, and a request that
# meets that is lost unless it may be done twice.
_KEPT_SECONDS = 4.0
# For the farewells of TLS.
_CLOSING_SECONDS = 1.0


class Pool:
    """`timeout`: seconds that a request waits for its turn."""

    def __init__(
        self, origin: Origin, dial: Callable[[], Awaitable[Connection]], connections: int, timeout: float
    ) -> None:
        self._origin = origin
        self._dial = dial
        self._timeout = timeout
        self._unused = connections
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        # Each is given a connection, or None for leave to open one.
        self._line: deque[asyncio.Future[Connection | None]] = deque()
        self._is_closed = False

    async def take(self) -> Connection:
        """A connection for one request; it is to be given back, whatever comes of it. Raises Unreachable."""
        if self._is_closed:
            raise self._refusal()
        connection = self._newest() if self._idle and not self._line else None
        if connection is None:
            if self._line or not self._unused:
                connection = await self._wait()
            else:
                self._unused -= 1
            connection = connection or await self._open()
        self._busy.add(connection)
        return connection

    def give(self, connection: Connection) -> None:
        if not connection.is_reusable or self._is_closed:
            self._busy.discard(connection)
            connection.close()
            self._release()
        elif not self._pass_on(connection):
            self._busy.discard(connection)
            connection.since = asyncio.get_running_loop().time()
            self._idle.append(connection)

    def drop_idle(self) -> None:
        """A server that closed one of them has likely closed the others."""
        while self._idle:
            self._idle.pop().close()
            self._release()

    async def close(self) -> None:
        """Ends what is under way; those concerned get Unreachable."""
        self._is_closed = True
        present = {connection.closed: connection for connection in (*self._idle, *self._busy)}
        for connection in self._busy:
            connection.abort()
        self.drop_idle()
        for turn in self._line:
            if not turn.done():
                turn.set_exception(self._refusal())
        if present:
            _, late = await asyncio.wait(present, timeout=_CLOSING_SECONDS)
            for closed in late:
                present[closed].abort()

    def _newest(self) -> Connection | None:
        """The last that was given back, if it is still good: then the others grow old, and are closed together."""
        connection = self._idle.pop()
        if connection.is_open and asyncio.get_running_loop().time() - connection.since < _KEPT_SECONDS:
            return connection
        self._idle.append(connection)
        self.drop_idle()
        return None

    async def _wait(self) -> Connection | None:
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(self._timeout):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._decline(turn.result())
            if isinstance(error, TimeoutError):
                busy = f"all {len(self._busy)} connections were busy for {self._timeout:g} s"
                raise TimedOut(f"Nothing was sent to {self._origin}: {busy}.") from None
            raise

    def _decline(self, offered: Connection | None) -> None:
        """It came at the same moment as the end of whoever waited for it."""
        if offered is None:
            self._release()
        else:
            self.give(offered)

    async def _open(self) -> Connection:
        try:
            connection = await self._dial()
        except BaseException:
            self._release()
            raise
        if self._is_closed:
            connection.abort()
            raise self._refusal()
        return connection

    def _refusal(self) -> Unreachable:
        return Unreachable(f"Nothing is sent to {self._origin} any more: its client is closed.")

    def _release(self) -> None:
        if not self._pass_on(None):
            self._unused += 1

    def _pass_on(self, offered: Connection | None) -> bool:
        """To whoever has waited longest."""
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(offered)
                return True
        return False

"""One connection of a client: requests are read from it and answered in their order."""

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Final, cast

from scimbridge.scim.errors import ScimError
from scimbridge.web.exchange import Line, refusal
from scimbridge.web.http.encoding import CLOSE, CONTINUE, encode
from scimbridge.web.http.parsing import Arrival, RequestReader

if TYPE_CHECKING:
    from scimbridge.web.http.connections import Connections

# Seconds. Longer than the 60 of usual proxies: the side that closes first must be the one that sends, or it gets a 502.
_KEEP_ALIVE: Final = 75.0
_NEVER: Final = float("inf")

_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """`_deadline`, by the loop's clock: when the connection ends unless a request comes, or a reply is taken."""

    def __init__(self, owner: "Connections") -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._current: Arrival | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue: deque[Arrival] = deque()
        self._is_reading = self._may_write = True
        self._is_ending = self._is_lost = False
        self._refusal: ScimError | None = None
        self._deadline = self._loop.time() + owner.head_timeout

    def stop(self) -> None:
        """Closes it once what has arrived is answered."""
        self._is_ending = True
        if self._current is None:
            self._transport.close()

    def check(self, now: float) -> None:
        """Closes it if it is overdue, whatever its client has not taken yet."""
        if now < self._deadline:
            return
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are it in all but name
        self._line = _line(transport)
        self._reader = RequestReader(self._line, self._begin, self._take, self._ask, self._balance)
        self._owner.open.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
        except ScimError as error:
            self._refuse(error)
        self._balance()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._is_lost = True
        for arrival in (self._current, *self._queue):
            if arrival is not None:
                arrival.upload.lose()
        self._queue.clear()
        self._let_go()

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        if self._current is None:
            self._go_on()
            self._balance()

    # What the reader calls

    def _begin(self) -> None:
        if self._current is None:
            self._deadline = self._loop.time() + self._owner.head_timeout

    def _take(self, arrival: Arrival) -> None:
        self._queue.append(arrival)
        if self._current is None:
            self._go_on()

    def _ask(self) -> None:
        self._transport.write(CONTINUE)

    def _balance(self) -> None:
        """Reads on unless requests wait for their turn or a body to be taken, or this is the end and all has come."""
        is_over = self._is_ending and not self._reader.is_within_body
        wanted = not (self._queue or self._reader.is_full or is_over)
        if wanted != self._is_reading and not self._transport.is_closing():
            self._is_reading = wanted
            (self._transport.resume_reading if wanted else self._transport.pause_reading)()

    # From request to reply

    def _go_on(self) -> None:
        """Answers the next request that waits; not before the client takes the replies that it has."""
        if self._queue and self._may_write:
            self._current = self._queue.popleft()
            self._deadline = _NEVER
            self._task = self._loop.create_task(self._respond(self._current))

    async def _respond(self, arrival: Arrival) -> None:
        exchange = arrival.exchange
        try:
            reply = await self._owner.answer(exchange)
            if arrival.upload.is_gone and self._refusal is not None:
                reply = refusal(self._refusal)
            closes = not arrival.keeps or CLOSE in reply.headers or arrival.upload.is_held_back
            closes = closes or (self._is_ending and not self._queue)
            is_head = exchange.method == "HEAD"
            content = encode(reply, exchange.request_id, time.time(), is_head=is_head, closes=closes)
        except BaseException:  # a bug, or the end of this process
            self._transport.abort()
            raise
        finally:
            self._current = self._task = None
            self._let_go()
        if self._transport.is_closing():
            return
        arrival.upload.drop()
        self._send(content, closes=closes)
        self._go_on()
        self._balance()

    def _refuse(self, error: ScimError) -> None:
        """What was sent is no request: the connection ends, after the replies to what came before."""
        _log.info("no request", extra={"fields": {"address": self._line.client, "reason": error.detail}})
        self._is_ending = True
        self._refusal = error
        if self._current is not None or self._queue:
            self._reader.cut_off()
        elif self._reader.is_within_body:
            self._transport.close()  # that request has its reply: a second one would be taken for the next one's
        else:
            self._send(encode(refusal(error), "", time.time(), closes=True), closes=True)

    def _send(self, content: bytes, *, closes: bool) -> None:
        self._transport.write(content)
        self._deadline = self._loop.time() + _KEEP_ALIVE
        if closes:
            self._queue.clear()
            self._transport.close()

    def _let_go(self) -> None:
        if self._is_lost and self._current is None:
            self._owner.open.discard(self)


def _line(transport: asyncio.BaseTransport) -> Line:
    """A client that has gone already has no address any more."""
    client, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"
    return Line(scheme, client[0] if client else "", *(here or ("localhost", 0))[:2])

"""One connection to a server, with one request under way at most."""

import asyncio
import os
import ssl
from typing import cast

from scimbridge.adapters.wire.errors import Closed, TimedOut, Unreachable, Untrusted, WireError
from scimbridge.adapters.wire.origin import Origin
from scimbridge.adapters.wire.reply import Reply, ReplyReader


class Connection(asyncio.Protocol):
    """`timeout`: seconds from sending a request to the last byte of its reply."""

    def __init__(self, origin: Origin, timeout: float, limit: int) -> None:
        self._origin = origin
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader(str(origin), limit)
        self._waiting: asyncio.Future[Reply] | None = None
        self._has_served = False
        self.closed: asyncio.Future[None] = self._loop.create_future()
        # When it was last given back, by the loop's clock.
        self.since = 0.0

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    @property
    def is_reusable(self) -> bool:
        """The last reply is whole, the server keeps the connection, and has read all of what it answered."""
        return self.is_open and self._reader.is_reusable and not self._transport.get_write_buffer_size()

    async def exchange(self, method: str, request: bytes) -> Reply:
        """Sends a request and gives its reply; when that fails, or is cancelled, the connection is closed.

        Raises WireError.
        """
        if not self.is_open:
            raise Closed(f"{self._origin} closed the connection.")
        self._reader.expect(method)
        waiting: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting = waiting
        self._transport.write(request)
        timer = self._loop.call_later(self._timeout, self._give_up)
        try:
            reply = await waiting
        except BaseException:
            self.abort()
            raise
        finally:
            timer.cancel()
            self._waiting = None
        self._has_served = True
        return reply

    def close(self) -> None:
        if self._transport.get_write_buffer_size():
            self.abort()  # the rest of a request that was answered before it was read may never be
        else:
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are it in all but name

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.abort()  # nobody asked for anything
            return
        try:
            reply = self._reader.feed(data)
        except WireError as error:
            self._waiting.set_exception(error)
            return
        if reply is not None:
            self._waiting.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
        if self._waiting is None or self._waiting.done():
            return
        try:
            reply = self._reader.end() if exc is None else None
        except WireError as error:
            self._waiting.set_exception(error)
            return
        if reply is not None:
            self._waiting.set_result(reply)
        else:
            self._waiting.set_exception(self._lost())

    def _lost(self) -> Unreachable:
        if self._reader.received:
            return Unreachable(f"{self._origin} closed the connection in the middle of its answer.", sent=True)
        kind = Closed if self._has_served else Unreachable
        return kind(f"{self._origin} closed the connection without an answer.", sent=True)

    def _give_up(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            reason = f"{self._origin} did not answer within {self._timeout:g} s."
            self._waiting.set_exception(TimedOut(reason, sent=True))


async def connect(origin: Origin, tls: ssl.SSLContext | None, timeout: float, limit: int) -> Connection:  # noqa: ASYNC109
    """Opens a connection within `timeout` seconds, which is then that of each reply too. Raises Unreachable."""
    try:
        async with asyncio.timeout(timeout):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(origin, timeout, limit),
                origin.host,
                origin.port,
                ssl=tls,
                server_hostname=origin.host if tls else None,
                ssl_handshake_timeout=timeout + 1 if tls else None,  # ours comes first
            )
    except TimeoutError:
        raise TimedOut(f"{origin} took no connection within {timeout:g} s.") from None
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(f"The certificate of {origin} is not trusted: {error.verify_message}.") from error
    except ssl.SSLError as error:
        reason = (error.reason or "no answer").replace("_", " ").lower()
        raise Unreachable(f"{origin} cannot be spoken to over TLS: {reason}.") from error
    except OSError as error:
        raise Unreachable(f"{origin} cannot be reached: {_words(error)}.") from error
    return connection


def _words(error: OSError) -> str:
    """The system's own, without the addresses that asyncio writes into them."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or "none of its addresses takes a connection"

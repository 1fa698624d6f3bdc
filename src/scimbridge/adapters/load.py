"""A closed-loop HTTP/1.1 load generator: so many connections, each sends its next request when the answer is in.

httpx tops out near 1,000 requests a second and would measure itself; this is an asyncio protocol over the
client's reader of replies.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Final, cast
from urllib.parse import urlsplit

from scimbridge.adapters.wire.errors import Malformed
from scimbridge.adapters.wire.origin import trust
from scimbridge.adapters.wire.reply import Reply, ReplyReader
from scimbridge.interop.bench import Measurement, Request

_MOST_BODY: Final = 1024 * 1024 * 1024

# Gives the next request, or None when there is none left.
Source = Callable[[], Request | None]


class LoadDriver:
    """Drives one server; `token` goes into every request as a bearer token, bodies are of the type `content`."""

    def __init__(self, base: str, token: str, connections: int, content: str = "application/scim+json") -> None:
        url = urlsplit(base.rstrip("/"))
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{base!r} is not an http or https URL")
        self._host, self._port = url.hostname, url.port or (443 if url.scheme == "https" else 80)
        self._tls = trust() if url.scheme == "https" else None
        self._path = url.path
        self._head = (
            f"Host: {url.netloc}\r\nAuthorization: Bearer {token}\r\n"
            f"Accept: {content}\r\nUser-Agent: scimbridge-bench\r\n"
        )
        self._content = content
        self._connections = connections

    async def run(self, source: Source, seconds: float) -> Measurement:
        """Sends until the time is up or the source is dry; raises OSError if the server cannot be reached."""
        measurement = Measurement()
        loop = asyncio.get_running_loop()
        started = perf_counter()
        lines: list[_Line] = []
        for _ in range(self._connections):
            line = _Line(self, source, measurement, started + seconds)
            await loop.create_connection(lambda line=line: line, self._host, self._port, ssl=self._tls)
            lines.append(line)
        await asyncio.gather(*(line.done for line in lines))
        measurement.seconds = perf_counter() - started
        return measurement

    def encode(self, request: Request) -> bytes:
        head = f"{request.method} {self._path}{request.path} HTTP/1.1\r\n{self._head}"
        if request.body is None:
            return f"{head}\r\n".encode()
        length = len(request.body)
        return f"{head}Content-Type: {self._content}\r\nContent-Length: {length}\r\n\r\n".encode() + request.body


class _Line(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, driver: LoadDriver, source: Source, measurement: Measurement, end: float) -> None:
        self._driver, self._source, self._measurement, self._end = driver, source, measurement, end
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader = ReplyReader("The server", _MOST_BODY)
        self._request: Request | None = None
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are it in all but name
        self._next()

    def data_received(self, data: bytes) -> None:
        try:
            reply = self._reader.feed(data)
        except Malformed:
            self._transport.abort()  # it counts as broken
            return
        if reply is not None:
            self._take(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        if self._request is not None:
            self._measurement.broken += 1
        if not self.done.done():
            self.done.set_result(None)

    def _take(self, reply: Reply) -> None:
        request = self._request
        assert request is not None  # noqa: S101 (an answer follows a request)
        self._request = None
        self._measurement.add(request, reply.status, reply.body, perf_counter() - self._sent)
        self._next()

    def _next(self) -> None:
        request = self._source() if perf_counter() < self._end else None
        if request is None:
            self._transport.close()
            return
        self._reader.expect(request.method)
        self._request, self._sent = request, perf_counter()
        self._transport.write(self._driver.encode(request))

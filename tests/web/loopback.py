"""An HTTP client's way to a server in this process: bytes through the real HTTP connection, without sockets."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import httpx

from scimbridge.adapters.wire.reply import Reply as Read
from scimbridge.adapters.wire.reply import ReplyReader
from scimbridge.web.http.connection import Connection
from scimbridge.web.http.connections import Answer, Connections

CLIENT = "192.0.2.7"
_MOST = 64 * 2**20


class Loopback(httpx.AsyncBaseTransport):
    """A connection of its own for each request."""

    def __init__(self, answer: Answer) -> None:
        self._connections = Connections(answer, head_timeout=15)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        arrived: asyncio.Future[Read] = asyncio.get_running_loop().create_future()
        reader = ReplyReader("loopback", _MOST)
        reader.expect(request.method)

        def read(data: bytes) -> None:
            reply = reader.feed(data)
            if reply is not None:
                arrived.set_result(reply)

        pipe = Pipe(self._connections, read, scheme=request.url.scheme)
        body = await request.aread()
        target = request.url.raw_path
        head = [b"%b %b HTTP/1.1" % (request.method.encode(), target), *map(b": ".join, request.headers.raw), b"", b""]
        pipe.connection.data_received(b"\r\n".join(head) + body)
        reply = await arrived
        pipe.connection.connection_lost(None)
        return httpx.Response(reply.status, headers=list(reply.headers.items()), content=reply.body, request=request)


class Pipe(asyncio.Transport):
    """What a socket is to a connection; `read` is given what it writes."""

    def __init__(self, connections: Connections, read: Callable[[bytes], None], scheme: str = "http") -> None:
        super().__init__()
        self._read = read
        self._facts = {
            "peername": (CLIENT, 40000),
            "sockname": ("127.0.0.1", 8080),
            "sslcontext": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if scheme == "https" else None,
        }
        self.is_paused = self.is_closed = self.is_aborted = False
        self.unsent = 0
        self.connection = Connection(connections)
        self.connection.connection_made(self)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._facts.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._read(bytes(data))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = self.is_aborted = True

    def pause_reading(self) -> None:
        assert not self.is_paused
        self.is_paused = True

    def resume_reading(self) -> None:
        assert self.is_paused
        self.is_paused = False

    def get_write_buffer_size(self) -> int:
        return self.unsent

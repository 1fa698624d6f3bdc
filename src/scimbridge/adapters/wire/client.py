"""The client of one server."""

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from scimbridge.adapters.wire.connection import connect
from scimbridge.adapters.wire.errors import Closed
from scimbridge.adapters.wire.origin import read_origin, trust
from scimbridge.adapters.wire.pool import Pool
from scimbridge.adapters.wire.reply import Reply
from scimbridge.adapters.wire.request import encode

_MIB: Final = 1024 * 1024
# RFC 9110 section 9.2.2: done twice is done once.
_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Client:
    """HTTP/1.1 to one origin, such as `https://host:8443`, over connections that are kept open.

    `timeout`, in seconds, is that of each in turn: waiting for a connection, opening one, and a whole reply.
    `max_reply`: bytes of a body, after gzip too. `ca_file` takes the place of the system's authorities. `name` is what
    errors call the server, in place of its origin.

    Redirects are not followed, cookies not kept, and proxies of the environment (HTTPS_PROXY) not used: what is sent
    here is for this server only. Raises ValueError if the origin or the CA file is not good.
    """

    def __init__(
        self,
        origin: str,
        *,
        connections: int = 16,
        timeout: float = 30.0,
        ca_file: str = "",
        max_reply: int = 64 * _MIB,
        name: str = "",
    ) -> None:
        place = read_origin(origin, name)
        trusted = trust(ca_file) if place.is_secure or ca_file else None
        tls = trusted if place.is_secure else None
        self._host = f"Host: {place.authority}\r\n".encode()
        self._pool = Pool(place, lambda: connect(place, tls, timeout, max_reply), connections, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(
        self, method: str, target: str, headers: Sequence[tuple[str, str]] | bytes, body: bytes | None = None
    ) -> Reply:
        """Sends a request, with `headers` as pairs or as request.encode_headers makes them; bodies are whole.

        Compression is asked for by an `Accept-Encoding` of gzip among the headers. A connection that the server
        closed while it was idle is not the caller's concern, unless nobody can tell whether it took the request.
        Raises WireError, and ValueError for what cannot stand in a request.
        """
        request = encode(self._host, method, target, headers, body)
        try:
            return await self._exchange(method, request)
        except Closed as closed:
            if closed.sent and method not in _IDEMPOTENT:
                raise
            self._pool.drop_idle()
        return await self._exchange(method, request)

    async def close(self) -> None:
        await self._pool.close()

    async def _exchange(self, method: str, request: bytes) -> Reply:
        connection = await self._pool.take()
        try:
            return await connection.exchange(method, request)
        finally:
            self._pool.give(connection)

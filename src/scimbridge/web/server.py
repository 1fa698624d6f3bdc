"""uvicorn as this server runs it: several listeners, signals that end with exit code 0, and slow clients cut off."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scimbridge.web.errors import ListenError
from scimbridge.web.operation import Readiness

# Longer than the 60 s of usual proxies: the side that closes first must be the one that sends, or it gets a 502.
_KEEP_ALIVE = 75
# httptools limits neither the time nor the size of a request's head.
_HEAD_TIMEOUT = 15.0
_HEAD_LIMIT = 64 * 2**10
_TICKS_PER_SECOND = 10

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen: HTTPS with a certificate chain and its key in PEM, otherwise HTTP. Port 0 takes a free one."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def scheme(self) -> str:
        return "http" if self.certificate is None else "https"


class _Protocol(HttpToolsProtocol):
    """HTTP/1.1 with a limit on the head of a request."""

    head_since: float | None = None
    head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.head_since is None:
            return
        self.head_size += len(data)
        if self.head_size > _HEAD_LIMIT and not self.transport.is_closing():
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head_since, self.head_size = self.loop.time(), 0

    def on_headers_complete(self) -> None:
        self.head_since = None
        super().on_headers_complete()


class _Server(uvicorn.Server):
    """One listener; signals are the business of `serve`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_PER_SECOND == 0:
            self._cut_off(asyncio.get_running_loop().time() - _HEAD_TIMEOUT)
        return await super().on_tick(counter)

    def _cut_off(self, oldest: float) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, _Protocol) and (connection.head_since or oldest) < oldest:
                connection.transport.close()


async def serve(
    app: ASGIApp,
    listeners: Sequence[Listener],
    *,
    readiness: Readiness,
    shutdown_timeout: float,
    started: Callable[[Sequence[str]], None],
) -> None:
    """Serves until SIGTERM or SIGINT, then answers what was taken, for `shutdown_timeout` seconds at most.

    `started` is told the URLs, with the ports that were taken, once all listen. A second SIGINT does not wait.
    Raises ListenError. Must run in the main thread.
    """
    sockets = [_bind(listener) for listener in listeners]
    servers = [_Server(_config(app, listener, shutdown_timeout)) for listener in listeners]

    def stop(*, hurry: bool) -> None:
        readiness.draining = True
        for server in servers:
            server.force_exit = hurry and server.should_exit
            server.should_exit = True

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, partial(stop, hurry=False))
    loop.add_signal_handler(signal.SIGINT, partial(stop, hurry=True))
    async with asyncio.TaskGroup() as group:
        for server, bound in zip(servers, sockets, strict=True):
            group.create_task(server.serve([bound]))
        for server in servers:
            await server.listening.wait()
        started([_url(listener, bound) for listener, bound in zip(listeners, sockets, strict=True)])


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a program on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def _config(app: ASGIApp, listener: Listener, shutdown_timeout: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=ceil(shutdown_timeout),
        ssl_certfile=listener.certificate,
        ssl_keyfile=listener.key,
    )


def _bind(listener: Listener) -> socket.socket:
    host = listener.host.strip("[]")
    try:
        family = socket.getaddrinfo(host, listener.port, type=socket.SOCK_STREAM)[0][0]
        both = family == socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, listener.port), family=family, dualstack_ipv6=both)
    except OSError as error:
        raise ListenError(f"Cannot listen on {host} port {listener.port}: {error.strerror}.") from None


def _url(listener: Listener, bound: socket.socket) -> str:
    host = f"[{listener.host.strip('[]')}]" if ":" in listener.host else listener.host
    return f"{listener.scheme}://{host}:{bound.getsockname()[1]}"

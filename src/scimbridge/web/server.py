"""The server process: listeners, renewal of certificates, and signals that end it with exit code 0."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from scimbridge.web.errors import ListenError
from scimbridge.web.http.certificate import Certificate
from scimbridge.web.http.connection import Connection
from scimbridge.web.http.connections import Answer, Connections
from scimbridge.web.operation import Readiness

_HEAD_TIMEOUT = 15.0  # seconds
_BACKLOG = 2048
_RENEWAL = 10.0  # seconds between two looks at the files of certificates

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


async def serve(
    answer: Answer,
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
    certificates = [_certificate(listener) for listener in listeners]
    sockets = [_bind(listener) for listener in listeners]
    connections = Connections(answer, _HEAD_TIMEOUT)
    ending, hurry = asyncio.Event(), asyncio.Event()

    def stop(*, interrupted: bool) -> None:
        readiness.draining = True
        if interrupted and ending.is_set():
            hurry.set()
        ending.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: stop(interrupted=False))
    loop.add_signal_handler(signal.SIGINT, lambda: stop(interrupted=True))
    servers = [
        await loop.create_server(
            lambda: Connection(connections),
            sock=bound,
            backlog=_BACKLOG,
            ssl=certificate.context if certificate else None,
        )
        for bound, certificate in zip(sockets, certificates, strict=True)
    ]
    started([_url(listener, bound) for listener, bound in zip(listeners, sockets, strict=True)])
    watch = [loop.create_task(connections.watch()), loop.create_task(_renew(certificates))]
    await ending.wait()
    for server in servers:
        server.close()
    await connections.end(shutdown_timeout, hurry)
    for task in watch:
        task.cancel()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a program on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def _renew(certificates: Sequence[Certificate | None]) -> None:
    while True:
        await asyncio.sleep(_RENEWAL)
        for certificate in certificates:
            if certificate is not None:
                certificate.renew()


def _certificate(listener: Listener) -> Certificate | None:
    if listener.certificate is None:
        return None
    try:
        return Certificate(listener.certificate, listener.key)
    except OSError as error:
        raise ListenError(f"The certificate {listener.certificate} cannot be used: {error}.") from None


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

"""A wire between the bridge and Keycloak that can be cut: it delays, stalls, resets, or loses the answer."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

# `lose answer` lets the request through and resets when the answer comes: Keycloak did it, and nobody heard.
Fault = Literal["", "delay", "stall", "reset", "lose answer", "refuse"]


@dataclass(slots=True)
class Proxy:
    """Forwards TCP to `port`. `fault` may be set at any time; it holds for what arrives from then on."""

    target: int
    port: int = 0
    fault: Fault = ""
    delay: float = 0.0
    method: bytes = b""
    struck: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def strike(self, fault: Fault, *, delay: float = 0.0, method: bytes = b"") -> None:
        """From now on; only requests whose first bytes are `method`, where it is given."""
        self.fault, self.delay, self.method, self.struck = fault, delay, method, 0

    def heal(self) -> None:
        """Forwards again; what is stalled is cut."""
        self.fault = ""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "refuse":
            self.struck += 1
            writer.transport.abort()
            return
        try:
            there, to = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, to}
        lose = asyncio.Event()
        try:
            await asyncio.gather(self._requests(reader, to, lose), self._answers(there, writer, lose))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open -= {writer, to}
            for end in (writer, to):
                end.transport.abort()

    async def _requests(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, lose: asyncio.Event) -> None:
        while content := await reader.read(65_536):
            if self.fault and content.startswith(self.method):
                await self._suffer(lose)
            to.write(content)
            await to.drain()
        raise ConnectionResetError

    async def _suffer(self, lose: asyncio.Event) -> None:
        self.struck += 1
        if self.fault == "delay":
            await asyncio.sleep(self.delay)
        elif self.fault == "stall":
            await asyncio.Event().wait()
        elif self.fault == "lose answer":
            lose.set()
        else:
            raise ConnectionResetError

    @staticmethod
    async def _answers(there: asyncio.StreamReader, writer: asyncio.StreamWriter, lose: asyncio.Event) -> None:
        while content := await there.read(65_536):
            if lose.is_set():
                break
            writer.write(content)
            await writer.drain()
        raise ConnectionResetError


@contextmanager
def proxying(target: int) -> Iterator[Proxy]:
    """A proxy to a port of this machine, in a thread of its own."""
    proxy = Proxy(target)
    started = threading.Event()

    async def listen() -> None:
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        started.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    def run() -> None:
        asyncio.set_event_loop(proxy._loop)
        task = proxy._loop.create_task(listen(), name="listen")
        proxy._loop.run_until_complete(task)
        left = asyncio.all_tasks(proxy._loop)
        for each in left:
            each.cancel()
        proxy._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        proxy._loop.close()

    thread = threading.Thread(target=run, name="proxy")
    thread.start()
    assert started.wait(5)
    try:
        yield proxy
    finally:
        for task in asyncio.all_tasks(proxy._loop):
            if task.get_name() == "listen":
                proxy._loop.call_soon_threadsafe(task.cancel)
        thread.join(10)

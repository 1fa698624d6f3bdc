"""All connections of a server, from the first to the last."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from scimbridge.web.exchange import Exchange, Reply

if TYPE_CHECKING:
    from scimbridge.web.http.connection import Connection

Answer = Callable[[Exchange], Awaitable[Reply]]

# Seconds between two looks at what is overdue, and at whether everything has ended.
_LOOK = 1.0
_LAST_LOOK = 0.02


class Connections:
    """`answer` gives each request its reply and raises nothing. `head_timeout`, in seconds, is that of each head."""

    def __init__(self, answer: Answer, head_timeout: float) -> None:
        self.answer = answer
        self.head_timeout = head_timeout
        self.open: set[Connection] = set()

    async def watch(self) -> None:
        """Closes what is overdue, until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_LOOK, self.head_timeout))
            now = loop.time()
            for connection in list(self.open):
                connection.check(now)

    async def end(self, timeout: float, hurry: asyncio.Event) -> None:  # noqa: ASYNC109 (what is left is cut off)
        """Closes each once it has answered what it took, and all after `timeout` seconds, or when there is a hurry."""
        for connection in list(self.open):
            connection.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self.open and not hurry.is_set():  # noqa: ASYNC110 (an event would cost each request)
                    await asyncio.sleep(_LAST_LOOK)
        for connection in list(self.open):
            connection.cancel()

"""The body of a request while it arrives on a connection."""

import asyncio
from collections.abc import Callable

from scimbridge.web.exchange import Disconnected

# Bytes that wait to be read; beyond them nothing more is taken from the connection.
_MOST_WAITING = 64 * 2**10


class Incoming:
    """Fulfils web.exchange.Upload. `ask` is called before the first wait, `taken` when a full one has been read."""

    __slots__ = ("_ask", "_is_dropped", "_pieces", "_taken", "_waiter", "_waiting", "is_gone", "is_whole")

    def __init__(self, ask: Callable[[], None] | None, taken: Callable[[], None]) -> None:
        self._ask = ask
        self._taken = taken
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._waiter: asyncio.Future[None] | None = None
        self._is_dropped = False
        self.is_whole = False
        self.is_gone = False

    @property
    def is_full(self) -> bool:
        return self._waiting > _MOST_WAITING

    @property
    def is_held_back(self) -> bool:
        """The client waits to be asked for it, and was not."""
        return self._ask is not None and not self.is_whole

    async def receive(self) -> tuple[bytes, bool]:
        if not (self._pieces or self.is_whole or self.is_gone):
            if self._ask is not None:
                self._ask()
                self._ask = None
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self.is_gone:
            raise Disconnected
        pieces = self._pieces
        self._empty()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), not self.is_whole

    def add(self, piece: bytes) -> None:
        if self._is_dropped:
            return
        self._pieces.append(piece)
        self._waiting += len(piece)
        self._wake()

    def end(self) -> None:
        self.is_whole = True
        self._wake()

    def lose(self) -> None:
        """The client has gone."""
        self.is_gone = True
        self._wake()

    def drop(self) -> None:
        """Nobody will read what is still to come."""
        self._is_dropped = True
        self._empty()

    def _empty(self) -> None:
        was_full = self.is_full
        self._pieces, self._waiting = [], 0
        if was_full:
            self._taken()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

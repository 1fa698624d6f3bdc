"""The lease of an application: at most one process pushes it at a time."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.errors import PushOccupied
from scimbridge.provisioning.ports import Ledger

# A process that hangs keeps the others waiting for so long; one that dies does not, as far as the ledger can tell.
LENGTH: Final = 20.0
_RENEWED_EVERY: Final = 5.0
# How often somebody who waits for it asks.
_ASKED_EVERY: Final = 0.25


class Lease:
    """`async with Lease(...)`: raises PushOccupied if another process has it after `patience` seconds.

    It is renewed as long as it is held. `is_good` is asked before anything new is begun.
    """

    def __init__(self, ledger: Ledger, environment: Environment, *, patience: float = 0.0) -> None:
        self._ledger = ledger
        self._environment = environment
        self._patience = patience
        # Two pushes of one process are as strange to each other as those of two.
        self._holder = f"{environment.holder} ({environment.ids()[-8:]})"
        self._until = 0.0
        self._renewal: asyncio.Task[None] | None = None

    @property
    def is_good(self) -> bool:
        return self._environment.monotonic() < self._until

    async def __aenter__(self) -> Self:
        deadline = self._environment.monotonic() + self._patience
        while (holder := await self._take()) is not None:
            if self._environment.monotonic() >= deadline:
                raise PushOccupied(holder)
            await self._environment.sleep(_ASKED_EVERY)
        self._renewal = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewal
        await self._ledger.release(self._holder)

    async def renew(self) -> bool:
        """Whether it is ours still."""
        return await self._take() is None

    async def _keep(self) -> None:
        while await self.renew():  # noqa: ASYNC110 (time is what it waits for)
            await asyncio.sleep(_RENEWED_EVERY)

    async def _take(self) -> str | None:
        """Who else has it."""
        environment, asked = self._environment, self._environment.monotonic()
        holder = await self._ledger.acquire(self._holder, environment.now(), environment.later(LENGTH))
        if holder is None:
            self._until = asked + LENGTH
        return holder

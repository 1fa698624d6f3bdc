"""Passwords that are set here, on their way to applications that sync them."""

from collections.abc import Callable
from dataclasses import replace

from scimbridge.access.ports import Seal
from scimbridge.directory.passwords import Keeper
from scimbridge.directory.ports import Password


class SyncedPasswords:
    """Fulfils directory.passwords.Keeper: what another one keeps, and the password sealed for applications.

    `wanted` says whether one of them syncs passwords: where none does, nothing that could be opened is kept.
    """

    def __init__(self, inner: Keeper, seal: Seal, wanted: Callable[[], bool]) -> None:
        self._inner = inner
        self._seal = seal
        self._wanted = wanted

    async def keep(self, password: str) -> Password:
        kept = await self._inner.keep(password)
        return replace(kept, sealed=self._seal.close(password)) if self._wanted() else kept

"""A target that is asked what it can: once, not before that matters, and what fails is not tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.capabilities import Capabilities, Preset
from scimbridge.provisioning.discovery import PATH, read_configuration
from scimbridge.provisioning.errors import TargetUnavailable
from scimbridge.provisioning.refusals import NotTaken, refusal
from scimbridge.provisioning.replies import is_good
from scimbridge.provisioning.styles.exchange import Exchange
from scimbridge.provisioning.styles.keeping import Keeping
from scimbridge.provisioning.styles.peer import Peer
from scimbridge.provisioning.styles.places import Operation
from scimbridge.provisioning.styles.resources import GROUP, USER

Whole = Callable[[], Awaitable[Mapping[str, Any]]]


class Adaptive(Peer):
    """`is_known`: the preset says what the target can, so that it is not asked."""

    def __init__(
        self,
        exchange: Exchange,
        connection: Connection,
        preset: Preset,
        clock: Callable[[], datetime],
        *,
        is_known: bool,
    ) -> None:
        super().__init__(exchange, connection, preset, clock)
        self.keeping = Keeping(echoes=preset.capabilities.echoes)
        self._is_known = is_known
        self._asking = asyncio.Lock()

    async def able(self) -> Capabilities:
        if not self._is_known:
            async with self._asking:
                if not self._is_known:
                    self._capabilities = await self._ask()
                    self._is_known = True
        return self._capabilities

    async def change(
        self,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        operations: Sequence[Operation],
        whole: Whole,
    ) -> dict[str, Any] | None:
        """By PATCH if the target takes it, else by PUT of `whole`, which is asked for only then."""
        able = await self.able()
        if able.patch_users if type == USER else able.patch_groups:
            try:
                return await self.patch(type, id, operations, able.patch_query if type == GROUP else "")
            except NotTaken:
                if not able.put:
                    raise
                self._capabilities = (
                    replace(self._capabilities, patch_users=False)
                    if type == USER
                    else replace(self._capabilities, patch_groups=False)
                )
        return await self.put(type, id, await whole())

    async def _ask(self) -> Capabilities:
        reply = await self._exchange.send("GET", PATH)
        if not is_good(reply):
            error = refusal(reply, f"GET {PATH}", self._clock())
            if isinstance(error, TargetUnavailable):  # any other refusal says that there is no such document
                raise error
        return read_configuration(reply, self._capabilities)

    def group_query(self) -> str:
        return self._capabilities.group_query

"""Which attributes a target keeps of what it is sent: found out once each, by reading back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from scimbridge.provisioning.styles.places import filled, values_at

Read = Callable[[], Awaitable[Mapping[str, Any]]]


class Keeping:
    """`echoes`: what the target answers to a write is what was sent, so that only a read tells what it kept."""

    def __init__(self, *, echoes: bool) -> None:
        self._echoes = echoes
        self._known: set[str] = set()
        self._dropped: set[str] = set()
        self._reading = asyncio.Lock()

    async def dropped(
        self, document: Mapping[str, Any], answered: Mapping[str, Any] | None, read: Read
    ) -> tuple[str, ...]:
        """Those of a document that was just written which the target does not keep.

        `answered` is the reply; `read` gets the resource, and is called only if the reply leaves something open.
        """
        paths = list(filled(document))
        if not self._known.issuperset(paths):
            async with self._reading:
                await self._learn([path for path in paths if path not in self._known], answered, read)
        return tuple(path for path in paths if path in self._dropped) if self._dropped else ()

    def is_dropped(self, path: str) -> bool:
        """Whether the target is known not to keep what stands at a path of `filled`."""
        return path in self._dropped

    async def _learn(self, paths: list[str], answered: Mapping[str, Any] | None, read: Read) -> None:
        if answered is not None and not self._echoes:
            self._known.update(path for path in paths if values_at(answered, path))
        if open_paths := [path for path in paths if path not in self._known]:
            there = await read()
            self._known.update(open_paths)
            self._dropped.update(path for path in open_paths if not values_at(there, path))

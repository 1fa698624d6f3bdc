"""Intents that are open: durable before the first call there, settled once our own commit stands."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from scimbridge.bridge.errors import TargetRefused
from scimbridge.bridge.locks import name_key
from scimbridge.bridge.ports import Intent, Ledger, Link
from scimbridge.directory.documents import timestamp
from scimbridge.directory.ports import Taken, UnknownMembers
from scimbridge.scim.errors import ScimError


class Moved(Exception):  # noqa: N818
    """The resource here is not any more what the change was made from; all that was done there is undone."""


# What another process began so long ago it is not at any more.
_LONGEST_WRITE = timedelta(minutes=10)


@dataclass(slots=True)
class Outcome:
    """What is to be noted together with the end of an intent: a link to keep, or the id of one to drop."""

    link: Link | None = None
    unlinked: str = ""


class Intents:
    """Those of one realm that this process knows of, by the lock that their healing needs."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._open: dict[str, list[Intent]] = {}
        self._under_way: set[int] = set()
        self._is_loaded = False

    async def load(self) -> None:
        """Takes up what an earlier process left open; after the first time, what another one left long ago."""
        known = {intent.sequence for intents in self._open.values() for intent in intents} | self._under_way
        latest = timestamp(self._clock() - _LONGEST_WRITE) if self._is_loaded else "9"
        for intent in await self._ledger.open_intents():
            if intent.sequence not in known and intent.time < latest:
                self._keep(intent)
        self._is_loaded = True

    @property
    def locks(self) -> Sequence[str]:
        """The locks under which something is open."""
        return list(self._open)

    def open(self, key: str) -> Sequence[Intent]:
        return self._open.get(key, ())

    @asynccontextmanager
    async def carry(self, intent: Intent) -> AsyncIterator[Outcome]:
        """Stands around a write there and here.

        A refusal settles it, since then nothing has changed on either side. After any other error nobody knows what
        was done, and it stays open for healing.
        """
        begun = intent._replace(sequence=await self._ledger.begin(intent))
        outcome = Outcome()
        self._under_way.add(begun.sequence)
        try:
            yield outcome
            await self._ledger.settle(begun.sequence, link=outcome.link, unlinked=outcome.unlinked)
        except (TargetRefused, Taken, UnknownMembers, ScimError, Moved):
            await self._ledger.settle(begun.sequence)
            raise
        except BaseException:
            self._keep(begun)
            raise
        finally:
            self._under_way.discard(begun.sequence)

    async def settle(self, intent: Intent) -> None:
        """A healed one."""
        await self._ledger.settle(intent.sequence)
        key = key_of(intent)
        remaining = [other for other in self._open.get(key, ()) if other.sequence != intent.sequence]
        if remaining:
            self._open[key] = remaining
        else:
            self._open.pop(key, None)

    def _keep(self, intent: Intent) -> None:
        self._open.setdefault(key_of(intent), []).append(intent)


def key_of(intent: Intent) -> str:
    """The lock of the resource, or of the name of one that has no id yet."""
    return intent.id or name_key(intent.type, intent.name)

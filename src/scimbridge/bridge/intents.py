"""Intents that are open: durable before the first call there, settled once our own commit stands."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from scimbridge.bridge.locks import name_key
from scimbridge.bridge.ports import Intent, Ledger, Link
from scimbridge.directory.ports import Taken, UnknownMembers, Writing
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.scim.errors import ScimError, Unavailable


class Moved(Exception):  # noqa: N818
    """The resource here is not any more what the change was made from; all that was done there is undone."""


T = TypeVar("T")

# How often a change is made again because the resource here moved meanwhile.
_TRIES = 3


class Carried:
    """An intent under way, to be ended once, when all is done there: by `end`, or by a write of `ending`.

    `async with` it around a write there and here. A refusal settles it, since then nothing has changed on either side.
    After any other error nobody knows what was done, and it stays open for healing. A class, because a generator costs
    twice as much.
    """

    def __init__(self, intents: "Intents", ledger: Ledger, intent: Intent) -> None:
        self._intents = intents
        self._ledger = ledger
        self.intent = intent

    async def __aenter__(self) -> Self:
        self.intent = self.intent._replace(sequence=await self._ledger.begin(self.intent))
        self._intents.under_way.append(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, TargetRefused | Taken | UnknownMembers | ScimError | Moved):
                await self.end()
            elif error is not None:
                self._intents.keep(self.intent)
        finally:
            self._intents.under_way.remove(self)

    async def end(self, *, link: Link | None = None, unlinked: str = "") -> None:
        """Settles it, and keeps or drops a link."""
        await self._ledger.settle(self.intent.sequence, link=link, unlinked=unlinked)

    def ending(self, local: Writing, *, link: Link | None = None, unlinked: str = "") -> Writing:
        """The directory, whose write does the same in its own transaction; if it raises, the intent is open still."""
        return self._ledger.settling(local, self.intent.sequence, link=link, unlinked=unlinked)


async def until_unmoved(attempt: Callable[[], Awaitable[T]]) -> T:
    """What an attempt gives that raises Moved when it is to be made again. Raises Unavailable after some."""
    for _ in range(_TRIES):
        with suppress(Moved):
            return await attempt()
    raise Unavailable("The resource is changed all the time from elsewhere.", headers={"Retry-After": "1"})


class Intents:
    """Those of one realm that this process knows of, by the lock that their healing needs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open: dict[str, list[Intent]] = {}
        self.under_way: list[Carried] = []

    async def load(self) -> None:
        """Takes up what processes left open that are no more."""
        known = {intent.sequence for intents in self._open.values() for intent in intents}
        known |= {carried.intent.sequence for carried in self.under_way}
        for intent in await self._ledger.abandoned_intents():
            if intent.sequence not in known:
                self.keep(intent)

    @property
    def locks(self) -> Sequence[str]:
        """The locks under which something is open."""
        return list(self._open)

    def open(self, key: str) -> Sequence[Intent]:
        return self._open.get(key, ())

    async def unsettled(self, key: str) -> Sequence[Intent]:
        """Those that are open still; the caller holds the lock, so that nobody is at them."""
        if key not in self._open:
            return ()
        present = {intent.sequence for intent in await self._ledger.open_intents()}
        self._open[key] = [intent for intent in self._open[key] if intent.sequence in present]
        return list(self._open[key])

    def carry(self, intent: Intent) -> Carried:
        """To be entered before anything is done there."""
        return Carried(self, self._ledger, intent)

    async def settle(self, intent: Intent) -> None:
        """A healed one."""
        await self._ledger.settle(intent.sequence)

    def forget(self, key: str) -> None:
        """All of it is healed."""
        self._open.pop(key, None)

    def keep(self, intent: Intent) -> None:
        self._open.setdefault(key_of(intent), []).append(intent)


def excludes(one: Intent, other: Intent) -> bool:
    """Whether they are about one resource, other than different members of a group, or would make two of one name."""
    if one.type != other.type:
        return False
    if not one.id or one.id != other.id:
        creating = one.operation == other.operation == "create"
        return creating and one.name.casefold() == other.name.casefold()
    if one.document or other.document or "delete" in (one.operation, other.operation):
        return True
    return not {*one.joined, *one.left}.isdisjoint({*other.joined, *other.left})


def key_of(intent: Intent) -> str:
    """The lock of the resource, or of the name of one that has no id yet."""
    return intent.id or name_key(intent.type, intent.name)

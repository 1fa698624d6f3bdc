"""A realm's directory with a Keycloak realm behind it: the same port, two sides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.accounts import Accounts
from scimbridge.bridge.connections import Connections
from scimbridge.bridge.delivery import Delivery
from scimbridge.bridge.drift import Drift, Report
from scimbridge.bridge.freshness import Freshness
from scimbridge.bridge.groups import Groups
from scimbridge.bridge.healing import Healing
from scimbridge.bridge.intents import Intents
from scimbridge.bridge.locks import Locks
from scimbridge.bridge.lookup import Question, questions
from scimbridge.bridge.members import Memberships
from scimbridge.bridge.mirror import Mirror
from scimbridge.bridge.ports import Ledger, Target
from scimbridge.bridge.refusals import refusals
from scimbridge.bridge.sides import Sides
from scimbridge.bridge.sweep import Sweep, Swept
from scimbridge.bridge.watch import Watch
from scimbridge.bridge.writes import Writes
from scimbridge.directory.ports import (
    Actor,
    Change,
    Directory,
    Entry,
    JournalQuery,
    Member,
    New,
    Page,
    Query,
    Record,
)
from scimbridge.scim.errors import Unavailable
from scimbridge.scim.schema import ResourceTypes

if TYPE_CHECKING:
    from scimbridge.bridge.kinds import Kind

# The hits of a lookup are confirmed one by one up to so many.
_FEW = 5


class BridgedDirectory:
    """Fulfils directory.ports.Directory over a local directory, a target and the ledger between them.

    `unsynced` is the local directory too, where a write may be lost with the power (not with the process): an intent
    that is on disk makes it again. What the target refuses, or cannot be asked, is raised as ScimError. `ids` names
    new resources of a realm whose delivery is queued; else the target does.
    """

    def __init__(
        self,
        local: Directory,
        target: Target,
        ledger: Ledger,
        types: ResourceTypes,
        setting: Keycloak,
        *,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        unsynced: Directory | None = None,
    ) -> None:
        """Raises ValueError if the settings name attributes that the schemas have not."""
        self._local = local
        self._target = target
        self._queued = setting.delivery == "queued"
        self._down_until: datetime | None = None
        self._sides = sides = Sides(local, unsynced or local, target, ledger, setting, clock)
        self._locks = Locks()
        memberships = Memberships(sides)
        accounts, groups = Accounts(sides, types.by_name["User"]), Groups(target, memberships)
        kinds: Mapping[str, Kind] = {"User": accounts, "Group": groups}
        self._intents = Intents(ledger)
        self._healing = Healing(sides, kinds, self._intents, self._locks)
        self._freshness = Freshness(sides, kinds)
        self._mirror = Mirror(sides, types, accounts, self._locks)
        connections = Connections(sides, kinds, memberships, self._mirror, self._locks)
        self._writes = Writes(
            sides,
            types,
            kinds,
            accounts,
            memberships,
            self._mirror,
            connections,
            self._intents,
            self._healing,
            self._freshness,
            self._locks,
        )
        self._delivery = Delivery(
            sides, types, kinds, accounts, memberships, self._mirror, self._intents, self._healing, self._locks, ids
        )
        self._report = Report(sides, accounts, groups, self._freshness)
        self._sweep = Sweep(
            sides, accounts, memberships, self._mirror, connections, self._freshness, self._locks, sleep
        )
        self._watch = Watch(target, self._sweep)

    async def heal(self) -> None:
        """Settles what an earlier process left half done, or this one; at the start, and again from time to time.

        Raises ProvisioningError while the target cannot be asked.
        """
        await self._healing.settle_all()

    async def sweep(self, rate: float = 200.0) -> Swept:
        """Compares everything with the target, at most `rate` resources a second. Raises ProvisioningError."""
        return await self._sweep.run(rate)

    async def follow(self) -> int:
        """Takes up what others changed there since the last time, where the target tells; how many resources.

        Raises ProvisioningError.
        """
        return await self._watch.look()

    def drift(self) -> AsyncIterator[Drift]:
        """What differs from what the identity provider wants; changes nothing. Raises ProvisioningError."""
        return self._report.differences()

    async def deliver(self) -> int:
        """Delivers what is due of the queue, several resources at a time; how many changes were taken up."""
        return await self._delivery.deliver_due()

    async def tend(self) -> bool:
        """Whether this process is the one that is to heal, sweep, follow and deliver; then it is until it ends."""
        return await self._sides.ledger.tend()

    async def rest(self) -> None:
        """Lets another process do that."""
        await self._sides.ledger.rest()

    async def close(self) -> None:
        await self._target.close()
        self._sides.ledger.close()

    async def confirm(self, type: str, id: str) -> None:  # noqa: A002
        await self._confirm(type, id)

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002
        return self._local.get(type, id)

    def lookup(self, type: str, id: str) -> Record | None:  # noqa: A002
        return self._local.lookup(type, id)

    def password(self, id: str) -> str | None:  # noqa: A002
        return self._local.password(id)

    async def members(self, id: str, limit: int | None = None) -> Sequence[Member]:  # noqa: A002
        return await self._local.members(id, limit)

    def outnumbers(self, id: str, number: int) -> bool:  # noqa: A002
        return self._local.outnumbers(id, number)

    async def create(self, new: New, actor: Actor) -> Record:
        with refusals:
            return await (self._delivery.create(new, actor) if self._queued else self._writes.create(new, actor))

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        writes = self._delivery if self._queued else self._writes
        with refusals:
            return await writes.update(type, id, change, actor)

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        writes = self._delivery if self._queued else self._writes
        with refusals:
            return await writes.delete(type, id, check, actor)

    async def search(self, query: Query) -> Page:
        """Asks the target too where the filter names one resource by its name, address or external id."""
        page = await self._local.search(query)
        asked = questions(query.filters)
        if not asked or page.total > _FEW:
            return page
        if page.total == 0:
            changed = not (self._queued and self._is_down()) and await self._asking(self._ask(asked))
        else:
            changed = any([await self._confirm(record.type, record.id) for record in page.records])
        return await self._local.search(query) if changed else page

    async def journal(self, query: JournalQuery) -> Sequence[Entry]:
        return await self._local.journal(query)

    async def _confirm(self, type: str, id: str) -> bool:  # noqa: A002
        """Whether it had to be asked for."""
        if self._freshness.is_confirmed(id) and not self._intents.open(id):
            return False
        if self._queued and (self._is_down() or self._sides.ledger.is_waiting(id)):
            return False
        return await self._asking(self._compare(type, id))

    async def _compare(self, type: str, id: str) -> bool:  # noqa: A002
        async with self._locks.of(id):
            healed = bool(self._intents.open(id))
            await self._healing.settle(id)
            link = self._sides.ledger.link(id)
            if link is None or link.type != type or self._freshness.is_confirmed(id):
                return healed
            await self._freshness.reconcile(link)
        return True

    async def _asking(self, question: Awaitable[bool]) -> bool:
        """The answer. A realm whose delivery is queued answers from here while the target cannot be asked."""
        try:
            with refusals:
                return await question
        except Unavailable as unavailable:
            if not self._queued:
                raise
            pause = float(unavailable.headers["Retry-After"])
            self._down_until = self._sides.clock() + timedelta(seconds=pause)
            return False

    def _is_down(self) -> bool:
        return self._down_until is not None and self._sides.clock() < self._down_until

    async def _ask(self, asked: Sequence[Question]) -> bool:
        """Makes records of what is found there; whether there was anything."""
        return any([await self._found(question) for question in asked])

    async def _found(self, question: Question) -> bool:
        if question.by == "group":
            group = await self._target.find_group(question.value)
            return group is not None and await self._mirror.group(group) is not None
        account = await self._target.find_account(question.by, question.value)
        return account is not None and await self._mirror.account(account) is not None

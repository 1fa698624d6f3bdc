"""What becomes of writes whose end nobody knows: both sides are read and made alike."""

from collections.abc import Mapping
from dataclasses import replace

import orjson

from scimbridge.bridge.intents import Intents
from scimbridge.bridge.kinds import Kind, difference, snapshot
from scimbridge.bridge.locks import Locks
from scimbridge.bridge.members import Delta
from scimbridge.bridge.ports import Intent, Link
from scimbridge.bridge.sides import Sides
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Document,
    MemberChange,
    New,
    Record,
    RemoveMembers,
    Taken,
)
from scimbridge.provisioning.errors import TargetRefused

HEALING = Actor("scimbridge-healing")


class Healing:
    """Heals the open intents of one realm. Doing it twice changes nothing the second time."""

    def __init__(self, sides: Sides, kinds: Mapping[str, Kind], intents: Intents, locks: Locks) -> None:
        self._sides = sides
        self._kinds = kinds
        self._intents = intents
        self._locks = locks
        # Created in the end, and never answered: the identity provider's next POST of the name is for these.
        self.unanswered: set[str] = set()

    async def settle_all(self) -> None:
        """Takes up what an earlier process left, and heals all. Raises ProvisioningError; what is left stays open."""
        await self._intents.load()
        for key in self._intents.locks:
            async with self._locks.of(key):
                await self.settle(key)

    async def settle(self, key: str) -> None:
        """Heals what is open under a lock that the caller holds."""
        for intent in await self._intents.unsettled(key):
            await self._heal(intent)
            await self._intents.settle(intent)
        self._intents.forget(key)

    async def _heal(self, intent: Intent) -> None:
        kind = self._kinds[intent.type]
        if intent.operation == "create":
            await self._finish_create(kind, intent)
            return
        link = self._sides.ledger.link(intent.id)
        record = self._sides.local.get(intent.type, intent.id)
        if link is None:
            return
        if record is None or await kind.actual(link.target) is None:
            await self._sides.forget(link)
        elif intent.operation == "change":
            await self._finish_change(kind, intent, link, record)

    async def _finish_create(self, kind: Kind, intent: Intent) -> None:
        """Makes here what was made there; what was not is dropped."""
        target = await kind.find_made(intent)
        if target is None:
            return
        link = self._sides.ledger.linked(intent.type, target)
        if link is not None and link.state == "managed" and self._sides.local.get(intent.type, link.id) is not None:
            return
        document = orjson.loads(intent.document)
        if intent.id:
            await self._finish_delivery(kind, intent, target, document)
            return
        record = self._sides.local.get(intent.type, target)
        if record is None:
            try:
                record = await self._sides.unsynced.create(New(intent.type, document, id=target), HEALING)
            except Taken:
                return  # the name is another's by now, and so is what is there
            self.unanswered.add(target)
        else:
            await self._sides.unsynced.update(intent.type, target, lambda _: Change(document), HEALING)
        made = Link(intent.type, target, target, "managed", self._sides.now(), snapshot(kind.desired(document)))
        await self._sides.ledger.put_link(made)
        if intent.joined:
            await self._finish_change(kind, intent, made, record)

    async def _finish_delivery(self, kind: Kind, intent: Intent, target: str, document: Document) -> None:
        """The same for what was here first: it is linked, or deleted there if it was deleted here."""
        if self._sides.local.get(intent.type, intent.id) is None:
            await kind.remove(target)
            return
        made = Link(intent.type, intent.id, target, "managed", self._sides.now(), snapshot(kind.desired(document)))
        await self._sides.ledger.put_link(made)

    async def _finish_change(self, kind: Kind, intent: Intent, link: Link, record: Record) -> None:
        """Rolls forward what is true there; takes back what is not, or only half."""
        before = orjson.loads(record.document)
        after = orjson.loads(intent.document) if intent.document else before
        desired, delta = kind.desired(after), Delta(intent.joined, intent.left)
        changed = difference(kind.desired(before), desired)
        if not await kind.holds(link, changed, delta):
            try:
                await kind.restore(link, record, delta)
            except TargetRefused:
                return  # the drift report shows what differs
            return
        known = self._sides.ledger.links(delta.joined)
        members: list[MemberChange] = [
            AddMembers([id_ for id_ in delta.joined if id_ in known]),
            RemoveMembers(delta.left),
        ]
        change = Change(after, tuple(members) if delta else ())
        try:
            await self._sides.unsynced.update(
                record.type, record.id, lambda _: replace(change, skip_unknown=True), HEALING
            )
        except Taken:
            await kind.restore(link, record, delta)
            return
        await self._sides.ledger.put_link(link._replace(state="managed", actual=snapshot(desired)))

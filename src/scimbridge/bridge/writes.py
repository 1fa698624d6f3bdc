"""Writes that are answered when both sides have them: intent, calls there, commit here, link."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

import orjson

from scimbridge.bridge.accounts import Accounts
from scimbridge.bridge.connections import Connections
from scimbridge.bridge.freshness import Freshness
from scimbridge.bridge.healing import Healing
from scimbridge.bridge.intents import Carried, Intents, Moved, until_unmoved
from scimbridge.bridge.kinds import Kind, difference, recorded, snapshot
from scimbridge.bridge.locks import Locks, name_key
from scimbridge.bridge.mapping import Values
from scimbridge.bridge.members import Delta, Memberships
from scimbridge.bridge.mirror import Mirror
from scimbridge.bridge.ports import Intent, Link
from scimbridge.bridge.seen import Seen, noted, places, require_writable, unmoved
from scimbridge.bridge.sides import Sides
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Document,
    New,
    Password,
    Record,
    ReplaceMembers,
    Taken,
    UnknownMembers,
)
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.scim.errors import ScimError, Unavailable
from scimbridge.scim.schema import ResourceTypes


class Step(NamedTuple):
    """What kinds.Kind.push takes beside the link."""

    before: Values
    changed: Values
    delta: Delta
    password: Password | None


@dataclass(frozen=True, slots=True)
class Writes:
    """Creates, changes and deletes of one realm. Raises ProvisioningError, and what the store raises."""

    sides: Sides
    types: ResourceTypes
    kinds: Mapping[str, Kind]
    accounts: Accounts
    memberships: Memberships
    mirror: Mirror
    connections: Connections
    intents: Intents
    healing: Healing
    freshness: Freshness
    locks: Locks

    async def create(self, new: New, actor: Actor) -> Record:
        name = self._name(new.type, new.document)
        key = name_key(new.type, name)
        async with self.locks.of(key):
            await self.healing.settle(key)
            holder = await self._holder(new.type, name)
            if holder is not None:
                return await self._take_over(holder, new, actor)
            changes = [AddMembers(new.members)] if new.members else []
            delta = await self.memberships.delta(None, changes, skip_unknown=new.skip_unknown)
            try:
                return await self._make(new, delta, actor)
            except TargetRefused as refused:
                adopted = await self._adopt(new, actor) if refused.conflict and new.type == "User" else None
                if adopted is None:
                    raise
                return adopted

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        seen = None if self.intents.open(id) else self._see(type, id, change)
        async with self.locks.of(id, places(seen)) as free:
            if self.intents.open(id):
                await self.healing.settle(id)
            elif free and seen is not None:
                with suppress(Moved):
                    return await self._change(seen, change, actor)
            return await until_unmoved(lambda: self._change(self._see(type, id, change), change, actor))

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        async with self.locks.of(id):
            await self.healing.settle(id)
            record = self.sides.local.get(type, id)
            if record is None:
                return False
            check(record)
            link = self.sides.ledger.link(id)
            if link is None:
                return await self.sides.local.delete(type, id, check, actor)
            require_writable(link)
            name = self._name(type, orjson.loads(record.document))
            intent = Intent(0, self.sides.now(), "delete", type, id, name, target=link.target)
            async with self.intents.carry(intent) as carried:
                await self.kinds[type].remove(link.target)
                await carried.ending(self.sides.unsynced, unlinked=id).delete(type, id, lambda _: None, actor)
            self.freshness.expire(id)
            return True

    async def _holder(self, type: str, name: str) -> Record | None:  # noqa: A002
        """Who has the name here, and there too: somebody deleted there gives it free."""
        holder = self.sides.local.lookup(type, name)
        if holder is None:
            return None
        async with self.locks.of(holder.id):
            link = self.sides.ledger.link(holder.id)
            if link is None:
                return holder
            await self.healing.settle(holder.id)
            await self.freshness.reconcile(link)
        return self.sides.local.lookup(type, name)

    async def _take_over(self, holder: Record, new: New, actor: Actor) -> Record:
        """The answer to a create whose name is held by a resource that nobody was told of, or that rules give away."""
        link = self.sides.ledger.link(holder.id)
        given = link is not None and link.state == "seen" and "userName" in self.sides.setting.adopt
        if holder.id not in self.healing.unanswered and not (given and new.type == "User"):
            raise Taken(self._naming(new.type))
        members = (ReplaceMembers(new.members),) if new.type == "Group" else ()
        change = Change(new.document, members, new.password, skip_unknown=new.skip_unknown)
        record = await self.update(holder.type, holder.id, lambda _: change, actor)
        self.healing.unanswered.discard(holder.id)
        if record is None:
            raise Unavailable("The resource was deleted at this moment.", headers={"Retry-After": "1"})
        return record

    async def _make(self, new: New, delta: Delta, actor: Actor) -> Record:
        kind, now = self.kinds[new.type], self.sides.now()
        name, text = self._name(new.type, new.document), orjson.dumps(new.document).decode()
        async with self.intents.carry(Intent(0, now, "create", new.type, "", name, text, delta.joined)) as carried:
            desired = kind.desired(new.document)
            target = await kind.make(new.document, desired, delta, new.password)
            made = replace(new, id=target, password=noted(new.password))
            link = Link(new.type, target, target, "managed", now, snapshot(desired))
            try:
                return await carried.ending(self.sides.unsynced, link=link).create(made, actor)
            except (Taken, UnknownMembers):
                await kind.remove(target)
                raise

    async def _adopt(self, new: New, actor: Actor) -> Record | None:
        """An account that was there before, taken over by a rule of the realm."""
        account = await self.accounts.find_adoptable(new.document)
        record = None if account is None else await self.mirror.account_of_held_name(account)
        if record is None:
            return None
        change = Change(new.document, (), new.password)
        return await self.update("User", record.id, lambda _: change, actor)

    def _see(self, type: str, id: str, change: Callable[[Record], Change]) -> Seen | None:  # noqa: A002
        found = self.sides.ledger.find(self.sides.local, type, id)
        return None if found is None else Seen(found.record, found.link, change(found.record))

    async def _change(self, seen: Seen | None, change: Callable[[Record], Change], actor: Actor) -> Record | None:
        if seen is None:
            return None
        record, wanted = seen.record, seen.wanted
        before: Document = orjson.loads(record.document)
        link = seen.link or await self.connections.connect(record, before)
        require_writable(link)
        old: Values = {}
        changed: Values = {}
        if wanted.document is not None:
            old = self.kinds[record.type].desired(before)
            changed = difference(old, self.kinds[record.type].desired(wanted.document))
        delta = await self.memberships.delta(record, wanted.members, skip_unknown=wanted.skip_unknown)
        if not changed and not delta and wanted.password is None:
            return await self._change_here(link, change, actor)
        text = "" if wanted.document is None else orjson.dumps(wanted.document).decode()
        name = self._name(record.type, before if wanted.document is None else wanted.document)
        where, who = (record.type, record.id, name, text), (delta.joined, delta.left, link.target)
        async with self.intents.carry(Intent(0, self.sides.now(), "change", *where, *who)) as carried:
            if not await self._push(link, Step(old, changed, delta, wanted.password), carried):
                return None
            try:
                ending = carried.ending(self.sides.unsynced, link=_changed(link, changed))
                return await ending.update(record.type, record.id, unmoved(record, wanted, change), actor)
            except (Taken, UnknownMembers, ScimError, Moved):
                await self.kinds[record.type].restore(link, record, delta)
                raise

    async def _push(self, link: Link, step: Step, carried: Carried) -> bool:
        """Makes it so there; False if there is nothing any more."""
        kind = self.kinds[link.type]
        try:
            await kind.push(link, *step)
        except TargetRefused:
            if await kind.actual(link.target) is not None:
                raise
            await self.sides.forget(link)
            await carried.end()
            return False
        return True

    async def _change_here(self, link: Link, change: Callable[[Record], Change], actor: Actor) -> Record | None:
        """A change of what the target does not hold."""
        result = await self.sides.local.update(link.type, link.id, change, actor)
        if link.state == "seen":
            await self.sides.ledger.put_link(link._replace(state="managed"))
        return result

    def _naming(self, type: str) -> str:  # noqa: A002
        return self.types.by_name[type].naming

    def _name(self, type: str, document: Document) -> str:  # noqa: A002
        return str(document[self._naming(type)])


def _changed(link: Link, changed: Values) -> Link | None:
    """A link after a change of what is there; None if it is as it was."""
    if changed:
        return link._replace(state="managed", actual=snapshot({**recorded(link), **changed}))
    return None if link.state == "managed" else link._replace(state="managed")

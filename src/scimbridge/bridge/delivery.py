"""Delivery `queued`: changes are made here, answered at once, and delivered in order per resource.

A task says which resource is to be delivered, not how: what counts is what the resource is at that time, so that a
task may be done twice and a later one makes good what an earlier one could not. Only members and passwords are
named in it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, TypeVar

import orjson

from scimbridge.bridge.accounts import Accounts
from scimbridge.bridge.healing import Healing
from scimbridge.bridge.intents import Intents, until_unmoved
from scimbridge.bridge.kinds import Kind, difference, recorded, snapshot
from scimbridge.bridge.locks import Locks, name_key
from scimbridge.bridge.members import Delta, Memberships
from scimbridge.bridge.mirror import Mirror
from scimbridge.bridge.ports import Intent, Link, Task
from scimbridge.bridge.refusals import refusal
from scimbridge.bridge.seen import noted, require_writable, unmoved
from scimbridge.bridge.sides import Sides
from scimbridge.directory.documents import timestamp
from scimbridge.directory.ports import Actor, AddMembers, Change, New, Password, Record, Taken
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused, TargetUnavailable
from scimbridge.scim.schema import ResourceTypes

Written = TypeVar("Written")
Operation = Literal["create", "change", "delete"]

# Seconds between attempts: doubled from the first, never more than the last.
_FIRST_PAUSE, _LONGEST_PAUSE = 2, 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """Writes to the queue of one realm, and delivers from it."""

    sides: Sides
    types: ResourceTypes
    kinds: Mapping[str, Kind]
    accounts: Accounts
    memberships: Memberships
    mirror: Mirror
    intents: Intents
    healing: Healing
    locks: Locks
    ids: Callable[[], str]

    async def create(self, new: New, actor: Actor) -> Record:
        """Raises Taken, UnknownMembers."""
        naming = self.types.by_name[new.type].naming
        name, id_ = str(new.document[naming]), self.ids()
        changes = [AddMembers(new.members)] if new.members else []
        async with self.locks.of(name_key(new.type, name)), self.locks.of(id_):
            if self.sides.local.lookup(new.type, name) is not None:
                raise Taken(naming)
            delta = await self.memberships.delta(None, changes, skip_unknown=new.skip_unknown)
            task = self._task("create", new.type, id_, name, delta=delta, password=new.password)
            made = replace(new, id=id_, password=noted(new.password))
            return await self._together(task, self.sides.local.create(made, actor))

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        async with self.locks.of(id):
            return await until_unmoved(lambda: self._change(type, id, change, actor))

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        async with self.locks.of(id):
            record, link = self.sides.local.get(type, id), self.sides.ledger.link(id)
            if record is None:
                return False
            if link is not None:
                require_writable(link)
            name = str(orjson.loads(record.document)[self.types.by_name[type].naming])
            task = self._task("delete", type, id, name)
            return await self._together(task, self.sides.local.delete(type, id, check, actor))

    async def deliver_due(self) -> int:
        """Takes up the tasks that are due, several resources at a time; how many there were."""
        tasks = await self.sides.ledger.next_tasks(self.sides.now(), self.sides.setting.pool_size)
        await asyncio.gather(*(self._deliver(task) for task in tasks if not task.joined))
        await asyncio.gather(*(self._deliver(task) for task in tasks if task.joined))  # their members are there by now
        return len(tasks)

    async def _change(
        self,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        change: Callable[[Record], Change],
        actor: Actor,
    ) -> Record | None:
        record, link = self.sides.local.get(type, id), self.sides.ledger.link(id)
        if record is None:
            return None
        wanted, kind = change(record), self.kinds[type]
        if link is not None:
            require_writable(link)
        before = orjson.loads(record.document)
        after = before if wanted.document is None else wanted.document
        delta = await self.memberships.delta(record, wanted.members, skip_unknown=wanted.skip_unknown)
        if link is not None and link.state == "seen":
            await self.sides.ledger.put_link(link._replace(state="managed"))
        changed = difference(kind.desired(before), kind.desired(after))
        if not changed and not delta and wanted.password is None:
            return await self.sides.local.update(type, id, change, actor)
        name = str(after[self.types.by_name[type].naming])
        task = self._task("change", type, id, name, delta=delta, password=wanted.password)
        return await self._together(task, self.sides.local.update(type, id, unmoved(record, wanted, change), actor))

    async def _together(self, task: Task, write: Coroutine[Any, Any, Written]) -> Written:
        """The task and the change it is for: handed over at once, they are in one commit, the task first.

        If it comes to two, a task without its change delivers what is there already.
        """
        enqueued, writing = asyncio.ensure_future(self.sides.ledger.enqueue(task)), asyncio.ensure_future(write)
        try:
            written = await writing
        except BaseException:
            await self.sides.ledger.finish(await enqueued)
            raise
        await enqueued
        return written

    async def _deliver(self, task: Task) -> None:
        ledger = self.sides.ledger
        async with self.locks.of(task.id):
            try:
                await self.healing.settle(task.id)
                await self._perform(task)
            except TargetRefused as refused:
                await ledger.fail(task.sequence, refusal(refused).detail)
            except TargetUnavailable as unavailable:
                await ledger.retry_later(task.sequence, self._later(task, unavailable.retry_after), unavailable.reason)
            except TargetMisbehaved as misbehaved:
                await ledger.retry_later(task.sequence, self._later(task, 0), misbehaved.reason)
            else:
                await ledger.finish(task.sequence)

    async def _perform(self, task: Task) -> None:
        kind, link = self.kinds[task.type], self.sides.ledger.link(task.id)
        record = self.sides.local.get(task.type, task.id)
        if record is None:
            if link is not None and task.operation == "delete":
                await kind.remove(link.target)
                await self.sides.ledger.drop_link(task.id)
            return
        password = Password(task.password) if task.password else None
        delta = await self.memberships.places(record, [*task.joined, *task.left])
        if link is None:
            link = await self._begin(kind, record, delta, password)
            if link is None:
                return
        await self._push(kind, link, record, delta, password)

    async def _begin(self, kind: Kind, record: Record, delta: Delta, password: Password | None) -> Link | None:
        """Makes what is not there yet; a link is given if it was there and is still to be changed."""
        document, now = orjson.loads(record.document), self.sides.now()
        name, text = str(document[self.types.by_name[record.type].naming]), record.document.decode()
        self.memberships.links(delta)  # a member that is not there yet is waited for before anything is begun
        try:
            intent = Intent(0, now, "create", record.type, record.id, name, text, delta.joined)
            async with self.intents.carry(intent) as carried:
                desired = kind.desired(document)
                target = await kind.make(document, desired, Delta(delta.joined), password)
                await carried.end(link=Link(record.type, record.id, target, "managed", now, snapshot(desired)))
        except TargetRefused as refused:
            adopted = (
                await self.accounts.find_adoptable(document) if refused.conflict and record.type == "User" else None
            )
            if adopted is None:
                raise
            return await self.mirror.link(record, adopted.id, self.accounts.mapping.actual(adopted))
        return None

    async def _push(self, kind: Kind, link: Link, record: Record, delta: Delta, password: Password | None) -> None:
        desired, known = kind.desired(orjson.loads(record.document)), recorded(link)
        try:
            await kind.push(link, known, difference(known, desired), delta, password)
        except TargetRefused:
            if await kind.actual(link.target) is None:
                await self.sides.forget(link)
                return
            raise
        await self.sides.ledger.put_link(link._replace(state="managed", actual=snapshot(desired)))

    def _task(
        self,
        operation: Operation,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        name: str,
        *,
        delta: Delta = Delta(),  # noqa: B008 (it cannot be changed)
        password: Password | None = None,
    ) -> Task:
        now = self.sides.now()
        hash_ = password.hash if password else ""
        return Task(0, now, operation, type, id, name, now, password=hash_, joined=delta.joined, left=delta.left)

    def _later(self, task: Task, at_least: int) -> str:
        pause = min(_FIRST_PAUSE * 2**task.attempts, _LONGEST_PAUSE)
        return timestamp(self.sides.clock() + timedelta(seconds=max(pause, at_least)))

"""All of a realm compared with the target: what is new there, gone, or different."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from scimbridge.bridge.accounts import Accounts
from scimbridge.bridge.connections import Connections
from scimbridge.bridge.freshness import Freshness
from scimbridge.bridge.kinds import recorded
from scimbridge.bridge.locks import Locks
from scimbridge.bridge.mapping import Values
from scimbridge.bridge.members import Memberships
from scimbridge.bridge.mirror import Mirror
from scimbridge.bridge.ports import Account, TargetGroup
from scimbridge.bridge.sides import KEYCLOAK, Sides
from scimbridge.directory.ports import AddMembers, Change, RemoveMembers
from scimbridge.provisioning.errors import TargetMisbehaved

T = TypeVar("T")

# Compared together: their notes share a commit.
_AT_ONCE = 20
_PAGE = 200
# A realm there that lost more than this share of what we know at once was emptied, restored from an old backup, or
# hides it from us; nothing is deleted here until a person has looked.
_MOST_GONE = 0.5
_FEW_GONE = 20


class Swept(NamedTuple):
    """How many resources were compared, were new there, were gone there, and could not be made there."""

    compared: int = 0
    found: int = 0
    gone: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """Passes over one realm; raises ProvisioningError, and then what was compared so far stays."""

    sides: Sides
    accounts: Accounts
    memberships: Memberships
    mirror: Mirror
    connections: Connections
    freshness: Freshness
    locks: Locks
    sleep: Callable[[float], Awaitable[None]]

    async def run(self, rate: float) -> Swept:
        """`rate`: resources a second at most."""
        started = self.sides.now()
        pending = {task.id for task in await self.sides.ledger.tasks()}
        displaced = await self.connections.relocate()
        known = await self._known(
            self.sides.target.accounts(), lambda account: self._compare_account(account, pending), rate
        )
        listed: list[TargetGroup] = [group async for group in self.sides.target.groups()]
        known += await self._known(_each(listed), lambda group: self._compare_group(group, pending), rate)
        for group in listed:
            await self._compare_members(group, {child.id for child in listed if child.parent == group.id})
            await self.sleep(1 / rate)
        gone = await self._forget_gone(started, len(known))
        # Of a queued realm it may be that somebody cancelled the task; the next change delivers it.
        refused = displaced if self.sides.setting.delivery == "queued" else await self.connections.complete()
        return Swept(len(known), known.count(False), gone, refused)

    async def visit(self, type: str, target: str) -> None:  # noqa: A002
        """Compares one resource, and the members of a group."""
        link = self.sides.ledger.linked(type, target)
        if link is None:
            await self._discover(type, target)
        elif not self.sides.ledger.is_waiting(link.id):
            async with self.locks.of(link.id):
                latest = self.sides.ledger.link(link.id)
                if latest is not None:
                    await self.freshness.reconcile(latest)
        group = await self.sides.target.get_group(target) if type == "Group" else None
        if group is not None:
            await self._compare_members(group, await self._children(group))

    async def _discover(self, type: str, target: str) -> None:  # noqa: A002
        if type == "User":
            account = await self.sides.target.get_account(target)
            if account is not None:
                await self.mirror.account(account)
        else:
            group = await self.sides.target.get_group(target)
            if group is not None:
                await self.mirror.group(group)

    async def _children(self, group: TargetGroup) -> set[str]:
        """Ids there of those that are its children here and there: a new one has an event of its own."""
        link = self.sides.ledger.linked("Group", group.id)
        ours = [member.id for member in await self.sides.local.members(link.id)] if link is not None else []
        below = [member.target for member in self.sides.ledger.links(ours).values() if member.type == "Group"]
        found = [await self.sides.target.get_group(id_) for id_ in below]
        return {child.id for child in found if child is not None and child.parent == group.id}

    async def _known(
        self, listed: AsyncIterable[T], compare: Callable[[T], Awaitable[bool]], rate: float
    ) -> list[bool]:
        """For each whether it was known before."""
        known: list[bool] = []
        waiting: list[T] = []
        async for item in listed:
            waiting.append(item)
            if len(waiting) == _AT_ONCE:
                known += await asyncio.gather(*map(compare, waiting))
                waiting.clear()
                await self.sleep(_AT_ONCE / rate)
        return known + await asyncio.gather(*map(compare, waiting))

    async def _compare_account(self, account: Account, pending: set[str]) -> bool:
        if await self._compare("User", account.id, self.accounts.mapping.actual(account), pending):
            return True
        await self.mirror.account(account)
        return False

    async def _compare_group(self, group: TargetGroup, pending: set[str]) -> bool:
        if await self._compare("Group", group.id, {"displayName": group.name}, pending):
            return True
        await self.mirror.group(group)
        return False

    async def _compare(self, type: str, target: str, actual: Values, pending: set[str]) -> bool:  # noqa: A002
        """Whether it is known here."""
        link = self.sides.ledger.linked(type, target)
        if link is None:
            return False
        async with self.locks.of(link.id):
            latest, record = self.sides.ledger.link(link.id), self.sides.local.get(type, link.id)
            if latest is None or record is None or link.id in pending:
                return record is not None
            if recorded(latest) == actual:
                await self.freshness.settle(latest, record, actual)
            else:
                await self.freshness.reconcile(latest)  # the list may be older than the last write
        return True

    async def _compare_members(self, group: TargetGroup, children: set[str]) -> None:
        link = self.sides.ledger.linked("Group", group.id)
        if link is None:
            return
        async with self.locks.of(link.id):
            there = await self.sides.target.group_members(group.id)
            if self.sides.ledger.is_under_way("Group", id=link.id):
                return  # in another process: the members there may be those that are not here yet
            theirs = await self._ids("User", there) | await self._ids("Group", children)
            ours = {member.id for member in await self.sides.local.members(link.id)}
            extra, missing = theirs - ours, ours - theirs
            rule = self.freshness.rule("members", link)
            if rule == "heal" and (extra or missing):
                await self.memberships.align(link, [*extra, *missing])
            elif rule == "accept" and (extra or missing):
                change = Change(members=(AddMembers(sorted(extra)), RemoveMembers(sorted(missing))), skip_unknown=True)
                await self.sides.unsynced.update("Group", link.id, lambda _: change, KEYCLOAK)

    async def _ids(self, type: str, targets: Iterable[str]) -> set[str]:  # noqa: A002
        """Ours of those that we know, read a few at a time: a group may have 100,000 members."""
        found: set[str] = set()
        for number, target in enumerate(targets, start=1):
            link = self.sides.ledger.linked(type, target)
            if link is not None:
                found.add(link.id)
            if number % _PAGE == 0:
                await self.sleep(0)
        return found

    async def _forget_gone(self, started: str, known: int) -> int:
        """Deletes here what the target does not have any more; how many."""
        unseen = await self.sides.ledger.stale_links(started, 1_000_000)
        if len(unseen) > max(_FEW_GONE, _MOST_GONE * (known + len(unseen))):
            raise TargetMisbehaved(f"{len(unseen)} of {known + len(unseen)} users and groups are not listed any more")
        for link in unseen:
            async with self.locks.of(link.id):
                latest = self.sides.ledger.link(link.id)
                if latest is not None:
                    await self.freshness.reconcile(latest)
        return sum(self.sides.ledger.link(link.id) is None for link in unseen)


async def _each(items: Sequence[T]) -> AsyncIterator[T]:
    for item in items:
        yield item

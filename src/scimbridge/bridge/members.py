"""Memberships: which of them a change makes different, and the calls that make them so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from scimbridge.bridge.ports import Link
from scimbridge.bridge.sides import Sides
from scimbridge.directory.ports import (
    AddMembers,
    MemberChange,
    Record,
    RemoveMembers,
    RemoveMembersWhere,
    ReplaceMembers,
    UnknownMembers,
)
from scimbridge.provisioning.errors import ProvisioningError, TargetRefused, TargetUnavailable
from scimbridge.scim.errors import InvalidValue
from scimbridge.scim.match import match_element

# Up to so many are looked up by id; for more, all members of the group are read once.
_FEW = 50


_NONE: Mapping[str, Link] = MappingProxyType({})


class Delta(NamedTuple):
    """Ids of members that come and go, and those of their links that have been read; false if nobody does."""

    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    links: Mapping[str, Link] = _NONE

    def __bool__(self) -> bool:
        return bool(self.joined or self.left)


class Memberships:
    """The members of the groups of one realm, there."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides

    async def delta(self, group: Record | None, changes: Sequence[MemberChange], *, skip_unknown: bool) -> Delta:
        """What the changes make different; None is a group that is yet to be made. Raises as the store would.

        InvalidValue for what Keycloak cannot hold: a group in two groups, a circle of groups.
        """
        if not changes:
            return Delta()
        links, before, nobody = await self._standing(group, changes)
        if nobody and not skip_unknown:
            raise UnknownMembers(nobody)
        after = dict(before)
        for change in changes:
            _edit(after, change, await self._matching(group, change), nobody)
        joined = [id_ for id_ in after if id_ not in before]
        for id_ in joined:
            if id_ in links and links[id_].type == "Group":
                self._require_tree(id_, group)
        return Delta(tuple(joined), tuple(id_ for id_ in before if id_ not in after), links)

    async def places(self, group: Record, ids: Sequence[str]) -> Delta:
        """Which of these ids are members now, and which are not."""
        present = await self._among(group.id, ids)
        return Delta(tuple(present), tuple(id_ for id_ in ids if id_ not in present))

    def links(self, delta: Delta) -> Mapping[str, Link]:
        """Those of the members; raises TargetUnavailable if one that joins has not been delivered yet."""
        unread = [id_ for id_ in (*delta.joined, *delta.left) if id_ not in delta.links]
        links = {**delta.links, **self._sides.ledger.links(unread)} if unread else delta.links
        for id_ in delta.joined:
            if id_ not in links:
                raise TargetUnavailable(f'the member "{id_}" is not there yet')
        return links

    async def write(self, group: Link, delta: Delta, links: Mapping[str, Link]) -> None:
        """Makes them so there, several at a time."""
        calls = [self._joining(links[id_], group) for id_ in delta.joined]
        # Who is gone here altogether has no place there either.
        calls += [self._leaving(links[id_], group) for id_ in delta.left if id_ in links]
        await run_all(calls, self._sides.setting.pool_size)

    async def hold(self, group: Link, delta: Delta) -> bool:
        """Whether the delta is true there."""
        links, joined = self._sides.ledger.links([*delta.joined, *delta.left]), set(delta.joined)
        accounts = await self._sides.target.group_members(group.target) if links else frozenset()
        for id_, link in links.items():
            if link.type == "Group":
                child = await self._sides.target.get_group(link.target)
                present = child is not None and child.parent == group.target
            else:
                present = link.target in accounts
            if present != (id_ in joined):
                return False
        return True

    async def align(self, group: Link, ids: Iterable[str]) -> None:
        """Makes the places of these members there what they are here, as far as the target lets us."""
        ids = tuple(ids)
        present = await self._among(group.id, ids)
        links = self._sides.ledger.links(ids)
        calls = [
            _tolerant(self._joining(link, group) if id_ in present else self._leaving(link, group))
            for id_, link in links.items()
        ]
        await run_all(calls, self._sides.setting.pool_size)

    async def align_all(self, group: Link) -> None:
        """The same of all who are in it here."""
        await self.align(group, [member.id for member in await self._sides.local.members(group.id)])

    def _joining(self, member: Link, group: Link) -> "Call":
        target = self._sides.target
        if member.type == "Group":
            return lambda: target.move_group(member.target, group.target)
        return lambda: target.join(member.target, group.target)

    def _leaving(self, member: Link, group: Link) -> "Call":
        target = self._sides.target
        if member.type != "Group":
            return lambda: target.leave(member.target, group.target)

        async def move_to_the_top() -> None:
            child = await target.get_group(member.target)
            if child is not None and child.parent == group.target:  # else it is in another one by now
                await target.move_group(member.target, "")

        return move_to_the_top

    async def _standing(
        self, group: Record | None, changes: Sequence[MemberChange]
    ) -> tuple[Mapping[str, Link], dict[str, None], Sequence[str]]:
        """Links of those whom the changes name, who is in the group, at least of those, and ids that are nobody's."""
        ledger, named = self._sides.ledger, dict[str, None]()
        listed = [change for change in changes if isinstance(change, AddMembers | RemoveMembers)]
        for change in listed:
            named |= dict.fromkeys(change.ids)
        wanted = [id_ for change in changes if isinstance(change, AddMembers | ReplaceMembers) for id_ in change.ids]
        if len(listed) == len(changes) and len(named) <= _FEW:
            places = ledger.places(self._sides.local, group.id if group else "", tuple(named))
            links = {id_: place.link for id_, place in places.items() if place.link is not None}
            before = {id_: None for id_ in named if id_ in places and places[id_].is_in}
            return links, before, [id_ for id_ in dict.fromkeys(wanted) if id_ not in places]
        known = ledger.links(wanted)
        members = await self._sides.local.members(group.id) if group else ()
        return known, {member.id: None for member in members}, self._unknown(wanted, known)

    def _unknown(self, wanted: Sequence[str], links: Mapping[str, Link]) -> list[str]:
        local = self._sides.local
        return [
            id_
            for id_ in dict.fromkeys(wanted)
            if id_ not in links and local.get("User", id_) is None and local.get("Group", id_) is None
        ]

    async def _among(self, group: str, ids: Sequence[str]) -> dict[str, None]:
        """Those of the ids that are direct members."""
        if len(ids) <= _FEW:
            places = self._sides.ledger.places(self._sides.local, group, ids) if ids else {}
            return {id_: None for id_ in ids if id_ in places and places[id_].is_in}
        members = {member.id for member in await self._sides.local.members(group)}
        return {id_: None for id_ in ids if id_ in members}

    async def _matching(self, group: Record | None, change: MemberChange) -> set[str]:
        if group is None or not isinstance(change, RemoveMembersWhere):
            return set()
        members = await self._sides.local.members(group.id)
        return {
            member.id
            for member in members
            if match_element(change.filter, {"value": member.id, "type": member.type, "display": member.display})
        }

    def _require_tree(self, child: str, group: Record | None) -> None:
        found = self._sides.local.get("Group", child)
        above = {upper.id for upper in group.groups} | {group.id} if group else set()
        if child in above:
            raise InvalidValue('Attribute "members": Keycloak cannot hold a circle of groups.')
        if found is not None and any(upper.direct for upper in found.groups):
            raise InvalidValue(f'Attribute "members": the group "{child}" is in another one; Keycloak has trees only.')


Call = Callable[[], Awaitable[None]]


async def run_all(calls: Sequence[Call], limit: int) -> None:
    """Makes the calls, at most `limit` at a time; after an error no more are begun, and those under way are awaited.

    An error that leaves open what was done is raised before a refusal.
    """
    remaining = iter(calls)
    errors: list[ProvisioningError] = []

    async def work() -> None:
        for call in remaining:
            if errors:
                return
            try:
                await call()
            except ProvisioningError as error:
                errors.append(error)

    if len(calls) == 1:
        await calls[0]()
        return
    await asyncio.gather(*(work() for _ in range(min(limit, len(calls)))))
    if errors:
        raise next((error for error in errors if not isinstance(error, TargetRefused)), errors[0])


def _edit(members: dict[str, None], change: MemberChange, matching: set[str], nobody: Sequence[str]) -> None:
    gone = set(nobody)
    match change:
        case AddMembers(ids):
            members |= dict.fromkeys(ids)
        case RemoveMembers(ids):
            gone |= set(ids)
        case RemoveMembersWhere():
            gone |= matching
        case ReplaceMembers(ids):
            gone |= members.keys() - set(ids)
            members |= dict.fromkeys(ids)
    for id_ in gone:
        members.pop(id_, None)


def _tolerant(call: Call) -> Call:
    async def tolerant() -> None:
        with suppress(TargetRefused):
            await call()

    return tolerant

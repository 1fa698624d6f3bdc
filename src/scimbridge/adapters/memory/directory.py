"""The directory of a realm in memory: the reference meaning of the port, for tests and trials."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count

from scimbridge.adapters.memory import journal, search
from scimbridge.adapters.memory.resources import Resource, Resources, member_view
from scimbridge.directory.changes import Difference, diff
from scimbridge.directory.documents import identified, timestamp
from scimbridge.directory.keys import compile_keys
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Document,
    Entry,
    JournalQuery,
    Member,
    MemberChange,
    New,
    Page,
    Query,
    Record,
    RemoveMembers,
    RemoveMembersWhere,
    ReplaceMembers,
    Taken,
    UnknownMembers,
)
from scimbridge.scim.match import match_element
from scimbridge.scim.schema import ResourceTypes


class MemoryDirectory:
    """Fulfils directory.ports.Directory. No coroutine of it waits, so each is a transaction."""

    def __init__(
        self, types: ResourceTypes, *, realm: str, clock: Callable[[], datetime], ids: Callable[[], str]
    ) -> None:
        self._types = types
        self._realm = realm
        self._clock = clock
        self._ids = ids
        self._keys = {kind.name: compile_keys(kind) for kind in types.types}
        self._resources = Resources()
        self._journal: list[Entry] = []
        self._sequence = count(1)
        self._joining = count(1)

    async def confirm(self, type: str, id: str) -> None:  # noqa: A002
        """Nobody else writes here."""

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002
        found = self._resources.get(id, type)
        return self._resources.record(found) if found else None

    def lookup(self, type: str, id: str) -> Record | None:  # noqa: A002
        found = self._resources.named(type, id)
        return self._resources.record(found) if found else None

    def password(self, id: str) -> str | None:  # noqa: A002
        found = self._resources.get(id)
        return found.password if found else None

    async def members(self, id: str, limit: int | None = None) -> Sequence[Member]:  # noqa: A002
        found = self._resources.get(id)
        return self._resources.members(found)[:limit] if found else []

    def outnumbers(self, id: str, number: int) -> bool:  # noqa: A002
        found = self._resources.get(id)
        return found is not None and len(self._resources.members(found)) > number

    async def create(self, new: New, actor: Actor) -> Record:
        self._check_name(new.type, new.document, None)
        members = self._known(new.members, skip_unknown=new.skip_unknown)
        id_, time = new.id or self._ids(), timestamp(self._clock())
        keys = self._keys[new.type](new.document)
        document = identified(new.document, id_)
        made = Resource(next(self._sequence), new.type, id_, document, keys.name, keys.display, time, time)
        made.members = self._joined({}, members)
        made.password = new.password.hash or None if new.password else None
        self._resources.add(made)
        difference = Difference({}, document, added=members, password=new.password is not None)
        self._note(made, "create", actor, time, difference)
        return self._resources.record(made)

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        found = self._resources.get(id, type)
        if found is None:
            return None
        wanted = change(self._resources.record(found))
        document = found.document if wanted.document is None else identified(wanted.document, id)
        self._check_name(type, document, id)
        members = self._changed_members(found, wanted)
        difference = Difference(
            *diff(found.document, document),
            added=[member for member in members if member not in found.members],
            removed=[member for member in found.members if member not in members],
            password=wanted.password is not None,
        )
        found.members = members  # in a new order, perhaps, if one was taken out and put in again
        if difference:
            keys = self._keys[type](document)
            found.document, found.name, found.display = document, keys.name, keys.display
            found.password = (wanted.password and wanted.password.hash) or found.password
            self._note_change(found, actor, timestamp(self._clock()), difference)
        return self._resources.record(found)

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        found = self._resources.get(id, type)
        if found is None:
            return False
        check(self._resources.record(found))
        time = timestamp(self._clock())
        for group in self._resources.groups_of(id):
            if group is not found:
                del group.members[id]
                self._note_change(group, actor, time, Difference({}, {}, removed=[id]))
        self._resources.remove(id)
        removed = sorted(found.members, key=found.members.__getitem__)
        self._note(found, "delete", actor, time, Difference(found.document, {}, removed=removed))
        return True

    async def search(self, query: Query) -> Page:
        return search.search(self._resources, query)

    async def journal(self, query: JournalQuery) -> Sequence[Entry]:
        return journal.choose(self._journal, query)

    def _check_name(self, type: str, document: Document, id: str | None) -> None:  # noqa: A002
        holder = self._resources.named(type, self._keys[type](document).name)
        if holder is not None and holder.id != id:
            raise Taken(self._types.by_name[type].naming)

    def _known(self, ids: Sequence[str], *, skip_unknown: bool) -> list[str]:
        unknown = [id_ for id_ in dict.fromkeys(ids) if id_ not in self._resources]
        if unknown and not skip_unknown:
            raise UnknownMembers(unknown)
        return [id_ for id_ in dict.fromkeys(ids) if id_ in self._resources]

    def _changed_members(self, group: Resource, change: Change) -> dict[str, int]:
        members = dict(group.members)
        for edit in change.members:
            members = self._edited(members, edit, skip_unknown=change.skip_unknown)
        return members

    def _edited(self, members: dict[str, int], edit: MemberChange, *, skip_unknown: bool) -> dict[str, int]:
        match edit:
            case AddMembers(ids):
                return members | self._joined(members, self._known(ids, skip_unknown=skip_unknown))
            case RemoveMembers(ids):
                gone = set(ids)
            case ReplaceMembers(ids):
                wanted = self._known(ids, skip_unknown=skip_unknown)
                members = members | self._joined(members, wanted)
                gone = members.keys() - set(wanted)
            case RemoveMembersWhere(filter_):
                gone = {id_ for id_ in members if match_element(filter_, self._seen(id_))}
        return {id_: place for id_, place in members.items() if id_ not in gone}

    def _joined(self, members: Mapping[str, int], ids: Sequence[str]) -> dict[str, int]:
        return {id_: next(self._joining) for id_ in ids if id_ not in members}

    def _seen(self, id: str) -> dict[str, str]:  # noqa: A002
        member = self._resources.get(id)
        return member_view(Member(id, member.type, member.display)) if member else {}

    def _note_change(self, resource: Resource, actor: Actor, time: str, difference: Difference) -> None:
        resource.version += 1
        resource.modified = time
        self._note(resource, "change", actor, time, difference)

    def _note(self, resource: Resource, operation: str, actor: Actor, time: str, difference: Difference) -> None:
        self._journal.append(
            Entry(
                sequence=len(self._journal) + 1,
                time=time,
                realm=self._realm,
                actor=actor,
                operation=operation,
                type=resource.type,
                id=resource.id,
                name=resource.name,
                before=difference.before,
                after=difference.after,
                members_added=tuple(difference.added),
                members_removed=tuple(difference.removed),
                password=difference.password,
            )
        )

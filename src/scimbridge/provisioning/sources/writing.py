"""Writes of an import: links first, then the directory, so that whatever a crash leaves is the source's own."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import orjson

from scimbridge.directory.documents import identified
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Directory,
    MemberChange,
    New,
    Record,
    RemoveMembers,
    Taken,
)
from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.provisioning.sources.comparison import read_document
from scimbridge.provisioning.sources.drafts import Flawed
from scimbridge.provisioning.sources.import_plan import Arrival
from scimbridge.provisioning.sources.ports import Kind, Problem, SourceLink, SourceStore
from scimbridge.provisioning.sources.source import Source
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import ScimError


class _Outcome(NamedTuple):
    """What becomes of links; `drop` is the id of a resource."""

    keep: SourceLink | None = None
    drop: str = ""


_AS_BEFORE: Final = _Outcome()


def _follows(item: Arrival) -> _Outcome:
    """What becomes of the link of something that was carried out."""
    match item.action:
        case "deactivate" | "empty":
            return _Outcome(SourceLink(item.type, item.key, item.id, "left"))
        case "return":
            return _Outcome(SourceLink(item.type, item.key, item.id))
        case "delete" | "unlink":
            return _Outcome(drop=item.id)
        case _:
            return _AS_BEFORE


class Writing:
    """One import's; `done` counts what was written, by action and type."""

    def __init__(self, source: Source, store: SourceStore, directory: Directory, ids: Callable[[], str]) -> None:
        self._source = source
        self._store = store
        self._directory = directory
        self._new_id = ids
        self._actor = Actor(f"source:{source.name}")
        self._ids: dict[tuple[Kind, str], str] = {(link.type, link.key): link.id for link in store.links(source.id)}
        self._blocked: list[Arrival] = []
        self.done: Counter[str] = Counter()
        self.problems: list[Problem] = []

    async def write(self, items: Sequence[Arrival]) -> None:
        """Writes at once what does not depend on each other; names that are taken are tried again by `finish`."""
        items = [item._replace(id=self._new_id()) if item.action == "create" else item for item in items]
        new = [SourceLink(item.type, item.key, item.id) for item in items if item.action in ("create", "link")]
        if new:
            await self._store.keep(self._source.id, new)
        outcomes = await asyncio.gather(*(self._carry_out(item) for item in items))
        kept = [outcome.keep for outcome in outcomes if outcome.keep is not None]
        dropped = [outcome.drop for outcome in outcomes if outcome.drop]
        if kept or dropped:
            await self._store.keep(self._source.id, kept, dropped)

    async def finish(self) -> None:
        """Tries again what was in the way of one another, as people who change names are, as long as that helps."""
        while self._blocked:
            blocked, self._blocked = self._blocked, []
            await self.write(blocked)
            if len(self._blocked) == len(blocked) and not await self._step_aside():
                break
        for item in self._blocked:
            self._refuse(item, f'The name "{item.name}" is that of somebody else here, who may have left.')

    async def _step_aside(self) -> bool:
        """Lets one go out of the way where each of several wants the name of another of them, if there are any."""
        waiting = {item.id: item for item in self._blocked if item.action != "create"}
        for item in waiting.values():
            seen, holder = [item.id], self._holder(item)
            while holder in waiting and holder not in seen:
                seen.append(holder)
                holder = self._holder(waiting[holder])
            if holder == item.id:
                naming = CORE.by_name[item.type].naming

                def rename(record: Record, naming: str = naming) -> Change:
                    document = orjson.loads(record.document)
                    return Change(document | {naming: f"{document[naming]}~{record.id}"})

                await self._directory.update(item.type, item.id, rename, self._actor)
                return True
        return False

    def _holder(self, item: Arrival) -> str:
        """The id of who has the name that this one wants."""
        record = self._directory.lookup(item.type, item.name)
        return record.id if record is not None else ""

    async def _carry_out(self, item: Arrival) -> _Outcome:
        undone = _Outcome(drop=item.id) if item.action == "create" else _AS_BEFORE
        try:
            outcome = await self._write(item)
        except Taken:
            self._blocked.append(item)
            return undone
        except Flawed as error:
            self.problems.append(error.problem)
            return undone
        except (ScimError, ProvisioningError) as error:
            self._refuse(item, error.detail if isinstance(error, ScimError) else str(error))
            return undone
        self.done[f"{item.action} {item.type.lower()}"] += 1
        return outcome

    async def _write(self, item: Arrival) -> _Outcome:
        """Raises Taken, Flawed, ScimError, ProvisioningError."""
        match item.action:
            case "create":
                return await self._create(item)
            case "link" | "update" | "return" | "deactivate":
                await self._change(item)
            case "change members":
                await self._change_members(item)
            case "empty":
                await self._empty(item)
            case "delete":
                await self._directory.delete(item.type, item.id, lambda _: None, self._actor)
            case "unlink":
                pass
        return _follows(item)

    async def _create(self, item: Arrival) -> _Outcome:
        document = item.change({}) if item.change else {}
        record = await self._directory.create(New(item.type, document, id=item.id), self._actor)
        self._ids[item.type, item.key] = record.id
        if record.id == item.id:
            return _AS_BEFORE
        # A realm with a Keycloak behind it takes Keycloak's ids.
        return _Outcome(SourceLink(item.type, item.key, record.id), drop=item.id)

    async def _change(self, item: Arrival) -> None:
        """From what the resource is at this moment, so that nobody else's change is lost."""
        change = item.change

        def write(record: Record) -> Change:
            return Change(identified(change(read_document(record)), record.id) if change else None)

        if await self._directory.update(item.type, item.id, write, self._actor) is None:
            raise Flawed(Problem(item.where or item.name, "It was deleted here while the import ran.", item.key))
        self._ids[item.type, item.key] = item.id

    async def _change_members(self, item: Arrival) -> None:
        group = self._ids.get(("Group", item.key))
        changes: tuple[MemberChange, ...] = (
            AddMembers(self._member_ids(item.joined)),
            RemoveMembers(self._member_ids(item.left)),
        )
        if group is not None:  # else its own problem is told
            await self._directory.update(
                "Group", group, lambda _: Change(None, changes, skip_unknown=True), self._actor
            )

    async def _empty(self, item: Arrival) -> None:
        own = set(self._ids.values())
        members = [member.id for member in await self._directory.members(item.id) if member.id in own]
        change = Change(members=(RemoveMembers(members),))
        await self._directory.update("Group", item.id, lambda _: change, self._actor)

    def _member_ids(self, keys: Sequence[str]) -> Sequence[str]:
        found = (self._ids.get(("User", key)) or self._ids.get(("Group", key)) for key in keys)
        return [id_ for id_ in found if id_ is not None]

    def _refuse(self, item: Arrival, reason: str) -> None:
        self.problems.append(Problem(item.where or item.name, reason, item.key))

"""Links, intents and tasks of a bridged realm in memory: the reference meaning of the port."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count

from scimbridge.bridge.ports import Intent, Link, Linked, Place, Task
from scimbridge.directory.ports import Actor, Change, Directory, New, Record, Writing


class MemoryLedger:
    """Fulfils bridge.ports.Ledger. `group_roles`: what groups are there from now on."""

    def __init__(self) -> None:
        self.group_roles = ""
        self._linked: dict[str, tuple[Link, str]] = {}
        self._intents: dict[int, Intent] = {}
        self._tasks: dict[int, Task] = {}
        self._sequence = count(1)

    @property
    def _links(self) -> dict[str, Link]:
        return {id_: link for id_, (link, place) in self._linked.items() if self._leads_there(link, place)}

    def _leads_there(self, link: Link, place: str) -> bool:
        return link.type != "Group" or place == self.group_roles

    def link(self, id: str) -> Link | None:  # noqa: A002
        return self._links.get(id)

    def links(self, ids: Sequence[str]) -> Mapping[str, Link]:
        return {id_: self._links[id_] for id_ in ids if id_ in self._links}

    def linked(self, type: str, target: str) -> Link | None:  # noqa: A002
        return next((link for link in self._links.values() if (link.type, link.target) == (type, target)), None)

    def find(self, local: Directory, type: str, id: str) -> Linked | None:  # noqa: A002
        record = local.get(type, id)
        return None if record is None else Linked(record, self.link(id))

    def places(self, local: Directory, group: str, ids: Sequence[str]) -> Mapping[str, Place]:
        found = [local.get("User", id_) or local.get("Group", id_) for id_ in ids]
        return {
            record.id: Place(any(above.id == group and above.direct for above in record.groups), self.link(record.id))
            for record in found
            if record is not None
        }

    async def put_link(self, link: Link) -> None:
        other = self.linked(link.type, link.target)
        if other is not None:
            del self._linked[other.id]
        self._linked[link.id] = (link, self.group_roles)

    async def drop_link(self, id: str) -> None:  # noqa: A002
        self._linked.pop(id, None)

    async def stale_links(self, before: str, count: int) -> Sequence[Link]:
        stale = [link for link in self._links.values() if link.confirmed < before]
        return sorted(stale, key=lambda link: link.confirmed)[:count]

    async def displaced_links(self) -> Sequence[Link]:
        return [link for link, place in self._linked.values() if not self._leads_there(link, place)]

    async def begin(self, intent: Intent) -> int:
        sequence = next(self._sequence)
        self._intents[sequence] = intent._replace(sequence=sequence)
        return sequence

    async def settle(self, sequence: int, *, link: Link | None = None, unlinked: str = "") -> None:
        self._intents.pop(sequence, None)
        if link is not None:
            await self.put_link(link)
        await self.drop_link(unlinked)

    def settling(self, local: Writing, sequence: int, *, link: Link | None = None, unlinked: str = "") -> Writing:
        return _Settling(local, lambda: self.settle(sequence, link=link, unlinked=unlinked))

    async def open_intents(self) -> Sequence[Intent]:
        return list(self._intents.values())

    async def abandoned_intents(self) -> Sequence[Intent]:
        """Nobody else is at this store: what is open is of a process that ended, or of the caller's."""
        return await self.open_intents()

    def is_under_way(self, type: str, *, id: str = "", name: str = "") -> bool:  # noqa: A002
        return any(
            intent.type == type
            and (intent.id == id if id else (intent.operation, intent.name.casefold()) == ("create", name.casefold()))
            for intent in self._intents.values()
        )

    async def tend(self) -> bool:
        return True

    async def rest(self) -> None: ...

    def close(self) -> None: ...

    async def enqueue(self, task: Task) -> int:
        sequence = next(self._sequence)
        self._tasks[sequence] = task._replace(sequence=sequence)
        return sequence

    async def next_tasks(self, now: str, count: int) -> Sequence[Task]:
        first: dict[str, Task] = {}
        for task in self._tasks.values():
            if task.state == "waiting":
                first.setdefault(task.id, task)
        return [task for task in first.values() if task.due <= now][:count]

    def is_waiting(self, id: str) -> bool:  # noqa: A002
        return any(task.id == id and task.state == "waiting" for task in self._tasks.values())

    async def retry_later(self, sequence: int, due: str, reason: str) -> None:
        self._attempted(sequence, reason, due=due, state="waiting")

    async def fail(self, sequence: int, reason: str) -> None:
        self._attempted(sequence, reason, state="failed")

    async def finish(self, sequence: int) -> None:
        self._tasks.pop(sequence, None)

    async def tasks(self) -> Sequence[Task]:
        return list(self._tasks.values())

    def _attempted(self, sequence: int, reason: str, **fields: str) -> None:
        task = self._tasks.get(sequence)
        if task is not None:
            self._tasks[sequence] = task._replace(attempts=task.attempts + 1, reason=reason, **fields)  # type: ignore[arg-type]


class _Settling:
    """A directory whose write is followed by something; a write that raises is not."""

    def __init__(self, local: Writing, settle: Callable[[], Awaitable[None]]) -> None:
        self._local = local
        self._settle = settle

    async def create(self, new: New, actor: Actor) -> Record:
        record = await self._local.create(new, actor)
        await self._settle()
        return record

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        record = await self._local.update(type, id, change, actor)
        await self._settle()
        return record

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        deleted = await self._local.delete(type, id, check, actor)
        await self._settle()
        return deleted

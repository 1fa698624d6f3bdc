"""Imports: from a source into the realm's directory, a plan first, then its application.

    People.read -> Comparison.examine -> ImportPlan -> safeguards -> links, then the directory -> ImportPlan's cursor

The directory's own journal tells what was written, under the name of the source. A crash between a link and its
resource leaves a link to nobody, which the next import fills.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from scimbridge.directory.documents import timestamp
from scimbridge.directory.ports import Directory
from scimbridge.provisioning.errors import ImportOccupied
from scimbridge.provisioning.sources.comparison import KINDS, Comparison
from scimbridge.provisioning.sources.drafts import Drafts
from scimbridge.provisioning.sources.import_plan import Arrival, ImportPlan
from scimbridge.provisioning.sources.ports import People, Problem, Progress, Reading, SourceStore
from scimbridge.provisioning.sources.safeguards import objections
from scimbridge.provisioning.sources.source import Source
from scimbridge.provisioning.sources.usual import effective
from scimbridge.provisioning.sources.writing import Writing
from scimbridge.scim.schema import ResourceTypes

# How long a process that hangs keeps others from importing.
_HELD: Final = timedelta(minutes=2)
# More that could not be imported are not asked for one by one: the next import goes on from where this one did.
_MOST_AGAIN: Final = 500
# Rows that are examined before the event loop does something else: about 20 ms.
_STRETCH: Final = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to: `done` by action and type, and all that could not be imported."""

    plan: ImportPlan
    done: Mapping[str, int]
    problems: Sequence[Problem]


class Intake:
    """Imports of one source. `ids` makes those of new resources; `holder` names this process to a person."""

    def __init__(
        self,
        source: Source,
        people: People,
        store: SourceStore,
        directory: Directory,
        types: ResourceTypes,
        *,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        holder: str,
    ) -> None:
        self._source = source
        self._people = people
        self._store = store
        self._directory = directory
        self._types = types
        self._clock = clock
        self._ids = ids
        self._holder = holder
        self._held: datetime | None = None

    async def plan(self, *, everything: bool = False) -> ImportPlan:
        """What an import would do; nothing is written. `everything`: also what has not changed since the last one.

        Raises SourceUnreadable, TargetUnavailable.
        """
        cursor = "" if everything else self._cursor
        reading = await self._people.read(cursor, self._refused if cursor else ())
        if cursor and self._misses(reading):
            reading = await self._people.read("")
        return await self._compare(reading)

    async def run(
        self,
        *,
        everything: bool = False,
        allow: frozenset[str] = frozenset(),
        progress: Callable[[int, int], None] | None = None,
    ) -> Imported:
        """Plans, and makes the directory what the plan says. `progress` is told how much of how much is done.

        Raises as `plan`, PlanRefused and ImportOccupied, and has written nothing then.
        """
        await self._hold()
        try:
            plan = await self.plan(everything=everything)
            plan.allow(allow)
            return await self._apply(plan, progress)
        finally:
            await self._store.release(self._source.id, self._holder)

    async def _apply(self, plan: ImportPlan, progress: Callable[[int, int], None] | None) -> Imported:
        writing = Writing(self._source, self._store, self._directory, self._ids)
        done = 0
        for phase in _phases(plan.items):
            for batch in _batches(phase):
                await self._hold()
                await writing.write(batch)
                done += len(batch)
                if progress is not None:
                    progress(done, len(plan.items))
        await writing.finish()
        problems = [*plan.problems, *writing.problems]
        now, cursor = timestamp(self._clock()), self._next_cursor(plan.cursor, problems)
        await self._store.advance(self._source.id, Progress(cursor, now, self._source.revision), problems)
        return Imported(plan, writing.done, problems)

    @property
    def _cursor(self) -> str:
        """Of the last import, if it went by the settings of now."""
        progress = self._store.progress(self._source.id)
        return progress.cursor if progress.revision == self._source.revision else ""

    @property
    def _refused(self) -> frozenset[str]:
        """Keys of what the last import could not import."""
        return frozenset(problem.key for problem in self._store.refused(self._source.id) if problem.key)

    def _next_cursor(self, cursor: str, problems: Sequence[Problem]) -> str:
        """What could not be imported is read again next time by its key, and told again, however long that lasts.

        Who could be at last may be in groups that have not changed since: then the next import reads everything.
        """
        keys = {problem.key for problem in problems if problem.key}
        if len(keys) > _MOST_AGAIN:
            return self._cursor
        came = {link.key for link in self._store.links(self._source.id)} & self._refused - keys
        return "" if came else cursor

    async def _hold(self) -> None:
        """Takes the right to import, or keeps it; costs nothing until a third of its time is over."""
        now = self._clock()
        if self._held is not None and now < self._held + _HELD / 3:
            return
        holder = await self._store.acquire(self._source.id, self._holder, timestamp(now), timestamp(now + _HELD))
        if holder is not None:
            raise ImportOccupied(holder)
        self._held = now

    def _misses(self, reading: Reading) -> bool:
        """Whether there is somebody whom this reading does not show and no earlier one has brought."""
        known = {(link.type, link.key) for link in self._store.links(self._source.id) if link.presence == "present"}
        known |= {(row.type, row.key) for row in reading.rows}
        return any((kind, key) not in known for kind in KINDS for key in reading.keys.get(kind, ()))

    async def _compare(self, reading: Reading) -> ImportPlan:
        source = self._source
        drafts = Drafts(effective(reading.usual, source.mappings), self._types, self._clock)
        comparison = Comparison(
            source, reading, drafts=drafts, directory=self._directory, store=self._store, types=self._types
        )
        items: list[Arrival] = []
        for number, row in enumerate(reading.rows, 1):
            if arrival := comparison.examine(row):
                items.append(arrival)
            if number % _STRETCH == 0:
                await asyncio.sleep(0)
        items += [item for row in reading.rows if row.type == "Group" and (item := await comparison.members(row))]
        notes = list(reading.notes)
        leaving = list(comparison.departures())
        if leaving and not reading.is_whole:
            notes.append(
                f"{len(leaving)} who came from the source were not found in it and are kept all the same, since some of"
                " it could not be read."
            )
            leaving = []
        refused = objections(
            source.safeguards,
            leaving=sum(1 for item in leaving if item.type == "User" and item.action != "unlink"),
            imported=sum(1 for link in comparison.links.values() if (link.type, link.presence) == ("User", "present")),
            there=len(reading.keys.get("User", ())),
        )
        read = {kind: len(reading.keys.get(kind, ())) for kind in KINDS}
        return ImportPlan(source.name, [*leaving, *items], read, comparison.problems, notes, refused, reading.cursor)


_PHASES: Final = (
    ("update", "return", "deactivate"),
    ("link", "create"),
    ("change members", "empty"),
    ("delete", "unlink"),
)


def _phases(items: Sequence[Arrival]) -> Iterator[Sequence[Arrival]]:
    """Names become free and access ends first; what only takes away comes last."""
    for actions in _PHASES:
        yield [item for item in items if item.action in actions]


# What is written at once, and committed together.
_BATCH: Final = 64


def _batches(items: Sequence[Arrival]) -> Iterable[Sequence[Arrival]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))

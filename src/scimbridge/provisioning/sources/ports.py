"""What an import needs from outside: people and groups as they are in a source, and a store of what came from where.

As directory.ports: a store is bound to one realm when it is made; a coroutine that returned has its effect on disk,
whole.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from scimbridge.access.ports import AdminEvent
from scimbridge.provisioning.mapping import AttributeMapping
from scimbridge.provisioning.sources.source import Source
from scimbridge.provisioning.target import Attempted

Kind = Literal["User", "Group"]


class Row(NamedTuple):
    """A person or group as the source has it.

    `key` is the same at every reading. `where`: its place, for a person to find it (`people.csv, line 7`). `values`: of
    a person what expressions read as `appuser.x`, where "" is an attribute that the source could have and has not; of
    a group a SCIM document. `members`: keys of people and groups, None = not known.
    """

    type: Kind
    key: str
    where: str
    values: Mapping[str, Any]
    members: Sequence[str] | None = None


class Problem(NamedTuple):
    """Something that could not be imported, and why. `key` "" if nobody knows whom it is about."""

    where: str
    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    `rows`: all, or after a cursor those that may have changed. `keys`: of all that are there, by type. `cursor`: what
    the next reading goes on from, "" = it reads everything again. `usual`: the mappings of a source whose settings
    name none. `notes`: what a person should know, and nobody has to do something about.
    """

    rows: Sequence[Row]
    keys: Mapping[Kind, frozenset[str]]
    usual: tuple[AttributeMapping, ...]
    problems: Sequence[Problem] = ()
    cursor: str = ""
    notes: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything in the source is known, so that what is not in it has left."""
        return all(problem.key for problem in self.problems)


class People(Protocol):
    """The way to one source."""

    async def test(self) -> Sequence[Attempted]:
        """Tries it step by step. Does not raise."""

    async def read(self, cursor: str, again: Collection[str] = ()) -> Reading:
        """Everything; or what has changed since a cursor, and what has one of the keys `again` besides.

        Raises SourceUnreadable, TargetUnavailable.
        """

    async def close(self) -> None: ...


# `present`: it is in the source. `left`: it was, and what its `on_leave` says was done.
Presence = Literal["present", "left"]


class SourceLink(NamedTuple):
    """What ties a resource here to the source it came from: it proves that the source may change it."""

    type: Kind
    key: str
    id: str
    presence: Presence = "present"


class Progress(NamedTuple):
    """How far imports have come. `cursor` of the last reading, `imported` when (RFC 3339), "" = never.

    `revision`: the source's settings that the last one went by. `failure`: why the last one on schedule came to nothing
    and what to do, "" = it did not.
    """

    cursor: str = ""
    imported: str = ""
    revision: int = 0
    failure: str = ""


class SourceStore(Protocol):
    """The sources of one realm."""

    def all(self) -> Sequence[Source]:
        """In order of name."""

    def get(self, name: str) -> Source | None: ...

    async def add(self, source: Source, event: AdminEvent) -> None:
        """Raises access.ports.NameTaken, RealmGone."""

    async def update(self, name: str, change: Callable[[Source], Source], event: AdminEvent) -> Source | None:
        """Reads, changes, counts the revision up, writes, in one transaction; what `change` raises passes through.

        A change that changes nothing counts nothing up. None if there is no such source. Raises NameTaken.
        """

    async def delete(self, name: str, event: AdminEvent) -> bool:
        """With its links and its secret; who came from it stays in the directory."""

    def links(self, source: str) -> Sequence[SourceLink]:
        """`source`: its id, here and below."""

    def owner(self, id: str) -> str | None:  # noqa: A002
        """The id of the source that a resource belongs to."""

    async def keep(self, source: str, links: Iterable[SourceLink], dropped: Iterable[str] = ()) -> None:
        """Puts links in place of those of the same resource; drops those of the resources with the ids `dropped`."""

    def progress(self, source: str) -> Progress: ...

    async def advance(self, source: str, progress: Progress, refused: Sequence[Problem] = ()) -> None:
        """`refused`: all that could not be imported, in place of what could not before."""

    def refused(self, source: str) -> Sequence[Problem]:
        """What the last import could not import."""

    async def acquire(self, source: str, holder: str, now: str, until: str) -> str | None:
        """Takes or renews the right to import, as provisioning.ports.Ledger.acquire."""

    async def release(self, source: str, holder: str) -> None: ...

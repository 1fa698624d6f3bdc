"""What a reading makes necessary in the directory, row by row: nothing is written here."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import orjson

from scimbridge.directory.ports import Directory, Document, Record
from scimbridge.provisioning.mapping import differences
from scimbridge.provisioning.sources.drafts import Drafts, Flawed
from scimbridge.provisioning.sources.import_plan import Action, Arrival
from scimbridge.provisioning.sources.ports import Kind, Problem, Reading, Row, SourceLink, SourceStore
from scimbridge.provisioning.sources.source import Source
from scimbridge.scim.schema import ResourceTypes

KINDS: Final[tuple[Kind, ...]] = ("User", "Group")

_Links = Mapping[tuple[str, str], SourceLink]


class Comparison:
    """One reading against the directory."""

    def __init__(
        self,
        source: Source,
        reading: Reading,
        *,
        drafts: Drafts,
        directory: Directory,
        store: SourceStore,
        types: ResourceTypes,
    ) -> None:
        self._source = source
        self._reading = reading
        self._drafts = drafts
        self._directory = directory
        self._store = store
        self._types = types
        self.links: _Links = {(link.type, link.key): link for link in store.links(source.id)}
        self.problems: list[Problem] = list(reading.problems)
        self._rows: dict[tuple[str, str], Row] = {(row.type, row.key): row for row in reading.rows}
        self._doubtful = {problem.key for problem in reading.problems}
        self._keys = {link.id: link.key for link in self.links.values()}  # by id here
        self._coming: set[str] = set()
        self._taken: set[str] = set()
        self._names: dict[tuple[str, str], str] = {}  # where each name of a row stands, by type and folded name

    def examine(self, row: Row) -> Arrival | None:
        """What a person or group needs, members aside; a row that gives nothing becomes a problem."""
        try:
            arrival = self._examine(row)
        except Flawed as error:
            self.problems.append(error.problem)
            self._doubtful.add(row.key)
            return None
        if arrival is not None and arrival.action in ("create", "link"):
            self._coming.add(row.key)
            self._taken.add(arrival.id)
            self._keys[arrival.id] = row.key
        return arrival

    async def members(self, row: Row) -> Arrival | None:
        """Who is to join and leave a group, once all rows were examined; who came from elsewhere stays in it."""
        link = self.links.get((row.type, row.key))
        if row.members is None or row.key in self._doubtful or not (link or row.key in self._coming):
            return None
        present = await self._directory.members(link.id) if link else ()
        now = {key: None for member in present if (key := self._keys.get(member.id)) is not None}
        joined = [key for key in row.members if key not in now and (key in self._coming or self._is_here(key))]
        wanted = self._doubtful.union(row.members)
        left = [key for key in now if key not in wanted] if self._reading.is_whole else []
        if not joined and not left:
            return None
        name = str(row.values.get("displayName", row.key))
        why = ", ".join(f"{len(keys):,} {verb}" for keys, verb in ((joined, "join"), (left, "leave")) if keys)
        return Arrival(
            "change members",
            row.type,
            row.key,
            link.id if link else "",
            name,
            why,
            joined=joined,
            left=left,
            where=row.where,
        )

    def departures(self) -> Iterable[Arrival]:
        """Those who came from the source and are not in it any more."""
        for kind in reversed(KINDS):
            there = self._reading.keys.get(kind, frozenset())
            for link in self.links.values():
                is_gone = link.presence == "present" and link.key not in there and link.id not in self._taken
                if link.type == kind and is_gone:
                    yield self._departure(link)

    def _examine(self, row: Row) -> Arrival | None:
        link = self.links.get((row.type, row.key))
        record = self._directory.get(row.type, link.id) if link else None
        if record is not None:
            assert link is not None  # noqa: S101 (for mypy)
            return self._changed(row, record, "return" if link.presence == "left" else "update")
        document = self._drafts.make(row)
        name = self._name(row.type, document)
        self._claim(row, name)
        existing = self._directory.lookup(row.type, name)
        if existing is None or self._gives_up(existing, name):
            why = "new in the source" if link is None else "deleted here, and still in the source"
            sides = _sides({}, document)
            return Arrival("create", row.type, row.key, "", name, why, *sides, lambda _: document, where=row.where)
        if not self._may_take(existing):
            raise Flawed(Problem(row.where, self._clash(existing, name), row.key))
        return self._changed(row, existing, "link")

    def _changed(self, row: Row, record: Record, action: Action) -> Arrival | None:
        def change(existing: Document) -> Document:
            return self._drafts.change(row, existing, returns=action == "return")

        existing = read_document(record)
        document = change(existing)
        name = self._name(row.type, document)
        self._claim(row, name)
        before, after = _sides(existing, document)
        if action == "update" and not before and not after:
            return None
        why = {"link": "here before, under the same name", "return": "in the source again"}.get(action, "changed there")
        return Arrival(action, row.type, row.key, record.id, name, why, before, after, change, where=row.where)

    def _claim(self, row: Row, name: str) -> None:
        """Raises Flawed if an earlier row has the name."""
        where = self._names.setdefault((row.type, name.casefold()), row.where)
        if where != row.where:
            naming = self._types.by_name[row.type].naming
            raise Flawed(Problem(row.where, f'The {naming} "{name}" is that of {where} too.', row.key))

    def _may_take(self, existing: Record) -> bool:
        """Whether who is here under the same name may become the source's."""
        owner = self._store.owner(existing.id)
        if owner is None:
            return self._source.on_match == "link"
        former = self._keys.get(existing.id)
        return former is not None and former not in self._reading.keys.get(cast("Kind", existing.type), frozenset())

    def _gives_up(self, existing: Record, name: str) -> bool:
        """Whether who has the name is the source's own, and has another one in it now."""
        former = self._rows.get((existing.type, self._keys.get(existing.id, "")))
        try:
            return (
                former is not None
                and self._name(existing.type, self._drafts.make(former)).casefold() != name.casefold()
            )
        except Flawed:  # it keeps what it has
            return False

    def _clash(self, existing: Record, name: str) -> str:
        owner = self._store.owner(existing.id)
        if owner is None:
            return (
                f'There is a {existing.type.lower()} "{name}" already, who did not come from here; with on-match "link"'
                " the source takes it over."
            )
        other = next((source.name for source in self._store.all() if source.id == owner), owner)
        return f'The {existing.type.lower()} "{name}" belongs to the source "{other}".'

    def _departure(self, link: SourceLink) -> Arrival:
        record = self._directory.get(link.type, link.id)
        name = self._name(link.type, read_document(record)) if record else link.key
        if record is None or self._source.on_leave == "leave":
            return Arrival("unlink", link.type, link.key, link.id, name, "not in the source any more")
        if self._source.on_leave == "delete":
            action: Action = "delete"
        else:
            action = "deactivate" if link.type == "User" else "empty"
        if action != "deactivate":
            return Arrival(action, link.type, link.key, link.id, name, "not in the source any more")
        sides: tuple[Mapping[str, Any], Mapping[str, Any]] = ({"active": True}, {"active": False})
        return Arrival(action, "User", link.key, link.id, name, "not in the source any more", *sides, _deactivated)

    def _is_here(self, key: str) -> bool:
        """Whether somebody of this key is, who has not become another's."""
        links = [link for kind in KINDS if (link := self.links.get((kind, key))) and link.id not in self._taken]
        return any(self._directory.get(link.type, link.id) is not None for link in links)

    def _name(self, kind: str, document: Document) -> str:
        return str(document[self._types.by_name[kind].naming])


def read_document(record: Record) -> Document:
    """A stored resource without its id."""
    document: Document = orjson.loads(record.document)
    del document["id"]
    return document


def _deactivated(document: Document) -> Document:
    return {**document, "active": False}


def _sides(existing: Document, document: Document) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What differs, on each side, by SCIM path."""
    found = differences(existing, document)
    return (
        {difference.path: difference.before for difference in found if difference.before is not None},
        {difference.path: difference.after for difference in found if difference.after is not None},
    )

"""What the rows of a source are to be in the directory: its mappings over them, read as a SCIM request is read."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from scimbridge.directory.ports import Document
from scimbridge.provisioning.expression import Context, compile_expression
from scimbridge.provisioning.mapping import AttributeMapping, Mapped, MappingFailed, ProfileMapping, merge
from scimbridge.provisioning.sources.ports import Problem, Row
from scimbridge.scim.errors import ScimError
from scimbridge.scim.resource import Reader
from scimbridge.scim.schema import ResourceTypes

_NAMED: Final = re.compile(r'Attribute "([^"]+)"')
_INNER: Final = re.compile(r"\[[^\]]*\]")


class Flawed(Exception):  # noqa: N818 (a condition of one row, told with the row)
    """The row gives no resource; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class Drafts:
    """Those of one import. Raises ExpressionError or ValueError for mappings that `check_mappings` refuses."""

    def __init__(
        self, mappings: Sequence[AttributeMapping], types: ResourceTypes, clock: Callable[[], datetime]
    ) -> None:
        self._mappings = mappings
        self._clock = clock
        # What a source does not have any more is to go here too, be it null or "".
        self._mapping = ProfileMapping(mappings, push_nulls=True, kind=types.by_name["User"])
        self._readers = {kind.name: Reader(kind) for kind in types.types}

    def make(self, row: Row) -> Document:
        """A new resource. Raises Flawed."""
        document = dict(row.values) if row.type == "Group" else self._mapped(row, created=True).document
        made = self._read(row, document)
        if row.type == "User":
            made.setdefault("active", True)
        return made

    def change(self, row: Row, existing: Document, *, returns: bool = False) -> Document:
        """The resource as it is to be: what the source has no mapping for stays. Raises Flawed.

        `returns`: it had left, and is active again unless the source says otherwise.
        """
        if row.type == "Group":
            return self._read(row, {**existing, **row.values}, existing)
        before = {**existing, "active": True} if returns else existing
        changed = merge(before, self._mapped(row, created=False), None)
        return existing if changed is existing else self._read(row, changed, existing)

    def _mapped(self, row: Row, *, created: bool) -> Mapped:
        context = Context(profile=row.values, appuser=row.values, now=self._clock())
        try:
            mapped = self._mapping.document(context, created=created)
        except MappingFailed as error:
            raise self._flawed(row, error.target, error.reason) from None
        # Nobody means a lock-out with an empty cell.
        return replace(mapped, cleared=tuple(target for target in mapped.cleared if target != "active"))

    def _read(self, row: Row, document: Mapping[str, Any], existing: Document | None = None) -> Document:
        try:
            return self._readers[row.type].read(document, existing).document
        except ScimError as error:
            named = _NAMED.match(error.detail)
            raise self._flawed(row, named[1] if named else "", error.detail) from None

    def _flawed(self, row: Row, path: str, reason: str) -> Flawed:
        columns = self._columns(path) if row.type == "User" else ()
        where = f"{row.where}, {' and '.join(columns)}" if columns else row.where
        return Flawed(Problem(where, reason, row.key))

    def _columns(self, path: str) -> tuple[str, ...]:
        """What of the source an attribute is made from."""
        wanted = _INNER.sub("", path)
        for mapping in self._mappings:
            target = _INNER.sub("", mapping.target)
            if wanted and (target == wanted or target.startswith((f"{wanted}.", f"{wanted}:"))):
                return tuple(f'"{name}"' for name in attributes_of([mapping]))
        return ()


def attributes_of(mappings: Iterable[AttributeMapping]) -> Sequence[str]:
    """What of a source's own attributes the mappings read."""
    names = {name for mapping in mappings for name in compile_expression(mapping.expression).names}
    return sorted({name.partition(".")[2] for name in names if name.startswith(("appuser.", "user."))})

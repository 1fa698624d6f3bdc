"""Searches with a filter or an order.

On the event loop where an index leaves few resources to look at, else in a reader thread.
"""

# ruff: noqa: S608 (the parts are constants and attribute names from schemas, quoted; values are always bound)

import sqlite3
from collections.abc import Mapping
from functools import cache

import orjson

from scimbridge.adapters.sqlite import records
from scimbridge.adapters.sqlite.condition import Condition, Reach
from scimbridge.adapters.sqlite.cursor import Mark, SortKey
from scimbridge.adapters.sqlite.predicate import Predicate
from scimbridge.directory.ports import Page, Query
from scimbridge.scim.schema import ResourceTypes

# More than these are looked at in a reader thread: each may cost a parse of its document (5 us).
FEW = 100

# Whether a row is at or before the mark, whose parameters have these numbers: is the key NULL, the key, seq.
_PAST = {
    False: "CASE WHEN (k IS NULL) <> ?{0} THEN (k IS NULL) < ?{0} WHEN k IS ?{1} THEN seq <= ?{2} ELSE k < ?{1} END",
    True: "CASE WHEN (k IS NULL) <> ?{0} THEN (k IS NULL) > ?{0} WHEN k IS ?{1} THEN seq <= ?{2} ELSE k > ?{1} END",
}
_ORDER = {False: "k IS NULL, k, seq", True: "k IS NULL DESC, k DESC, seq"}
# The realm and the type. With `+` they offer no index, lest it be preferred to a list of seqs.
_OF_TYPE: Mapping[Reach, str] = {
    "one": "r.realm = ? AND r.type = ?",
    "column": "r.realm = ? AND r.type = ?",
    "seqs": "+r.realm = ? AND +r.type = ?",
    "all": "r.realm = ? AND r.type = ?",
}
_NO_FILTER = Condition("1")


class Search:
    """The searches of one realm."""

    def __init__(self, realm: str, types: ResourceTypes) -> None:
        self._realm = realm
        self._predicates = {kind.name: Predicate(kind, realm) for kind in types.types}

    def among_few(self, connection: sqlite3.Connection, query: Query) -> Page | None:
        """The page, if the filter has an index to find it by that leaves few to look at."""
        if len(query.filters) != 1 or query.sort or query.after is not None:
            return None
        ((kind, bound),) = query.filters.items()
        condition = self._predicates[kind].compile(bound) if bound is not None else _NO_FILTER
        if condition.reach == "all" or not self._leaves_few(connection, kind, condition):
            return None
        sql = (_few_known if condition.part is None else _few)(condition.reach, condition.sql)
        seqs, found = records.select_few(connection, kind, sql, (self._realm, kind, *condition.parameters))
        if len(found) > FEW:
            return None
        first = query.start - 1
        end = first + query.count
        following = Mark(None, seqs[end - 1]).text() if first < end < len(found) else None
        return Page(found[first:end], len(found), following)

    def among_all(self, connection: sqlite3.Connection, query: Query) -> Page:
        """The page, looking at all there is. Raises ValueError if `query.after` is none of ours.

        Everything that matches comes as one row, and not row by row, for the reason given in records.py.
        """
        rows = self._rows(query)
        mark = Mark.parse(query.after) if query.after is not None else None
        descending = query.descending and bool(query.sort)
        past = (
            "0"
            if mark is None
            else _PAST[descending].format(*range(len(rows.parameters) + 1, len(rows.parameters) + 4))
        )
        values = () if mark is None else (mark.key is None, mark.key, mark.seq)
        ordered = f"SELECT seq, k FROM found ORDER BY {_ORDER[descending]}"
        sql = f"{_found(rows)} SELECT json_group_array(seq), total({past}) FROM ({ordered})"
        text, skipped = connection.execute(sql, (*rows.parameters, *values)).fetchone()
        seqs = orjson.loads(text)
        first = query.start - 1 if mark is None else int(skipped)
        page = seqs[first : first + query.count]
        following = None
        if page and first + len(page) < len(seqs):
            following = Mark(self._key(connection, rows, page[-1]), page[-1]).text()
        return Page(records.read(connection, page), len(seqs), following)

    def _rows(self, query: Query) -> Condition:
        """A SELECT of seq and sort key `k` of everything that matches."""
        selects, parameters = [], []
        for kind, bound in query.filters.items():
            predicate = self._predicates[kind]
            condition = _NO_FILTER if bound is None else predicate.compile(bound)
            target = query.sort.get(kind)
            key = "NULL" if target is None else predicate.sort_key(target)
            selects.append(
                f"SELECT r.seq AS seq, {key} AS k FROM resource r"
                f" WHERE {_OF_TYPE[condition.reach]} AND ({condition.sql})"
            )
            parameters += [self._realm, kind, *condition.parameters]
        return Condition(" UNION ALL ".join(selects), tuple(parameters))

    def _leaves_few(self, connection: sqlite3.Connection, kind: str, condition: Condition) -> bool:
        """Whether the index does, before the rest of the condition is looked at."""
        part = condition.part
        if part is None or condition.reach == "one":
            return True
        sql = f"SELECT 1 FROM resource r WHERE {_OF_TYPE[part.reach]} AND {part.sql} LIMIT {FEW + 1}"
        return len(connection.execute(sql, (self._realm, kind, *part.parameters)).fetchall()) <= FEW

    @staticmethod
    def _key(connection: sqlite3.Connection, rows: Condition, seq: int) -> SortKey:
        sql = f"{_found(rows)} SELECT k FROM found WHERE seq = ?"
        key: SortKey = connection.execute(sql, (*rows.parameters, seq)).fetchone()[0]
        return key


def _few(reach: Reach, condition: str) -> str:
    return f"{records.SELECT_FEW} WHERE {_OF_TYPE[reach]} AND {condition} ORDER BY r.seq LIMIT {FEW + 1}"


# A handful for each type. The same text is the same object: its prepared statement is found 0.5 us sooner.
_few_known = cache(_few)


def _found(rows: Condition) -> str:
    return f"WITH found (seq, k) AS MATERIALIZED ({rows.sql})"

"""Lists without filter in order of creation: the cost of a page does not depend on how deep it is.

The table `block` counts the resources for each 1024 values of seq. A page is found by adding up counts, then by
skipping at most 1023 entries of an index.
"""

# ruff: noqa: S608 (the parts are constants and attribute names from schemas, quoted; values are always bound)

import sqlite3
from collections import Counter
from collections.abc import Sequence

import orjson

from scimbridge.adapters.sqlite import records
from scimbridge.adapters.sqlite.cursor import Mark
from scimbridge.directory.ports import Page, Query

BLOCK_BITS = 10
_FULL = 1 << BLOCK_BITS


# In one row: 98 of them, which 100,000 resources fill, cost 90 us as rows and 35 so.
_COUNTS = """
    SELECT json_group_array(block), json_group_array(n)
    FROM (SELECT block, n FROM block WHERE realm = ? AND type = ? ORDER BY block)
"""
# One more than asked for tells whether there is a next page.
_OF_ONE_TYPE = f"""{records.SELECT} WHERE r.realm = ?1 AND r.type = ?2 AND r.seq >= (
    SELECT seq FROM resource WHERE realm = ?1 AND type = ?2 AND seq >= ?3 ORDER BY seq LIMIT 1 OFFSET ?4
) ORDER BY r.seq LIMIT ?5 + 1"""


def list_page(connection: sqlite3.Connection, realm: str, query: Query) -> Page:
    """Raises ValueError if `query.after` is none of ours."""
    kinds = sorted(query.filters)
    after = None if query.after is None else Mark.parse(query.after).seq
    connection.execute("BEGIN")  # one snapshot; each statement by itself would lock the file anew, for 3.5 us
    try:
        counts = _counts(connection, realm, kinds)
        start = _locate(counts, query.start - 1) if after is None else (after + 1, 0)
        seqs, found = _records(connection, realm, kinds, start, query.count)
    finally:
        connection.execute("COMMIT")
    more = 0 < query.count < len(found)
    following = Mark(None, seqs[query.count - 1]).text() if more else None
    return Page(found[: query.count], sum([n for _, n in counts]), following)


def _counts(connection: sqlite3.Connection, realm: str, kinds: Sequence[str]) -> list[tuple[int, int]]:
    """How many there are in each block that has any, in order."""
    if len(kinds) == 1:
        return _counts_of(connection, realm, kinds[0])
    counts: Counter[int] = Counter()
    for kind in kinds:
        counts.update(dict(_counts_of(connection, realm, kind)))
    return sorted(counts.items())


def _counts_of(connection: sqlite3.Connection, realm: str, kind: str) -> list[tuple[int, int]]:
    ((blocks, numbers),) = connection.execute(_COUNTS, (realm, kind)).fetchall()
    return list(zip(orjson.loads(blocks), orjson.loads(numbers), strict=True))


def _locate(counts: Sequence[tuple[int, int]], skip: int) -> tuple[int, int]:
    """The first seq of the block in which the entry after `skip` others is, and how many to skip in it."""
    last = 0
    for block, n in counts:
        last = block
        if skip < n:  # a full block has no gaps to count by: 30 us less
            return ((block << BLOCK_BITS) + skip, 0) if n == _FULL else (block << BLOCK_BITS, skip)
        skip -= n
    return (last + 1) << BLOCK_BITS, 0


def _records(
    connection: sqlite3.Connection, realm: str, kinds: Sequence[str], start: tuple[int, int], count: int
) -> records.Found:
    if len(kinds) == 1:
        return records.select(connection, kinds[0], _OF_ONE_TYPE, (realm, kinds[0], *start, count))
    first, skipped = start
    one = "SELECT seq FROM resource WHERE realm = ? AND type = ? AND seq >= ? ORDER BY seq LIMIT ?"
    sql = " UNION ALL ".join(f"SELECT seq FROM ({one})" for _ in kinds) + " ORDER BY seq LIMIT ? OFFSET ?"
    parameters = [value for kind in kinds for value in (realm, kind, first, skipped + count + 1)]
    seqs = [row[0] for row in connection.execute(sql, (*parameters, count + 1, skipped)).fetchall()]
    return seqs, records.read(connection, seqs)

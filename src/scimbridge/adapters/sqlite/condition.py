"""Pieces of SQL with their parameters."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

SqlValue = str | int | float

# How an index narrows what is to be looked at: to one row by a unique column, to some by a column, to some by a list
# of seqs, or not at all.
Reach = Literal["one", "column", "seqs", "all"]
_NARROWEST_FIRST: tuple[Reach, ...] = ("one", "column", "seqs", "all")


class Condition(NamedTuple):
    """SQL that is true, false or NULL, and NULL counts as false; no `OR` stands at its top unless `loose`.

    `part` is what of it the index serves, if that is not all. `depth` counts the parentheses that it opens.
    """

    sql: str
    parameters: tuple[SqlValue, ...] = ()
    reach: Reach = "all"
    part: "Condition | None" = None
    loose: bool = False
    depth: int = 0


def every(conditions: Sequence[Condition]) -> Condition:
    """All of them, reached by the best of their indexes."""
    if len(conditions) == 1:
        return conditions[0]
    best = min(conditions, key=lambda condition: _NARROWEST_FIRST.index(condition.reach))
    whole = _join([tight(condition) for condition in conditions], " AND ")
    return Condition(whole.sql, whole.parameters, best.reach, best.part or best, depth=whole.depth)


def some(conditions: Sequence[Condition]) -> Condition:
    """At least one of them."""
    if len(conditions) == 1:
        return conditions[0]
    whole = _join(conditions, " OR ")
    return Condition(whole.sql, whole.parameters, loose=True, depth=whole.depth)


def no(condition: Condition) -> Condition:
    """Not this one: true where it is false or NULL."""
    return Condition(f"NOT ifnull({condition.sql}, 0)", condition.parameters, depth=condition.depth + 1)


def _join(conditions: Sequence[Condition], word: str) -> Condition:
    """The deepest first: SQLite's parser has room for 100 symbols, and keeps what stands before a parenthesis."""
    ordered = sorted(conditions, key=lambda condition: -condition.depth)
    parameters = tuple(value for condition in ordered for value in condition.parameters)
    return Condition(word.join(condition.sql for condition in ordered), parameters, depth=ordered[0].depth)


def tight(condition: Condition) -> Condition:
    """In parentheses if it needs them beside an AND."""
    if not condition.loose:
        return condition
    return Condition(f"({condition.sql})", condition.parameters, depth=condition.depth + 1)

"""Attributes that an expression reads and nobody can have, though one of nearly that name is there to be had.

Any name may be read, for extensions are free, and what nobody has is null: a slip of the pen gives no error, and
nothing.
"""

from collections.abc import Collection, Sequence
from typing import Final

from scimbridge.provisioning.expression import ExpressionError, compile_expression

# What has a profile with these names.
_OWNERS: Final = ("user", "manager")
# So many slips in a name, and in one so short that two make another word of it.
_SLIPS, _SLIPS_IN_SHORT, _SHORT = 2, 1, 4


def doubts(expression: str, known: Collection[str]) -> Sequence[str]:
    """A sentence about each name that is surely another of `known`; none about an expression that cannot be read."""
    try:
        names = compile_expression(expression).names
    except ExpressionError:
        return []
    read = [name.partition(".") for name in sorted(names)]
    meant = [(owner, name, _meant(name, known)) for owner, _, name in read if owner in _OWNERS and name not in known]
    return [
        f"Nobody here has {owner}.{name}, so that it gives nothing: is {owner}.{other} meant?"
        for owner, name, other in meant
        if other
    ]


def _meant(name: str, known: Collection[str]) -> str:
    """The nearest of them, "" if none is near."""
    most = _SLIPS if len(name) > _SHORT else _SLIPS_IN_SHORT
    near = [(slips, other) for other in known if (slips := _slips(name.casefold(), other.casefold())) <= most]
    return min(near)[1] if near else ""


def _slips(one: str, other: str) -> int:
    """Letters that are missing, too many, wrong, or two that changed places (optimal string alignment)."""
    former: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            best = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != wanted))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == wanted:
                best = min(best, former[column - 2] + 1)
            line.append(best)
        former, above = above, line
    return above[-1]

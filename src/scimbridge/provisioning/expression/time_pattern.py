"""Patterns of dates and times as Joda-Time writes them, e.g. `yyyy-MM-dd'T'HH:mm:ssZ`.

A letter stands for a field, its number for the width: numbers are filled up with zeros, three letters of a month are
its short name, four or more the long one. Text stands between apostrophes, two of which are one.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.time_fields import NUMBERS, TEXTS, write
from scimbridge.provisioning.expression.time_reading import Part, moment_of, reader

_LONGEST_PATTERN = 100
_LONGEST_TIME = 200
_PIECE = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letter>[A-Za-z])(?P=letter)*|[^A-Za-z']+", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimePattern:
    """A compiled pattern."""

    text: str
    _parts: tuple[Part, ...]
    _reader: re.Pattern[str] | None

    def format(self, moment: datetime) -> str:
        return "".join(letter if width == 0 else write(letter, width, moment) for letter, width in self._parts)

    def parse(self, text: str) -> datetime:
        """The moment that a text in this pattern means, in UTC where no zone stands in it; raises EvaluationError."""
        if self._reader is None:
            raise EvaluationError(f'The time pattern "{self.text}" has letters that are only written, not read.')
        match = self._reader.fullmatch(text.strip()) if len(text) <= _LONGEST_TIME else None
        if match is None:
            raise EvaluationError(f'The time "{text[:40]}" is not written as "{self.text}".')
        try:
            return moment_of(match.groupdict(default=""))
        except (ValueError, OverflowError):
            raise EvaluationError(f'The time "{text[:40]}" does not exist.') from None


@lru_cache(maxsize=256)
def compile_time_pattern(text: str) -> TimePattern:
    """Raises EvaluationError, naming the letter, for a pattern that is not taken."""
    if not text or len(text) > _LONGEST_PATTERN:
        raise EvaluationError(f"A time pattern has 1 to {_LONGEST_PATTERN} characters.")
    pieces = list(_PIECE.finditer(text))
    if sum(len(piece[0]) for piece in pieces) < len(text):
        raise EvaluationError(f'The time pattern "{text}" has an apostrophe that is not closed.')
    parts = tuple(_part(piece) for piece in pieces)
    return TimePattern(text, parts, reader(parts))


def _part(piece: re.Match[str]) -> Part:
    letter = piece["letter"]
    if piece["quoted"] is not None:
        return piece["quoted"].replace("''", "'") or "'", 0
    if letter is None:
        return piece[0], 0
    if letter not in NUMBERS and letter not in TEXTS:
        raise EvaluationError(f'The letter "{letter}" of a time pattern is not known here.')
    return letter, len(piece[0])

"""Patterns of dates and times as Joda-Time writes them, e.g. `yyyy-MM-dd'T'HH:mm:ssZ`.

A letter stands for a field, its number for the width: numbers are filled up with zeros, three letters of a month are
its short name, four or more the long one. Text stands between apostrophes, two of which are one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

from scimbridge.provisioning.expression.errors import EvaluationError

_LONGEST_PATTERN = 100
_LONGEST_TIME = 200
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMED = 3  # so many letters of a month are its short name
_LONG = 4
_TWO_DIGITS = 2
_NOON = 12
# Years of two digits are those of 1970 to 2069.
_FIRST_OF_TWO_DIGITS = 70

# Field of a parsed time -> what was read for it.
_Found = Mapping[str, str]


class _Field(NamedTuple):
    """`digits` is the largest number of them when read, 0 if the field is only written."""

    written: Callable[[datetime], int]
    name: str
    digits: int


_NUMBERS: Mapping[str, _Field] = {
    "Y": _Field(lambda moment: moment.year, "year", 4),
    "y": _Field(lambda moment: moment.year, "year", 4),
    "M": _Field(lambda moment: moment.month, "month", 2),
    "d": _Field(lambda moment: moment.day, "day", 2),
    "D": _Field(lambda moment: moment.timetuple().tm_yday, "day_of_year", 3),
    "H": _Field(lambda moment: moment.hour, "hour", 2),
    "k": _Field(lambda moment: moment.hour or 24, "hour", 2),
    "K": _Field(lambda moment: moment.hour % 12, "half_hour", 2),
    "h": _Field(lambda moment: moment.hour % 12 or 12, "half_hour", 2),
    "m": _Field(lambda moment: moment.minute, "minute", 2),
    "s": _Field(lambda moment: moment.second, "second", 2),
    "S": _Field(lambda moment: moment.microsecond, "fraction", 9),
    "x": _Field(lambda moment: moment.isocalendar().year, "week_year", 0),
    "w": _Field(lambda moment: moment.isocalendar().week, "week", 0),
    "e": _Field(lambda moment: moment.isoweekday(), "day_of_week", 0),
}


@dataclass(frozen=True, slots=True)
class TimePattern:
    """A compiled pattern."""

    text: str
    _parts: tuple[tuple[str, int], ...]
    _reading: re.Pattern[str] | None

    def format(self, moment: datetime) -> str:
        return "".join(letter if width == 0 else _written(letter, width, moment) for letter, width in self._parts)

    def parse(self, text: str) -> datetime:
        """The moment that a text in this pattern means, in UTC where no zone stands in it; raises EvaluationError."""
        if self._reading is None:
            raise EvaluationError(f'The time pattern "{self.text}" has letters that are only written, not read.')
        match = self._reading.fullmatch(text.strip()) if len(text) <= _LONGEST_TIME else None
        if match is None:
            raise EvaluationError(f'The time "{text[:40]}" is not written as "{self.text}".')
        try:
            return _moment({name: found for name, found in match.groupdict().items() if found is not None})
        except (ValueError, OverflowError):
            raise EvaluationError(f'The time "{text[:40]}" does not exist.') from None


@lru_cache(maxsize=256)
def compile_time_pattern(text: str) -> TimePattern:
    """Raises EvaluationError, naming the letter, for a pattern that is not taken."""
    if not text or len(text) > _LONGEST_PATTERN:
        raise EvaluationError(f"A time pattern has 1 to {_LONGEST_PATTERN} characters.")
    parts: list[tuple[str, int]] = []
    for number, piece in enumerate(text.split("'")):
        # Every second piece is quoted; an empty one that is quoted was two apostrophes.
        if number % 2:
            parts.append((piece or "'", 0))
        else:
            parts += _fields(piece)
    if text.count("'") % 2:
        raise EvaluationError(f'The time pattern "{text}" has an apostrophe that is not closed.')
    return TimePattern(text, tuple(parts), _reading(parts))


def _fields(piece: str) -> list[tuple[str, int]]:
    fields = []
    for letter, run in groupby(piece):
        width = len(list(run))
        if not (letter.isascii() and letter.isalpha()):
            fields.append((letter * width, 0))
        elif letter in _NUMBERS or letter in _TEXTS:
            fields.append((letter, width))
        else:
            raise EvaluationError(f'The letter "{letter}" of a time pattern is not known here.')
    return fields


def _written(letter: str, width: int, moment: datetime) -> str:
    if letter == "M" and width >= _NAMED:
        return _name(_MONTHS[moment.month - 1], width)
    write = _TEXTS.get(letter)
    if write is not None:
        return write(moment, width)
    number = _NUMBERS[letter].written(moment)
    if letter in "yYx" and width == _TWO_DIGITS:
        return f"{number % 100:02d}"
    return f"{number:06d}".ljust(width, "0")[:width] if letter == "S" else str(number).zfill(width)


def _name(name: str, width: int) -> str:
    return name if width >= _LONG else name[:3]


def _offset(moment: datetime, width: int) -> str:
    if width > _TWO_DIGITS:
        return getattr(moment.tzinfo, "key", None) or moment.tzname() or ""
    text = f"{moment:%z}"[:5]
    return text if width == 1 else f"{text[:3]}:{text[3:]}"


_TEXTS: Mapping[str, Callable[[datetime, int], str]] = {
    "E": lambda moment, width: _name(_DAYS[moment.weekday()], width),
    "a": lambda moment, _: "PM" if moment.hour >= _NOON else "AM",
    "z": lambda moment, _: moment.tzname() or "",
    "Z": _offset,
}


def _reading(parts: list[tuple[str, int]]) -> re.Pattern[str] | None:
    """A pattern with bounded repetitions only; None if a field can not be read."""
    texts, seen = [], set[str]()
    for (letter, width), (following, next_width) in pairwise([*parts, ("", 0)]):
        if width == 0:
            texts.append(re.escape(letter))
            continue
        name, text = _readable(letter, width, adjacent=bool(next_width) and following in _NUMBERS)
        if not text or name in seen:
            return None
        seen.add(name)
        texts.append(f"(?P<{name}>{text})")
    return re.compile("".join(texts), re.IGNORECASE | re.ASCII)


def _readable(letter: str, width: int, *, adjacent: bool) -> tuple[str, str]:
    """The name of a field and what it looks like; "" if it is not read."""
    if letter == "M" and width >= _NAMED:
        return "month_name", _any_of(_MONTHS)
    if letter in _TEXTS:
        return _READ_TEXTS.get(letter, ("", "")) if letter != "Z" or width <= _TWO_DIGITS else ("", "")
    if letter in "yY" and width == _TWO_DIGITS:
        return "short_year", r"\d\d"
    field = _NUMBERS[letter]
    if field.digits == 0:
        return "", ""
    return field.name, rf"\d{{{width}}}" if adjacent or (
        letter in "yY" and width > 1
    ) else rf"\d{{1,{max(width, field.digits)}}}"


def _any_of(names: Sequence[str]) -> str:
    return "|".join(f"{name[:3]}(?:{name[3:]})?" for name in names)


_READ_TEXTS = {
    "E": ("weekday", _any_of(_DAYS)),
    "a": ("half", "[AP]M"),
    "Z": ("offset", r"Z|[+-]\d\d:?\d\d"),
}


def _moment(found: _Found) -> datetime:
    number = {name: int(text) for name, text in found.items() if text.isdecimal()}
    year = number.get("year", 2000)
    if "short_year" in number:
        year = number["short_year"] + (1900 if number["short_year"] >= _FIRST_OF_TWO_DIGITS else 2000)
    hour = number.get("hour", 0) % 24 if number.get("hour") == 24 else number.get("hour", 0)  # noqa: PLR2004
    if "half_hour" in number:
        hour = number["half_hour"] % 12 + (12 if found.get("half", "").upper() == "PM" else 0)
    month = _month(found["month_name"]) if "month_name" in found else number.get("month", 1)
    moment = datetime(
        year, month, number.get("day", 1), hour, number.get("minute", 0), number.get("second", 0),
        int(found.get("fraction", "").ljust(6, "0")[:6]), _zone(found.get("offset", "Z")),
    )  # fmt: skip
    if "day_of_year" in number:
        moment = moment.replace(month=1, day=1) + timedelta(days=number["day_of_year"] - 1)
    return moment


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.lower().startswith(name.lower()))


def _zone(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))

"""The letters of time patterns: the field that each stands for, and how it is written."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

SHORT = 3  # letters of a month that mean its short name; more mean the long one
TWO_DIGITS = 2
_NOON = 12


class NumberField(NamedTuple):
    """`name` tells what is read; `digits` are the most of them then, 0 if the field is only written."""

    written: Callable[[datetime], int]
    name: str
    digits: int


NUMBERS: Mapping[str, NumberField] = {
    "Y": NumberField(lambda moment: moment.year, "year", 4),
    "y": NumberField(lambda moment: moment.year, "year", 4),
    "M": NumberField(lambda moment: moment.month, "month", 2),
    "d": NumberField(lambda moment: moment.day, "day", 2),
    "D": NumberField(lambda moment: moment.timetuple().tm_yday, "day_of_year", 3),
    "H": NumberField(lambda moment: moment.hour, "hour", 2),
    "k": NumberField(lambda moment: moment.hour or 24, "hour_to_24", 2),
    "K": NumberField(lambda moment: moment.hour % 12, "half_hour", 2),
    "h": NumberField(lambda moment: moment.hour % 12 or 12, "half_hour", 2),
    "m": NumberField(lambda moment: moment.minute, "minute", 2),
    "s": NumberField(lambda moment: moment.second, "second", 2),
    "S": NumberField(lambda moment: moment.microsecond, "fraction", 9),
    "x": NumberField(lambda moment: moment.isocalendar().year, "week_year", 0),
    "w": NumberField(lambda moment: moment.isocalendar().week, "week", 0),
    "e": NumberField(lambda moment: moment.isoweekday(), "day_of_week", 0),
}


def _offset(moment: datetime, width: int) -> str:
    if width > TWO_DIGITS:
        return getattr(moment.tzinfo, "key", None) or moment.tzname() or ""
    text = f"{moment:%z}"[:5]
    return text if width == 1 else f"{text[:3]}:{text[3:]}"


TEXTS: Mapping[str, Callable[[datetime, int], str]] = {
    "E": lambda moment, width: _name(DAYS[moment.weekday()], width),
    "a": lambda moment, _: "PM" if moment.hour >= _NOON else "AM",
    "z": lambda moment, _: moment.tzname() or "",
    "Z": _offset,
}


def write(letter: str, width: int, moment: datetime) -> str:
    """The field of a moment, as so many of its letter write it."""
    if letter == "M" and width >= SHORT:
        return _name(MONTHS[moment.month - 1], width)
    text = TEXTS.get(letter)
    if text is not None:
        return text(moment, width)
    number = NUMBERS[letter].written(moment)
    if letter in "yYx" and width == TWO_DIGITS:
        return f"{number % 100:02d}"
    return f"{number:06d}".ljust(width, "0")[:width] if letter == "S" else str(number).zfill(width)


def _name(name: str, width: int) -> str:
    return name if width > SHORT else name[:SHORT]

"""Reading a time that is written in a pattern."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise

from scimbridge.provisioning.expression.time_fields import DAYS, MONTHS, NUMBERS, SHORT, TEXTS, TWO_DIGITS

# Years of two digits are those of 1970 to 2069.
_FIRST_OF_TWO_DIGITS = 70
_NOON = 12

# A piece of a pattern: the letter of a field and its number, or a text and 0.
Part = tuple[str, int]


def reader(parts: Sequence[Part]) -> re.Pattern[str] | None:
    """What a text in the pattern looks like, repetitions bounded; None if a field is one that is only written."""
    texts, seen = [], set[str]()
    for (letter, width), (following, next_width) in pairwise([*parts, ("", 0)]):
        if width == 0:
            texts.append(re.escape(letter))
            continue
        name, text = _readable(letter, width, adjacent=bool(next_width) and following in NUMBERS)
        if not text or name in seen:
            return None
        seen.add(name)
        texts.append(f"(?P<{name}>{text})")
    return re.compile("".join(texts), re.IGNORECASE | re.ASCII)


def moment_of(found: Mapping[str, str]) -> datetime:
    """The moment, from what was read for each field; raises ValueError, OverflowError if there is none."""
    number = {name: int(text) for name, text in found.items() if text.isdecimal()}
    moment = datetime(
        _year(number),
        _month(found["month_name"]) if "month_name" in found else number.get("month", 1),
        number.get("day", 1),
        _hour(number, afternoon=found.get("half", "").upper() == "PM"),
        number.get("minute", 0),
        number.get("second", 0),
        int(found.get("fraction", "").ljust(6, "0")[:6]),
        _zone(found.get("offset", "Z")),
    )
    if "day_of_year" in number:
        return moment.replace(month=1, day=1) + timedelta(days=number["day_of_year"] - 1)
    return moment


def _readable(letter: str, width: int, *, adjacent: bool) -> tuple[str, str]:
    """The name of a field and what it looks like; "" if it is not read.

    A number in front of another, as in `yyyyMMdd`, has exactly the digits that the pattern has.
    """
    if letter == "M" and width >= SHORT:
        return "month_name", _any_of(MONTHS)
    if letter in TEXTS:
        return _TEXTS.get(letter, ("", "")) if letter != "Z" or width <= TWO_DIGITS else ("", "")
    if letter in "yY" and width == TWO_DIGITS:
        return "short_year", r"\d\d"
    field = NUMBERS[letter]
    if field.digits == 0:
        return "", ""
    exact = adjacent or (letter in "yY" and width > 1)
    return field.name, rf"\d{{{width}}}" if exact else rf"\d{{1,{max(width, field.digits)}}}"


def _any_of(names: Sequence[str]) -> str:
    return "|".join(f"{name[:SHORT]}(?:{name[SHORT:]})?" for name in names)


_TEXTS = {
    "E": ("weekday", _any_of(DAYS)),
    "a": ("half", "[AP]M"),
    "Z": ("offset", r"Z|[+-]\d\d:?\d\d"),
}


def _year(number: Mapping[str, int]) -> int:
    short = number.get("short_year")
    if short is None:
        return number.get("year", 2000)
    return short + (1900 if short >= _FIRST_OF_TWO_DIGITS else 2000)


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(name.lower()))


def _hour(number: Mapping[str, int], *, afternoon: bool) -> int:
    half, to_24 = number.get("half_hour"), number.get("hour_to_24")
    if half is not None:
        if half > _NOON:
            raise ValueError(half)
        return half % _NOON + (_NOON if afternoon else 0)
    if to_24 is not None:
        return 0 if to_24 == 2 * _NOON else to_24
    return number.get("hour", 0)


def _zone(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))

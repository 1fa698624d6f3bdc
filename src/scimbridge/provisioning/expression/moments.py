"""The functions of `Time`: texts of ISO 8601, Windows file times, Unix times, and patterns."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scimbridge.provisioning.expression.context import Context
from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.function import Function, pure
from scimbridge.provisioning.expression.time_pattern import compile_time_pattern
from scimbridge.provisioning.expression.values import Value, shown, text_of

_WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NUMBER = 20
# The zones that Java knows by three letters, and with it Okta: places, so that summer time counts (EST is -05:00 all
# year in the time zone database).
_ALIASES = {
    "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "EST": "America/New_York",
    "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia",
    "MST": "America/Denver", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}  # fmt: skip


# One that every time zone database has.
_ANY: Final = "Europe/London"


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    zone = UTC if name == "UTC" else _found(_ALIASES.get(name, name))
    if zone is not None:
        return zone
    if _found(_ANY) is None:
        raise EvaluationError(
            "This system has no time zone database, so that only UTC is known: install the package tzdata, the system's"
            " or Python's."
        )
    raise EvaluationError(f'There is no time zone "{name[:40]}"; they are named like Europe/Berlin or UTC.')


def _found(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    # A name may lead to a folder of the database, or out of it.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _check_zone(value: Value) -> None:
    _zone(text_of(value, "Time.now"))


def _check_pattern(value: Value) -> None:
    compile_time_pattern(text_of(value, "A time pattern"))


def _now(context: Context, zone: Value = None, pattern: Value = None) -> Value:
    moment = context.now.astimezone(_zone(text_of(zone, "Time.now") or "UTC"))
    return compile_time_pattern(text_of(pattern, "Time.now")).format(moment) if pattern else _iso(moment)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(value: Value, place: str) -> datetime:
    """An ISO 8601 text as a moment; without zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text_of(value, place))
    except ValueError:
        raise EvaluationError(f"{place} takes a time such as 2026-03-01T12:00:00Z, not {shown(value)}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_ticks(place: str, epoch: datetime, ticks_a_second: int) -> Function:
    def convert(value: Value) -> Value:
        if value is None or value == "":
            return None
        text = text_of(value, place)
        if not text.removeprefix("-").isdecimal() or len(text) > _LONGEST_NUMBER:
            raise EvaluationError(f"{place} takes a whole number, not {shown(value)}.")
        try:
            return _iso(epoch + timedelta(microseconds=int(text) * 1_000_000 // ticks_a_second))
        except OverflowError:
            raise EvaluationError(f"{place}: {shown(value)} lies outside of the years 1 to 9999.") from None

    return pure(convert, 1)


def _to_ticks(place: str, epoch: datetime, ticks_a_second: int) -> Function:
    def convert(value: Value) -> Value:
        if value is None or value == "":
            return None
        microseconds = (_moment(value, place) - epoch) // timedelta(microseconds=1)
        return str(microseconds * ticks_a_second // 1_000_000)

    return pure(convert, 1)


def _from_string(value: Value, pattern: Value) -> Value:
    place = "Time.fromStringToIso8601"
    if value is None or value == "":
        return None
    return _iso(compile_time_pattern(text_of(pattern, place)).parse(text_of(value, place)))


def _to_string(value: Value, pattern: Value) -> Value:
    place = "Time.fromIso8601ToString"
    if value is None or value == "":
        return None
    return compile_time_pattern(text_of(pattern, place)).format(_moment(value, place))


_WITH_PATTERN: Mapping[int, Callable[[Value], object]] = {1: _check_pattern}

MOMENTS: Mapping[str, Function] = {
    "Time.fromIso8601ToString": pure(_to_string, 2, checks=_WITH_PATTERN),
    "Time.fromIso8601ToUnix": _to_ticks("Time.fromIso8601ToUnix", _UNIX_EPOCH, 1),
    "Time.fromIso8601ToWindows": _to_ticks("Time.fromIso8601ToWindows", _WINDOWS_EPOCH, 10_000_000),
    "Time.fromStringToIso8601": pure(_from_string, 2, checks=_WITH_PATTERN),
    "Time.fromUnixToIso8601": _from_ticks("Time.fromUnixToIso8601", _UNIX_EPOCH, 1),
    "Time.fromWindowsToIso8601": _from_ticks("Time.fromWindowsToIso8601", _WINDOWS_EPOCH, 10_000_000),
    "Time.now": Function(_now, 0, 2, uses_time=True, checks={0: _check_zone, **_WITH_PATTERN}),
}

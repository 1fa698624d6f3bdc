"""Readers of values that settings of applications and sources have; as access.readers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim, CronSimError

from scimbridge.access import readers
from scimbridge.access.readers import Read, refuse

# Any moment will do to read an expression at.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_CRON_FIELDS = 5


def optional(read: Read) -> Read:
    def read_optional(value: Any, path: str) -> Any:
        return None if value is None else read(value, path)

    return read_optional


def decimal(least: float, most: float, unit: str = "") -> Callable[[Any, str], float]:
    """A number, whole or not."""

    def read(value: Any, path: str) -> float:
        if type(value) not in (int, float) or not least <= value <= most:
            raise refuse(path, f"a number{unit} from {least:g} to {most:g}")
        return float(value)

    return read


share = decimal(0, 1)
seconds = decimal(0.1, 3600, " of seconds")


def integer(value: Any, path: str) -> int:
    if type(value) is not int or abs(value) > 2**31:
        raise refuse(path, "a whole number")
    return value


def schedule(value: Any, path: str) -> str:
    """A cron expression of five fields; "" = never."""
    text: str = readers.string(value, path)
    try:
        if text and len(text.split()) == _CRON_FIELDS:
            CronSim(text, _SOME_DAY)
        elif text:
            raise refuse(path, 'a cron expression of five fields, such as "0 3 * * *", or empty')
    except CronSimError as error:
        raise refuse(path, f"a cron expression: {error}") from None
    return text

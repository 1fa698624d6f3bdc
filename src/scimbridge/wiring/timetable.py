"""When something is due that a cron expression asks for."""

from collections.abc import Callable
from datetime import datetime

from cronsim import CronSim


class Timetable:
    """`expression` in UTC, "" = never. `last`: when it was done last (RFC 3339), "" = never: then now counts.

    Of several times that were missed only one is made up.
    """

    def __init__(self, expression: str, last: str, clock: Callable[[], datetime]) -> None:
        self._expression = expression
        self._clock = clock
        self._next = self._after(datetime.fromisoformat(last) if last else clock())

    def take(self) -> bool:
        """Whether it is due; if so it is taken as done, however it goes."""
        now = self._clock()
        if self._next is None or now < self._next:
            return False
        self._next = self._after(now)
        return True

    def _after(self, moment: datetime) -> datetime | None:
        return next(CronSim(self._expression, moment), None) if self._expression else None

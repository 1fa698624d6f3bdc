"""A circuit breaker: when most of what is sent fails, nothing more is sent for a while.

A failure is an answer that says nothing about the resource that was sent: none at all, "later", no SCIM, or "your
credential may not". A refusal for what stands in the resource is no failure: the target works.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from scimbridge.directory.documents import timestamp
from scimbridge.provisioning.ports import Standing

_WINDOW, _FEWEST = 50, 20
_MOST_FAILED = 0.4
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
# Beyond these it is an hour anyway.
_MOST_STRIKES: Final = 6


class Breaker:
    """Watches the last outcomes of one application."""

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=_WINDOW)

    def note(self, *, failed: bool) -> bool:
        """Whether it is too much now; then the count starts anew."""
        self._failed.append(failed)
        if len(self._failed) < _FEWEST or sum(self._failed) <= _MOST_FAILED * len(self._failed):
            return False
        self._failed.clear()
        return True


def quarantine(standing: Standing, now: datetime, reason: str) -> Standing:
    """For a minute; each time in a row twice as long as before, an hour at most."""
    pause = min(_LONGEST, _FIRST * 2 ** min(standing.strikes, _MOST_STRIKES))
    return standing._replace(quarantined=timestamp(now + pause), reason=reason, strikes=standing.strikes + 1)


def release(standing: Standing) -> Standing:
    """It works again, or a person says so."""
    return standing._replace(quarantined="", reason="", strikes=0)

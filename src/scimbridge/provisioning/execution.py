"""One piece of work, from the queue to its outcome: examined now, sent, and what went wrong given a name."""

import logging
from typing import NamedTuple

from scimbridge.provisioning.backoff import MAX_TRIES, pause
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.errors import ProvisioningError, TargetGone, TargetRefused, TargetUnavailable
from scimbridge.provisioning.group_events import GroupEvents
from scimbridge.provisioning.pace import Pace
from scimbridge.provisioning.performing import Prepared
from scimbridge.provisioning.ports import Candidate, Outcome, Work
from scimbridge.provisioning.user_events import UserEvents

logger = logging.getLogger(__name__)

# Seconds for which requests may as well stand in line.
_SHORT_REST = 5.0


class Performed(NamedTuple):
    """`failed`: the answer says nothing about the resource, but that the target does not work for us (breaker.py)."""

    outcome: Outcome
    failed: bool


class Execution:
    """Does the work of one application. `pace` is stopped for as long as a target asks for it."""

    def __init__(self, users: UserEvents, groups: GroupEvents, pace: Pace, environment: Environment) -> None:
        self._users = users
        self._groups = groups
        self._pace = pace
        self._environment = environment

    @property
    def rest(self) -> float:
        """Seconds for which the target wants nothing more, if they are too many to wait for a turn."""
        return left if (left := self._pace.left) > _SHORT_REST else 0.0

    async def prepare(self, work: Work, candidate: Candidate | None = None) -> Prepared | Outcome:
        """Looks at what is needed now; an Outcome if there is nothing to send.

        `candidate`: the user as they stand since the work was claimed, if that has been read.
        """
        try:
            return self._users.prepare(work, candidate) if work.type == "User" else await self._groups.prepare(work)
        except Exception as error:  # noqa: BLE001 (an error of ours in one must not stop the others)
            return _broken(work, error)

    async def perform(self, prepared: Prepared, sequence: int) -> Performed:
        """Sends it; `sequence` is that of its intent. Never raises what concerns this work alone."""
        failed = False
        try:
            outcome = await prepared.send()
        except ProvisioningError as error:
            outcome, failed = self._failure(prepared, error)
            if error.written and prepared.begun is not None:
                outcome = outcome._replace(link=prepared.begun(error.written))
        except Exception as error:  # noqa: BLE001
            outcome, failed = _broken(prepared.work, error), True
        if outcome.outcome == "done" and not outcome.former:
            outcome = outcome._replace(former="abandoned")
        return Performed(outcome._replace(intent=sequence), failed)

    def _failure(self, prepared: Prepared, error: ProvisioningError) -> Performed:
        match error:
            case TargetUnavailable():
                # A target that asks for patience works.
                return Performed(self._later(prepared.work, error), failed=not error.throttled)
            case TargetRefused():
                return Performed(self._refused(prepared, error), failed=error.forbidden)
            case _:
                return Performed(Outcome(prepared.work, "misbehaved", reason=str(error), settled=False), failed=True)

    def _later(self, work: Work, error: TargetUnavailable) -> Outcome:
        if error.throttled:
            self._pace.pause(error.retry_after)
        seconds = pause(work.attempts, error.retry_after, self._environment.uniform)
        due = self._environment.later(seconds) if work.attempts + 1 < MAX_TRIES else ""
        return Outcome(work, "unavailable", reason=error.reason, settled=False, due=due)

    def _refused(self, prepared: Prepared, error: TargetRefused) -> Outcome:
        work = prepared.work
        if isinstance(error, TargetGone) and prepared.gone is not None and work.attempts + 1 < MAX_TRIES:
            return prepared.gone(error.reason)
        return Outcome(work, "refused", target=prepared.entry.target, reason=error.reason, settled=False)


def _broken(work: Work, error: Exception) -> Outcome:
    """An error of ours: the log has the whole of it, the task a sentence."""
    logger.error("Work on %s %s failed", work.type, work.source, exc_info=error)
    reason = f"This is an error of scimbridge ({type(error).__name__}); the log says more."
    return Outcome(work, "misbehaved", reason=reason, settled=False)

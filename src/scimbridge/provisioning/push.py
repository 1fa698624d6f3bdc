"""Passes through the queue of one application, whoever asks for them: a push, events, a schedule."""

from typing import Final

from scimbridge.provisioning.breaker import Breaker, quarantine, release
from scimbridge.provisioning.draining import BATCH, Drain
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.execution import Execution
from scimbridge.provisioning.holding import Guard
from scimbridge.provisioning.lease import Lease
from scimbridge.provisioning.left_open import settled, take_up
from scimbridge.provisioning.planning import Planner
from scimbridge.provisioning.ports import Ledger
from scimbridge.provisioning.summary import Summary
from scimbridge.provisioning.supervision import Progress, Supervision

# How much of a second's requests is prepared ahead of its turn where there is a limit: what is older is less true.
_AHEAD: Final = 1.0


# How often somebody who waits for a retry looks whether to go on waiting.
_LOOKED_EVERY: Final = 1.0


class Pusher:
    """Works off the queue; whoever calls holds the lease."""

    def __init__(
        self,
        ledger: Ledger,
        planner: Planner,
        execution: Execution,
        environment: Environment,
        *,
        parallel: int,
        rate: float,
    ) -> None:
        self._ledger = ledger
        self._planner = planner
        self._execution = execution
        self._environment = environment
        self._parallel = parallel
        self._ahead = min(BATCH, max(1, round(rate * _AHEAD))) if rate else BATCH
        self._breaker = Breaker()
        self._guard = Guard(planner, ledger, environment)
        self._drain: Drain | None = None
        self._stopped = False

    def supervise(self, *, guarded: bool, progress: Progress | None = None) -> Supervision:
        """`guarded`: safeguards look at what was only noticed."""
        self._guard.reason = ""
        guard = self._guard if guarded else None
        return Supervision(
            self._ledger, self._planner, self._environment, breaker=self._breaker, guard=guard, progress=progress
        )

    @property
    def is_resting(self) -> bool:
        """Whether the target has asked to be left alone, for longer than a request can wait."""
        return self._execution.rest > 0

    def stop(self) -> None:
        """Ends the pass under way, and any later one, as soon as nothing is half done."""
        self._stopped = True
        if self._drain is not None:
            self._drain.stop()

    async def work(self, lease: Lease, supervision: Supervision, *, patience: float = 0.0) -> None:
        """Until nothing is due; waits up to `patience` seconds altogether for what is to be tried again."""
        deadline = self._environment.monotonic() + patience
        supervision.taken_up = await take_up(self._ledger, self._environment)
        while self._goes_on(lease) and await self._is_open(lease, supervision):
            await self._pass(lease, supervision, parallel=self._parallel, ahead=self._ahead)
            if supervision.tripped:
                await self._close(supervision)
                return
            due, supervision.tally.next_due = supervision.tally.next_due, ""
            if not due or self._environment.later(deadline - self._environment.monotonic()) < due:
                return
            while self._environment.now() < due and self._goes_on(lease) and await lease.renew():
                await self._environment.sleep(_LOOKED_EVERY)

    def summarize(self, supervision: Supervision, run: str, started: float) -> Summary:
        tally, standing = supervision.tally, self._ledger.standing()
        return Summary(
            run,
            dict(tally.counts),
            tuple(tally.failures),
            tally.retried,
            dict(tally.dropped),
            self._ledger.waiting(run or None),
            standing.quarantined,
            standing.reason,
            self._guard.reason,
            self._environment.monotonic() - started,
            settled(self._ledger, supervision.taken_up),
        )

    def _goes_on(self, lease: Lease) -> bool:
        return not self._stopped and lease.is_good

    async def _is_open(self, lease: Lease, supervision: Supervision) -> bool:
        """Whether there is no quarantine; when it is over one piece of work shows whether it may end."""
        quarantined = self._ledger.standing().quarantined
        if not quarantined:
            return True
        if self._environment.now() < quarantined:
            return False
        supervision.probing = True
        await self._pass(lease, supervision, parallel=1, ahead=1)
        supervision.probing = False
        if supervision.tripped:
            await self._close(supervision)
            return False
        if supervision.sent:
            await self._ledger.stand(release)
        return bool(supervision.sent)

    async def _close(self, supervision: Supervision) -> None:
        now = self._environment.clock()
        await self._ledger.stand(lambda standing: quarantine(standing, now, supervision.tripped))

    async def _pass(self, lease: Lease, supervision: Supervision, *, parallel: int, ahead: int) -> None:
        self._drain = Drain(
            self._ledger, self._execution, self._environment, lease, supervision, parallel=parallel, ahead=ahead
        )
        supervision.stop = self._drain.stop
        try:
            await self._drain.run()
        finally:
            self._drain = None

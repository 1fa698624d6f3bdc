"""What watches over one pass through the queue: the count, the circuit breaker, the safeguards."""

from collections.abc import Callable, Sequence

from scimbridge.provisioning.breaker import Breaker
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.holding import Guard
from scimbridge.provisioning.performing import Prepared
from scimbridge.provisioning.planning import Planner
from scimbridge.provisioning.ports import Entry, Ledger, Outcome, Work
from scimbridge.provisioning.queueing import keep_links, queue_plan
from scimbridge.provisioning.summary import Tally

# Told how many pieces of work are done, of how many as far as is known.
Progress = Callable[[int, int], None]


class Supervision:
    """Fulfils draining.Watcher.

    `guard` None: a person or a plan has let everything pass. `tripped`: why nothing more is sent, "" = it is.
    With `probing` the first answer decides, and `stop` is called. `taken_up`: lines that an earlier push left open.
    """

    def __init__(
        self,
        ledger: Ledger,
        planner: Planner,
        environment: Environment,
        *,
        breaker: Breaker,
        guard: Guard | None,
        progress: Progress | None,
    ) -> None:
        self.tally = Tally()
        self.total = 0
        self.tripped = ""
        self.probing = False
        self.sent = 0
        self.taken_up: Sequence[int] = ()
        self.stop: Callable[[], None] = lambda: None
        self._ledger = ledger
        self._planner = planner
        self._breaker = breaker
        self._guard = guard
        self._environment = environment
        self._progress = progress

    async def compare(self, work: Work) -> Outcome:
        plan = await self._planner.plan()
        if plan.refused:
            return Outcome(work, "refused", reason=" ".join(plan.refused.values()), settled=False)
        await keep_links(self._ledger, self._planner.unchanged)
        self.total += await queue_plan(self._ledger, plan, self._environment.ids())
        return Outcome(work, "nothing")

    async def admit(self, prepared: Sequence[Prepared]) -> Sequence[Prepared | Outcome]:
        return prepared if self._guard is None else await self._guard.admit(prepared)

    def performed(self, outcome: Outcome, entry: Entry | None, *, failed: bool) -> None:
        self.tally.note(outcome, entry)
        if self._progress is not None:
            self._progress(self.tally.ended, max(self.total, self.tally.ended))
        if entry is None or entry.action == "unlink":
            return
        self.sent += 1
        trips = failed if self.probing else self._breaker.note(failed=failed)
        if trips:
            self.tripped = f"Most requests fail, the last one so: {outcome.reason}"
        if trips or self.probing:
            self.stop()

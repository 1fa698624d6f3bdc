"""Safeguards for what nobody planned: what is noticed may take access from a few people unasked, not from many."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.performing import Prepared
from scimbridge.provisioning.planning import Planner
from scimbridge.provisioning.ports import Ledger, Outcome
from scimbridge.provisioning.safeguards import takes_access

# So many in so long never need asking; more are looked at together with all that the application would lose now.
_FEW: Final = 10
_SPAN: Final = timedelta(minutes=10)
# When what is held is looked at again: the source may have come back to its senses.
_HELD_FOR: Final = 600.0


class Guard:
    """Of one application; `reason` why something is held, "" = nothing is."""

    def __init__(self, planner: Planner, ledger: Ledger, environment: Environment) -> None:
        self._planner = planner
        self._ledger = ledger
        self._environment = environment
        self._taken: deque[datetime] = deque()
        self.reason = ""

    async def admit(self, prepared: Sequence[Prepared]) -> Sequence[Prepared | Outcome]:
        """What is held becomes an Outcome: it waits. Only what was noticed is looked at."""
        losing = {item.entry.source for item in prepared if self._is_unasked(item)}
        if not losing:
            return prepared
        self.reason = await self._objection(len(losing))
        if self.reason:
            return [self._held(item) if item.entry.source in losing else item for item in prepared]
        self._taken.extend([self._environment.clock()] * len(losing))
        return prepared

    def _is_unasked(self, item: Prepared) -> bool:
        """Whether it takes access from somebody though no plan has let it pass, which would have a run."""
        entry = item.entry
        return not item.work.run and takes_access(entry.action, entry.type, entry.source, self._ledger)

    async def _objection(self, number: int) -> str:
        start = self._environment.clock() - _SPAN
        while self._taken and self._taken[0] < start:
            self._taken.popleft()
        if len(self._taken) + number <= _FEW:
            return ""
        plan = await self._planner.plan(before=len(self._taken))
        return " ".join(plan.refused.values())

    def _held(self, item: Prepared) -> Outcome:
        reason = f"{self.reason} It is held until a push lets it pass."
        return Outcome(item.work, "nothing", reason=reason, settled=False, due=self._environment.later(_HELD_FOR))

"""Safeguards for what nobody planned: what is noticed may take access from a few people unasked, not from many."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.performing import Prepared
from scimbridge.provisioning.planning import Planner
from scimbridge.provisioning.ports import Outcome

# So many in so long never need asking; more are looked at together with all that the application would lose now.
_FEW: Final = 10
_SPAN: Final = timedelta(minutes=10)
# When what is held is looked at again: the source may have come back to its senses.
_HELD_FOR: Final = 600.0


class Guard:
    """Of one application; `reason` why something is held, "" = nothing is."""

    def __init__(self, planner: Planner, environment: Environment) -> None:
        self._planner = planner
        self._environment = environment
        self._taken: deque[datetime] = deque()
        self.reason = ""

    async def admit(self, prepared: Sequence[Prepared]) -> Sequence[Prepared | Outcome]:
        """What is held becomes an Outcome: it waits. Only what was noticed is looked at."""
        losing = sum(people_who_lose(item) for item in prepared if _is_noticed(item))
        if not losing:
            return prepared
        self.reason = await self._objection(losing)
        if self.reason:
            return [self._held(item) if _is_noticed(item) and people_who_lose(item) else item for item in prepared]
        self._taken.extend([self._environment.clock()] * losing)
        return prepared

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


def _is_noticed(item: Prepared) -> bool:
    """Not what a plan has let pass, which has a run, nor the deletion of a group that a person asked for by name."""
    return not item.work.run and item.work.kind != "delete"


def people_who_lose(item: Prepared) -> int:
    """How many have less at the target afterwards; of a group that is deleted nobody has counted them: too many."""
    match item.entry.action:
        case "deactivate" | "delete":
            return 1
        case "change members":
            return len(item.entry.before.get("members", ()))
        case "delete group":
            return _FEW + 1
        case _:
            return 0

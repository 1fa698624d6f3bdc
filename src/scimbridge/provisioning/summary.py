"""What a push, or a pass over the queue, has come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scimbridge.provisioning.ports import Entry, Outcome


class Failure(NamedTuple):
    """A piece of work that is a task now. `reason` in the target's words."""

    action: str
    type: str
    source: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """`counts`: (action, outcome) -> how many came to their end. `retried`: attempts that are made again.

    `dropped`: SCIM paths that the target does not keep, found this time -> of how many people. `waiting`: what is left
    in the queue, of this run or of any; `quarantined`: until when, and `reason` why, if most of it failed. `held`: why
    a safeguard keeps some of it back, "" = it does not. `left_open`: what an earlier push that was ended had begun, and
    what has become known of it: outcome -> how many.
    """

    run: str
    counts: Mapping[tuple[str, str], int]
    failures: Sequence[Failure] = ()
    retried: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    quarantined: str = ""
    reason: str = ""
    held: str = ""
    seconds: float = 0.0
    left_open: Mapping[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(number for (_, outcome), number in self.counts.items() if outcome == "done")


class Tally:
    """Counts as it goes."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.failures: list[Failure] = []
        self.retried = 0
        self.dropped: Counter[str] = Counter()
        self.ended = 0
        self.next_due = ""

    def note(self, outcome: Outcome, entry: Entry | None) -> None:
        """`entry` None: nothing was sent."""
        work = outcome.work
        if not outcome.settled and outcome.due:
            self.retried += 1
            self.next_due = min(self.next_due or outcome.due, outcome.due)
            return
        self.ended += 1
        action = entry.action if entry else work.kind
        if not outcome.settled:
            self.failures.append(Failure(action, work.type, work.source, work.name, outcome.reason))
        if entry is not None or not outcome.settled:
            self.counts[action, outcome.outcome] += 1
        self.dropped.update(outcome.dropped)

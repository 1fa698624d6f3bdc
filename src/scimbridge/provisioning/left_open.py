"""What a push that was ended had begun: it is looked at by the next one, which then says what came of it.

The ledger settles such a line when the resource's next outcome is recorded (ports.Outcome.former).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.plan import Phase
from scimbridge.provisioning.ports import Entry, Ledger, Work


async def take_up(ledger: Ledger, environment: Environment) -> Sequence[int]:
    """Sequences of the lines. What nobody has queued is queued; the caller has the lease, and nothing is under way."""
    entries = ledger.left_open()
    if entries:
        now = environment.now()
        await ledger.enqueue_missing([_work(entry, now) for entry in entries])
    return [entry.sequence for entry in entries]


def settled(ledger: Ledger, sequences: Sequence[int]) -> Mapping[str, int]:
    """Outcome by now -> how many of these lines; those that are open still are not counted."""
    outcomes = [entry.outcome for one in sequences for entry in ledger.journal(after=one - 1, count=1)]
    return Counter(outcome for outcome in outcomes if outcome)


def _work(entry: Entry, now: str) -> Work:
    return Work(
        entry.type,
        entry.source,
        entry.name,
        "password" if entry.action == "password" else "reconcile",
        Phase.UPDATE if entry.type == "User" else Phase.MEMBERS,
        due=now,
        why="an earlier push was ended in the middle of it",
    )

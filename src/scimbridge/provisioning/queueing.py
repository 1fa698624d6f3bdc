"""A plan as rows of the queue."""

from collections.abc import Mapping, Sequence
from typing import Final

from scimbridge.provisioning.plan import Action, Plan
from scimbridge.provisioning.ports import Ledger, Link, Outcome, Work, WorkKind

_AT_ONCE: Final = 1000
_KINDS: Final[Mapping[Action, WorkKind]] = {"push now": "push-now", "password": "password"}


async def queue_plan(ledger: Ledger, plan: Plan, run: str, *, cursor: int | None = None) -> int:
    """How many rows: a user or group has one, with the first of its phases. A crash between leaves some of them.

    `cursor`: how far in the realm's journal the plan knows everything.
    """
    works: dict[tuple[str, str, str], Work] = {}
    for item in plan.items:
        kind = _KINDS.get(item.action, "reconcile")
        work = Work(item.type, item.source, item.name, kind, item.phase, run=run, why=item.why)
        works.setdefault((item.type, item.source, kind), work)
    rows = list(works.values())
    for start in range(0, len(rows), _AT_ONCE):
        await ledger.enqueue(rows[start : start + _AT_ONCE])
    if cursor is not None:
        await ledger.enqueue((), cursor=cursor)
    return len(rows)


async def reconsider_tasks(ledger: Ledger, run: str) -> None:
    """What failed is looked at again with a push: what nobody needs any more is no task, and is in no plan either."""
    await ledger.enqueue([task._replace(due="", run=run) for task in ledger.tasks() if task.kind == "reconcile"])


async def keep_links(ledger: Ledger, links: Sequence[Link]) -> None:
    """What was found to be true of what is there."""
    for start in range(0, len(links), _AT_ONCE):
        await ledger.record(
            [
                Outcome(Work(link.type, link.source, link.name), "nothing", link=link)
                for link in links[start : start + _AT_ONCE]
            ]
        )

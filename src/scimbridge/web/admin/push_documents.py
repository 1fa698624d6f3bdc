"""How links, work, journals and pushes of applications look in the admin API and in `--json`; no secret is in any."""

from typing import Any

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.ports import Entry, Ledger, Link, Work
from scimbridge.provisioning.summary import Summary

Document = dict[str, Any]


def standing_document(ledger: Ledger) -> Document:
    """How an application's provisioning stands."""
    standing = ledger.standing()
    return {
        "linked": ledger.linked_count(),
        "waiting": ledger.waiting(),
        "failed": len(ledger.tasks()),
        "compared": standing.compared,
        "imported": standing.imported,
        "importFailure": standing.import_failure,
        "quarantinedUntil": standing.quarantined,
        "reason": standing.reason,
    }


def link_document(link: Link) -> Document:
    return {
        "type": link.type,
        "id": link.source,
        "target": link.target,
        "name": link.name,
        "state": link.state,
        "confirmed": link.confirmed,
        "dropped": list(link.dropped),
    }


def task_document(application: Application, work: Work) -> Document:
    """Something that failed and waits for a person."""
    return {
        "application": application.name,
        "type": work.type,
        "id": work.source,
        "name": work.name,
        "kind": work.kind,
        "why": work.why,
        "attempts": work.attempts,
        "reason": work.reason,
    }


def push_entry_document(entry: Entry) -> Document:
    """A line of an application's journal; `outcome` "" as long as it is not known."""
    document = entry._asdict()
    document["id"] = document.pop("source")
    return document


def summary_document(summary: Summary, most: int | None = None) -> Document:
    """`most`: of so many failures; None = of all."""
    return {
        "run": summary.run,
        "counts": [
            {"action": action, "outcome": outcome, "count": count}
            for (action, outcome), count in summary.counts.items()
        ],
        "failures": [failure._asdict() for failure in summary.failures[:most]],
        "retried": summary.retried,
        "dropped": dict(summary.dropped),
        "waiting": summary.waiting,
        "quarantinedUntil": summary.quarantined,
        "reason": summary.reason,
        "held": summary.held,
        "leftOpen": summary.left_open,
        "seconds": round(summary.seconds, 3),
    }

"""How tasks, drift and findings of a realm's Keycloak look in the admin API and in `--json`; no secret is in any."""

from typing import Any

from scimbridge.bridge.drift import Drift
from scimbridge.bridge.findings import Finding
from scimbridge.bridge.migration import Plan
from scimbridge.bridge.ports import Task

Document = dict[str, Any]


def bridge_task_document(task: Task) -> Document:
    """Whether a password is among it, and not which."""
    return {
        "number": task.sequence,
        "time": task.time,
        "operation": task.operation,
        "type": task.type,
        "id": task.id,
        "name": task.name,
        "state": task.state,
        "attempts": task.attempts,
        "due": task.due,
        "reason": task.reason,
        "membersAdded": list(task.joined),
        "membersRemoved": list(task.left),
        "password": bool(task.password),
    }


def drift_document(drift: Drift) -> Document:
    return drift._asdict()


def finding_document(finding: Finding) -> Document:
    return {
        "check": finding.check,
        "state": finding.state,
        "message": finding.message,
        "fix": finding.fix,
        "fixable": finding.repair is not None,
    }


def migration_document(plan: Plan) -> Document:
    return {
        "sources": list(plan.sources),
        "steps": [step._asdict() for step in plan.steps],
        "change": dict(plan.change),
    }

"""How sources, accounts, and plans and results of imports look in the admin API and in `--json`; no secret is in any.

`most`: of so many lines and problems; None = of all.
"""

from typing import Any

import orjson

from scimbridge.provisioning.account_import import AccountsImported
from scimbridge.provisioning.account_plan import AccountItem, AccountPlan
from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.intake import Imported
from scimbridge.provisioning.sources.administration import Standing
from scimbridge.provisioning.sources.import_plan import Arrival, ImportPlan
from scimbridge.provisioning.sources.settings import source_to_document
from scimbridge.provisioning.sources.source import Source

Document = dict[str, Any]


def source_document(source: Source, standing: Standing) -> Document:
    """Its settings, and how its imports stand."""
    return source_to_document(source) | {"kind": source.kind} | standing._asdict()


def import_plan_document(plan: ImportPlan, most: int | None = None) -> Document:
    """`counts` counts all items."""
    return {
        "source": plan.source,
        "read": dict(plan.read),
        "counts": dict(plan.counts),
        "refused": dict(plan.refused),
        "problems": [problem._asdict() for problem in plan.problems[:most]],
        "notes": list(plan.notes),
        "items": [_arrival(item) for item in plan.items[:most]],
    }


def imported_document(imported: Imported, most: int | None = None) -> Document:
    return {
        "read": dict(imported.plan.read),
        "done": dict(imported.done),
        "notes": list(imported.plan.notes),
        "problems": [problem._asdict() for problem in imported.problems[:most]],
    }


def account_plan_document(plan: AccountPlan, most: int | None = None) -> Document:
    """`counts` counts all items."""
    return {
        "application": plan.application,
        "scanned": dict(plan.scanned),
        "counts": dict(plan.counts),
        "refused": dict(plan.refused),
        "notes": list(plan.notes),
        "items": [_account_item(item) for item in plan.items[:most]],
    }


def accounts_imported_document(imported: AccountsImported, most: int | None = None) -> Document:
    return {
        "scanned": dict(imported.plan.scanned),
        "done": dict(imported.done),
        "notes": list(imported.plan.notes),
        "problems": [problem._asdict() for problem in imported.problems[:most]],
    }


def account_document(account: Account, name: str) -> Document:
    """`name`: of whose it is here."""
    return {
        "type": account.type,
        "id": account.id,
        "name": account.name,
        "state": account.state,
        "person": name,
        "personId": account.person,
        "made": account.made,
        "why": account.why,
        "seen": account.seen,
        "document": orjson.loads(account.document),
    }


def _arrival(item: Arrival) -> Document:
    return {
        "action": item.action,
        "type": item.type,
        "key": item.key,
        "id": item.id,
        "name": item.name,
        "why": item.why,
        "where": item.where,
        "before": dict(item.before),
        "after": dict(item.after),
        "joined": list(item.joined),
        "left": list(item.left),
    }


def _account_item(item: AccountItem) -> Document:
    """The account with whose it becomes."""
    return {"action": item.action} | account_document(item.account._replace(person=item.person), item.name)

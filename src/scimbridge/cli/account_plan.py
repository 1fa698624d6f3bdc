"""How plans and results of imports from applications look."""

from collections.abc import Mapping
from typing import Any

import orjson
import typer

from scimbridge.cli.import_plan import put_lines, put_notes, put_problems
from scimbridge.cli.output import put, put_json, put_table, tell
from scimbridge.provisioning.account_import import AccountsImported
from scimbridge.provisioning.account_plan import AccountItem, AccountPlan
from scimbridge.provisioning.accounts import Account


def put_account_plan(plan: AccountPlan, *, as_json: bool) -> None:
    """Ends the command with 1 if a safeguard objects."""
    if as_json:
        put_json(
            {
                "application": plan.application,
                "scanned": plan.scanned,
                "counts": plan.counts,
                "refused": plan.refused,
                "notes": list(plan.notes),
                "items": [_item(item) for item in plan.items],
            }
        )
    else:
        _put_counts(plan, plan.counts, "Nothing is new.")
        put_lines([_line(item) for item in plan.items], "in --json")
        put_notes(plan.notes)
        for name, reason in plan.refused.items():
            put(f"REFUSED {reason} (--allow {name})")
    if plan.refused:
        raise typer.Exit(1)


def put_accounts_imported(imported: AccountsImported, *, as_json: bool) -> None:
    """Ends the command with 1 if something could not be made a person or group."""
    if as_json:
        problems = [problem._asdict() for problem in imported.problems]
        put_json({"scanned": imported.plan.scanned, "done": imported.done, "problems": problems})
    else:
        _put_counts(imported.plan, imported.done, "Nothing was new.")
        put_problems(imported.problems)
        put_notes(imported.plan.notes)
    if imported.problems:
        raise typer.Exit(1)


def _put_counts(plan: AccountPlan, counts: Mapping[str, int], nothing: str) -> None:
    scanned = ", ".join(f"{number:,} {kind.lower()}s" for kind, number in plan.scanned.items())
    tell(f"{scanned or 'Nobody'} scanned.")
    if counts:
        put_table(("what", "count"), list(counts.items()))
    else:
        put(nothing)


def _line(item: AccountItem) -> str:
    person = f" -> {item.name}" if item.name else ""
    return f"{item.action} {item.account.type.lower()} {item.account.name}{person} ({item.account.why})"


def _item(item: AccountItem) -> dict[str, Any]:
    return {"action": item.action, "person": item.name, "personId": item.person} | account_document(
        item.account, item.name
    )


def account_document(account: Account, name: str) -> dict[str, Any]:
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

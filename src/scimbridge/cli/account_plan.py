"""How plans and results of imports from applications look."""

from collections.abc import Mapping

import typer

from scimbridge.cli.import_plan import put_lines, put_notes, put_problems
from scimbridge.cli.output import put, put_json, put_table, tell
from scimbridge.provisioning.account_import import AccountsImported
from scimbridge.provisioning.account_plan import AccountItem, AccountPlan
from scimbridge.web.admin.import_documents import account_plan_document, accounts_imported_document


def put_account_plan(plan: AccountPlan, *, as_json: bool) -> None:
    """Ends the command with 1 if a safeguard objects."""
    if as_json:
        put_json(account_plan_document(plan))
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
        put_json(accounts_imported_document(imported))
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

"""How plans and results of imports look."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from scimbridge.cli.output import put, put_json, put_table, tell
from scimbridge.provisioning.intake import Imported
from scimbridge.provisioning.sources.import_plan import Arrival, ImportPlan
from scimbridge.provisioning.sources.ports import Problem
from scimbridge.web.admin.import_documents import import_plan_document, imported_document

_SHOWN_ITEMS = 50
_SHOWN_PROBLEMS = 20


def put_import_plan(plan: ImportPlan, *, as_json: bool) -> None:
    """Ends the command with 1 if a safeguard objects or something cannot be imported."""
    if as_json:
        put_json(import_plan_document(plan))
    else:
        _put_counts(plan.counts, "Nothing is to be done.")
        put_lines([_line(item) for item in plan.items], "in --json")
        put_problems(plan.problems)
        put_notes(plan.notes)
        for name, reason in plan.refused.items():
            put(f"REFUSED {reason} (--allow {name})")
    if plan.refused or plan.problems:
        raise typer.Exit(1)


def put_imported(imported: Imported, *, as_json: bool) -> None:
    """Ends the command with 1 if something could not be imported."""
    if as_json:
        put_json(imported_document(imported))
    else:
        _put_counts(imported.done, "Nothing was to be done.")
        put_problems(imported.problems)
        put_notes(imported.plan.notes)
    if imported.problems:
        raise typer.Exit(1)


def put_lines(lines: Sequence[str], elsewhere: str) -> None:
    """The first of many."""
    for line in lines[:_SHOWN_ITEMS]:
        put(line)
    if len(lines) > _SHOWN_ITEMS:
        put(f"... and {len(lines) - _SHOWN_ITEMS:,} more, {elsewhere}.")


def put_problems(problems: Sequence[Problem]) -> None:
    for problem in problems[:_SHOWN_PROBLEMS]:
        put(f"PROBLEM {problem.where}: {problem.reason}")
    if len(problems) > _SHOWN_PROBLEMS:
        put(f"... and {len(problems) - _SHOWN_PROBLEMS:,} more, in --json.")


def put_notes(notes: Sequence[str]) -> None:
    for note in notes:
        tell(note)


def _put_counts(counts: Mapping[str, int], nothing: str) -> None:
    if counts:
        put_table(("what", "count"), list(counts.items()))
    else:
        put(nothing)


def _line(item: Arrival) -> str:
    """One line a person or group: what, who, why, and what differs."""
    paths = [*item.before, *(path for path in item.after if path not in item.before)]
    changes = ", ".join(f"{path}: {_value(item.before.get(path))} -> {_value(item.after.get(path))}" for path in paths)
    differs = f"  {changes}" if changes and item.action != "create" else ""
    return f"{item.action} {item.type.lower()} {item.name} ({item.why}){differs}"


def _value(value: Any) -> str:
    return "nothing" if value is None else f'"{value}"' if isinstance(value, str) else str(value)

"""A plan for people and machines: as text, as Markdown for a review, as JSON.

Each takes the plan and the changes that are shown of it, the first of its items as described; what is not shown is
counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from scimbridge.provisioning.plan import Action, Change, Plan

_SIGNS: Final[Mapping[Action, str]] = {
    "create": "+",
    "create group": "+",
    "reactivate": "+",
    "deactivate": "-",
    "delete": "-",
    "delete group": "-",
    "unlink": "-",
}


def to_document(plan: Plan, changes: Sequence[Change]) -> dict[str, Any]:
    """For JSON. `changes` has as many as were given; `items` counts all."""
    return {
        "application": plan.application,
        "linked": plan.linked,
        "assigned": plan.assigned,
        "losing": plan.losing,
        "items": len(plan.items),
        "counts": dict(plan.counts),
        "refused": dict(plan.refused),
        "changes": [
            {
                "action": item.action,
                "type": item.type,
                "id": item.source,
                "name": item.name,
                "target": item.target or None,
                "why": item.why,
                "before": dict(before),
                "after": dict(after),
            }
            for item, before, after in changes
        ],
    }


def to_text(plan: Plan, changes: Sequence[Change]) -> str:
    return "\n".join([*_heading(plan), *_shown(plan, changes), *_refusals(plan)])


def to_markdown(plan: Plan, changes: Sequence[Change]) -> str:
    title, *counts = _heading(plan)
    lines = [f"## {title}", ""]
    if counts:
        lines += ["| | |", "|---|---|", *(f"| {action} | {number:,} |" for action, number in plan.counts.items()), ""]
    if changes:
        lines += ["| what | who | why | before | after |", "|---|---|---|---|---|"]
        lines += [_row(change) for change in changes]
    left = len(plan.items) - len(changes)
    lines += ["", f"and {left:,} more"] if left else []
    lines += [f"\n> **{name}** holds this plan: {_cell(reason)}" for name, reason in plan.refused.items()]
    return "\n".join(lines).rstrip() + "\n"


def _heading(plan: Plan) -> list[str]:
    about = f"{plan.application}: {plan.assigned:,} people are assigned, {plan.linked:,} are active there"
    if not plan.items:
        return [f"Nothing is to be done for {about}."]
    width = max(map(len, plan.counts))
    return [f"Plan for {about}", *(f"  {action:{width}}  {number:,}" for action, number in plan.counts.items())]


def _shown(plan: Plan, changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        yield ""
    for change in changes:
        item = change.item
        group = " (group)" if item.type == "Group" else ""
        yield f"{_SIGNS.get(item.action, '~')} {item.action}  {_plain(item.name)}{group}  ({_plain(item.why)})"
        yield from (f"    {line}" for line in _differences(change))
    left = len(plan.items) - len(changes)
    if left:
        yield f"and {left:,} more" if changes else ""


def _differences(change: Change) -> Iterator[str]:
    for path in dict.fromkeys([*change.after, *change.before]):
        before, after = change.before.get(path), change.after.get(path)
        if path == "members":
            yield from (f"members - {_plain(name)}" for name in before or ())
            yield from (f"members + {_plain(name)}" for name in after or ())
        elif before is None:
            yield f"{path}: {_value(after)}"
        else:
            yield f"{path}: {_value(before)} -> {_value(after)}"


def _refusals(plan: Plan) -> Iterator[str]:
    for name, reason in plan.refused.items():
        yield f'\nHeld by the safeguard "{name}": {reason} Let it pass this time with --allow {name}.'


def _row(change: Change) -> str:
    item = change.item
    sides = ["<br>".join(_cell(f"{path}: {_value(value)}") for path, value in side.items()) for side in change[1:]]
    return "| " + " | ".join((*map(_cell, (item.action, item.name, item.why)), *sides)) + " |"


def _value(value: Any) -> str:
    return "(none)" if value is None else _plain(orjson.dumps(value).decode())


def _plain(text: str) -> str:
    """On one line, and nothing that moves a terminal's cursor."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _cell(text: str) -> str:
    """What a table of Markdown shows as it is."""
    return _plain(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")

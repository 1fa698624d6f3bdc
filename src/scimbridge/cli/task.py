"""`scimbridge task`: changes that wait to be delivered to a realm's Keycloak, or that it refused."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from scimbridge.bridge.ports import Task
from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.directory.documents import timestamp

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[NUMBER]...", help="The tasks' numbers.")]
Failed = Annotated[bool, typer.Option("--failed", help="All that failed.")]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "task", "Changes that wait to be delivered to Keycloak, or that it refused.")
    command(group, "list")(show_all)
    command(group, "retry")(retry)
    command(group, "cancel")(cancel)


async def show_all(session: Session, *, realm: RealmName, as_json: Json = False) -> None:
    """List the tasks, the oldest first."""
    tasks = await session.bridge(realm).ledger.tasks()
    if as_json:
        put_json([_document(task) for task in tasks])
        return
    columns = ("number", "since", "operation", "type", "name", "state", "attempts", "next", "reason")
    put_table(columns, [_row(task) for task in tasks])


async def retry(session: Session, *, realm: RealmName, numbers: Numbers = None, failed: Failed = False) -> None:
    """Let tasks be tried again at once; the server does it."""
    ledger = session.bridge(realm).ledger
    tasks = _chosen(await ledger.tasks(), numbers, failed=failed)
    for task in tasks:
        await ledger.retry_later(task.sequence, timestamp(session.instance.sources.clock()), task.reason)
    tell(f"{_counted(tasks)} will be tried again.")


async def cancel(
    session: Session, *, realm: RealmName, numbers: Numbers = None, failed: Failed = False, yes: Yes = False
) -> None:
    """Give tasks up: what they were to change stays as it is in Keycloak, and shows as drift."""
    ledger = session.bridge(realm).ledger
    tasks = _chosen(await ledger.tasks(), numbers, failed=failed)
    confirm(f"Give up {_counted(tasks)}?", yes=yes)
    for task in tasks:
        await ledger.finish(task.sequence)
    tell(f"{_counted(tasks)} given up.")


def _chosen(tasks: Sequence[Task], numbers: Sequence[int] | None, *, failed: bool) -> Sequence[Task]:
    """Raises Refused for a number that is none, and if nothing is named."""
    wanted = set(numbers or ())
    if missing := wanted.difference(task.sequence for task in tasks):
        raise Refused(f"There is no task {min(missing)}; it may have been delivered meanwhile.")
    if not wanted and not failed:
        raise Refused("No task was named; give their numbers, or --failed.")
    return [task for task in tasks if task.sequence in wanted or (failed and task.state == "failed")]


def _row(task: Task) -> tuple[Any, ...]:
    due = task.due if task.state == "waiting" else ""
    kind = task.type.lower()
    return task.sequence, task.time, task.operation, kind, task.name, task.state, task.attempts, due, task.reason


def _document(task: Task) -> dict[str, Any]:
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


def _counted(tasks: Sequence[Task]) -> str:
    return f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}"

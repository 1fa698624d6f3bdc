"""`scimbridge task`: changes that Keycloak or an application refused, or that wait to be delivered to Keycloak."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from scimbridge.bridge.ports import Task
from scimbridge.cli import application_task
from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import Json, RealmName, Yes
from scimbridge.cli.session import Session, command, confirm, new_group
from scimbridge.directory.documents import timestamp
from scimbridge.web.admin.bridge_documents import bridge_task_document

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[NUMBER]...", help="The numbers of Keycloak's tasks.")]
Failed = Annotated[bool, typer.Option("--failed", help="All that failed.")]
Application = Annotated[
    str | None, typer.Option("--application", metavar="APPLICATION", help="Tasks of this application.")
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="NAME", help="Of the application's, those of this user or group. Repeatable."),
]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "task", "Changes that wait to be delivered to Keycloak, or that were refused.")
    command(group, "list")(show_all)
    command(group, "retry")(retry)
    command(group, "cancel")(cancel)


async def show_all(
    session: Session, *, realm: RealmName, application: Application = None, as_json: Json = False
) -> None:
    """List the tasks, the oldest first: those of the Keycloak behind the realm, and those of its applications."""
    bridged = application is None and session.realm(realm).keycloak is not None
    tasks = await session.bridge(realm).tasks() if bridged else ()
    found = application_task.find_tasks(session, realm, application)
    if as_json:
        put_json([*map(bridge_task_document, tasks), *map(application_task.document, found)])
        return
    columns = ("number", "of", "since", "operation", "type", "name", "state", "attempts", "next", "reason")
    put_table(columns, [*map(_row, tasks), *map(application_task.row, found)])


async def retry(
    session: Session,
    *,
    realm: RealmName,
    numbers: Numbers = None,
    failed: Failed = False,
    application: Application = None,
    name: Names = None,
) -> None:
    """Let tasks be tried again at once; the server does it, or the next push."""
    if application is not None:
        now = timestamp(session.instance.sources.clock())
        found = application_task.choose(session, realm, application, name, failed=failed)
        for _, their, work in found:
            await their.retry(work.type, work.source, work.kind, now)
        tell(f"{_counted(found)} will be tried again.")
        return
    bridge = session.bridge(realm)
    tasks = await bridge.choose(_named(numbers, failed=failed), failed=failed)
    await bridge.retry(tasks)
    tell(f"{_counted(tasks)} will be tried again.")


async def cancel(
    session: Session,
    *,
    realm: RealmName,
    numbers: Numbers = None,
    failed: Failed = False,
    application: Application = None,
    name: Names = None,
    yes: Yes = False,
) -> None:
    """Give tasks up: what they were to change stays as it is there, and shows as drift or in the next plan."""
    if application is not None:
        found = application_task.choose(session, realm, application, name, failed=failed)
        confirm(f"Give up {_counted(found)}?", yes=yes)
        for _, their, work in found:
            await their.cancel(work.type, work.source, work.kind)
        tell(f"{_counted(found)} given up.")
        return
    bridge = session.bridge(realm)
    tasks = await bridge.choose(_named(numbers, failed=failed), failed=failed)
    confirm(f"Give up {_counted(tasks)}?", yes=yes)
    await bridge.cancel(tasks)
    tell(f"{_counted(tasks)} given up.")


def _named(numbers: Sequence[int] | None, *, failed: bool) -> Sequence[int]:
    """Raises Refused if nothing is named."""
    if not numbers and not failed:
        raise Refused("No task was named; give their numbers, or --failed.")
    return numbers or ()


def _row(task: Task) -> tuple[Any, ...]:
    due = task.due if task.state == "waiting" else ""
    what = (task.operation, task.type.lower(), task.name)
    return task.sequence, "Keycloak", task.time, *what, task.state, task.attempts, due, task.reason


def _counted(tasks: Sequence[Any]) -> str:
    return f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}"

"""Tasks of applications: what failed there for good, and waits for a person."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from scimbridge.cli.output import Refused
from scimbridge.cli.session import Session
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.ports import Ledger, Work
from scimbridge.web.admin.push_documents import task_document


class ApplicationTask(NamedTuple):
    application: Application
    ledger: Ledger
    work: Work


def find_tasks(session: Session, realm: str, name: str | None) -> Sequence[ApplicationTask]:
    """Of one application, or of all."""
    provisioning = session.provisioning(realm)
    administration = provisioning.administration
    applications = administration.list() if name is None else [administration.get(name)]
    ledgers = ((application, provisioning.ledger(application)) for application in applications)
    return [ApplicationTask(application, ledger, work) for application, ledger in ledgers for work in ledger.tasks()]


def choose(
    session: Session, realm: str, application: str, names: Sequence[str] | None, *, failed: bool
) -> Sequence[ApplicationTask]:
    """Those of users and groups with these names or ids, or all. Raises Refused."""
    if not names and not failed:
        raise Refused("No task was named; give --name, or --failed for all of this application.")
    tasks = find_tasks(session, realm, application)
    for name in names or ():
        if not any(name in (task.work.name, task.work.source) for task in tasks):
            raise Refused(f'There is no task of "{name}"; it may have been done meanwhile.')
    return [task for task in tasks if failed or {task.work.name, task.work.source}.intersection(names or ())]


def row(task: ApplicationTask) -> Sequence[Any]:
    """As the table of tasks has it."""
    work = task.work
    what = (work.kind, work.type.lower(), work.name)
    return "", task.application.name, "", *what, work.state, work.attempts, "", work.reason


def document(task: ApplicationTask) -> dict[str, Any]:
    return task_document(task.application, task.work)

"""What each operation of the admin API does to applications; which URL it has stands in application_routes.py."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, NamedTuple

from starlette.responses import Response

from scimbridge.provisioning import report
from scimbridge.provisioning.administration import Administration
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.assignment_settings import assignment_from_document, assignment_to_document
from scimbridge.provisioning.breaker import release
from scimbridge.provisioning.push_group_settings import push_group_from_document, push_group_to_document
from scimbridge.provisioning.settings import application_to_document
from scimbridge.scim.errors import InvalidValue, NotFound
from scimbridge.web.admin.operations import Operation
from scimbridge.web.admin.push_documents import (
    link_document,
    push_entry_document,
    standing_document,
    summary_document,
    task_document,
)
from scimbridge.web.plain import answer
from scimbridge.web.ports import Provisioned

_MOST = 1000  # lines of a plan or a journal in one answer
_DONE = 204


class _Asked(NamedTuple):
    """The realm's provisioning, and the application in the path."""

    provisioned: Provisioned
    name: str
    actor: str

    @property
    def administration(self) -> Administration:
        return self.provisioned.administration

    @property
    def application(self) -> Application:
        """Raises NotFound."""
        return self.administration.get(self.name)


@asynccontextmanager
async def _open(operation: Operation) -> AsyncIterator[_Asked]:
    provisioned = operation.realms.provisioning(operation.path("realm"))
    if provisioned is None:
        raise NotFound(f'There is no realm "{operation.path("realm")[:64]}".')
    try:
        yield _Asked(provisioned, operation.request.path_params.get("application", ""), operation.actor)
    finally:
        await provisioned.close()


async def list_all(operation: Operation) -> Response:
    async with _open(operation) as asked:
        return answer([_document(asked.provisioned, application) for application in asked.administration.list()])


async def create(operation: Operation) -> Response:
    settings = dict(operation.body)
    name = settings.pop("name")
    async with _open(operation) as asked:
        application = await asked.administration.create(name, settings, actor=asked.actor)
        location = f"/admin/realms/{operation.path('realm')}/applications/{application.name}"
        return answer(_document(asked.provisioned, application), 201, {"Location": location})


async def show(operation: Operation) -> Response:
    async with _open(operation) as asked:
        return answer(_document(asked.provisioned, asked.application))


async def change(operation: Operation) -> Response:
    async with _open(operation) as asked:
        application = await asked.administration.change(asked.name, operation.body, actor=asked.actor)
        return answer(_document(asked.provisioned, application))


async def delete(operation: Operation) -> Response:
    async with _open(operation) as asked:
        if operation.query("confirm") != asked.application.name:
            raise InvalidValue(f"This forgets who is who at the target: confirm with ?confirm={asked.name[:64]}.")
        await asked.administration.delete(asked.name, actor=asked.actor)
        return Response(status_code=_DONE)


async def test(operation: Operation) -> Response:
    async with _open(operation) as asked:
        target = asked.provisioned.provisioner(asked.application).target
        attempted = await target.test(groups=asked.application.tests_groups)
        return answer([asdict(attempt) for attempt in attempted])


async def resume(operation: Operation) -> Response:
    async with _open(operation) as asked:
        await asked.provisioned.ledger(asked.application).stand(release)
        return Response(status_code=_DONE)


async def plan(operation: Operation) -> Response:
    async with _open(operation) as asked:
        provisioner = asked.provisioned.provisioner(asked.application)
        everything, verify = (operation.query(name) == "true" for name in ("everything", "verify"))
        found = await provisioner.plan(everything=everything, verify=verify)
        shown = found.items[: operation.number("count", 100, _MOST)]
        return answer(report.to_document(found, [await provisioner.describe(item) for item in shown]))


async def push(operation: Operation) -> Response:
    """What is to be tried again is left to the server."""
    async with _open(operation) as asked:
        summary = await asked.provisioned.provisioner(asked.application).push(
            allow=frozenset(operation.body.get("allow", ())),
            everything=operation.body.get("everything", False),
            verify=operation.body.get("verify", False),
            patience=0,
        )
        return answer(summary_document(summary))


async def list_tasks(operation: Operation) -> Response:
    async with _open(operation) as asked:
        application = asked.application
        return answer([task_document(application, work) for work in asked.provisioned.ledger(application).tasks()])


async def retry(operation: Operation) -> Response:
    body = operation.body
    async with _open(operation) as asked:
        ledger = asked.provisioned.ledger(asked.application)
        return _found(await ledger.retry(body["type"], body["id"], body["kind"], due=""))


async def cancel(operation: Operation) -> Response:
    body = operation.body
    async with _open(operation) as asked:
        ledger = asked.provisioned.ledger(asked.application)
        return _found(await ledger.cancel(body["type"], body["id"], body["kind"]))


async def list_journal(operation: Operation) -> Response:
    async with _open(operation) as asked:
        entries = asked.provisioned.ledger(asked.application).journal(
            after=operation.number("after", 0, 2**63 - 1),
            count=operation.number("count", 100, _MOST),
            newest=operation.query("newest") == "true",
            source=operation.query("id"),
            run=operation.query("run"),
        )
        return answer([push_entry_document(entry) for entry in entries])


async def list_links(operation: Operation) -> Response:
    type_ = operation.query("type")
    async with _open(operation) as asked:
        ledger = asked.provisioned.ledger(asked.application)
        links = [link for one in ((type_,) if type_ else ("User", "Group")) for link in await ledger.links(one)]
        return answer([link_document(link) for link in links])


async def list_assignments(operation: Operation) -> Response:
    async with _open(operation) as asked:
        found = asked.administration.assignments(asked.name)
        return answer(
            [{**assignment_to_document(one), "name": asked.provisioned.name_of(one.type, one.id)} for one in found]
        )


async def assign(operation: Operation) -> Response:
    assignment = assignment_from_document(operation.body)
    async with _open(operation) as asked:
        await asked.administration.assign(asked.name, [assignment], actor=asked.actor)
        return Response(status_code=_DONE)


async def unassign(operation: Operation) -> Response:
    async with _open(operation) as asked:
        await asked.administration.unassign(asked.name, operation.path("type"), operation.path("id"), actor=asked.actor)
        return Response(status_code=_DONE)


async def list_push_groups(operation: Operation) -> Response:
    async with _open(operation) as asked:
        return answer([push_group_to_document(one) for one in asked.administration.push_groups(asked.name)])


async def put_push_group(operation: Operation) -> Response:
    push_group = push_group_from_document(operation.body)
    async with _open(operation) as asked:
        made = await asked.administration.put_push_group(asked.name, push_group, actor=asked.actor)
        return answer(push_group_to_document(made), 201)


async def change_push_group(operation: Operation) -> Response:
    name = operation.path("push_group")
    async with _open(operation) as asked:
        changed = await asked.administration.change_push_group(asked.name, name, operation.body, actor=asked.actor)
        return answer(push_group_to_document(changed))


async def drop_push_group(operation: Operation) -> Response:
    """With `?delete=true` what it has pushed is deleted there."""
    name = operation.path("push_group")
    async with _open(operation) as asked:
        asked.administration.push_group(asked.name, name)
        if operation.query("delete") == "true":
            works = await asked.provisioned.deletions(asked.application, name)
            await asked.provisioned.ledger(asked.application).enqueue(works)
        await asked.administration.drop_push_group(asked.name, name, actor=asked.actor)
        return Response(status_code=_DONE)


async def preview(operation: Operation) -> Response:
    async with _open(operation) as asked:
        record = asked.provisioned.find("User", operation.path("id"))
        return answer([row._asdict() for row in asked.provisioned.preview(asked.application, record)])


async def provision(operation: Operation) -> Response:
    async with _open(operation) as asked:
        steps = await asked.provisioned.provisioner(asked.application).provision(operation.path("id"))
        return answer([step._asdict() for step in steps])


def _document(provisioned: Provisioned, application: Application) -> dict[str, Any]:
    standing = standing_document(provisioned.ledger(application))
    is_set = bool(provisioned.secret(application))
    return application_to_document(application) | {"secretSet": is_set, "standing": standing}


def _found(found: bool) -> Response:
    if not found:
        raise NotFound("There is no such task; it may have been done meanwhile.")
    return Response(status_code=_DONE)

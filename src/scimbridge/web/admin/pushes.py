"""What the admin API does to make applications what they are to be: plans, pushes, one person now."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from scimbridge.provisioning import report
from scimbridge.provisioning.jobs import Advance, Kind
from scimbridge.provisioning.provisioner import Provisioner
from scimbridge.web.admin.jobs import begin
from scimbridge.web.admin.operation import MOST_LINES, Operation
from scimbridge.web.admin.provisioned import ask
from scimbridge.web.admin.push_documents import summary_document
from scimbridge.web.plain import answer


async def plan(operation: Operation) -> Response:
    body, count = operation.body, operation.count()

    async def use(provisioner: Provisioner, _: Advance) -> Any:
        everything, verify = body.get("everything", False), body.get("verify", False)
        found = await provisioner.plan(everything=everything, verify=verify)
        return report.to_document(found, [await provisioner.describe(item) for item in found.items[:count]])

    return await _begin(operation, "plan", use)


async def push(operation: Operation) -> Response:
    """What is to be tried again is left to the server."""
    body = operation.body

    async def use(provisioner: Provisioner, advance: Advance) -> Any:
        summary = await provisioner.push(
            allow=frozenset(body.get("allow", ())),
            everything=body.get("everything", False),
            verify=body.get("verify", False),
            progress=advance,
            patience=0,
        )
        return summary_document(summary, MOST_LINES)

    return await _begin(operation, "push", use)


async def push_group(operation: Operation) -> Response:
    """A group there gets its name and exactly its members, whatever others made of it."""
    async with ask(operation) as asked:
        group = asked.provisioned.find("Group", operation.path("id")).id

    async def use(provisioner: Provisioner, _: Advance) -> Any:
        return summary_document(await provisioner.push_now(group), MOST_LINES)

    return await _begin(operation, "push group", use)


async def provision(operation: Operation) -> Response:
    async with ask(operation) as asked:
        steps = await asked.provisioner().provision(operation.path("id"))
        return answer([step._asdict() for step in steps])


async def preview(operation: Operation) -> Response:
    async with ask(operation) as asked:
        record = asked.provisioned.find("User", operation.path("id"))
        return answer([row._asdict() for row in asked.provisioned.preview(asked.application, record)])


async def _begin(operation: Operation, kind: Kind, use: Callable[[Provisioner, Advance], Awaitable[Any]]) -> Response:
    """A job with the application's provisioner; what is wrong with the request itself is said before it begins."""
    async with ask(operation) as asked:
        asked.provisioner()
        subject = f"applications/{asked.application.name}"

    async def work(advance: Advance) -> Any:
        async with ask(operation) as asked:
            return await use(asked.provisioner(), advance)

    return await begin(operation, kind, subject, work)

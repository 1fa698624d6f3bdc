"""What the admin API does to applications; which URL it has stands in application_routes.py."""

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.breaker import release
from scimbridge.provisioning.settings import application_to_document
from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.provisioned import ask
from scimbridge.web.admin.push_documents import standing_document
from scimbridge.web.plain import answer
from scimbridge.web.ports import Provisioned


async def list_all(operation: Operation) -> Response:
    async with ask(operation) as asked:
        return answer([_document(asked.provisioned, application) for application in asked.administration.list()])


async def create(operation: Operation) -> Response:
    settings = dict(operation.body)
    name = settings.pop("name")
    async with ask(operation) as asked:
        application = await asked.administration.create(name, settings, actor=asked.actor)
        location = f"/admin/realms/{operation.path('realm')}/applications/{application.name}"
        return answer(_document(asked.provisioned, application), 201, {"Location": location})


async def show(operation: Operation) -> Response:
    async with ask(operation) as asked:
        return answer(_document(asked.provisioned, asked.application))


async def change(operation: Operation) -> Response:
    async with ask(operation) as asked:
        application = await asked.administration.change(asked.name, operation.body, actor=asked.actor)
        return answer(_document(asked.provisioned, application))


async def delete(operation: Operation) -> Response:
    async with ask(operation) as asked:
        operation.confirm(asked.application.name, "forgets who is who at the target")
        await asked.administration.delete(asked.name, actor=asked.actor)
        return Response(status_code=204)


async def test(operation: Operation) -> Response:
    async with ask(operation) as asked:
        attempted = await asked.provisioner().target.test(groups=asked.application.tests_groups)
        return answer([asdict(attempt) for attempt in attempted])


async def resume(operation: Operation) -> Response:
    async with ask(operation) as asked:
        await asked.ledger.stand(release)
        return Response(status_code=204)


def _document(provisioned: Provisioned, application: Application) -> dict[str, Any]:
    standing = standing_document(provisioned.ledger(application))
    is_set = bool(provisioned.secret(application))
    return application_to_document(application) | {"secretSet": is_set, "standing": standing}

"""What the admin API does to the sources of a realm: where its people and groups come from."""

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from scimbridge.provisioning.jobs import Advance
from scimbridge.scim.errors import Conflict
from scimbridge.web.admin.import_documents import import_plan_document, imported_document, source_document
from scimbridge.web.admin.jobs import begin
from scimbridge.web.admin.operation import MOST_LINES, Operation
from scimbridge.web.admin.provisioned import ask
from scimbridge.web.plain import answer


async def list_all(operation: Operation) -> Response:
    async with ask(operation) as asked:
        sources = asked.provisioned.sources
        return answer([source_document(source, sources.standing(source)) for source in sources.list()])


async def create(operation: Operation) -> Response:
    settings = dict(operation.body)
    name = settings.pop("name")
    async with ask(operation) as asked:
        sources = asked.provisioned.sources
        source = await sources.create(name, settings, actor=asked.actor)
        location = f"/admin/realms/{operation.path('realm')}/sources/{source.name}"
        return answer(source_document(source, sources.standing(source)), 201, {"Location": location})


async def show(operation: Operation) -> Response:
    async with ask(operation) as asked:
        return answer(source_document(asked.source, asked.provisioned.sources.standing(asked.source)))


async def list_refused(operation: Operation) -> Response:
    start = operation.start()
    async with ask(operation) as asked:
        refused = asked.provisioned.sources.refused(asked.source)[start : start + operation.count()]
        return answer([problem._asdict() for problem in refused])


async def change(operation: Operation) -> Response:
    async with ask(operation) as asked:
        sources = asked.provisioned.sources
        source = await sources.change(asked.name, operation.body, actor=asked.actor)
        return answer(source_document(source, sources.standing(source)))


async def delete(operation: Operation) -> Response:
    async with ask(operation) as asked:
        operation.confirm(asked.source.name, "forgets who came from the source")
        await asked.provisioned.sources.delete(asked.name, actor=asked.actor)
        return Response(status_code=204)


async def test(operation: Operation) -> Response:
    async with ask(operation) as asked:
        people = operation.realms.imports(operation.realm()).people(asked.source)
    try:
        return answer([asdict(attempt) for attempt in await people.test()])
    finally:
        await people.close()


async def run_import(operation: Operation) -> Response:
    body, count = operation.body, operation.count()
    everything, allow = body.get("everything", False), frozenset(body.get("allow", ()))
    async with ask(operation) as asked:
        source = asked.source
    if not source.enabled:
        raise Conflict(f'Source "{source.name}" is switched off; its setting "enabled" helps.')
    imports = operation.realms.imports(operation.realm())

    async def plan(_: Advance) -> Any:
        async with imports.intake(source) as intake:
            return import_plan_document(await intake.plan(everything=everything), count)

    async def run(advance: Advance) -> Any:
        async with imports.intake(source) as intake:
            imported = await intake.run(everything=everything, allow=allow, progress=advance)
            return imported_document(imported, MOST_LINES)

    subject = f"sources/{source.name}"
    if body.get("dryRun", False):
        return await begin(operation, "import plan", subject, plan)
    return await begin(operation, "import", subject, run)

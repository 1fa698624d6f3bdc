"""What the admin API does to assignments and push groups: who and what is to be at an application."""

from starlette.responses import Response

from scimbridge.provisioning.assignment_settings import assignment_from_document, assignment_to_document
from scimbridge.provisioning.push_group_settings import push_group_from_document, push_group_to_document
from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.provisioned import ask
from scimbridge.web.plain import answer


async def list_all(operation: Operation) -> Response:
    async with ask(operation) as asked:
        found = asked.administration.assignments(asked.name)
        return answer(
            [{**assignment_to_document(one), "name": asked.provisioned.name_of(one.type, one.id)} for one in found]
        )


async def assign(operation: Operation) -> Response:
    assignment = assignment_from_document(operation.body)
    async with ask(operation) as asked:
        await asked.administration.assign(asked.name, [assignment], actor=asked.actor)
        return Response(status_code=204)


async def unassign(operation: Operation) -> Response:
    async with ask(operation) as asked:
        await asked.administration.unassign(asked.name, operation.path("type"), operation.path("id"), actor=asked.actor)
        return Response(status_code=204)


async def list_push_groups(operation: Operation) -> Response:
    async with ask(operation) as asked:
        return answer([push_group_to_document(one) for one in asked.administration.push_groups(asked.name)])


async def put_push_group(operation: Operation) -> Response:
    push_group = push_group_from_document(operation.body)
    async with ask(operation) as asked:
        made = await asked.administration.put_push_group(asked.name, push_group, actor=asked.actor)
        return answer(push_group_to_document(made), 201)


async def change_push_group(operation: Operation) -> Response:
    name = operation.path("push_group")
    async with ask(operation) as asked:
        changed = await asked.administration.change_push_group(asked.name, name, operation.body, actor=asked.actor)
        return answer(push_group_to_document(changed))


async def drop_push_group(operation: Operation) -> Response:
    """With `?delete=true` what it has pushed is deleted there."""
    name, delete = operation.path("push_group"), operation.is_asked("delete")
    async with ask(operation) as asked:
        await asked.administration.drop_push_group(asked.name, name, actor=asked.actor, delete=delete)
        return Response(status_code=204)

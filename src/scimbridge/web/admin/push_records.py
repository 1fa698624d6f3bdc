"""What the admin API shows of pushes, and does about them by hand: tasks, the journal, links."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from starlette.responses import Response

from scimbridge.provisioning.ports import Ledger
from scimbridge.scim.errors import InvalidValue, NotFound
from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.provisioned import ask
from scimbridge.web.admin.push_documents import link_document, push_entry_document, task_document
from scimbridge.web.plain import answer

# What tells a task from others: type, id and kind.
_Place = tuple[str, str, str]

_TYPES: Final[Mapping[str, Literal["User", "Group"]]] = {"User": "User", "Group": "Group"}


async def list_tasks(operation: Operation) -> Response:
    async with ask(operation) as asked:
        application = asked.application
        return answer([task_document(application, work) for work in asked.provisioned.ledger(application).tasks()])


async def retry(operation: Operation) -> Response:
    async with ask(operation) as asked:
        ledger = asked.ledger
        return _found([await ledger.retry(*place, due="") for place in _places(operation, ledger)])


async def cancel(operation: Operation) -> Response:
    async with ask(operation) as asked:
        ledger = asked.ledger
        return _found([await ledger.cancel(*place) for place in _places(operation, ledger)])


async def list_journal(operation: Operation) -> Response:
    async with ask(operation) as asked:
        entries = asked.ledger.journal(
            after=operation.after(),
            count=operation.count(),
            newest=operation.is_asked("newest"),
            source=operation.query("id"),
            run=operation.query("run"),
        )
        return answer([push_entry_document(entry) for entry in entries])


async def list_links(operation: Operation) -> Response:
    type_, start = operation.query("type"), operation.start()
    async with ask(operation) as asked:
        ledger = asked.ledger
        links = [link for one in ((type_,) if type_ else ("User", "Group")) for link in await ledger.links(one)]
        return answer([link_document(link) for link in links[start : start + operation.count()]])


async def unlink(operation: Operation) -> Response:
    """Nothing is sent: who is assigned is looked up by name at the next push."""
    type_, id_ = operation.path("type"), operation.path("id")
    async with ask(operation) as asked:
        provisioner = asked.provisioner()
        if type_ not in _TYPES or not await provisioner.unlink(_TYPES[type_], id_):
            raise NotFound(f'There is no link of type "{type_[:64]}" of "{id_[:64]}".')
        return Response(status_code=204)


def _places(operation: Operation, ledger: Ledger) -> Sequence[_Place]:
    """Of the task that the body names, or of all. Raises InvalidValue."""
    body = operation.body
    if body.get("failed"):
        return [(work.type, work.source, work.kind) for work in ledger.tasks()]
    if not {"type", "id", "kind"} <= body.keys():
        raise InvalidValue('Name the task by "type", "id" and "kind", or say "failed": true for all.')
    return [(body["type"], body["id"], body["kind"])]


def _found(found: Sequence[bool]) -> Response:
    if found and not any(found):
        raise NotFound("There is no such task; it may have been done meanwhile.")
    return Response(status_code=204)

"""What the admin API does to users and groups of a realm, and the journal of their changes."""

from starlette.responses import Response

from scimbridge.directory.ports import Actor, JournalQuery
from scimbridge.directory.search import search
from scimbridge.directory.service import Call
from scimbridge.scim.messages import EVERYTHING, SearchRequest, search_from_query
from scimbridge.web.admin.documents import entry_document
from scimbridge.web.admin.operation import Operation
from scimbridge.web.plain import answer, exchange_of


async def list_users(operation: Operation) -> Response:
    return await _search(operation, "User")


async def list_groups(operation: Operation) -> Response:
    return await _search(operation, "Group")


async def show_user(operation: Operation) -> Response:
    return await _show(operation, "User")


async def show_group(operation: Operation) -> Response:
    return await _show(operation, "Group")


async def delete_user(operation: Operation) -> Response:
    return await _delete(operation, "User")


async def delete_group(operation: Operation) -> Response:
    return await _delete(operation, "Group")


async def list_journal(operation: Operation) -> Response:
    user, group = operation.query("user"), operation.query("group")
    query = JournalQuery(
        type="User" if user is not None else "Group" if group is not None else None,
        name=user if user is not None else group,
        id=operation.query("id"),
        request_id=operation.query("request"),
        since=operation.time("since"),
        until=operation.time("until"),
        after=operation.after(),
        count=operation.count(),
        newest=operation.is_asked("newest"),
    )
    return answer([entry_document(entry) for entry in await operation.served().service.directory.journal(query)])


async def _search(operation: Operation, kind: str) -> Response:
    """As the SCIM endpoint lists, with its query parameters."""
    service = operation.served().service
    wanted = search_from_query(operation.request.scope["query_string"])
    found = await search(service, [service.types.by_name[kind]], _call(operation, wanted))
    return _show_json(found)


async def _show(operation: Operation, kind: str) -> Response:
    service = operation.served().service
    wanted = search_from_query(operation.request.scope["query_string"])
    rendered = await service.read(service.types.by_name[kind], operation.path("id"), _call(operation, wanted))
    return _show_json(rendered.body)


def _show_json(body: bytes) -> Response:
    return Response(body, media_type="application/scim+json", headers={"Cache-Control": "no-store"})


async def _delete(operation: Operation, kind: str) -> Response:
    service = operation.served().service
    await service.delete(service.types.by_name[kind], operation.path("id"), _call(operation))
    return Response(status_code=204)


def _call(operation: Operation, wanted: SearchRequest = EVERYTHING) -> Call:
    actor = Actor(operation.actor, request_id=exchange_of(operation.request).request_id)
    return Call(f"{operation.url}/realms/{operation.path('realm')}/scim/v2", actor, wanted)

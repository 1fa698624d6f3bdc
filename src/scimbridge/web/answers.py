"""What answers each SCIM request: from HTTP to the service and back, one function a route and method."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from scimbridge.access.policy import authorize
from scimbridge.access.principal import Principal
from scimbridge.directory.bulk import Bulk
from scimbridge.directory.ports import Actor
from scimbridge.directory.representation import Rendered
from scimbridge.directory.search import search
from scimbridge.directory.service import Call
from scimbridge.scim import discovery, json
from scimbridge.scim.bulk import bulk_request
from scimbridge.scim.errors import Forbidden, NotFound
from scimbridge.scim.messages import (
    EVERYTHING,
    SearchRequest,
    list_response,
    search_from_body,
    search_from_query,
)
from scimbridge.scim.schema import ResourceType
from scimbridge.scim.version import matches
from scimbridge.web.body import read_body
from scimbridge.web.exchange import Exchange, Reply
from scimbridge.web.ports import Served
from scimbridge.web.preference import MINIMAL, wants_minimal

# Nothing keeps who reads.
_NOBODY = Actor("")
# What is read of a resource that is not to be shown: not the members of a group.
_MEMBERLESS = SearchRequest(excluded=("members",))


@dataclass(slots=True)
class Request:
    """A SCIM request that has been let in. `kinds` are the resource types that its URL means, `id` one resource."""

    exchange: Exchange
    served: Served
    principal: Principal
    base: str
    kinds: Sequence[ResourceType] = ()
    id: str = ""

    @property
    def kind(self) -> ResourceType:
        return self.kinds[0]

    def reading(self, wanted: SearchRequest | None = None) -> Call:
        """What the service is told beside the message; `wanted` None: what the query string asks for."""
        return Call(self.base, _NOBODY, wanted or self.query())

    def writing(self, wanted: SearchRequest | None = None) -> Call:
        exchange = self.exchange
        actor = Actor(self.principal.name, self.principal.client, exchange.request_id)
        wanted = wanted or (_MEMBERLESS if self.is_minimal else self.query())
        return Call(self.base, actor, wanted, exchange.header(b"if-match"))

    @property
    def is_minimal(self) -> bool:
        """Whether a write is to be answered without the resource."""
        return wants_minimal(self.exchange.header(b"prefer"))

    def query(self) -> SearchRequest:
        return search_from_query(self.exchange.query)

    async def body(self) -> Any:
        return json.parse(await read_body(self.exchange, self.served.service.limits.max_payload))


async def read(request: Request) -> Reply:
    rendered = await request.served.service.read(request.kind, request.id, request.reading())
    condition = request.exchange.header(b"if-none-match")
    if condition is not None and matches(condition, rendered.etag):
        return Reply(304, headers=[(b"etag", rendered.etag.encode())])
    return _show(200, rendered)


async def create(request: Request) -> Reply:
    body = await request.body()
    return _answer(request, 201, await request.served.service.create(request.kind, body, request.writing()))


async def replace(request: Request) -> Reply:
    body = await request.body()
    rendered = await request.served.service.replace(request.kind, request.id, body, request.writing())
    return _answer(request, 200, rendered)


async def patch(request: Request) -> Reply:
    body = await request.body()
    rendered = await request.served.service.patch(request.kind, request.id, body, request.writing())
    return Reply(204) if rendered is None else _answer(request, 200, rendered)


async def delete(request: Request) -> Reply:
    await request.served.service.delete(request.kind, request.id, request.writing())
    return Reply(204)


async def find(request: Request) -> Reply:
    return Reply(200, await search(request.served.service, request.kinds, request.reading()))


async def find_by_body(request: Request) -> Reply:
    """RFC 7644 section 3.4.3."""
    wanted = search_from_body(await request.body())
    return Reply(200, await search(request.served.service, request.kinds, request.reading(wanted)))


async def bulk(request: Request) -> Reply:
    service = request.served.service
    message = bulk_request(await request.body(), service.limits.max_operations)
    may = partial(authorize, request.principal)
    return Reply(200, await Bulk(service, message, request.writing(EVERYTHING), may).run())


async def service_provider_config(request: Request) -> Reply:
    _refuse_filter(request)
    service = request.served.service
    return Reply(200, json.dump(discovery.service_provider_config(service.limits, request.base)))


async def resource_types(request: Request) -> Reply:
    return _documents(request, discovery.resource_types(request.served.service.types, request.base))


async def schemas(request: Request) -> Reply:
    return _documents(request, discovery.schemas(request.served.service.types, request.base))


def _documents(request: Request, documents: Sequence[dict[str, Any]]) -> Reply:
    """All of them as a list, or the one that the URL names; a URN compares without regard to case (RFC 8141)."""
    _refuse_filter(request)
    if not request.id:
        return Reply(200, list_response([json.dump(document) for document in documents], len(documents), 1))
    for document in documents:
        if document["id"].lower() == request.id.lower():
            return Reply(200, json.dump(document))
    raise NotFound(f'There is no "{request.id[:200]}" here.')


def _refuse_filter(request: Request) -> None:
    """RFC 7644 section 4: the discovery endpoints answer a filter with 403."""
    if request.query().filter is not None:
        raise Forbidden("The discovery endpoints take no filter.")


def _answer(request: Request, status: int, rendered: Rendered) -> Reply:
    """The reply to a write."""
    shown = _show(status, rendered)
    if not request.is_minimal:
        return shown
    return Reply(status if status == HTTPStatus.CREATED else 204, headers=[*shown.headers, MINIMAL])


def _show(status: int, rendered: Rendered) -> Reply:
    headers = [(b"etag", rendered.etag.encode()), (b"location", rendered.location.encode())]
    return Reply(status, rendered.body, headers)

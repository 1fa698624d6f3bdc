"""Searching a realm: lists, filters, sorting, pages by index and by cursor (RFC 7644 section 3.4.2, RFC 9865)."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

import orjson

from scimbridge.directory.ports import Query, Record, SearchTimeout
from scimbridge.directory.service import Call, Service
from scimbridge.scim.binding import Bound
from scimbridge.scim.errors import InvalidCursor, InvalidFilter, InvalidValue, ScimError, TooMany
from scimbridge.scim.filter import bind_text
from scimbridge.scim.locations import by_id
from scimbridge.scim.messages import SearchRequest, list_response
from scimbridge.scim.ordering import bind_sort
from scimbridge.scim.schema import ResourceType

T = TypeVar("T")


async def search(service: Service, kinds: Sequence[ResourceType], call: Call) -> bytes:
    """A ListResponse over one type, or over several (a search at the root)."""
    request = call.request
    query = _query(service, kinds, call)
    try:
        page = await service.directory.search(query)
    except SearchTimeout:
        raise TooMany("No index serves this filter and looking at every resource takes too long: narrow it.") from None
    except ValueError:
        raise InvalidCursor('Parameter "cursor" is not one that this server gave.') from None
    resources = await _render(service, kinds, page.records, call)
    if request.cursor is None:
        return list_response(resources, page.total, query.start)
    following = None if page.next is None else _seal(page.next, kinds, request)
    return list_response(resources, page.total, None, following)


async def _render(
    service: Service, kinds: Sequence[ResourceType], records: Sequence[Record], call: Call
) -> Sequence[bytes]:
    if len(kinds) == 1:
        return await service.render_page(kinds[0], records, call.request, call.base)
    by_name = {kind.name: kind for kind in kinds}
    pages = [
        await service.render_page(by_name[name], list(run), call.request, call.base)
        for name, run in groupby(records, attrgetter("type"))
    ]
    return [resource for page in pages for resource in page]


def _query(service: Service, kinds: Sequence[ResourceType], call: Call) -> Query:
    def bind(text: str, kind: ResourceType) -> Bound:
        return by_id(bind_text(text, kind), kind, service.types, call.base)

    request, realm = call.request, service.realm
    count = realm.page_size if request.count is None else request.count
    return Query(
        {kind.name: None for kind in kinds} if request.filter is None else _bind(kinds, request.filter, bind),
        {} if request.sort_by is None else _bind(kinds, request.sort_by, bind_sort),
        request.descending,
        request.start if request.cursor is None else 1,
        min(count, realm.max_page_size),
        _open(request.cursor, kinds, request) if request.cursor else None,
    )


def _bind(kinds: Sequence[ResourceType], text: str, bind: Callable[[str, ResourceType], T]) -> dict[str, T]:
    """The text as each type means it; a type without its attributes is left out, unless that leaves none.

    At the root a filter has no matches among resources that have not its attributes (RFC 7644 section 3.4.2.1).
    """
    bound: dict[str, T] = {}
    refusal: ScimError | None = None
    for kind in kinds:
        try:
            bound[kind.name] = bind(text, kind)
        except (InvalidFilter, InvalidValue) as error:
            refusal = refusal or error
    if not bound and refusal is not None:
        raise refusal
    return bound


def _fingerprint(kinds: Sequence[ResourceType], request: SearchRequest) -> str:
    """A cursor goes on with the query it was made for and no other."""
    question = replace(request, cursor=None, count=None, start=1, attributes=None, excluded=())
    text = repr((sorted(kind.name for kind in kinds), question))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _seal(position: str, kinds: Sequence[ResourceType], request: SearchRequest) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([_fingerprint(kinds, request), position])).decode().rstrip("=")


def _open(cursor: str, kinds: Sequence[ResourceType], request: SearchRequest) -> str:
    try:
        fingerprint, position = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):  # not base64, not JSON, not a pair
        raise InvalidCursor('Parameter "cursor" is not one that this server gave.') from None
    if fingerprint != _fingerprint(kinds, request) or not isinstance(position, str):
        raise InvalidCursor('Parameter "cursor" belongs to another query.')
    return position

"""Searching a realm: lists, filters, sorting, pages by index and by cursor (RFC 7644 section 3.4.2, RFC 9865)."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import replace

import orjson

from scimbridge.directory.ports import Page, Query, SearchTimeout
from scimbridge.directory.service import Call, Service, chosen
from scimbridge.scim.binding import Bound
from scimbridge.scim.errors import InvalidCursor, InvalidFilter, InvalidValue, TooMany
from scimbridge.scim.filter import bind_text, parse_path
from scimbridge.scim.messages import SearchRequest, list_response
from scimbridge.scim.schema import ResourceType, Target


async def search(service: Service, kinds: Sequence[ResourceType], call: Call) -> bytes:
    """A ListResponse over one type, or over several (a search at the root)."""
    request = call.request
    query = _query(service, kinds, request)
    page = await _page(service, query)
    by_name = service.types.by_name
    resources = []
    for record in page.records:
        kind = by_name[record.type]
        resources.append((await service.render(kind, record, chosen(kind, request), call.base)).body)
    if request.cursor is None:
        return list_response(resources, page.total, query.start)
    following = None if page.next is None else _seal(page.next, kinds, request)
    return list_response(resources, page.total, None, following)


async def _page(service: Service, query: Query) -> Page:
    if not query.filters:
        return Page((), 0)
    try:
        return await service.directory.search(query)
    except SearchTimeout:
        raise TooMany("No index serves this filter and looking at every resource takes too long: narrow it.") from None
    except ValueError:
        raise InvalidCursor('Parameter "cursor" is not one that this server gave.') from None


def _query(service: Service, kinds: Sequence[ResourceType], request: SearchRequest) -> Query:
    realm = service.realm
    count = realm.page_size if request.count is None else request.count
    return Query(
        filters=_filters(kinds, request.filter),
        sort=_sort(kinds, request.sort_by),
        descending=request.descending,
        start=request.start,
        count=min(count, realm.max_page_size),
        after=_open(request.cursor, kinds, request) if request.cursor else None,
    )


def _filters(kinds: Sequence[ResourceType], text: str | None) -> dict[str, Bound | None]:
    """One filter a type. At the root a type that has not the attributes has no matches (RFC 7644 section 3.4.2.1)."""
    if text is None:
        return dict.fromkeys(kind.name for kind in kinds)
    if len(kinds) == 1:
        return {kinds[0].name: bind_text(text, kinds[0])}
    bound: dict[str, Bound | None] = {}
    refusal: InvalidFilter | None = None
    for kind in kinds:
        try:
            bound[kind.name] = bind_text(text, kind)
        except InvalidFilter as error:
            refusal = error
    if not bound and refusal is not None:
        raise refusal
    return bound


def _sort(kinds: Sequence[ResourceType], path: str | None) -> dict[str, Target]:
    if path is None:
        return {}
    name = parse_path(path)
    found = {kind.name: kind.resolve(name.schema, name.name, name.sub) for kind in kinds}
    targets = {kind: target for kind, target in found.items() if target is not None}
    if not targets:
        raise InvalidValue(f'Parameter "sortBy": there is no attribute "{path[:64]}".')
    return targets


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
    except (ValueError, binascii.Error):
        raise InvalidCursor('Parameter "cursor" is not one that this server gave.') from None
    if fingerprint != _fingerprint(kinds, request) or not isinstance(position, str):
        raise InvalidCursor('Parameter "cursor" belongs to another query.')
    return position

"""Searching the in-memory directory: the filter, order and page of a query as the SCIM language defines them."""

from typing import Any

import orjson

from scimbridge.adapters.memory.resources import Resource, Resources
from scimbridge.directory.ports import Page, Query
from scimbridge.scim.match import match
from scimbridge.scim.ordering import sort_key

# Who has no value sorts as this.
ABSENT = (True, 0)

Place = tuple[tuple[bool, Any], int]


def search(resources: Resources, query: Query) -> Page:
    """Raises ValueError if `query.after` is none of ours."""
    found = [
        (_place(resources, resource, query), resource) for resource in resources if _matches(resources, resource, query)
    ]
    found.sort(key=lambda item: item[0][0], reverse=query.descending and bool(query.sort))
    first = query.start - 1
    if query.after is not None:
        mark = _open(query.after)
        try:
            first = sum(_is_past(place, mark, query) for place, _ in found)
        except TypeError:  # a key of another type than those of this query
            raise ValueError(query.after) from None
    page = found[first : first + query.count]
    more = bool(page) and first + query.count < len(found)
    return Page(
        records=[resources.record(resource) for _, resource in page],
        total=len(found),
        next=orjson.dumps(page[-1][0]).decode() if more else None,
    )


def _matches(resources: Resources, resource: Resource, query: Query) -> bool:
    if resource.type not in query.filters:
        return False
    bound = query.filters[resource.type]
    return bound is None or match(bound, resources.view(resource))


def _place(resources: Resources, resource: Resource, query: Query) -> Place:
    target = query.sort.get(resource.type)
    key = ABSENT if target is None else sort_key(resources.view(resource), target)
    return key, resource.sequence


def _is_past(place: Place, mark: Place, query: Query) -> bool:
    """Whether a place is at or before the mark in the order of the query."""
    if place[0] == mark[0]:
        return place[1] <= mark[1]
    return place[0] > mark[0] if query.descending else place[0] < mark[0]


def _open(after: str) -> Place:
    match orjson.loads(after):
        case [[bool(absent), key], int(sequence)]:
            return (absent, key), sequence
    raise ValueError(after)

"""The URLs of SCIM (RFC 7644 section 3.2 and its table 2): the shape of a path, and what answers each method on it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from scimbridge.scim.schema import ResourceType, ResourceTypes
from scimbridge.web import answers
from scimbridge.web.answers import Request
from scimbridge.web.exchange import Reply

Handler = Callable[[Request], Awaitable[Reply]]


class Route:
    """A shape of path. `single`: it means one resource; `searches`: its POST reads and is authorized as GET."""

    def __init__(self, *, single: bool = False, searches: bool = False, **methods: Handler) -> None:
        self.single = single
        self.searches = searches
        self.methods: Mapping[str, Handler] = methods | ({"HEAD": methods["GET"]} if "GET" in methods else {})
        self.allow = ", ".join([*self.methods, "OPTIONS"])


class Match(NamedTuple):
    """What a path means. `endpoint` is its name for the policy, "" the root; `id` is still open for `Me`."""

    route: Route
    endpoint: str
    kinds: Sequence[ResourceType] = ()
    id: str = ""


_ROOT = Route(GET=answers.find)
_COLLECTION = Route(GET=answers.find, POST=answers.create)
_RESOURCE = Route(single=True, GET=answers.read, PUT=answers.replace, PATCH=answers.patch, DELETE=answers.delete)
_SEARCH = Route(searches=True, POST=answers.find_by_body)
_FIXED = {
    "Bulk": Route(POST=answers.bulk),
    "ServiceProviderConfig": Route(GET=answers.service_provider_config),
    "ResourceTypes": Route(GET=answers.resource_types),
    "Schemas": Route(GET=answers.schemas),
}
_DOCUMENT = {name: Route(single=True, GET=_FIXED[name].methods["GET"]) for name in ("ResourceTypes", "Schemas")}


def match(types: ResourceTypes, segments: Sequence[bytes]) -> Match | None:
    """The meaning of a path below the SCIM base, given as its raw segments; None if there is nothing."""
    if len(segments) == 2:  # noqa: PLR2004 (a type and an id, the most usual)
        return _match_two(types, segments[0].decode("latin-1"), segments[1])
    if len(segments) == 1:
        return _match_one(types, segments[0].decode("latin-1"))
    return None if segments else Match(_ROOT, "", types.types)


def _match_one(types: ResourceTypes, head: str) -> Match | None:
    if (kind := types.by_endpoint.get(head)) is not None:
        return Match(_COLLECTION, head, (kind,))
    if head == ".search":
        return Match(_SEARCH, "", types.types)
    if head == "Me":
        return Match(_RESOURCE, head, (types.by_name["User"],))
    route = _FIXED.get(head)
    return None if route is None else Match(route, head)


def _match_two(types: ResourceTypes, head: str, tail: bytes) -> Match | None:
    kind = types.by_endpoint.get(head)
    if kind is not None and tail == b".search":
        return Match(_SEARCH, head, (kind,))
    # What is not UTF-8 becomes U+FFFD, which no id has: not found, as any other wrong id.
    name = tail.decode("latin-1") if b"%" not in tail else unquote(tail, errors="replace")
    if kind is not None:
        return Match(_RESOURCE, head, (kind,), name)
    route = _DOCUMENT.get(head)
    return None if route is None else Match(route, head, id=name)

"""Records as SCIM representations.

The stored document is sent as stored: `groups`, `members` and `meta` are put behind it as bytes (1 us). Only a client
that asks for some attributes, or a schema with hidden ones, costs a parse.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from scimbridge.directory.ports import Document, Member, Membership, Record
from scimbridge.scim.projection import View
from scimbridge.scim.schema import ResourceType, ResourceTypes
from scimbridge.scim.version import etag

# The JSON of up to this many groups is remembered: 256 times 4 kB.
_FEW_GROUPS = 16


class Rendered(NamedTuple):
    """An answer that holds one resource: JSON in UTF-8, its id, entity tag and URL."""

    body: bytes
    id: str
    etag: str
    location: str


class Representation:
    """How resources of one type look from outside."""

    def __init__(self, kind: ResourceType, types: ResourceTypes) -> None:
        self._path = kind.endpoint
        self._hidden = kind.hidden
        self._endpoints = {name: other.endpoint for name, other in types.by_name.items()}
        self.has_members = kind.schema.attribute("members") is not None

    def location(self, record: Record, base: str) -> str:
        return f"{base}{self._path}/{record.id}"

    def shows_members(self, view: View | None) -> bool:
        return self.has_members and (view is None or view.wants("members"))

    def answer(self, record: Record, base: str, view: View | None, members: Sequence[Member]) -> Rendered:
        """As render, with what goes into the headers."""
        body = self.render(record, base, view, members)
        return Rendered(body, record.id, etag(record.version), self.location(record, base))

    def render(self, record: Record, base: str, view: View | None, members: Sequence[Member]) -> bytes:
        """`view` None is the client's default; `members` are those of a group if the view wants them."""
        if view is None and not self._hidden:
            return self._splice(record, base, members)
        document = self._document(record, base, members)
        return orjson.dumps(document if view is None else view.apply(document))

    def _splice(self, record: Record, base: str, members: Sequence[Member]) -> bytes:
        type_, id_, document, version, created, modified, groups = record
        # Every value here is ours: no character in it needs escaping.
        meta = (
            f',"meta":{{"resourceType":"{type_}","created":"{created}","lastModified":"{modified}",'
            f'"location":"{base}{self._path}/{id_}","version":"W/\\"{version}\\""}}}}'
        ).encode()
        body = document[:-1]
        if groups:
            body += (_render_few_groups if len(groups) <= _FEW_GROUPS else _render_groups)(groups, base)
        if members:
            body += b',"members":' + orjson.dumps(self._members(members, base))
        return body + meta

    def _document(self, record: Record, base: str, members: Sequence[Member]) -> Document:
        document: dict[str, Any] = orjson.loads(record.document)
        if record.groups:
            document["groups"] = _groups(record.groups, base)
        if members:
            document["members"] = self._members(members, base)
        document["meta"] = {
            "resourceType": record.type,
            "created": record.created,
            "lastModified": record.modified,
            "location": self.location(record, base),
            "version": etag(record.version),
        }
        return document

    def _members(self, members: Sequence[Member], base: str) -> list[dict[str, str]]:
        paths = {name: f"{base}{endpoint}/" for name, endpoint in self._endpoints.items()}
        return [
            {"value": id_, "$ref": paths[type_] + id_, "type": type_, "display": display}
            if display
            else {"value": id_, "$ref": paths[type_] + id_, "type": type_}
            for id_, type_, display in members
        ]


def _render_groups(groups: tuple[Membership, ...], base: str) -> bytes:
    return b',"groups":' + orjson.dumps(_groups(groups, base))


# Most people of a page are in the same groups: 0.2 us a person instead of 0.8.
_render_few_groups = lru_cache(maxsize=256)(_render_groups)


def _groups(groups: Sequence[Membership], base: str) -> list[dict[str, str]]:
    return [
        {
            "value": group.id,
            "$ref": f"{base}/Groups/{group.id}",
            "display": group.display,
            "type": "direct" if group.direct else "indirect",
        }
        for group in groups
    ]

"""Records as SCIM representations.

The stored document is sent as stored: `groups`, `members` and `meta` are put behind it as bytes (1 us). Only a client
that asks for some attributes, or a schema with hidden ones, costs a parse.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from scimbridge.directory.ports import Member, Membership, Record
from scimbridge.scim.projection import View, view
from scimbridge.scim.schema import ResourceType, ResourceTypes
from scimbridge.scim.version import etag

# What Entra ID leaves out when it looks groups up: excludedAttributes=members.
_NOT_STORED = frozenset({"groups", "members"})


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
        self._default = view(kind, None, ())
        self._hidden = kind.hidden
        self._endpoints = {name: other.endpoint for name, other in types.by_name.items()}
        self.has_members = kind.schema.attribute("members") is not None

    def location(self, record: Record, base: str) -> str:
        return f"{base}{self._path}/{record.id}"

    def shows_members(self, wanted: View | None) -> bool:
        return self.has_members and (wanted is None or wanted.wants("members"))

    def answer(self, record: Record, base: str, wanted: View | None, members: Sequence[Member]) -> Rendered:
        """As render, with what goes into the headers."""
        body = self.render(record, base, wanted, members)
        return Rendered(body, record.id, etag(record.version), self.location(record, base))

    def render(self, record: Record, base: str, wanted: View | None, members: Sequence[Member]) -> bytes:
        """`wanted` None is the client's default; `members` are those of a group if it wants them."""
        if not self._is_spliced(wanted):
            return self._project(record, base, wanted, members)
        if members:
            shown = orjson.dumps(self._members(members, base))
            record = record._replace(document=b'%b,"members":%b}' % (record.document[:-1], shown))
        return self._splice((record,), base, wanted)[0]

    def render_all(self, records: Sequence[Record], base: str, wanted: View | None) -> list[bytes]:
        """As render, of many and without members."""
        if not self._is_spliced(wanted):
            return [self._project(record, base, wanted, ()) for record in records]
        return self._splice(records, base, wanted)

    def _is_spliced(self, wanted: View | None) -> bool:
        """Whether the stored document is shown as it is."""
        return not self._hidden and (wanted is None or (wanted.without is not None and wanted.without <= _NOT_STORED))

    def _splice(self, records: Sequence[Record], base: str, wanted: View | None) -> list[bytes]:
        if wanted is not None and not wanted.wants("groups"):
            records = [record._replace(groups=()) for record in records]
        place = f"{base}{self._path}/"
        rendered: dict[tuple[Membership, ...], bytes] = {(): b""}  # most people of a page are in the same groups
        bodies = []
        for type_, id_, document, version, created, modified, groups in records:
            if (shown := rendered.get(groups)) is None:
                shown = rendered[groups] = _render_groups(groups, base)
            # Every value here is ours: no character in it needs escaping.
            meta = (
                f',"meta":{{"resourceType":"{type_}","created":"{created}","lastModified":"{modified}",'
                f'"location":"{place}{id_}","version":"W/\\"{version}\\""}}}}'
            )
            bodies.append(document[:-1] + shown + meta.encode())
        return bodies

    def _project(self, record: Record, base: str, wanted: View | None, members: Sequence[Member]) -> bytes:
        shown = wanted or self._default
        document: dict[str, Any] = orjson.loads(record.document)
        if record.groups and shown.wants("groups"):
            document["groups"] = _groups(record.groups, base)
        if members:
            document["members"] = self._members(members, base)
        if shown.wants("meta"):
            document["meta"] = {
                "resourceType": record.type,
                "created": record.created,
                "lastModified": record.modified,
                "location": self.location(record, base),
                "version": etag(record.version),
            }
        return orjson.dumps(shown.apply(document))

    def _members(self, members: Sequence[Member], base: str) -> list[dict[str, str]]:
        paths = {name: f"{base}{endpoint}/" for name, endpoint in self._endpoints.items()}
        return [
            {"value": id_, "$ref": paths[type_] + id_, "type": type_, "display": display}
            if display
            else {"value": id_, "$ref": paths[type_] + id_, "type": type_}
            for id_, type_, display in members
        ]


def _render_groups(groups: Sequence[Membership], base: str) -> bytes:
    return b',"groups":' + orjson.dumps(_groups(groups, base))


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

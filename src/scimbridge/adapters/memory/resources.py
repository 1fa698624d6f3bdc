"""What the in-memory directory holds, and how it looks to filters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from scimbridge.directory.ports import Document, Member, Membership, Record
from scimbridge.scim.version import etag


@dataclass(slots=True)
class Resource:
    """`sequence` grows with each resource made; `members` maps ids to places in the order of joining."""

    sequence: int
    type: str
    id: str
    document: Document
    name: str
    display: str
    created: str
    modified: str
    version: int = 1
    members: dict[str, int] = field(default_factory=dict)
    password: str | None = None


class Resources:
    """The resources of one realm by id, in order of creation."""

    def __init__(self) -> None:
        self._by_id: dict[str, Resource] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_id.values())

    def __contains__(self, id: str) -> bool:  # noqa: A002
        return id in self._by_id

    def get(self, id: str, type: str | None = None) -> Resource | None:  # noqa: A002
        found = self._by_id.get(id)
        return found if found and type in (None, found.type) else None

    def named(self, type: str, name: str) -> Resource | None:  # noqa: A002
        key = name.casefold()
        return next((found for found in self if found.type == type and found.name.casefold() == key), None)

    def add(self, resource: Resource) -> None:
        self._by_id[resource.id] = resource

    def remove(self, id: str) -> None:  # noqa: A002
        del self._by_id[id]

    def groups_of(self, id: str) -> list[Resource]:  # noqa: A002
        """The groups that have this id as a member, in order of its joining."""
        return sorted((group for group in self if id in group.members), key=lambda group: group.members[id])

    def memberships(self, id: str) -> tuple[Membership, ...]:  # noqa: A002
        """Direct groups, then those that these are in, and so on; no resource is indirectly in itself."""
        direct = self.groups_of(id)
        seen = {id, *(group.id for group in direct)}
        found = [Membership(group.id, group.display, direct=True) for group in direct]
        level = direct
        while level:
            above = [upper for group in level for upper in self.groups_of(group.id)]
            level = [upper for upper in {upper.id: upper for upper in above}.values() if upper.id not in seen]
            seen |= {group.id for group in level}
            found += [Membership(group.id, group.display, direct=False) for group in level]
        return tuple(found)

    def members(self, group: Resource) -> list[Member]:
        found = (self._by_id[id_] for id_ in sorted(group.members, key=group.members.__getitem__))
        return [Member(member.id, member.type, member.display) for member in found]

    def record(self, resource: Resource) -> Record:
        return Record(
            type=resource.type,
            id=resource.id,
            document=orjson.dumps(resource.document),
            version=resource.version,
            created=resource.created,
            modified=resource.modified,
            groups=self.memberships(resource.id),
        )

    def view(self, resource: Resource) -> Mapping[str, Any]:
        """The whole representation that filters read, but for URLs: a store does not know its server's name."""
        groups = [
            {"value": group.id, "display": group.display, "type": "direct" if group.direct else "indirect"}
            for group in self.memberships(resource.id)
        ]
        members = [member_view(member) for member in self.members(resource)]
        meta = {
            "resourceType": resource.type,
            "created": resource.created,
            "lastModified": resource.modified,
            "version": etag(resource.version),
        }
        return {**resource.document, "groups": groups, "members": members, "meta": meta}


def member_view(member: Member) -> dict[str, str]:
    view = {"value": member.id, "type": member.type}
    return view | {"display": member.display} if member.display else view

"""Groups as groups of the target."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from scimbridge.bridge.mapping import Values
from scimbridge.bridge.members import Delta, Memberships
from scimbridge.bridge.ports import Intent, Link, Target
from scimbridge.directory.ports import Document, Password, Record
from scimbridge.provisioning.errors import TargetRefused


class Groups:
    """Fulfils bridge.kinds.Kind for groups."""

    def __init__(self, target: Target, memberships: Memberships) -> None:
        self._target = target
        self._memberships = memberships

    def desired(self, document: Mapping[str, Any]) -> Values:
        return {"displayName": document["displayName"]}

    def accept(self, document: Document, values: Values, paths: Iterable[str]) -> Document:
        return document | {path: values[path] for path in paths}

    async def actual(self, target: str) -> Values | None:
        group = await self._target.get_group(target)
        return None if group is None else {"displayName": group.name}

    async def make(
        self,
        document: Document,
        desired: Values,  # noqa: ARG002
        delta: Delta,
        password: Password | None,  # noqa: ARG002
    ) -> str:
        links = self._memberships.links(delta)
        id_ = await self._target.create_group(document["displayName"])
        try:
            await self._memberships.write(Link("Group", id_, id_, "managed", ""), delta, links)
        except TargetRefused:
            await self._target.delete_group(id_)
            raise
        return id_

    async def push(
        self,
        link: Link,
        before: Values,
        changed: Values,
        delta: Delta,
        password: Password | None,  # noqa: ARG002
    ) -> None:
        links = self._memberships.links(delta)
        if changed:
            await self._target.rename_group(link.target, str(changed["displayName"]))
        try:
            await self._memberships.write(link, delta, links)
        except TargetRefused:
            await self._memberships.align(link, [*delta.joined, *delta.left])
            if changed:
                await self._target.rename_group(link.target, str(before["displayName"]))
            raise

    async def restore(self, link: Link, record: Record, delta: Delta) -> None:
        await self._target.rename_group(link.target, orjson.loads(record.document)["displayName"])
        await self._memberships.align(link, [*delta.joined, *delta.left])

    async def remove(self, target: str) -> None:
        await self._target.delete_group(target)

    async def holds(self, link: Link, changed: Values, delta: Delta) -> bool:
        group = await self._target.get_group(link.target)
        if group is None or group.name != changed.get("displayName", group.name):
            return False
        return await self._memberships.hold(link, delta)

    async def find_made(self, intent: Intent) -> str | None:
        return await self._at_the_top(intent.name)

    async def find(self, document: Mapping[str, Any]) -> str | None:
        return await self._at_the_top(document["displayName"])

    async def _at_the_top(self, name: str) -> str | None:
        group = await self._target.find_group(name)
        return group.id if group is not None and group.name == name and not group.parent else None

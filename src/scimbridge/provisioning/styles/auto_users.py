"""Events of users in the style of our own."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimbridge.provisioning.errors import ProvisioningError, TargetMisbehaved
from scimbridge.provisioning.mapping import Mapped, merge
from scimbridge.provisioning.styles.adaptive import Adaptive
from scimbridge.provisioning.styles.places import Operation, edits, lists_differ
from scimbridge.provisioning.styles.resources import USER, taken
from scimbridge.provisioning.target import Adopt, Written


class AutoUsers(Adaptive):
    """What was pushed before tells what is to be changed: one PATCH.

    Where that is not known, or lists there may hold values that are not ours, what is there is read first.
    """

    async def provision(self, mapped: Mapped, *, password: str | None, adopt: Adopt) -> Written:
        name, outgoing = self.unique(mapped), self.outgoing(mapped)
        found = await self.find(USER, name)
        if found is None:
            return await self._create(outgoing, name, password)
        if not adopt(found):
            raise taken(USER, name, found)
        return (await self._bring(found, outgoing, None, active=True))._replace(found=True)

    async def update(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        return await self._push(id, mapped, previous, active=False)

    async def reactivate(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        return await self._push(id, mapped, previous, active=True)

    async def deactivate(self, id: str, mapped: Mapped | None) -> None:  # noqa: A002, ARG002 (the server's own profile)
        await self._set(id, "active", value=False)

    async def set_password(self, id: str, password: str) -> None:  # noqa: A002
        await self._set(id, "password", value=self.new_secret(password)["password"])

    async def delete_user(self, id: str) -> None:  # noqa: A002
        await self.remove(USER, id)

    async def _create(self, outgoing: Mapped, name: str, password: str | None) -> Written:
        body = {**outgoing.document, **self.secret(password), "active": True}
        try:
            resource = await self.post(USER, body)
        except TargetMisbehaved:
            # It answered 2xx with nothing that can be read: looked up again, it may be there.
            found = await self.find(USER, name)
            if found is None:
                raise
            resource = found
        return await self._written(resource["id"], outgoing, resource)

    async def _push(self, id: str, mapped: Mapped, previous: Mapped | None, *, active: bool) -> Written:  # noqa: A002
        outgoing, able = self.outgoing(mapped), await self.able()
        operations = _direct(previous, outgoing) if previous is not None and able.patch_users else None
        if operations is None:
            return await self._bring(await self.get(USER, id), outgoing, previous, active=active)
        operations, left = self._allowed([_activation(), *operations] if active else operations)
        if not operations:
            return Written(id, dropped=left)

        async def whole() -> Mapping[str, Any]:
            merged = merge(await self.get(USER, id), outgoing, previous)
            return merged | {"active": True} if active else merged

        return await self._written(id, outgoing, await self.change(USER, id, operations, whole), left)

    async def _bring(
        self, current: dict[str, Any], outgoing: Mapped, previous: Mapped | None, *, active: bool
    ) -> Written:
        """From what is there to what is to be there; nothing is sent if that is the same."""
        wanted = merge(current, outgoing, previous)
        if active and current.get("active", True) is not True:
            wanted = {**wanted, "active": True}
        operations, left = self._allowed(edits(current, wanted))
        if not operations:
            return Written(current["id"], current, dropped=left)

        async def whole() -> Mapping[str, Any]:
            return wanted

        resource = await self.change(USER, current["id"], operations, whole)
        return await self._written(current["id"], outgoing, resource, left)

    async def _set(self, id: str, name: str, *, value: Any) -> None:  # noqa: A002
        async def whole() -> Mapping[str, Any]:
            return await self.get(USER, id) | {name: value}

        await self.change(USER, id, [{"op": "replace", "path": name, "value": value}], whole)

    def _allowed(self, operations: Sequence[Operation]) -> tuple[list[Operation], tuple[str, ...]]:
        """Those that the target can do after a create, and keeps; and the paths of the others."""
        changeable = self._capabilities.changeable
        left = tuple(
            path
            for path in (operation["path"] for operation in operations)
            if (changeable and path not in changeable) or self.keeping.is_dropped(path)
        )
        return [operation for operation in operations if operation["path"] not in left], left

    async def _written(
        self,
        id: str,  # noqa: A002
        outgoing: Mapped,
        resource: dict[str, Any] | None,
        left: tuple[str, ...] = (),
    ) -> Written:
        """The write is done, whatever reading it back comes to."""

        async def read() -> Mapping[str, Any]:
            return await self.get(USER, id)

        try:
            dropped = await self.keeping.dropped(outgoing.document, resource, read)
        except ProvisioningError:
            dropped = ()
        return Written(id, resource, dropped=tuple(dict.fromkeys((*dropped, *left))))


def _direct(previous: Mapped, mapped: Mapped) -> list[Operation] | None:
    """The change from what was pushed before; None if what is there has to be read for it."""
    if lists_differ(previous.document, mapped.document):
        return None
    gone = {*mapped.cleared, *mapped.absent}
    unset = [path for path in mapped.cleared if path not in previous.cleared]
    found = [
        operation
        for operation in edits(previous.document, mapped.document)
        if operation["op"] != "remove" or operation["path"] in gone
    ]
    removed = {operation["path"] for operation in found}
    unset = [path for path in unset if path not in removed]
    if any("[" in path for path in unset):
        return None
    return [*found, *({"op": "remove", "path": path} for path in unset)]


def _activation() -> Operation:
    return {"op": "replace", "path": "active", "value": True}

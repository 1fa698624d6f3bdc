"""The style of our own: the fewest requests that the target understands; discovery and preset decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimbridge.provisioning.errors import TargetGone, TargetMisbehaved, TargetRefused
from scimbridge.provisioning.refusals import NotTaken
from scimbridge.provisioning.styles.auto_users import AutoUsers
from scimbridge.provisioning.styles.members import changes
from scimbridge.provisioning.styles.places import Operation
from scimbridge.provisioning.styles.resources import GROUP, GROUP_URN, created, entries, members_of
from scimbridge.provisioning.target import Adopt, Member, Members, Written


class Auto(AutoUsers):
    """Events of groups: their members go as differences, and in batches."""

    async def push_group(self, name: str, members: Sequence[Member], *, adopt: Adopt, resumed: bool = False) -> Written:  # noqa: ARG002 (it is looked up anyway)
        found = await self.find(GROUP, name)
        if found is None:
            return await self._create_group(name, members)
        return await self.take_over_group(found, name, members, adopt=adopt)

    async def rename_group(self, id: str, name: str, members: Members) -> None:  # noqa: A002, ARG002 (they stay)
        async def whole() -> Mapping[str, Any]:
            return {**await self._group(id), "displayName": name}

        await self.change(GROUP, id, [_naming(name)], whole)

    async def change_members(
        self,
        id: str,  # noqa: A002
        name: str,  # noqa: ARG002 (it stays)
        added: Sequence[Member],
        removed: Sequence[Member],
        members: Members,  # noqa: ARG002 (the difference is enough)
    ) -> None:
        """Where the target refuses what is so already, such as the removal of who is not there, the rest is tried."""
        try:
            await self._change_members(id, added, removed)
        except TargetRefused as refusal:
            if isinstance(refusal, TargetGone | NotTaken) or not self._capabilities.reads_members:
                raise
            present = set(await self.members(id))
            coming = [member for member in added if member.target not in present]
            going = [member for member in removed if member.target in present]
            if len(coming) + len(going) == len(added) + len(removed):
                raise
            await self._change_members(id, coming, going)

    async def push_now(self, id: str, name: str, members: Sequence[Member]) -> None:  # noqa: A002
        able = await self.able()
        if not able.patch_groups or (able.replace_members and len(members) <= able.member_batch):
            await self._replace_members(id, name, members)
            return
        group = await self.get(GROUP, id, able.member_query or "")
        if group.get("displayName") != name:
            await self.patch(GROUP, id, [_naming(name)])
        present = {member["value"] for member in members_of(group)}
        kept = {member.target for member in members}
        added = [member for member in members if member.target not in present]
        await self._change_members(id, added, [Member(target, "") for target in present if target not in kept])

    async def delete_group(self, id: str) -> None:  # noqa: A002
        await self.remove(GROUP, id)

    async def _create_group(self, name: str, members: Sequence[Member]) -> Written:
        able = await self.able()
        first = members[: able.member_batch] if able.create_with_members else ()
        content = {"schemas": [GROUP_URN], "displayName": name, **({"members": entries(first)} if first else {})}
        try:
            group = await self.post(GROUP, content)
        except TargetMisbehaved:
            found = await self.find(GROUP, name)
            if found is None:
                raise
            group = found
        with created(group["id"]):
            await self._change_members(group["id"], members[len(first) :], ())
        return Written(group["id"], group)

    async def _change_members(self, id: str, added: Sequence[Member], removed: Sequence[Member]) -> None:  # noqa: A002
        async def whole() -> Mapping[str, Any]:
            group = await self._group(id)
            gone = {member.target for member in (*added, *removed)}
            stay = [member for member in members_of(group) if member["value"] not in gone]
            return {**group, "members": [*stay, *entries(added)]}

        for operations in changes(added, removed, await self.able()):
            await self.change(GROUP, id, operations, whole)

    async def _replace_members(self, id: str, name: str, members: Sequence[Member]) -> None:  # noqa: A002
        async def whole() -> Mapping[str, Any]:
            return {**await self._group(id), "displayName": name, "members": entries(members)}

        replacement: Operation = {"op": "replace", "path": "members", "value": entries(members)}
        await self.change(GROUP, id, [_naming(name), replacement], whole)

    async def _group(self, id: str) -> dict[str, Any]:  # noqa: A002
        return await self.get(GROUP, id, self._capabilities.member_query)


def _naming(name: str) -> Operation:
    return {"op": "replace", "path": "displayName", "value": name}

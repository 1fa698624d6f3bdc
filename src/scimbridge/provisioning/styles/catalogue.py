"""The style of an application from Okta's catalogue: PATCH for state and groups, PUT for profiles.

Recorded in the suite okta-catalogue, whose steps the comments name.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.capabilities import Preset
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.styles.exchange import Exchange
from scimbridge.provisioning.styles.members import addition, removals
from scimbridge.provisioning.styles.okta import Okta
from scimbridge.provisioning.styles.resources import GROUP, GROUP_URN, USER, created, entries
from scimbridge.provisioning.target import Adopt, Member, Members, Written


class Catalogue(Okta):
    """`knows_groups`: *Import Groups* is on, so that Okta knows which there are and looks none up before a create."""

    def __init__(
        self,
        exchange: Exchange,
        connection: Connection,
        preset: Preset,
        clock: Callable[[], datetime],
        *,
        knows_groups: bool,
    ) -> None:
        super().__init__(exchange, connection, preset, clock)
        self._knows_groups = knows_groups

    async def deactivate(self, id: str, mapped: Mapped | None) -> None:  # noqa: A002, ARG002 (no profile is needed)
        await self._replace(USER, id, active=False)

    async def activate(self, id: str, mapped: Mapped, previous: Mapped | None) -> Written:  # noqa: A002
        """Steps 20 to 22."""
        await self._replace(USER, id, active=True)
        return await self.push_profile(id, mapped, previous)

    async def set_password(self, id: str, password: str) -> None:  # noqa: A002
        await self._replace(USER, id, **self.new_secret(password))

    async def push_group(self, name: str, members: Sequence[Member], *, adopt: Adopt, resumed: bool = False) -> Written:
        """Steps 23 and 24: after the create its members again."""
        is_unknown = self._knows_groups and not resumed
        found = None if is_unknown else await self.find(GROUP, name)
        if found is None:
            try:
                return await self._create_group(name, members)
            except TargetRefused as refusal:
                found = await self.find(GROUP, name) if is_unknown and refusal.conflict else None
                if found is None:
                    raise
        return await self.take_over_group(found, name, members, adopt=adopt)

    async def rename_group(self, id: str, name: str, members: Members) -> None:  # noqa: A002, ARG002 (they stay)
        """Steps 26 and 27."""
        await self.get(GROUP, id)
        await self._replace(GROUP, id, id=id, displayName=name)

    async def change_members(
        self,
        id: str,  # noqa: A002
        name: str,
        added: Sequence[Member],
        removed: Sequence[Member],
        members: Members,
    ) -> None:
        """Steps 29 to 31 and 33 to 35: one operation a PATCH; several removals together, as Okta's reference has it."""
        await self.rename_group(id, name, members)
        if added:
            await self.patch(GROUP, id, [addition(added)])
        for operations in removals(removed, self._preset.capabilities):
            await self.patch(GROUP, id, operations)

    async def push_now(self, id: str, name: str, members: Sequence[Member]) -> None:  # noqa: A002
        """Steps 36 to 41."""
        await self.get(GROUP, id)
        await self._replace(GROUP, id, id=id, displayName=name)
        await self.patch(GROUP, id, [{"op": "replace", "path": "members", "value": entries(members)}])

    async def _create_group(self, name: str, members: Sequence[Member]) -> Written:
        group = await self.post(GROUP, {"schemas": [GROUP_URN], "displayName": name, "members": entries(members)})
        if members:
            with created(group["id"]):
                await self.patch(GROUP, group["id"], [addition(members)])
        return Written(group["id"], group)

    async def _replace(self, type: str, resource: str, **members: Any) -> None:  # noqa: A002
        """A replacement without a path, Okta's form."""
        await self.patch(type, resource, [{"op": "replace", "value": members}])

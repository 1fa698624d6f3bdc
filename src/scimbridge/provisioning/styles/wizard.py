"""The style of an application that was made with Okta's App Integration Wizard: GET and PUT, no PATCH.

Recorded in the suite okta-wizard, whose steps the comments name.
"""

from collections.abc import Sequence
from typing import Any

from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.styles.okta import Okta
from scimbridge.provisioning.styles.resources import GROUP, GROUP_URN, USER, created, entries, members_of
from scimbridge.provisioning.target import Adopt, Member, Members, Written


class Wizard(Okta):
    async def deactivate(self, id: str, mapped: Mapped | None) -> None:  # noqa: A002, ARG002 (the server's own profile)
        await self._set(id, active=False)

    async def activate(self, id: str, mapped: Mapped, previous: Mapped | None) -> Written:  # noqa: A002
        """Steps 53 to 56: the profile goes with `groups: []`, although the user is in some."""
        await self._set(id, active=True)
        return await self.push_profile(id, mapped, previous, groups=[])

    async def set_password(self, id: str, password: str) -> None:  # noqa: A002
        await self._set(id, **self.new_secret(password))

    async def push_group(self, name: str, members: Sequence[Member], *, adopt: Adopt, resumed: bool = False) -> Written:  # noqa: ARG002 (it is looked up anyway)
        """Steps 13 to 16: after the create the same again."""
        found = await self.find(GROUP, name)
        if found is not None:
            return await self.take_over_group(found, name, members, adopt=adopt)
        content = {"schemas": [GROUP_URN], "displayName": name, "members": entries(members)}
        group = await self.post(GROUP, content)
        with created(group["id"]):
            await self.push_now(group["id"], name, members)
        return Written(group["id"], group)

    async def rename_group(self, id: str, name: str, members: Members) -> None:  # noqa: A002
        """Steps 27 to 29."""
        group = await self._read_twice(id)
        await self._put_group(id, name, _as_read(group, await members()))

    async def change_members(
        self,
        id: str,  # noqa: A002
        name: str,
        added: Sequence[Member],
        removed: Sequence[Member],
        members: Members,
    ) -> None:
        """Steps 34 to 38 and 39 to 43: first what was read, with those who come, then Okta's own list.

        With no difference at all it is the push of a group again that follows on a reactivation, steps 57 to 71.
        """
        own = await members()
        group = await self._read_twice(id)
        read = _as_read(group, (*own, *added, *removed))
        present = {member["value"] for member in read}
        coming = [member for member in added if member.target not in present]
        await self._put_group(id, name, read + entries(coming))
        await self.get(GROUP, id)
        await self._put_group(id, name, entries(own))

    async def push_now(self, id: str, name: str, members: Sequence[Member]) -> None:  # noqa: A002
        await self.get(GROUP, id)
        await self._put_group(id, name, entries(members))

    async def _set(self, id: str, **members: Any) -> None:  # noqa: A002
        await self.put(USER, id, await self.get(USER, id) | members)

    async def _read_twice(self, id: str) -> dict[str, Any]:  # noqa: A002
        await self.get(GROUP, id)
        return await self.get(GROUP, id)

    async def _put_group(self, id: str, name: str, members: Sequence[dict[str, str]]) -> None:  # noqa: A002
        """No `meta`, and members by id and display only."""
        await self.put(GROUP, id, {"schemas": [GROUP_URN], "id": id, "displayName": name, "members": members})


def _as_read(group: dict[str, Any], known: Sequence[Member]) -> list[dict[str, str]]:
    """The members that a group has there; `display` is what Okta knows them by, the userName."""
    names = {member.target: member.display for member in known}
    return [
        {"value": member["value"], "display": names.get(member["value"], member.get("display") or "")}
        for member in members_of(group)
    ]

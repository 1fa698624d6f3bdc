"""People and groups of another SCIM server as a source."""

from collections.abc import Collection, Sequence
from typing import Any

from scimbridge.provisioning.errors import TargetGone, TargetRefused
from scimbridge.provisioning.profile import profile
from scimbridge.provisioning.sources.ports import Kind, Reading, Row
from scimbridge.provisioning.sources.usual import SCIM_MAPPINGS
from scimbridge.provisioning.target import Attempted, Target


class RemotePeople:
    """Fulfils ports.People. A SCIM server cannot be asked for what has changed, so each reading is of everything."""

    def __init__(self, target: Target, *, with_groups: bool) -> None:
        self._target = target
        self._with_groups = with_groups

    async def test(self) -> Sequence[Attempted]:
        return await self._target.test(groups=self._with_groups)

    async def read(self, cursor: str, again: Collection[str] = ()) -> Reading:  # noqa: ARG002 (above)
        """Raises ProvisioningError."""
        people = [_person(resource) async for resource in self._target.list("User")]
        groups: list[Row] = []
        notes: list[str] = []
        if self._with_groups:
            found = [resource async for resource in self._target.list("Group")]
            groups = [await self._group(resource, notes) for resource in found]
        keys: dict[Kind, frozenset[str]] = {
            "User": frozenset(row.key for row in people),
            "Group": frozenset(row.key for row in groups),
        }
        return Reading([*people, *groups], keys, SCIM_MAPPINGS, notes=notes)

    async def close(self) -> None:
        await self._target.close()

    async def _group(self, resource: dict[str, Any], notes: list[str]) -> Row:
        name = resource.get("displayName")
        members: Sequence[str] | None = None
        try:
            members = await self._target.members(resource["id"])
        except TargetGone:
            pass  # since it was listed
        except TargetRefused as error:
            if error.reason not in notes:
                notes.append(error.reason)
        return Row("Group", resource["id"], f'group "{name or resource["id"]}"', {"displayName": name}, members)


def _person(resource: dict[str, Any]) -> Row:
    name = resource.get("userName") or resource["id"]
    return Row("User", resource["id"], f'user "{name}"', profile(resource))

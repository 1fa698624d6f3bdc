"""What Okta's two kinds of application have in common: nothing is found out first, nothing is left out.

They send no discovery, no `attributes`, no bulk, no `If-Match` (Okta's SCIM reference; both recordings).
"""

from abc import abstractmethod
from typing import Any, ClassVar

from scimbridge.provisioning.mapping import Mapped, merge
from scimbridge.provisioning.styles.peer import Peer
from scimbridge.provisioning.styles.resources import GROUP, USER, taken
from scimbridge.provisioning.target import Adopt, Written


class Okta(Peer):
    # On the left of a lookup stands userName, whatever Okta field the unique identifier is.
    lookup_attribute: ClassVar[str] = "userName"

    async def provision(self, mapped: Mapped, *, password: str | None, adopt: Adopt) -> Written:
        name = self.unique(mapped)
        found = await self.find(USER, name)
        if found is None:
            document = self.outgoing(mapped).document
            resource = await self.post(USER, {**document, "groups": [], **self.secret(password), "active": True})
            return Written(resource["id"], resource)
        if not adopt(found):
            raise taken(USER, name, found)
        if found.get("active", True):
            written = await self.update(found["id"], mapped)
        else:
            written = await self.activate(found["id"], mapped, None)
        return written._replace(found=True)

    async def update(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        """A read, and the whole of it back, also if nothing differs: both recordings have such PUTs."""
        return await self.push_profile(id, mapped, previous)

    async def reactivate(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        """Okta has forgotten nothing and looks the user up all the same; a new name is not found yet."""
        await self.find(USER, self.unique(mapped))
        return await self.activate(id, mapped, previous)

    @abstractmethod
    async def activate(self, id: str, mapped: Mapped, previous: Mapped | None) -> Written:  # noqa: A002
        """What follows on the lookup of an inactive user."""

    async def push_profile(
        self,
        id: str,  # noqa: A002
        mapped: Mapped,
        previous: Mapped | None,
        **members: Any,
    ) -> Written:
        """`members` are put in place of the document's own."""
        current = await self.get(USER, id)
        body = merge(current, self.outgoing(mapped), previous)
        return Written(id, await self.put(USER, id, body | members))

    async def delete_user(self, id: str) -> None:  # noqa: A002
        """Okta never does; an application that is told to, must."""
        await self.remove(USER, id)

    async def delete_group(self, id: str) -> None:  # noqa: A002
        if await self.read(GROUP, id) is not None:
            await self.remove(GROUP, id)

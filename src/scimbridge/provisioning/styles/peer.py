"""What every style says in the same words: reads, lookups, the connection test; and what is sent of a profile."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.capabilities import Preset
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.replies import Page
from scimbridge.provisioning.styles.exchange import Exchange
from scimbridge.provisioning.styles.listing import list_all
from scimbridge.provisioning.styles.places import values_at
from scimbridge.provisioning.styles.requests import Requests
from scimbridge.provisioning.styles.resources import GROUP, NAMES, PATHS, USER, members_of, taken
from scimbridge.provisioning.styles.trial import try_connection
from scimbridge.provisioning.target import Adopt, Attempted, Member, Written


class Peer(Requests):
    """A target as one connection sees it; the styles make the engine's events of it."""

    # By what users are looked up, where it is not what the connection has as the unique attribute.
    lookup_attribute: ClassVar[str] = ""

    def __init__(
        self, exchange: Exchange, connection: Connection, preset: Preset, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(exchange, clock)
        self._connection = connection
        self._preset = preset
        self._capabilities = preset.capabilities

    async def test(self, *, groups: bool) -> Sequence[Attempted]:
        return await try_connection(self._exchange, self._connection, self._preset.advice, groups=groups)

    async def find(self, type: str, name: str) -> dict[str, Any] | None:  # noqa: A002
        attribute = self.lookup_attribute or self._connection.unique_attribute
        count = self._capabilities.page_size
        return await self.look_up(type, attribute if type == USER else NAMES[type], name, count)

    async def members(self, id: str) -> Sequence[str]:  # noqa: A002
        if not self._capabilities.reads_members:
            raise TargetRefused("The target does not tell who is in a group.", attribute="members")
        group = await self.get(GROUP, id, self._capabilities.member_query)
        return list(dict.fromkeys(member["value"] for member in members_of(group)))

    @abstractmethod
    async def push_now(self, id: str, name: str, members: Sequence[Member]) -> None:  # noqa: A002
        """As target.Target has it."""

    async def take_over_group(
        self, found: dict[str, Any], name: str, members: Sequence[Member], *, adopt: Adopt
    ) -> Written:
        """It is there under this name: ours from now on, with exactly these members."""
        if not adopt(found):
            raise taken(GROUP, name, found)
        await self.push_now(found["id"], name, members)
        return Written(found["id"], found, found=True)

    async def list(self, type: str) -> AsyncIterator[dict[str, Any]]:  # noqa: A002
        query = self.group_query() if type == GROUP else ""

        async def fetch(start: int, count: int) -> Page:
            return await self.page(type, start, count, query)

        async for resource in list_all(fetch, self._capabilities.page_size, f"The list {PATHS[type]}"):
            resource.pop("members", None)
            yield resource

    def group_query(self) -> str:
        """Added to reads of groups whose members are of no interest."""
        return ""

    def outgoing(self, mapped: Mapped) -> Mapped:
        """What is sent of a profile. Raises TargetRefused if something is not there that the target requires."""
        for path in self._capabilities.required:
            if not any(values_at(mapped.document, path)):
                raise TargetRefused(
                    f"The target requires {path}, and the mapping gives none for this user.", attribute=path
                )
        omitted = self._capabilities.omitted
        if not any(name in mapped.document for name in omitted):
            return mapped
        return replace(mapped, document={name: value for name, value in mapped.document.items() if name not in omitted})

    def secret(self, password: str | None) -> dict[str, str]:
        """The member of a document that has the password, if there is one and the target may get it."""
        return {} if password is None or "password" in self._capabilities.omitted else {"password": password}

    def new_secret(self, password: str) -> dict[str, str]:
        """As secret; TargetRefused if the target may not get it."""
        if "password" in self._capabilities.omitted:
            raise TargetRefused("The target takes no passwords.", attribute="password")
        return {"password": password}

    def unique(self, mapped: Mapped) -> str:
        """The value by which a user is looked up."""
        path = self._connection.unique_attribute
        found = next((value for value in values_at(mapped.document, path) if isinstance(value, str) and value), None)
        if found is None:
            raise TargetRefused(
                f"Users are looked up there by {path}, and the mapping gives none for this one.", attribute=path
            )
        return found

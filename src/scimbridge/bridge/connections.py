"""Resources that were here before they had anything there: they are tied to what has their name, or it is made."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from scimbridge.bridge.kinds import Kind
from scimbridge.bridge.locks import Locks
from scimbridge.bridge.members import Memberships
from scimbridge.bridge.mirror import Mirror
from scimbridge.bridge.ports import Link
from scimbridge.bridge.sides import Sides
from scimbridge.directory.ports import Document, Query, Record
from scimbridge.provisioning.errors import TargetRefused

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Connections:
    """Of one realm. Raises ProvisioningError."""

    sides: Sides
    kinds: Mapping[str, Kind]
    memberships: Memberships
    mirror: Mirror
    locks: Locks

    async def connect(self, record: Record, document: Document) -> Link:
        """The link of a record that has none, its members there too; the caller holds its lock."""
        link = await self.mirror.connect(self.kinds[record.type], record, document)
        if record.type == "Group":
            await self.memberships.align_all(link)
        return link

    async def complete(self) -> int:
        """Connects what was here before the realm had a target, groups after users; how many were refused."""
        return sum([await self._complete(type_) for type_ in ("User", "Group")])

    async def relocate(self) -> int:
        """Makes groups what they are to be there since a setting was changed; how many were refused.

        What was only shown goes: it was there, and nobody wrote it here.
        """
        refused = 0
        for link in await self.sides.ledger.displaced_links():
            record = self.sides.local.get(link.type, link.id)
            if record is None or link.state == "seen":
                async with self.locks.of(link.id):
                    await self.sides.forget(link)
            else:
                refused += not await self._try(record)
        return refused

    async def _complete(self, type: str) -> int:  # noqa: A002
        refused, after = 0, None
        while True:
            page = await self.sides.local.search(Query({type: None}, count=_PAGE, after=after))
            linked = self.sides.ledger.links([record.id for record in page.records])
            for record in page.records:
                if record.id not in linked:
                    refused += not await self._try(record)
            if page.next is None:
                return refused
            after = page.next

    async def _try(self, record: Record) -> bool:
        async with self.locks.of(record.id):
            latest = self.sides.local.get(record.type, record.id)
            if latest is None or self.sides.ledger.link(record.id) is not None:
                return True
            try:
                await self.connect(latest, orjson.loads(latest.document))
            except TargetRefused:
                return False
        return True

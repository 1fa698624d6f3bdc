"""The two sides of a bridge and what is between them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.ports import Ledger, Link, Target
from scimbridge.directory.documents import timestamp
from scimbridge.directory.ports import Actor, Directory

# In the journal: what happened there and was taken over here.
KEYCLOAK = Actor("keycloak")


@dataclass(frozen=True, slots=True)
class Sides:
    """`local` keeps the resources in full, `target` is the realm there, `ledger` knows which belong together.

    `unsynced` is the same as `local`, for writes that can be made again: by an open intent, or by looking there.
    """

    local: Directory
    unsynced: Directory
    target: Target
    ledger: Ledger
    setting: Keycloak
    clock: Callable[[], datetime]

    def now(self) -> str:
        return timestamp(self.clock())

    async def forget(self, link: Link) -> None:
        """Deletes here what is gone there."""
        await self.unsynced.delete(link.type, link.id, lambda _: None, KEYCLOAK)
        await self.ledger.drop_link(link.id)

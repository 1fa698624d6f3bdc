"""What the web layer is given: the realms it serves, looked up by name for every request, and their applications."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scimbridge.access.authenticator import Authenticator
from scimbridge.access.oauth import TokenService
from scimbridge.access.realm import Realm
from scimbridge.directory.ports import Record
from scimbridge.directory.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scimbridge.provisioning.administration import Administration
    from scimbridge.provisioning.application import Application
    from scimbridge.provisioning.mapping import Preview
    from scimbridge.provisioning.ports import Ledger, Work
    from scimbridge.provisioning.provisioner import Provisioner


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that answers requests of one realm."""

    realm: Realm
    service: Service
    authenticator: Authenticator
    tokens: TokenService


class ServedRealms(Protocol):
    """The realms as they are now; cheap enough to be asked on every request."""

    def find(self, name: str) -> Served | None: ...

    def provisioning(self, name: str) -> "Provisioned | None":
        """Whoever asks closes it."""


class Provisioned(Protocol):
    """The applications of one realm, and what works on them."""

    @property
    def administration(self) -> "Administration": ...

    def ledger(self, application: "Application") -> "Ledger": ...

    def secret(self, application: "Application") -> str: ...

    def provisioner(self, application: "Application") -> "Provisioner":
        """Raises InvalidValue if it has no connection, Unavailable if its files cannot be had."""

    def preview(self, application: "Application", record: Record) -> "Sequence[Preview]":
        """Each of its mappings tried on one person."""

    def find(self, type_: str, name: str) -> Record:
        """A user or group by its name, or else by id. Raises NotFound."""

    def name_of(self, type_: str, id_: str) -> str: ...

    async def deletions(self, application: "Application", push_group: str) -> "Sequence[Work]":
        """Work that deletes at the target what a push group has pushed."""

    async def close(self) -> None: ...

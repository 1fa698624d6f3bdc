"""What the web layer is given: the realms it serves, looked up by name for every request."""

from dataclasses import dataclass
from typing import Protocol

from scimbridge.access.authenticator import Authenticator
from scimbridge.access.oauth import TokenService
from scimbridge.access.realm import Realm
from scimbridge.directory.service import Service


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

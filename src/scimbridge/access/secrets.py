"""Secrets that a realm needs in clear to sign in elsewhere: at rest they are sealed, and shown to nobody."""

from typing import Final

from scimbridge.access.ports import RealmAccess, Seal
from scimbridge.access.sources import Sources

KEYCLOAK: Final = "keycloak"


def of_application(id: str) -> str:  # noqa: A002
    """What the secret of an application's connection is for."""
    return f"application:{id}"


class Secrets:
    """The sealed secrets of one realm, by what they are for; `realm` is its name."""

    def __init__(self, access: RealmAccess, realm: str, sources: Sources, seal: Seal) -> None:
        self._access = access
        self._realm = realm
        self._sources = sources
        self._seal = seal

    def reveal(self, purpose: str) -> str | None:
        """The secret in clear, None if there is none; raises Unavailable if it was sealed with another key."""
        sealed = self._access.sealed(purpose)
        return None if sealed is None else self._seal.open(sealed)

    async def put(self, purpose: str, secret: str | None, *, actor: str) -> None:
        """Seals a secret in place of the one before; None takes it away."""
        sealed = None if secret is None else self._seal.close(secret)
        event = self._sources.event(actor, "realm.secret", purpose, self._realm, {"set": secret is not None})
        await self._access.put_sealed(purpose, sealed, event)

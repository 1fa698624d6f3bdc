"""The signing keys of a realm: one signs, those before it verify until the last token they signed has expired."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from scimbridge.access.ports import RealmAccess, SigningKey
from scimbridge.access.sources import Sources

MAX_AGE: Final = timedelta(days=90)
# A token lives a day at most (settings: tokenLifetime); the rest is for clocks that differ.
GRACE: Final = timedelta(days=1, minutes=5)


class Keys:
    """The keys of one realm; `realm` is its name."""

    def __init__(self, access: RealmAccess, realm: str, sources: Sources) -> None:
        self._access = access
        self._realm = realm
        self._sources = sources

    def list(self) -> Sequence[SigningKey]:
        """The newest first: it signs."""
        return self._access.keys()

    async def rotate(self, *, actor: str) -> SigningKey:
        """A new key signs from now on."""
        return (await self._replace(actor, None))[0]

    async def ensure(self, *, actor: str = "system") -> Sequence[SigningKey]:
        """Makes a key if there is none yet, or the newest is older than MAX_AGE; otherwise changes nothing."""
        due = self._sources.clock() - MAX_AGE
        keys = self.list()
        if keys and keys[0].created > due:
            return keys
        return await self._replace(actor, due)

    async def _replace(self, actor: str, due: datetime | None) -> Sequence[SigningKey]:
        """Puts a new key first, unless another process did so since `due`."""
        now = self._sources.clock()
        new = SigningKey(self._sources.ids(), await self._sources.key(), now)

        def change(keys: Sequence[SigningKey]) -> Sequence[SigningKey]:
            if keys and due and keys[0].created > due:
                return keys
            passive = (replace(key, expires=key.expires or now + GRACE) for key in keys)
            return (new, *(key for key in passive if key.expires and now < key.expires))

        return await self._access.change_keys(change, self._sources.event(actor, "key.rotate", new.kid, self._realm))

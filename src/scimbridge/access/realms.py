"""Realms: made, changed, deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimbridge.access.keycloak import split_secret
from scimbridge.access.keys import Keys
from scimbridge.access.ports import AccessStore, NameTaken, Seal
from scimbridge.access.realm import Realm
from scimbridge.access.secrets import KEYCLOAK, Secrets
from scimbridge.access.settings import change_realm, realm_from_document
from scimbridge.access.sources import Sources
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness


class Realms:
    """The realms of one store."""

    def __init__(self, store: AccessStore, sources: Sources, seal: Seal) -> None:
        self._store = store
        self._sources = sources
        self._seal = seal

    def list(self) -> Sequence[Realm]:
        return self._store.realms()

    def get(self, name: str) -> Realm:
        """Raises NotFound."""
        realm = self._store.realm(name)
        if realm is None:
            raise _missing(name)
        return realm

    async def create(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Realm:
        """A realm with its first signing key; `settings` as in access.settings. Raises InvalidValue, Uniqueness.

        `keycloak.clientSecret` may stand in them too: it is sealed, and neither shown nor in the record of changes.
        """
        settings, secret = split_secret(settings)
        if settings.get("name", name) != name or "id" in settings:
            raise InvalidValue('The settings of a new realm must not hold "id", nor another "name".')
        realm = realm_from_document({**settings, "id": self._sources.ids(), "name": name})
        try:
            await self._store.add_realm(realm, self._sources.event(actor, "realm.create", name, name, settings))
        except NameTaken:
            raise _taken(name) from None
        await Keys(self._store.access(realm.id), name, self._sources).ensure(actor=actor)
        if secret is not None:
            await self.secrets(realm).put(KEYCLOAK, secret, actor=actor)
        return realm

    async def change(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Realm:
        """Changes what `settings` names, as `create` takes them. Raises InvalidValue, NotFound, Uniqueness."""
        settings, secret = split_secret(settings)
        event = self._sources.event(actor, "realm.change", name, name, settings)
        try:
            realm = await self._store.update_realm(name, lambda old: change_realm(old, settings), event)
        except NameTaken:
            raise _taken(str(settings["name"])) from None
        if realm is None:
            raise _missing(name)
        if secret is not None or realm.keycloak is None:
            await self.secrets(realm).put(KEYCLOAK, secret, actor=actor)
        return realm

    def secrets(self, realm: Realm) -> Secrets:
        """What the realm needs to sign in elsewhere."""
        return Secrets(self._store.access(realm.id), realm.name, self._sources, self._seal)

    async def delete(self, name: str, *, actor: str) -> None:
        """Deletes the realm with all users, groups, credentials and its journal. Raises NotFound."""
        if not await self._store.delete_realm(name, self._sources.event(actor, "realm.delete", name, name)):
            raise _missing(name)


def _missing(name: str) -> NotFound:
    return NotFound(f'There is no realm "{name}".')


def _taken(name: str) -> Uniqueness:
    return Uniqueness(f'There is a realm "{name}" already.')

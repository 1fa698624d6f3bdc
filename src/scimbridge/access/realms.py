"""Realms: made, changed, deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimbridge.access.keys import Keys
from scimbridge.access.ports import AccessStore, NameTaken
from scimbridge.access.realm import Realm
from scimbridge.access.settings import change_realm, realm_from_document
from scimbridge.access.sources import Sources
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness


class Realms:
    """The realms of one store."""

    def __init__(self, store: AccessStore, sources: Sources) -> None:
        self._store = store
        self._sources = sources

    def list(self) -> Sequence[Realm]:
        return self._store.realms()

    def get(self, name: str) -> Realm:
        """Raises NotFound."""
        realm = self._store.realm(name)
        if realm is None:
            raise _missing(name)
        return realm

    async def create(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Realm:
        """A realm with its first signing key; `settings` as in access.settings. Raises InvalidValue, Uniqueness."""
        if settings.get("name", name) != name or "id" in settings:
            raise InvalidValue('The settings of a new realm must not hold "id", nor another "name".')
        realm = realm_from_document({**settings, "id": self._sources.ids(), "name": name})
        try:
            await self._store.add_realm(realm, self._sources.event(actor, "realm.create", name, name, settings))
        except NameTaken:
            raise _taken(name) from None
        await Keys(self._store.access(realm.id), name, self._sources).ensure(actor=actor)
        return realm

    async def change(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Realm:
        """Changes what `settings` names. Raises InvalidValue, NotFound, Uniqueness (a new name that is taken)."""
        event = self._sources.event(actor, "realm.change", name, name, settings)
        try:
            realm = await self._store.update_realm(name, lambda old: change_realm(old, settings), event)
        except NameTaken:
            raise _taken(str(settings["name"])) from None
        if realm is None:
            raise _missing(name)
        return realm

    async def delete(self, name: str, *, actor: str) -> None:
        """Deletes the realm with all users, groups, credentials and its journal. Raises NotFound."""
        if not await self._store.delete_realm(name, self._sources.event(actor, "realm.delete", name, name)):
            raise _missing(name)


def _missing(name: str) -> NotFound:
    return NotFound(f'There is no realm "{name}".')


def _taken(name: str) -> Uniqueness:
    return Uniqueness(f'There is a realm "{name}" already.')

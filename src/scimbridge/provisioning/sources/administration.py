"""Everything that the command line and the admin API do to the sources of a realm.

Every method that changes something takes `actor`, who asked, and leaves an AdminEvent; refusals are ScimErrors:
NotFound, Uniqueness, InvalidValue.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scimbridge.access.ports import AdminEvent, NameTaken
from scimbridge.access.secrets import Secrets
from scimbridge.access.sources import Sources as Environment
from scimbridge.provisioning.sources.ports import Problem, SourceStore
from scimbridge.provisioning.sources.settings import change_source, source_from_document, split_secret
from scimbridge.provisioning.sources.source import Source
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness


def secret_purpose(source: Source) -> str:
    """What a source's password or secret is sealed for."""
    return f"source:{source.id}"


class Standing(NamedTuple):
    """How many people and groups who came from a source are there still, and how its imports stand (ports.Progress).

    `refused`: how many rows of it the last import could not import.
    """

    users: int
    groups: int
    imported: str
    failure: str
    refused: int


class SourceAdministration:
    """The sources of one realm; `realm` is its name."""

    def __init__(self, store: SourceStore, realm: str, secrets: Secrets, environment: Environment) -> None:
        self._store = store
        self._realm = realm
        self._secrets = secrets
        self._environment = environment

    def list(self) -> Sequence[Source]:
        return self._store.all()

    def get(self, name: str) -> Source:
        """Raises NotFound."""
        source = self._store.get(name)
        if source is None:
            raise self._missing(name)
        return source

    def standing(self, source: Source) -> Standing:
        present = [link.type for link in self._store.links(source.id) if link.presence == "present"]
        progress = self._store.progress(source.id)
        counts = present.count("User"), present.count("Group")
        return Standing(*counts, progress.imported, progress.failure, len(self.refused(source)))

    def refused(self, source: Source) -> Sequence[Problem]:
        """What the last import could not import, and why."""
        return self._store.refused(source.id)

    def secret(self, source: Source) -> str:
        """In clear, "" if there is none; raises Unavailable if it was sealed with another key."""
        return self._secrets.reveal(secret_purpose(source)) or ""

    async def create(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Source:
        """`settings` as in sources.settings, without id, name and revision; a secret may stand in them."""
        settings, secret = split_secret(settings)
        if settings.get("name", name) != name or "id" in settings or "revision" in settings:
            raise InvalidValue('The settings of a new source must not hold "id" or "revision", nor another "name".')
        source = source_from_document({**settings, "id": self._environment.ids(), "name": name})
        try:
            await self._store.add(source, self._event(actor, "source.create", name, settings))
        except NameTaken:
            raise _taken(name) from None
        if secret is not None:
            await self._secrets.put(secret_purpose(source), secret, actor=actor)
        return source

    async def change(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Source:
        """Changes what `settings` names (a JSON merge patch)."""
        settings, secret = split_secret(settings)
        former = self.get(name)
        event = self._event(actor, "source.change", name, settings)
        try:
            source = await self._store.update(name, lambda before: change_source(before, settings), event)
        except NameTaken:
            raise _taken(str(settings["name"])) from None
        if source is None:
            raise self._missing(name)
        if secret is not None or source.kind != former.kind:  # one server's password is not for another's
            await self._secrets.put(secret_purpose(source), secret, actor=actor)
        return source

    async def delete(self, name: str, *, actor: str) -> None:
        """Who came from it stays, and is nobody's from then on. Raises NotFound."""
        if not await self._store.delete(name, self._event(actor, "source.delete", name)):
            raise self._missing(name)

    def _event(self, actor: str, operation: str, name: str, detail: Mapping[str, Any] | None = None) -> AdminEvent:
        return self._environment.event(actor, operation, name, self._realm, detail)

    def _missing(self, name: str) -> NotFound:
        return NotFound(f'There is no source "{name}" in the realm "{self._realm}".')


def _taken(name: str) -> Uniqueness:
    return Uniqueness(f'There is a source "{name}" already.')

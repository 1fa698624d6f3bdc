"""Everything that the command line, the admin API and files that are applied do to the applications of a realm.

    administration.create("slack", {"connection": {...}}, actor="cli:ada")
    administration.assign("slack", [Assignment("Group", id)], actor="cli:ada")
    administration.put_push_group("slack", PushGroup("Sales", group=id), actor="cli:ada")

As access.administration: every method that changes something takes `actor`, who asked, and leaves an AdminEvent;
refusals are ScimErrors: NotFound, Uniqueness, InvalidValue.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scimbridge.access.ports import AdminEvent, NameTaken
from scimbridge.access.secrets import Secrets, of_application
from scimbridge.access.settings import merge
from scimbridge.access.sources import Sources
from scimbridge.directory.ports import Directory
from scimbridge.provisioning.application import Application, Assignment, PushGroup
from scimbridge.provisioning.assignment_settings import assignment_from_document, assignment_to_document
from scimbridge.provisioning.ports import Applications
from scimbridge.provisioning.push_group_settings import (
    change_push_group,
    push_group_from_document,
    push_group_to_document,
)
from scimbridge.provisioning.settings import application_from_document, change_application, split_secret
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness


class Administration:
    """The administration of one realm's applications; `realm` is its name."""

    def __init__(
        self, applications: Applications, directory: Directory, secrets: Secrets, sources: Sources, realm: str
    ) -> None:
        self._applications = applications
        self._directory = directory
        self._secrets = secrets
        self._sources = sources
        self._realm = realm

    def list(self) -> Sequence[Application]:
        return self._applications.all()

    def get(self, name: str) -> Application:
        """Raises NotFound."""
        application = self._applications.get(name)
        if application is None:
            raise self._missing(name)
        return application

    async def create(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Application:
        """`settings` as in provisioning.settings; a secret among them is sealed. Raises InvalidValue, Uniqueness."""
        settings, secret = split_secret(settings)
        if settings.get("name", name) != name or not {"id", "revision"}.isdisjoint(settings):
            raise InvalidValue('The settings of a new application must not hold "id", "revision" or another "name".')
        settings = merge({}, settings)  # null is the default here too
        application = application_from_document({**settings, "id": self._sources.ids(), "name": name})
        try:
            await self._applications.add(application, self._event(actor, "application.create", name, settings))
        except NameTaken:
            raise self._taken(name) from None
        if secret is not None:
            await self._put_secret(application, secret, actor)
        return application

    async def change(self, name: str, settings: Mapping[str, Any], *, actor: str) -> Application:
        """Changes what `settings` names, as `create` takes them (a JSON merge patch).

        Raises InvalidValue, NotFound, Uniqueness.
        """
        settings, secret = split_secret(settings)
        event = self._event(actor, "application.change", name, settings)
        try:
            application = await self._applications.update(name, lambda old: change_application(old, settings), event)
        except NameTaken:
            raise self._taken(str(settings["name"])) from None
        if application is None:
            raise self._missing(name)
        if secret is not None or application.connection is None:
            await self._put_secret(application, secret, actor)
        return application

    async def delete(self, name: str, *, actor: str) -> None:
        """Deletes the application and what is known of its target; nobody is touched there. Raises NotFound."""
        if not await self._applications.delete(name, self._event(actor, "application.delete", name)):
            raise self._missing(name)

    def assignments(self, name: str) -> Sequence[Assignment]:
        """In order of priority. Raises NotFound, as all below."""
        return self._applications.assignments(self.get(name).id)

    async def assign(self, name: str, assignments: Sequence[Assignment], *, actor: str) -> None:
        """Puts each in place of that of the same user or group. Raises InvalidValue."""
        application = self.get(name)
        documents = [assignment_to_document(assignment) for assignment in assignments]
        checked = [assignment_from_document(document) for document in documents]
        for assignment in checked:
            self._require(assignment.type, assignment.id)
        event = self._event(actor, "application.assign", name, {"assignments": documents})
        await self._applications.assign(application.id, checked, event)

    async def unassign(self, name: str, type: str, id: str, *, actor: str) -> None:  # noqa: A002
        event = self._event(actor, "application.unassign", name, {"type": type, "id": id})
        if not await self._applications.unassign(self.get(name).id, type, id, event):
            raise NotFound(f'That {type.lower()} is not assigned to application "{name}" directly.')

    def push_groups(self, name: str) -> Sequence[PushGroup]:
        """In order of name."""
        return self._applications.push_groups(self.get(name).id)

    def push_group(self, name: str, push_group: str) -> PushGroup:
        found = next((one for one in self.push_groups(name) if one.name == push_group), None)
        if found is None:
            raise NotFound(f'Application "{name}" has no push group "{push_group}".')
        return found

    async def put_push_group(self, name: str, push_group: PushGroup, *, actor: str) -> PushGroup:
        """Makes it, or puts it in place of the one of the same name. Raises InvalidValue."""
        application = self.get(name)
        document = push_group_to_document(push_group)
        checked = push_group_from_document(document)
        if checked.group:
            self._require("Group", checked.group)
            self._require_alone(name, checked)
        event = self._event(actor, "push-group.put", name, document)
        await self._applications.put_push_group(application.id, checked, event)
        return checked

    async def change_push_group(
        self, name: str, push_group: str, settings: Mapping[str, Any], *, actor: str
    ) -> PushGroup:
        """Changes what `settings` names (a JSON merge patch). Raises InvalidValue."""
        changed = change_push_group(self.push_group(name, push_group), settings)
        return await self.put_push_group(name, changed, actor=actor)

    async def drop_push_group(self, name: str, push_group: str, *, actor: str, delete: bool = False) -> None:
        """What it pushed is unlinked, or deleted there."""
        application, found = self.get(name), self.push_group(name, push_group)
        event = self._event(actor, "push-group.drop", name, {"name": found.name, "delete": delete})
        await self._applications.drop_push_group(application.id, found.name, event, delete=delete)

    async def _put_secret(self, application: Application, secret: str | None, actor: str) -> None:
        await self._secrets.put(of_application(application.id), secret, actor=actor)

    def _event(self, actor: str, operation: str, subject: str, detail: Mapping[str, Any] | None = None) -> AdminEvent:
        return self._sources.event(actor, operation, subject, self._realm, detail)

    def _require(self, type_: str, id_: str) -> None:
        if self._directory.get(type_, id_) is None:
            raise NotFound(f'There is no {type_.lower()} with the id "{id_}" in realm "{self._realm}".')

    def _require_alone(self, name: str, push_group: PushGroup) -> None:
        for other in self.push_groups(name):
            if other.group == push_group.group and other.name != push_group.name:
                raise Uniqueness(f'That group is pushed by the push group "{other.name}" already.')

    def _missing(self, name: str) -> NotFound:
        return NotFound(f'There is no application "{name}" in realm "{self._realm}".')

    def _taken(self, name: str) -> Uniqueness:
        return Uniqueness(f'There is an application "{name}" in realm "{self._realm}" already.')

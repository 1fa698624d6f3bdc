"""An application of a file against what is there, with its secret, assignments and push groups."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.declaration.assignments import assignments, superfluous_assignments
from scimbridge.provisioning.declaration.difference import Difference, changed, created
from scimbridge.provisioning.declaration.document import DeclaredApplication
from scimbridge.provisioning.declaration.ground import Ground
from scimbridge.provisioning.declaration.push_groups import push_groups, superfluous_push_groups
from scimbridge.provisioning.mapping import doubts
from scimbridge.provisioning.settings import application_from_document, application_to_document, change_application


@dataclass(frozen=True, slots=True)
class ApplicationComparison:
    """`current`: the one of that name, None if it is to be made."""

    name: str
    declared: DeclaredApplication
    current: Application | None
    ground: Ground

    def differences(self) -> Iterator[Difference]:
        """Raises InvalidValue."""
        place = f"applications.{self.name}"
        secret = self.ground.references.reveal(self.declared.secret, f"{place}.secret")
        yield from self._settings()
        if secret is not None and (self.current is None or self.ground.services().secret(self.current) != secret):
            change = {"connection": {"authentication": {"secret": secret}}}
            yield Difference("change", "secret", f"application {self.name}", self._change(change))
        yield from assignments(self.name, self.declared.assignments or (), self.current, self.ground)
        yield from push_groups(self.name, self.declared.push_groups or (), self.current, self.ground)

    @property
    def wanted(self) -> Application:
        """As it is to be. Raises InvalidValue."""
        settings = self.declared.settings
        if self.current is None:
            return application_from_document({**settings, "id": "new", "name": self.name})
        return change_application(self.current, settings)

    def doubts(self, known: Collection[str]) -> Iterator[str]:
        """What is probably misspelled in its mappings, where people can have what is `known`."""
        for mapping in self.wanted.mappings:
            for doubt in doubts(mapping.expression, known):
                yield f"applications.{self.name}.mappings, {mapping.target}: {doubt}"

    def removals(self) -> Iterator[Difference]:
        """What lists of the file do not name."""
        if self.current is None:
            return
        if self.declared.push_groups is not None:
            yield from superfluous_push_groups(self.name, self.declared.push_groups, self.ground)
        if self.declared.assignments is not None:
            yield from superfluous_assignments(self.name, self.declared.assignments, self.ground)

    def _settings(self) -> Iterator[Difference]:
        settings = self.declared.settings
        wanted = self.wanted
        if self.current is None:
            yield created("application", self.name, settings, self._create)
        else:
            before, after = application_to_document(self.current), application_to_document(wanted)
            yield from changed("application", self.name, before, after, self._change(settings))

    def _create(self, actor: str) -> Awaitable[object]:
        return self.ground.services().applications.create(self.name, self.declared.settings, actor=actor)

    def _change(self, change: Mapping[str, Any]) -> Callable[[str], Awaitable[object]]:
        return lambda actor: self.ground.services().applications.change(self.name, change, actor=actor)

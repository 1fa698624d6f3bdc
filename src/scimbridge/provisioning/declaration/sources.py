"""A source of a file against what is there, with its secret."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scimbridge.provisioning.declaration.difference import Difference, changed, created
from scimbridge.provisioning.declaration.document import DeclaredSource
from scimbridge.provisioning.declaration.ground import Ground
from scimbridge.provisioning.sources.settings import change_source, source_from_document, source_to_document
from scimbridge.provisioning.sources.source import Source

# Where a source's settings take its secret; a file needs none.
_SECRETS: Final[Mapping[str, Callable[[str], Mapping[str, Any]]]] = {
    "ldap": lambda secret: {"ldap": {"password": secret}},
    "scim": lambda secret: {"scim": {"authentication": {"secret": secret}}},
}


@dataclass(frozen=True, slots=True)
class SourceComparison:
    """`current`: the one of that name, None if it is to be made."""

    name: str
    declared: DeclaredSource
    current: Source | None
    ground: Ground

    def differences(self) -> Iterator[Difference]:
        """Raises InvalidValue."""
        settings = self.declared.settings
        secret = self.ground.references.reveal(self.declared.secret, f"sources.{self.name}.secret")
        if self.current is None:
            wanted = source_from_document({**settings, "id": "new", "name": self.name})
            yield created("source", self.name, settings, self._create)
        else:
            wanted = change_source(self.current, settings)
            before, after = source_to_document(self.current), source_to_document(wanted)
            yield from changed("source", self.name, before, after, self._change(settings))
        if secret is None or wanted.kind not in _SECRETS:
            return
        if self.current is None or self.ground.services().sources.secret(self.current) != secret:
            yield Difference("change", "secret", f"source {self.name}", self._change(_SECRETS[wanted.kind](secret)))

    def _create(self, actor: str) -> Awaitable[object]:
        return self.ground.services().sources.create(self.name, self.declared.settings, actor=actor)

    def _change(self, change: Mapping[str, Any]) -> Callable[[str], Awaitable[object]]:
        return lambda actor: self.ground.services().sources.change(self.name, change, actor=actor)

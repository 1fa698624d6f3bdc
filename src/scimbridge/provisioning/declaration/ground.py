"""What the parts of a comparison share."""

from dataclasses import dataclass

from scimbridge.provisioning.declaration.references import References
from scimbridge.provisioning.declaration.services import OpenServices


@dataclass(frozen=True, slots=True)
class Ground:
    """`exists`: whether there is the realm yet; before that there is nobody in it."""

    services: OpenServices
    references: References
    exists: bool

    def find_id(self, type_: str, name: str) -> str | None:
        return self.services().find_id(type_, name) if self.exists else None

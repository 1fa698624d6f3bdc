"""What the parts of a comparison share."""

from dataclasses import dataclass

from scimbridge.directory.naming import find_named
from scimbridge.provisioning.declaration.references import References
from scimbridge.provisioning.declaration.services import OpenServices


@dataclass(frozen=True, slots=True)
class Ground:
    """`exists`: whether there is the realm yet; before that there is nobody in it."""

    services: OpenServices
    references: References
    exists: bool

    def find_id(self, type_: str, name: str) -> str | None:
        record = find_named(self.services().directory, type_, name) if self.exists else None
        return record.id if record is not None else None

"""Secrets that a file refers to, and notes of those that are not to be had."""

from collections.abc import Callable
from dataclasses import dataclass, field

from scimbridge.provisioning.declaration.document import Reference


@dataclass(frozen=True, slots=True)
class References:
    """`read`: the secret that a reference stands for, None if there is none such."""

    read: Callable[[Reference], str | None]
    notes: list[str] = field(default_factory=list)

    def reveal(self, reference: Reference | None, place: str) -> str | None:
        """None also if nothing is referred to. `place`: where it stands in the file, for the note."""
        if reference is None:
            return None
        secret = self.read(reference)
        if secret is None:
            ((kind, name),) = reference.items()
            missing = f"variable {name} is not set" if kind == "env" else f"file {name} is not there, or empty"
            self.notes.append(f"{place}: {missing}; this secret is left as it is.")
        return secret

"""One edit at its place in a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scimbridge.scim.edits import Edit


@dataclass(frozen=True, slots=True)
class Step:
    """One edit: of the attribute `name` in the object under `schema`, or in the document.

    `known`: the name is spelled as its schema does; else it is looked for without regard to case.
    """

    schema: str | None
    name: str
    edit: Edit
    known: bool = True

    def run(self, document: dict[str, Any]) -> int:
        """Edits the document in place and says how many values it looked at."""
        if self.schema is None:
            return self._run(document)
        schema = self.schema if self.known else _spelling(document, self.schema)
        held = document.get(schema)
        holder = dict(held) if isinstance(held, dict) else {}
        visits = self._run(holder)
        if holder:
            document[schema] = holder
        elif isinstance(held, dict):
            del document[schema]
        return visits

    def _run(self, holder: dict[str, Any]) -> int:
        name = self.name if self.known else _spelling(holder, self.name)
        old = holder.get(name)
        new = self.edit(old)
        if new is not None:
            holder[name] = new
        elif old is not None:
            del holder[name]
        return len(old) if isinstance(old, list) else 1


def _spelling(holder: Mapping[str, Any], name: str) -> str:
    lowered = name.lower()
    return next((key for key in holder if key.lower() == lowered), name)

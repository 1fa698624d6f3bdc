"""The plan of an import: what would become different in the directory, whom it is about, and why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from scimbridge.directory.ports import Document
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.provisioning.sources.ports import Kind, Problem

Action = Literal[
    "create",
    "link",  # it was here before; the source has it from now on
    "update",
    "return",  # it had left, and is there again
    "change members",
    "deactivate",
    "empty",  # a group that has left loses its members
    "delete",
    "unlink",  # it stays as it is, and is not the source's any more
]


class Arrival(NamedTuple):
    """One line of the plan. `id` "" until it is made; `where` it stands in the source, "" = it does not any more.

    `before`, `after`: what differs, by SCIM path. `change`: from the resource as it is (a new one: empty) to what it is
    to be, None = it stays as it is. `joined`, `left`: keys of members in the source.
    """

    action: Action
    type: Kind
    key: str
    id: str
    name: str
    why: str
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}
    change: Callable[[Document], Document] | None = None
    joined: Sequence[str] = ()
    left: Sequence[str] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """`read`: how many are in the source, by type. `refused`: safeguard -> sentence. `cursor`: once it is applied."""

    source: str
    items: Sequence[Arrival]
    read: Mapping[Kind, int]
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items of each action and type, `create user` and so on, in the plan's order."""
        return Counter(f"{item.action} {item.type.lower()}" for item in self.items)

    def allow(self, names: frozenset[str]) -> None:
        """Raises PlanRefused with every safeguard that objects and is not named."""
        left = {name: reason for name, reason in self.refused.items() if name not in names}
        if left:
            raise PlanRefused(left)

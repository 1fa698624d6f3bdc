"""A plan: what would be done at a target, in the order in which it would be done, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, NamedTuple

from scimbridge.provisioning.errors import PlanRefused


class Phase(IntEnum):
    """The order of a plan: names become free and access ends first, what only takes away comes last."""

    RENAME = 1
    DEACTIVATE = 1
    CREATE = 2
    UPDATE = 3
    GROUP = 4
    MEMBERS = 5
    DELETE = 6


Action = Literal[
    "create",  # looked up first: what is there is linked, as the application's `on_match` has it
    "update",
    "rename",  # an update that changes the userName
    "reactivate",
    "deactivate",
    "delete",
    "password",
    "create group",
    "rename group",
    "change members",
    "push now",
    "delete group",
    "unlink",  # nothing is sent; what is there is not ours any more
]


class Item(NamedTuple):
    """One line of a plan, small enough to hold 100,000 of. `target` "" until it is there. `why` for a person."""

    phase: Phase
    action: Action
    type: str
    source: str
    name: str
    target: str
    why: str


class Change(NamedTuple):
    """An item with what differs, by SCIM path; of members: `members` -> names, those that go and those that come."""

    item: Item
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """`linked`, `assigned`: how many people are there, and are to be there; `losing`: how many lose access.

    `refused`: safeguard -> sentence.
    """

    application: str
    items: Sequence[Item]
    linked: int = 0
    assigned: int = 0
    losing: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items of each action, in the plan's order."""
        return Counter(item.action for item in self.items)

    def allow(self, names: frozenset[str]) -> None:
        """Raises PlanRefused with every safeguard that objects and is not named."""
        left = {name: reason for name, reason in self.refused.items() if name not in names}
        if left:
            raise PlanRefused(left)

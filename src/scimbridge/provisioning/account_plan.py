"""The plan of an import from an application's target: which accounts are whose, and what follows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.errors import PlanRefused

Action = Literal[
    "confirm",  # it becomes that person's: they are assigned and linked
    "create",  # it becomes a person or group here
    "suggest",  # somebody may be it: a person decides
    "hold",  # it is nobody's: a person decides
    "members",  # a group that an import made has other members now
    "remove",  # it is not there any more
]

REMOVALS = "import-removals"

# Of so few accounts any share is soon passed.
_FEW = 10


class AccountItem(NamedTuple):
    """One line. `account` as it was found, `person`: the id of whom it becomes here, "" = nobody or somebody new.

    `name`: that person's, for a person. `members`: ids there, of a group; None = not told.
    """

    action: Action
    account: Account
    person: str = ""
    name: str = ""
    members: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """`scanned`: how many active users and how many groups are there. `refused`: safeguard -> sentence.

    `current`: accounts of which nothing is new but what was seen of them.
    """

    application: str
    items: Sequence[AccountItem]
    scanned: Mapping[str, int]
    current: Sequence[Account] = ()
    notes: Sequence[str] = ()
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items of each action and type, `confirm user` and so on."""
        return Counter(f"{item.action} {item.account.type.lower()}" for item in self.items)

    def allow(self, names: frozenset[str]) -> None:
        """Raises PlanRefused with every safeguard that objects and is not named."""
        left = {name: reason for name, reason in self.refused.items() if name not in names}
        if left:
            raise PlanRefused(left)


def objections(share: float, *, gone: int, known: int) -> Mapping[str, str]:
    """Safeguard by name -> what it objects to. `gone`: accounts that are not there any more, of those `known`."""
    if gone <= _FEW or gone <= share * known:
        return {}
    return {REMOVALS: f"{gone:,} of the {known:,} accounts are not there any more: more than {share:.0%}."}

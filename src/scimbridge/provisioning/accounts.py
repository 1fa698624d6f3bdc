"""Accounts: users and groups that an application's target has, as its imports find them, and whose they are here."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

# `unmatched`: nobody here. `suggested`: somebody may be it, a person decides. `confirmed`: it is theirs. `ignored`: a
# person has decided that it is nobody's business here.
AccountState = Literal["unmatched", "suggested", "confirmed", "ignored"]


class Account(NamedTuple):
    """A user or group of the target; `id` is its id there, `name` its userName or displayName there.

    `person`: the id of the user or group here, "" = none. `made`: that one was made by an import. `why`: how it was
    matched, for a person. `document`: the resource as the target showed it (JSON text). `seen`: when (RFC 3339).
    """

    type: Literal["User", "Group"]
    id: str
    name: str
    state: AccountState = "unmatched"
    person: str = ""
    made: bool = False
    why: str = ""
    document: str = "{}"
    seen: str = ""


class Accounts(Protocol):
    """The accounts of one application."""

    def all(self, type: str | None = None, state: str | None = None) -> Sequence[Account]:  # noqa: A002
        """In order of type and name."""

    def get(self, type: str, id: str) -> Account | None: ...  # noqa: A002

    async def keep(self, accounts: Iterable[Account], dropped: Iterable[Account] = ()) -> None:
        """Puts accounts in place of those of the same id; forgets those `dropped`."""

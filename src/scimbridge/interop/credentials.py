"""The headers by which a server knows who asks: good ones, none, wrong ones, and those of another tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GIVEN, NONE, WRONG, OTHER = KINDS = ("given", "none", "wrong", "other")

# What `needs` of a step calls the credential of another tenant.
OTHER_TOKEN = "otherToken"  # noqa: S105 (a name)
_WRONG = "scimbridge-check-wrong-credential"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`given` opens the server, `other` (maybe empty) opens another tenant of the same server."""

    given: Mapping[str, str] = field(repr=False)
    other: Mapping[str, str] = field(default_factory=dict, repr=False)

    def headers(self, kind: str) -> Mapping[str, str]:
        """The headers of one of KINDS."""
        if kind == GIVEN:
            return self.given
        if kind == WRONG:
            secret = ("Authorization",) if "Authorization" in self.given else tuple(self.given)
            return dict(self.given) | {name: _spoil(self.given[name]) for name in secret}
        return self.other if kind == OTHER else {}

    def secrets(self) -> frozenset[str]:
        """What of the headers nobody may read; a scheme such as `Bearer` is no secret."""
        values = (*self.given.values(), *self.other.values())
        return frozenset(value.partition(" ")[2] or value for value in values)


def bearer(token: str) -> dict[str, str]:
    """The header that carries a bearer token."""
    return {"Authorization": f"Bearer {token}"}


def _spoil(value: str) -> str:
    scheme, blank, _ = value.rpartition(" ")
    return f"{scheme}{blank}{_WRONG}"

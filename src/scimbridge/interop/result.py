"""What became of one step, whatever format it was written in."""

import json
from dataclasses import dataclass

from scimbridge.interop.ports import Reply, Request
from scimbridge.interop.purpose import Purpose


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent and what came back (None: nothing), fit to be shown: secrets are masked."""

    request: Request
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class StepResult:
    """`target` is path and query as sent; `status` None means that no reply came; no `failures` means good.

    `origin` is `client` for what the client sends and `check` for a read that only proves the state. `reached` is
    False for a step that could not be sent, or not be judged, as an earlier one gave not what it needs; then there may
    be no `exchange`. `expected` are the statuses that would have been right. `stops` says of a failure that the client
    cannot go on after it.
    """

    number: int
    note: str
    origin: str
    method: str
    target: str
    status: int | None
    seconds: float
    failures: tuple[str, ...]
    purpose: Purpose
    expected: tuple[int, ...] = ()
    exchange: Exchange | None = None
    reached: bool = True
    stops: bool = True

    @property
    def good(self) -> bool:
        return not self.failures


def reason(reply: Reply) -> str:
    """What a SCIM error says, in brackets, as Okta shows it to the administrator; "" if it says nothing."""
    try:
        detail = json.loads(reply.body).get("detail")
    except (ValueError, AttributeError):
        return ""
    return f" ({detail})" if detail else ""

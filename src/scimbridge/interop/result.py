"""What became of one step, whatever format it was written in."""

import json
from dataclasses import dataclass

from scimbridge.interop.ports import Reply


@dataclass(frozen=True, slots=True)
class StepResult:
    """`target` is path and query as sent; `status` None means that no reply came; no `failures` means good.

    `origin` is `client` for what the client sends and `check` for a read that only proves the state.
    """

    number: int
    note: str
    origin: str
    method: str
    target: str
    status: int | None
    seconds: float
    failures: tuple[str, ...]

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

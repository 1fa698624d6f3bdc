"""What playing a conversation needs of an HTTP client, and the values that cross the port."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """`url` is complete and encoded."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`seconds` from the start of sending to the last byte of the body; names of `headers` are in lower case."""

    status: int
    body: bytes
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)


class Unreachable(Exception):  # noqa: N818 (a condition of the peer, not a fault of the caller)
    """No reply came; the message says why."""


class HttpClient(Protocol):
    """Sends one request and follows no redirect."""

    async def send(self, request: Request) -> Reply:
        """Raises Unreachable."""

"""One HTTP request and its answer, as plain values over ASGI.

The SCIM endpoints speak ASGI themselves: a web framework's routing and response objects cost 10 to 15 us of the 33
that a request takes (docs/decisions.md).
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from scimbridge.web.origin import Scope

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Header = tuple[bytes, bytes]

# What a client may choose as request id: harmless in a header, a log line and the journal.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,128}")
# RFC 9110 sections 8.6 and 15.4.5: these statuses have no body, and no header that describes one.
_BODILESS = frozenset({204, 304})


class Exchange:
    """A request, and what becomes known of it on the way; log and metrics read `realm`, `endpoint`, `principal`."""

    __slots__ = (
        "address",
        "endpoint",
        "headers",
        "method",
        "path",
        "principal",
        "realm",
        "receive",
        "request_id",
        "scope",
    )

    def __init__(self, scope: Scope, receive: Receive, new_id: Callable[[], str]) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: bytes = scope["raw_path"]
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.request_id = _sane(self.headers.get(b"x-request-id")) or new_id()
        self.address = ""
        self.realm = ""
        self.endpoint = ""
        self.principal = ""

    def header(self, name: bytes) -> str | None:
        """A header's value by its lower-case name."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class Reply(NamedTuple):
    """What goes back; `headers` beside content type, length and request id."""

    status: int
    body: bytes = b""
    headers: Sequence[Header] = ()


async def write(send: Send, exchange: Exchange, reply: Reply, content_type: bytes) -> None:
    """Sends a reply whole; uvicorn keeps the body back if the method is HEAD."""
    headers = [(b"x-request-id", exchange.request_id.encode()), *reply.headers]
    if reply.status not in _BODILESS:
        headers += (b"content-type", content_type), (b"content-length", b"%d" % len(reply.body))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _sane(sent: bytes | None) -> str | None:
    return sent.decode() if sent is not None and _REQUEST_ID.fullmatch(sent) else None

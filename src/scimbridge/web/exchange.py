"""One HTTP request and its answer, as plain values.

The SCIM endpoints read and give these themselves: a web framework's routing and response objects cost 10 to 15 us a
request, a general HTTP server as much again (docs/decisions.md).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from scimbridge.scim import json
from scimbridge.scim.errors import ScimError

Headers = Mapping[bytes, bytes]
Header = tuple[bytes, bytes]

SCIM_TYPE = b"application/scim+json; charset=UTF-8"

# What a client may choose as request id: harmless in a header, a log line and the journal.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,128}")


class Disconnected(Exception):  # noqa: N818 (a condition, nobody's mistake)
    """The client went away before its request was whole."""


class Upload(Protocol):
    """The body of a request, as it arrives."""

    async def receive(self) -> tuple[bytes, bool]:
        """What has come since the last time, and whether more will; waits for something. Raises Disconnected."""


class Line(NamedTuple):
    """The connection that a request came on: the client's IP address, and where it arrived."""

    scheme: str
    client: str
    host: str
    port: int


class Exchange:
    """A request, and what becomes known of it on the way; log and metrics read `realm`, `endpoint`, `principal`.

    `path` and `query` are as they were sent. Names of headers are in lower case; the values of one that was sent
    more than once are joined by ", " (RFC 9110 section 5.3).
    """

    __slots__ = (
        "address",
        "endpoint",
        "headers",
        "line",
        "method",
        "path",
        "principal",
        "query",
        "realm",
        "request_id",
        "upload",
    )

    def __init__(self, line: Line, method: str, target: bytes, headers: Headers, upload: Upload) -> None:
        self.line = line
        self.method = method
        self.path, _, self.query = target.partition(b"?")
        self.headers = headers
        self.upload = upload
        self.request_id = ""
        self.address = line.client
        self.realm = ""
        self.endpoint = ""
        self.principal = ""

    def header(self, name: bytes) -> str | None:
        """A header's value by its lower-case name."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def name(self, new_id: Callable[[], str]) -> None:
        """Gives the request its id: the client's own if that is harmless."""
        sent = self.headers.get(b"x-request-id")
        self.request_id = sent.decode() if sent is not None and _REQUEST_ID.fullmatch(sent) else new_id()


class Reply(NamedTuple):
    """What goes back; `headers` beside content type, length, date and request id."""

    status: int
    body: bytes = b""
    headers: Sequence[Header] = ()
    content_type: bytes = SCIM_TYPE


def refusal(error: ScimError) -> Reply:
    """An error as it goes out."""
    headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in error.headers.items()]
    return Reply(error.status, json.dump(error.message()), headers)

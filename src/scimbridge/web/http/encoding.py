"""Replies as bytes."""

from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from scimbridge.web.exchange import Header, Reply

CLOSE: Header = (b"connection", b"close")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# RFC 9110 sections 8.6 and 15.4.5: these statuses have no body, and no header that describes one.
_BODILESS = frozenset({204, 304})
_STARTS: Mapping[int, bytes] = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\ndate: ".encode() for status in HTTPStatus
}


def encode(reply: Reply, request_id: str, now: float, *, is_head: bool = False, closes: bool = False) -> bytes:
    """A whole reply; `now`: the time of day in seconds, `is_head`: the request's method was HEAD.

    Raises ValueError if a value holds what would end its line, and so begin a header that nobody here wrote.
    """
    status, body, headers, content_type = reply
    head = b"%b%b\r\n" % (_STARTS.get(status) or b"HTTP/1.1 %d \r\ndate: " % status, _date(int(now)))
    lines = 2 + len(headers)
    if request_id:
        head += b"x-request-id: %b\r\n" % request_id.encode()
        lines += 1
    for name, value in headers:
        head += b"%b: %b\r\n" % (name, value)
    if status not in _BODILESS:
        head += b"content-type: %b\r\ncontent-length: %d\r\n" % (content_type, len(body))
        lines += 2
    if closes and CLOSE not in headers:
        head += b"connection: close\r\n"
        lines += 1
    if not head.count(b"\n") == head.count(b"\r") == lines:
        raise ValueError("A header of a reply has a line break in it.")
    return b"%b\r\n%b" % (head, b"" if is_head or status in _BODILESS else body)


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()

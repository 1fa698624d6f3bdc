"""Requests as bytes. What could end a line early is refused: nobody's value becomes a header or a second request."""

import re
from collections.abc import Sequence
from typing import Final

# RFC 9110: a token, and a field value without its white space around. RFC 3986: what a target may be made of.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET: Final = re.compile(r"/[!-~]*")
# How long a request is, and where it goes, is said once, by the client.
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"})
_DEFAULTS: Final = {"user-agent": "User-Agent: scimbridge\r\n", "accept-encoding": "Accept-Encoding: identity\r\n"}
# Those whose requests say how long they are even without a body (RFC 9110 section 8.6).
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_CHECKED: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def encode_headers(headers: Sequence[tuple[str, str]]) -> bytes:
    """Header lines, to be made once and sent often. Raises ValueError for what cannot stand in one."""
    lines: list[str] = []
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name!r} is no header that a request may be given.")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"The value of the header {name} has a line break or a character outside Latin-1.")
        lines.append(f"{name}: {value}\r\n")
    given = {name.lower() for name, _ in headers}
    lines += [line for name, line in _DEFAULTS.items() if name not in given]
    return "".join(lines).encode("latin-1")


def encode(
    host: bytes, method: str, target: str, headers: Sequence[tuple[str, str]] | bytes, body: bytes | None = None
) -> bytes:
    """A whole request; `host` is the line of that header. Raises ValueError as encode_headers does."""
    if method not in _CHECKED and not _TOKEN.fullmatch(method):
        raise ValueError(f"{method!r} is no method of HTTP.")
    if not _TARGET.fullmatch(target):
        raise ValueError("The path of a request begins with a slash and has no spaces, line breaks or bare non-ASCII.")
    fields = headers if isinstance(headers, bytes) else encode_headers(headers)
    start = f"{method} {target} HTTP/1.1\r\n".encode()
    if body is None and method not in _WITH_BODY:
        return b"%b%b%b\r\n" % (start, host, fields)
    content = body or b""
    return b"%b%b%bContent-Length: %d\r\n\r\n%b" % (start, host, fields, len(content), content)

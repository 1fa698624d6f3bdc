"""Replies, read from the bytes of a connection: no I/O."""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import httptools

from scimbridge.adapters.wire.errors import Malformed

# Bytes of a reply beyond its body: the status line, headers, and what frames chunks.
MOST_HEAD = 64 * 1024

_CONTINUE, _OK = 100, 200
_GZIP = zlib.MAX_WBITS + 16


class Reply(NamedTuple):
    """Header names are in lower case, several values of a name joined by ", "; the body is as it was before gzip."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ReplyReader:
    """Reads one reply after another. `server` names it in errors, `limit` is the most bytes of a body."""

    def __init__(self, server: str, limit: int) -> None:
        self._server = server
        self._limit = limit
        self._parser = httptools.HttpResponseParser(self)
        self.expect("")

    def expect(self, method: str) -> None:
        """Tells what the next reply answers: that to HEAD has no body, whatever its headers say."""
        self._is_head = method == "HEAD"
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._has_head = self._is_whole = False
        self.received = 0
        self.is_reusable = False

    def feed(self, data: bytes) -> Reply | None:
        """The reply when it is whole. Raises Malformed."""
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._is_whole:  # else it is what came after a good one
                raise Malformed(f"{self._server} answered what is no HTTP reply: {error}.") from None
            self.is_reusable = False
        if not self._has_head and self.received > MOST_HEAD:
            raise Malformed(f"{self._server} answered with more than {MOST_HEAD} bytes of headers.")
        if self.received > self._limit + MOST_HEAD:
            raise self._too_big()
        return self._reply() if self._is_whole else None

    def end(self) -> Reply | None:
        """The connection is closed: the reply if that is what ends it, None if it is not whole. Raises Malformed."""
        framed = "content-length" in self._headers or "transfer-encoding" in self._headers
        return self._reply() if self._has_head and not framed else None

    def on_message_begin(self) -> None:
        if self._is_whole:
            self.is_reusable = False  # nobody asked for another one

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:
            return  # what follows the last chunk is of no use to anybody here
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        present = self._headers.get(key)
        self._headers[key] = text if present is None else f"{present}, {text}"

    def on_headers_complete(self) -> None:
        if self._is_whole:
            return
        self._status = self._parser.get_status_code()
        self._has_head = self._status >= _OK
        if self._is_head and self._has_head:
            # The parser cannot be told to expect no body: it is not used again, nor is its connection.
            self._is_whole = True

    def on_body(self, body: bytes) -> None:
        if not self._is_whole:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        if self._is_whole:
            return
        if not self._has_head:  # 1xx, and the reply is still to come
            self._headers = {}
            return
        self._is_whole = True
        self.is_reusable = self._parser.should_keep_alive()

    def _reply(self) -> Reply:
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if len(body) > self._limit:
            raise self._too_big()
        encoding = self._headers.get("content-encoding", "identity").strip().lower()
        if body and encoding != "identity":
            body = self._unpacked(body, encoding)
        return Reply(self._status, self._headers, body)

    def _unpacked(self, body: bytes, encoding: str) -> bytes:
        if encoding not in ("gzip", "x-gzip"):
            raise Malformed(f"{self._server} answered in the encoding {encoding!r}, which nobody asked for.")
        unpacking = zlib.decompressobj(_GZIP)
        try:
            unpacked = unpacking.decompress(body, self._limit + 1)
        except zlib.error as error:
            raise Malformed(f"{self._server} answered what is no gzip ({error}).") from None
        if len(unpacked) > self._limit:
            raise self._too_big()
        if not unpacking.eof:
            raise Malformed(f"{self._server} answered with the beginning of a gzip only.")
        return unpacked

    def _too_big(self) -> Malformed:
        return Malformed(f"{self._server} answered with more than {self._limit} bytes.")

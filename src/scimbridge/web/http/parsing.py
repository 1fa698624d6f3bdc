"""Requests, read from the bytes of a connection: no I/O."""

from collections.abc import Callable

import httptools

from scimbridge.scim.errors import InvalidSyntax, ScimError
from scimbridge.web.exchange import Exchange, Line
from scimbridge.web.http.upload import Incoming

# httptools does not limit the size of a head: bytes of one that a read did not complete.
_HEAD_LIMIT = 64 * 2**10


class HeadTooLarge(ScimError):  # noqa: N818 (as its siblings in scim.errors)
    """RFC 6585 section 5."""

    status = 431


class Arrival:
    """A request whose head is there, and whether its connection may be kept (not before HTTP/1.1)."""

    __slots__ = ("exchange", "keeps", "upload")

    def __init__(self, exchange: Exchange, upload: Incoming, *, keeps: bool) -> None:
        self.exchange = exchange
        self.upload = upload
        self.keeps = keeps


class RequestReader:
    """Reads one request after another; `begun` is called at the first byte of each, `arrived` when its head is there.

    `ask` sends the client leave to send a body that it holds back, `taken` is what Incoming wants.
    """

    def __init__(
        self,
        line: Line,
        begun: Callable[[], None],
        arrived: Callable[[Arrival], None],
        ask: Callable[[], None],
        taken: Callable[[], None],
    ) -> None:
        self._line = line
        self._begun = begun
        self._arrived = arrived
        self._ask = ask
        self._taken = taken
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._has_head = False
        self._pending = 0
        self._unparsed = 0
        self._upload: Incoming | None = None

    def feed(self, data: bytes) -> None:
        """Raises InvalidSyntax for what is no HTTP, HeadTooLarge."""
        had_head = self._has_head
        try:
            self._parse(self._pass_by(data))
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        except httptools.HttpParserError as error:
            raise InvalidSyntax(f"This is no request of HTTP/1.1: {error}.") from None
        if had_head or self._has_head:
            return
        self._pending += len(data)
        if self._pending > _HEAD_LIMIT:
            raise HeadTooLarge(f"The head of a request may have {_HEAD_LIMIT} bytes.")

    @property
    def is_full(self) -> bool:
        """Somebody has to read of the last body before more of it is taken."""
        return self._upload is not None and self._upload.is_full

    @property
    def is_within_body(self) -> bool:
        return self._upload is not None and not (self._upload.is_whole or self._upload.is_gone)

    def cut_off(self) -> None:
        """The rest of the last body will not come."""
        if self._upload is not None and not self._upload.is_whole:
            self._upload.lose()

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._pass_by(data[upgrade.args[0] :])
            else:
                return

    def _pass_by(self, data: bytes) -> bytes:
        """The body of a request that asks for another protocol: the parser leaves it to that one, which nobody speaks.

        Java's client asks for HTTP/2 so in the first request that it sends without TLS (RFC 9110 section 7.8: a server
        may ignore it).
        """
        if not self._unparsed or self._upload is None:
            return data
        piece, rest = data[: self._unparsed], data[self._unparsed :]
        self._upload.add(piece)
        self._unparsed -= len(piece)
        if not self._unparsed:
            self._upload.end()
        return rest

    # What the parser calls

    def on_message_begin(self) -> None:
        self._target, self._headers, self._has_head, self._pending = b"", {}, False, 0
        self._begun()

    def on_url(self, piece: bytes) -> None:
        self._target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in self._headers:
            value = b"%b, %b" % (self._headers[name], value)
        self._headers[name] = value

    def on_headers_complete(self) -> None:
        parser, headers = self._parser, self._headers
        self._headers = {}  # what follows the last chunk of a body is of no use to anybody here
        self._has_head = True
        if parser.should_upgrade():
            if b"transfer-encoding" in headers:
                raise InvalidSyntax("A request for another protocol cannot have a body in chunks here.")
            self._unparsed = int(headers.get(b"content-length", b"0"))
        waits = headers.get(b"expect", b"").lower() == b"100-continue"
        upload = self._upload = Incoming(self._ask if waits else None, self._taken)
        target = self._target if self._target.startswith(b"/") else _without_authority(self._target)
        exchange = Exchange(self._line, parser.get_method().decode(), target, headers, upload)
        keeps = parser.should_keep_alive() and parser.get_http_version() == "1.1"
        self._arrived(Arrival(exchange, upload, keeps=keeps))

    def on_body(self, piece: bytes) -> None:
        if self._upload is not None:
            self._upload.add(piece)

    def on_message_complete(self) -> None:
        if self._upload is not None and not self._unparsed:
            self._upload.end()


def _without_authority(target: bytes) -> bytes:
    """What a request to a proxy means (RFC 9112 section 3.2.2); what CONNECT names stays, which nothing has."""
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserError:
        return target
    return (url.path or b"/") + (b"?" + url.query if url.query else b"")

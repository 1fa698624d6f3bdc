"""The body of a request: of a type that is read here, whole, in time, and never more of it in memory than the limit."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from scimbridge.scim.errors import PayloadTooLarge, ScimError
from scimbridge.web.exchange import Exchange

# The first is what a refusal recommends. RFC 7644 section 3.8; most clients send the second; none at all is JSON too.
JSON_TYPES = ("application/scim+json", "application/json", "")
FORM_TYPES = ("application/x-www-form-urlencoded",)

# A client that uploads slower than this holds memory and a connection; Okta itself gives up after 60 s.
_SLOWEST = 30.0
# How long the rest of a refused body is taken and thrown away. Closing a connection with bytes unread resets it, and
# the client would never see the 413.
_DISCARD = 1.0

_CLOSE = {"Connection": "close"}


class RequestTimeout(ScimError):  # noqa: N818 (as its siblings in scim.errors)
    """The body came too slowly."""

    status = 408


class UnsupportedMediaType(ScimError):  # noqa: N818
    """The body is of a type, or in a coding, that is not read here."""

    status = 415


async def read_body(exchange: Exchange, limit: int, types: Sequence[str] = JSON_TYPES) -> bytes:
    """All of the body; raises UnsupportedMediaType, PayloadTooLarge, RequestTimeout, Disconnected.

    `limit` in bytes counts what arrives, whatever Content-Length says.
    """
    _check_type(exchange, types)
    declared = exchange.headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        await _discard(exchange)
        raise _too_large(limit)
    body, more = await exchange.upload.receive()
    if more:
        return await _read_rest(exchange, bytearray(body), limit)
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _read_rest(exchange: Exchange, body: bytearray, limit: int) -> bytes:
    more = True
    try:
        async with asyncio.timeout(_SLOWEST):
            while more and len(body) <= limit:
                piece, more = await exchange.upload.receive()
                body += piece
    except TimeoutError:
        raise RequestTimeout(f"The body did not arrive in {_SLOWEST:.0f} seconds.", headers=_CLOSE) from None
    if len(body) > limit:
        if more:
            await _discard(exchange)
        raise _too_large(limit)
    return bytes(body)


async def _discard(exchange: Exchange) -> None:
    """Takes the rest of a body, unless the client waits to be asked for it (Expect: 100-continue)."""
    if b"expect" in exchange.headers:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD):
            more = True
            while more:
                _, more = await exchange.upload.receive()


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit} bytes.", headers=_CLOSE)


def _check_type(exchange: Exchange, types: Sequence[str]) -> None:
    sent = exchange.headers.get(b"content-type", b"")
    if _media_type(sent) not in types:
        shown = sent[:100].decode("ascii", "replace")
        raise UnsupportedMediaType(f'A body of type "{shown}" is not read here; send {types[0]}.')
    coding = exchange.headers.get(b"content-encoding", b"identity")
    if coding.lower() != b"identity":
        raise UnsupportedMediaType("A body with a Content-Encoding is not read here; send it as it is.")


@lru_cache(maxsize=256)
def _media_type(value: bytes) -> str:
    return value.partition(b";")[0].strip().lower().decode("latin-1")

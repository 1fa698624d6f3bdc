"""Reading a body under its limits."""

import asyncio
from collections.abc import Iterable

import pytest

from scimbridge.scim.errors import PayloadTooLarge, ScimError
from scimbridge.web import body as module
from scimbridge.web.body import RequestTimeout, UnsupportedMediaType, read_body
from scimbridge.web.exchange import Disconnected, Exchange, Line

LIMIT = 10
# What comes, and whether more will; None: the client hangs up.
Part = tuple[bytes, bool] | None


def part(body: bytes, *, more: bool = False) -> Part:
    return body, more


class Sender:
    """A client that sends these parts, then nothing."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.left = list(parts)

    async def receive(self) -> tuple[bytes, bool]:
        if not self.left:
            await asyncio.Event().wait()
        came = self.left.pop(0)
        if came is None:
            raise Disconnected
        return came


def exchange(sender: Sender, **headers: str) -> Exchange:
    fields = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Exchange(Line("http", "192.0.2.7", "127.0.0.1", 80), "POST", b"/", fields, sender)


async def read(*parts: Part, **headers: str) -> bytes:
    return await read_body(exchange(Sender(parts), **headers), LIMIT)


@pytest.mark.parametrize(
    "parts",
    [
        [part(b"0123456789")],
        [part(b"", more=True), part(b"01234", more=True), part(b"56789")],
        [part(b"0123456789", more=True), part(b"")],
    ],
)
async def test_a_body_of_just_the_limit_is_read_whole_however_it_is_cut(parts: list[Part]) -> None:
    assert await read(*parts) == b"0123456789"


@pytest.mark.parametrize(
    "parts",
    [
        [part(b"0123456789a")],
        [part(b"01234", more=True), part(b"56789a")],
        [part(b"01234", more=True), part(b"56789a", more=True), part(b"bc")],
    ],
)
async def test_a_longer_body_is_refused_whatever_content_length_says(parts: list[Part]) -> None:
    sender = Sender(parts)
    with pytest.raises(PayloadTooLarge, match="10 bytes") as refused:
        await read_body(exchange(sender, content_length="3"), LIMIT)
    assert refused.value.headers == {"Connection": "close"}
    assert not sender.left, "the rest was not taken: closing would reset the connection before the answer is read"


async def test_a_body_that_announces_too_much_is_taken_and_thrown_away() -> None:
    sender = Sender([part(b"01234", more=True), part(b"56789a")])
    with pytest.raises(PayloadTooLarge):
        await read_body(exchange(sender, content_length="11"), LIMIT)
    assert not sender.left


async def test_a_client_that_waits_to_be_asked_is_not_asked_for_too_much() -> None:
    sender = Sender([part(b"0123456789a")])
    with pytest.raises(PayloadTooLarge):
        await read_body(exchange(sender, content_length="11", expect="100-continue"), LIMIT)
    assert sender.left


async def test_taking_the_rest_ends_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DISCARD", 0.01)
    with pytest.raises(PayloadTooLarge):
        await read(part(b"0123456789a", more=True))


async def test_a_body_that_does_not_end_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLOWEST", 0.01)
    with pytest.raises(RequestTimeout) as refused:
        await read(part(b"0", more=True))
    assert refused.value.headers == {"Connection": "close"}


@pytest.mark.parametrize("parts", [[None], [part(b"0", more=True), None]])
async def test_a_client_that_hangs_up_is_no_error_of_anybody(parts: list[Part]) -> None:
    with pytest.raises(Disconnected):
        await read(*parts)


@pytest.mark.parametrize(
    "sent",
    [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "APPLICATION/JSON;charset=UTF-8",
        "application/json ; charset=utf-8",
        "",
    ],
)
async def test_both_json_types_are_taken_with_or_without_a_charset(sent: str) -> None:
    assert await read(part(b"{}"), content_type=sent) == b"{}"


async def test_a_body_of_no_stated_type_is_taken() -> None:
    assert await read(part(b"{}")) == b"{}"


@pytest.mark.parametrize("sent", ["text/xml", "application/x-www-form-urlencoded", "text/plain", "json", "\xff"])
async def test_another_type_is_refused_by_name(sent: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=r"send application/scim\+json"):
        await read(part(b"{}"), content_type=sent)


async def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(ScimError, match="Content-Encoding") as refused:
        await read(part(b"{}"), content_encoding="gzip")
    assert refused.value.status == 415

"""Reading a body under its limits."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from scimbridge.scim.errors import PayloadTooLarge, ScimError
from scimbridge.web import body as module
from scimbridge.web.body import Disconnected, RequestTimeout, UnsupportedMediaType, read_body
from scimbridge.web.exchange import Exchange

LIMIT = 10
CLOSED = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


class Sender:
    """A client that sends these messages, then nothing."""

    def __init__(self, messages: Iterable[dict[str, Any]]) -> None:
        self.left = list(messages)

    async def receive(self) -> dict[str, Any]:
        if not self.left:
            await asyncio.Event().wait()
        return self.left.pop(0)


def exchange(sender: Sender, **headers: str) -> Exchange:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Exchange({"method": "POST", "raw_path": b"/", "headers": pairs}, sender.receive, lambda: "r1")


async def read(*messages: dict[str, Any], **headers: str) -> bytes:
    return await read_body(exchange(Sender(messages), **headers), LIMIT)


@pytest.mark.parametrize(
    "messages",
    [
        [part(b"0123456789")],
        [part(b"", more=True), part(b"01234", more=True), part(b"56789")],
        [part(b"0123456789", more=True), part(b"")],
    ],
)
async def test_a_body_of_just_the_limit_is_read_whole_however_it_is_cut(messages: list[dict[str, Any]]) -> None:
    assert await read(*messages) == b"0123456789"


@pytest.mark.parametrize(
    "messages",
    [
        [part(b"0123456789a")],
        [part(b"01234", more=True), part(b"56789a")],
        [part(b"01234", more=True), part(b"56789a", more=True), part(b"bc")],
    ],
)
async def test_a_longer_body_is_refused_whatever_content_length_says(messages: list[dict[str, Any]]) -> None:
    sender = Sender(messages)
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


@pytest.mark.parametrize("messages", [[CLOSED], [part(b"0", more=True), CLOSED]])
async def test_a_client_that_hangs_up_is_no_error_of_anybody(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(Disconnected):
        await read(*messages)


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

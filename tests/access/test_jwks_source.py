"""Fetching key sets: over HTTP with bounds, and from files."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from scimbridge.access.realm import TrustedIssuer
from scimbridge.adapters.jwks import MAX_BYTES, JwksSource
from scimbridge.scim.errors import Unavailable

URL = TrustedIssuer("https://i.example.test", "a", jwks_url="https://i.example.test/certs")


def source(answer: Callable[[httpx.Request], httpx.Response]) -> JwksSource:
    return JwksSource(httpx.MockTransport(answer))


async def test_the_document_comes_as_it_is() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == URL.jwks_url
        return httpx.Response(200, content=b'{"keys": []}')

    assert await source(answer).fetch(URL) == b'{"keys": []}'


def _fail(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route to secret.internal", request=request)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(204),
        lambda _: httpx.Response(302, headers={"Location": "http://169.254.169.254/"}),
        lambda _: httpx.Response(200, content=b" " * (MAX_BYTES + 1)),
        _fail,
    ],
    ids=["an error", "nothing", "a redirect", "too much", "no connection"],
)
async def test_anything_else_is_unavailable_and_does_not_say_why(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    with pytest.raises(Unavailable) as refusal:
        await source(answer).fetch(URL)
    assert refusal.value.detail == "The keys of the token's issuer cannot be had at present."
    assert refusal.value.headers == {"Retry-After": "30"}


async def test_an_answer_that_never_ends_is_given_up() -> None:
    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=Slow(), request=request)

    with pytest.raises(Unavailable):
        await JwksSource(Transport(), timeout=0.01).fetch(URL)


async def test_keys_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    issuer = TrustedIssuer("https://i.example.test", "a", jwks_file=str(file))
    with pytest.raises(Unavailable):
        await JwksSource().fetch(issuer)
    file.write_bytes(b'{"keys": []}')
    assert await JwksSource().fetch(issuer) == b'{"keys": []}'
    file.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(Unavailable):
        await JwksSource().fetch(issuer)

"""The client against servers that answer well, badly, late and not at all."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from scimbridge.adapters.wire.client import Client
from scimbridge.adapters.wire.errors import Malformed, TimedOut, Unreachable, Untrusted, WireError

from .site import OK, Line, Site, say

BIG = b"x" * 8_000_000


@pytest.fixture
async def client(site: Site) -> AsyncIterator[Client]:
    async with Client(site.url, connections=2, timeout=5) as client:
        yield client


async def get(client: Client, target: str = "/") -> bytes:
    return (await client.send("GET", target, [])).body


async def test_requests_one_after_another_go_over_one_connection(client: Client, site: Site) -> None:
    for _ in range(3):
        assert await client.send("POST", "/x", [("Accept", "a/b")], b"body") == (200, {"content-length": "2"}, b"ok")
    assert [line.requests for line in site.lines] == [3]
    assert site.arrived[0].endswith(b"\r\n\r\nbody")
    assert f"Host: {site.url.removeprefix('http://')}\r\n".encode() in site.arrived[0]


async def test_no_more_connections_are_opened_than_are_allowed_and_first_come_is_first_served(
    client: Client, site: Site
) -> None:
    await asyncio.gather(*(get(client, f"/{number}") for number in range(20)))
    assert [line.requests for line in site.lines] == [10, 10]
    order = [int(request.split(b" ")[1][1:]) for request in site.arrived]
    assert all(abs(place - number) <= 1 for place, number in enumerate(order))


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ],
)
async def test_a_server_that_closes_after_each_reply_gets_a_connection_for_each(
    client: Client, site: Site, reply: bytes
) -> None:
    site.answer = say(reply, end=True)
    assert [await get(client) for _ in range(3)] == [b"ok"] * 3
    assert len(site.lines) == 3


async def test_a_reply_to_head_and_what_follows_are_told_apart(client: Client, site: Site) -> None:
    site.answer = say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    assert await client.send("HEAD", "/", []) == (200, {"content-length": "9"}, b"")
    site.answer = say(OK)
    assert await get(client) == b"ok"


async def test_a_connection_closed_while_idle_is_nobodys_concern(client: Client, site: Site) -> None:
    for _ in range(3):
        assert (await client.send("POST", "/", [], b"x")).body == b"ok"
        await site.lines[-1].leave()
    assert len(site.lines) == 3


async def closed_when_used_again(line: Line) -> None:
    if line.requests > 1:
        line.cut()
    else:
        line.write(OK)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
async def test_what_may_be_done_twice_is_sent_again_where_the_server_closed_as_we_wrote(
    client: Client, site: Site, method: str
) -> None:
    site.answer = closed_when_used_again
    await get(client)
    assert (await client.send(method, "/again", [])).status == 200
    assert [line.requests for line in site.lines] == [2, 1]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_may_not_be_done_twice_is_not_sent_again(client: Client, site: Site, method: str) -> None:
    site.answer = closed_when_used_again
    await get(client)
    with pytest.raises(Unreachable, match="without an answer") as error:
        await client.send(method, "/", [], b"x")
    assert error.value.sent
    assert len(site.arrived) == 2


async def test_it_is_sent_again_once_only_and_not_over_a_new_connection(client: Client, site: Site) -> None:
    async def cut(line: Line) -> None:
        line.cut()

    await get(client)
    site.answer = cut
    for requests in (3, 4):
        with pytest.raises(Unreachable, match="without an answer"):
            await get(client)
        assert len(site.arrived) == requests


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (b"", Unreachable, "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Unreachable, "in the middle"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", Unreachable, "in the middle"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", Unreachable, "in the middle"),
        (b"HELLO\r\n", Malformed, "no HTTP reply"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nx", Malformed, "encoding 'br'"),
    ],
)
async def test_a_reply_that_ends_early_or_is_none_is_no_reply(
    client: Client, site: Site, reply: bytes, error: type[WireError], words: str
) -> None:
    await get(client)
    site.answer = say(reply, end=True)
    for _ in range(3):  # and the connection is not used again
        with pytest.raises(error, match=words) as raised:
            await client.send("POST", "/", [], b"x")
        assert site.url in raised.value.reason
        assert not isinstance(raised.value, Unreachable) or raised.value.sent
    site.answer = say(OK)
    assert await get(client) == b"ok"


async def never(line: Line) -> None:
    await line.reader.read()


async def test_a_reply_that_takes_too_long_is_given_up_and_never_anothers(site: Site) -> None:
    async with Client(site.url, connections=1, timeout=0.05) as client:
        site.answer = never
        with pytest.raises(TimedOut, match=r"did not answer within 0\.05 s") as error:
            await get(client)
        assert error.value.sent
        site.answer = say(OK)
        assert await get(client) == b"ok"
    assert len(site.lines) == 2


async def test_a_reply_that_comes_in_drops_is_given_up_too(site: Site) -> None:
    async def drip(line: Line) -> None:
        line.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not line.writer.is_closing():
            line.write(b"x")
            await asyncio.sleep(0.01)

    async with Client(site.url, timeout=0.1) as client:
        site.answer = drip
        with pytest.raises(TimedOut):
            await get(client)


async def test_who_waits_for_a_connection_waits_only_so_long(site: Site) -> None:
    async with Client(site.url, connections=1, timeout=0.2) as client:
        site.answer = never
        held = [asyncio.ensure_future(get(client)) for _ in range(2)]
        errors = await asyncio.gather(*held, return_exceptions=True)
    assert [error.sent for error in errors if isinstance(error, TimedOut)] == [True, False]
    assert len(site.arrived) == 1
    assert "all 1 connections were busy" in str(errors[1])


async def test_a_cancelled_request_takes_its_connection_with_it(site: Site) -> None:
    """Its late reply would be the next one's."""
    release = asyncio.Event()

    async def late(line: Line) -> None:
        await release.wait()
        line.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")

    async with Client(site.url, connections=1, timeout=5) as client:
        site.answer = late
        cancelled = asyncio.ensure_future(get(client))
        await site.has_request.wait()
        waiting = asyncio.ensure_future(get(client))
        await asyncio.sleep(0)
        site.answer = say(OK)
        cancelled.cancel()
        release.set()
        assert await waiting == b"ok"
        assert await get(client) == b"ok"
        with pytest.raises(asyncio.CancelledError):
            await cancelled


async def test_places_are_not_lost_whoever_is_cancelled_and_when(site: Site) -> None:
    async with Client(site.url, connections=2, timeout=5) as client:
        for steps in range(12):
            requests = [asyncio.ensure_future(get(client)) for _ in range(6)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for request in requests[::2]:
                request.cancel()
            results = await asyncio.gather(*requests, return_exceptions=True)
            assert results[1::2] == [b"ok"] * 3
        assert len(await asyncio.gather(*(get(client) for _ in range(4)))) == 4


async def test_what_the_server_says_unasked_ends_the_connection(client: Client, site: Site) -> None:
    """A reply that waits in the connection would be that of the next request."""
    site.answer = say(OK + OK)
    await get(client)
    site.answer = say(OK)
    await get(client)
    assert len(site.lines) == 2
    line = site.lines[1]
    line.write(OK.replace(b"ok", b"no"))
    await line.is_over.wait()
    assert await get(client) == b"ok"
    assert len(site.lines) == 3


async def test_a_reply_before_the_request_is_read_counts_and_the_connection_is_not_used_again() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        connections.append(writer)
        readers.append(reader)

    connections: list[asyncio.StreamWriter] = []
    readers: list[asyncio.StreamReader] = []
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        for number in (1, 2):
            assert (await client.send("POST", "/", [], BIG)).status == 413
            assert len(connections) == number
        for reader in readers:  # neither is written to any more
            with suppress(ConnectionResetError):
                while await reader.read(1_000_000):
                    pass
    for writer in connections:
        writer.transport.abort()
    server.close()
    await server.wait_closed()


async def test_big_bodies_go_and_come_whole(client: Client, site: Site) -> None:
    site.answer = say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BIG), BIG))
    assert (await client.send("PUT", "/", [], BIG)).body == BIG
    assert site.arrived[0].endswith(BIG[:100])


async def test_a_reply_bigger_than_is_taken_is_refused_before_it_is_there(site: Site) -> None:
    async with Client(site.url, max_reply=100_000) as client:
        site.answer = say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BIG), BIG))
        with pytest.raises(Malformed, match="more than 100000 bytes"):
            await get(client)


async def test_a_server_that_is_not_there_is_unreachable_in_the_systems_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with Client(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(
            Unreachable, match=rf"^http://127.0.0.1:{port} cannot be reached: Connection refused\.$"
        ) as e:
            await get(client)
        assert not e.value.sent
    async with Client("http://nobody.invalid") as client:
        with pytest.raises(Unreachable, match=r"^http://nobody.invalid cannot be reached: .+\.$"):
            await get(client)


async def test_a_server_that_takes_no_connection_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        held = []
        for _ in range(4):  # what the backlog takes, and more
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
            held.append(one)
        async with Client(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout=0.1) as client:
            with pytest.raises(TimedOut, match=r"took no connection within 0\.1 s") as error:
                await get(client)
        assert not error.value.sent
        for one in held:
            one.close()


async def test_the_end_of_the_client_is_the_end_of_what_is_under_way(site: Site) -> None:
    site.answer = never
    client = Client(site.url, connections=1)
    under_way, waiting = (asyncio.ensure_future(get(client)) for _ in range(2))
    await site.has_request.wait()
    await client.close()
    for request, sent in ((under_way, True), (waiting, False)):
        with pytest.raises(Unreachable) as error:
            await request
        assert error.value.sent is sent
    with pytest.raises(Unreachable, match="its client is closed"):
        await get(client)
    await client.close()


async def test_a_client_of_an_address_of_the_sixth_version_names_it_in_brackets() -> None:
    try:
        async with Site("::1") as site, Client(site.url) as client:
            assert await get(client) == b"ok"
            assert b"Host: [::1]:" in site.arrived[0]
    except OSError:
        pytest.skip("this machine has no IPv6")


def secured(pair: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


async def test_over_tls_the_name_of_the_server_is_sent_and_its_certificate_checked(pair: tuple[Path, Path]) -> None:
    context, names = secured(pair), list[str | None]()
    context.sni_callback = lambda _, name, __: names.append(name)
    async with Site(tls=context) as site:
        url = site.url.replace("127.0.0.1", "localhost")
        async with Client(url, ca_file=str(pair[0]), timeout=5) as client:
            site.answer = say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BIG), BIG))
            assert (await client.send("PUT", "/", [], BIG)).body == BIG
            assert await get(client) == BIG
        assert (names, len(site.lines)) == (["localhost"], 1)


@pytest.mark.parametrize(("host", "trusted"), [("127.0.0.1", False), ("127.0.0.2", True)])
async def test_a_certificate_of_nobody_we_know_or_of_another_server_is_not_trusted(
    pair: tuple[Path, Path], host: str, trusted: bool
) -> None:
    async with Site(host, secured(pair)) as site:
        async with Client(site.url, ca_file=str(pair[0]) if trusted else "", timeout=5) as client:
            with pytest.raises(Untrusted, match="is not trusted: ") as error:
                await get(client)
        assert not error.value.sent
        assert site.arrived == []


async def test_a_server_that_speaks_no_tls_and_one_that_speaks_nothing_else_are_told(pair: tuple[Path, Path]) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    plain = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with Client(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}", timeout=5) as client:
        with pytest.raises(Unreachable, match=r"cannot be spoken to over TLS: .+\.$") as error:
            await get(client)
        assert not error.value.sent
    plain.close()
    await plain.wait_closed()
    async with Site(tls=secured(pair)) as secure, Client(secure.url.replace("https", "http"), timeout=5) as client:
        with pytest.raises(WireError):
            await get(client)


@pytest.mark.parametrize(
    "origin",
    ["", "kc", "ftp://kc", "http://", "http://kc/path", "http://kc?x", "http://kc:x", "http://kc:99999", "http://[::1"],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="is not the origin of a server"):
        Client(origin)


def test_a_password_in_the_origin_is_refused_and_not_told() -> None:
    with pytest.raises(ValueError, match="no user or password") as error:
        Client("https://user:secret@kc")
    assert "secret" not in str(error.value)


def test_a_ca_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        Client("https://kc", ca_file=str(tmp_path / "absent.pem"))


async def test_a_connection_that_was_idle_for_long_is_not_used_again(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scimbridge.adapters.wire.pool._KEPT_SECONDS", 0.0)
    for _ in range(3):
        await get(client)
    assert [line.requests for line in site.lines] == [1, 1, 1]
    await site.lines[0].is_over.wait()

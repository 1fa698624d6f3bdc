"""HTTP/1.1 on one connection: what is read, what is sent, and when it ends."""

import asyncio
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.web.exchange import Disconnected, Exchange, Reply
from scimbridge.web.http.connections import Connections
from scimbridge.web.http.encoding import encode

from .loopback import Pipe

GET = b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: h\r\n"


class Client:
    """A connection to a server whose answers tests give; `seen` are its requests, `sent` the bytes of its replies."""

    def __init__(self, head_timeout: float = 15) -> None:
        self.seen: list[Exchange] = []
        self.sent = b""
        self.read_body = True
        self.bodies: list[bytes | None] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.held: asyncio.Event | None = None
        self.connections = Connections(self._answer, head_timeout)
        self.pipe = Pipe(self.connections, self._take)

    async def send(self, *pieces: bytes) -> bytes:
        """Sends pieces, lets the server do what it can, and tells what it has said since."""
        self.sent = b""
        for piece in pieces:
            self.pipe.connection.data_received(piece)
            await settle()
        return self.sent

    def hold(self) -> Callable[[], None]:
        """Answers wait until what is given back is called."""
        held = self.held = asyncio.Event()
        return held.set

    def closed(self) -> bool:
        return self.pipe.is_closed

    def paused(self) -> bool:
        return self.pipe.is_paused

    def _take(self, data: bytes) -> None:
        self.sent += data

    async def _answer(self, exchange: Exchange) -> Reply:
        self.seen.append(exchange)
        if self.read_body:
            self.bodies.append(await self._whole(exchange))
        if self.held is not None:
            await self.held.wait()
        return Reply(200, b"%d" % len(self.seen), self.headers)

    @staticmethod
    async def _whole(exchange: Exchange) -> bytes | None:
        body, more = b"", True
        try:
            while more:
                piece, more = await exchange.upload.receive()
                body += piece
        except Disconnected:
            return None
        return body


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def client() -> Client:
    return Client()


def bodies_of(sent: bytes) -> list[bytes]:
    """Of replies that follow each other; each is a digit here."""
    return [part.partition(b"\r\n\r\n")[2] for part in sent.split(b"HTTP/1.1 ")[1:]]


async def test_a_request_is_its_method_path_query_and_headers(client: Client) -> None:
    sent = await client.send(b"PATCH /a%20b/?x=%22 HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\n\r\n")
    (seen,) = client.seen
    assert (seen.method, seen.path, seen.query) == ("PATCH", b"/a%20b/", b"x=%22")
    assert seen.headers == {b"host": b"h", b"x-one": b"1, 2"}
    assert (seen.line.scheme, seen.line.client, seen.address) == ("http", "192.0.2.7", "192.0.2.7")
    head, _, body = sent.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert lines[1].startswith(b"date: ")
    assert lines[2:] == [b"content-type: application/scim+json; charset=UTF-8", b"content-length: 1"]
    assert body == b"1"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_a_request_may_come_in_any_pieces(client: Client, size: int) -> None:
    whole = POST + b"Content-Length: 5\r\nX-Long: abcdef\r\n\r\nhello" + GET
    sent = await client.send(*(whole[start : start + size] for start in range(0, len(whole), size)))
    assert client.bodies == [b"hello", b""]
    assert client.seen[0].headers[b"x-long"] == b"abcdef"
    assert bodies_of(sent) == [b"1", b"2"]


PARTS = st.sampled_from(
    [
        (GET, b""),
        (POST + b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (POST + b"Content-Length: 0\r\n\r\n", b""),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
        (POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"\r\n" + GET, b""),
    ]
)


@given(st.lists(PARTS, min_size=1, max_size=6), st.data())
def test_however_a_conversation_is_cut_it_means_the_same(parts: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    whole = b"".join(request for request, _ in parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in itertools.pairwise([0, *cuts, len(whole)])]

    async def talk() -> None:
        client = Client()
        await client.send(*pieces)
        await settle()
        assert client.bodies == [body for _, body in parts]
        assert len(bodies_of(client.sent)) == len(parts)

    asyncio.run(talk())


async def test_a_chunked_body_is_read_and_its_trailers_are_no_headers(client: Client) -> None:
    chunks = b"3\r\nhel\r\n2\r\nlo\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert client.bodies == [b"hello"]
    assert b"authorization" not in client.seen[0].headers


async def test_requests_that_come_together_are_answered_one_after_the_other(client: Client) -> None:
    go_on = client.hold()
    assert await client.send(GET + GET, GET) == b""
    assert len(client.seen) == 1, "the second waits for the reply to the first"
    assert client.paused(), "and nothing more is read meanwhile"
    go_on()
    await settle()
    assert bodies_of(client.sent) == [b"1", b"2", b"3"]
    assert not client.paused()


async def test_a_client_that_does_not_take_its_replies_gets_no_more_of_them(client: Client) -> None:
    client.pipe.connection.pause_writing()
    assert bodies_of(await client.send(GET, GET)) == []
    assert client.paused()
    client.pipe.connection.resume_writing()
    await settle()
    assert bodies_of(client.sent) == [b"1", b"2"]
    assert not client.paused()


async def test_a_body_that_nobody_reads_yet_is_taken_up_to_a_limit(client: Client) -> None:
    client.read_body = False
    go_on = client.hold()
    await client.send(POST + b"Content-Length: 300000\r\n\r\n", b"x" * 200_000)
    assert client.paused()
    go_on()
    await settle()
    assert not client.paused(), "what nobody will read is thrown away"
    assert bodies_of(await client.send(b"x" * 100_000 + GET)) == [b"2"]


async def test_a_body_is_read_while_it_comes(client: Client) -> None:
    sent = await client.send(POST + b"Content-Length: 300000\r\n\r\n", *[b"x" * 100_000] * 3)
    assert client.bodies == [b"x" * 300_000]
    assert bodies_of(sent) == [b"1"]


async def test_a_client_that_waits_to_be_asked_for_its_body_is_asked_when_it_is_wanted(client: Client) -> None:
    assert await client.send(POST + b"Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n") == (
        b"HTTP/1.1 100 Continue\r\n\r\n"
    )
    assert bodies_of(await client.send(b"hi")) == [b"1"]
    assert not client.closed()


async def test_a_body_that_is_not_asked_for_is_never_taken_for_a_request(client: Client) -> None:
    client.read_body = False
    sent = await client.send(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert b"connection: close\r\n" in sent
    assert client.closed()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ],
)
async def test_a_connection_that_is_not_to_be_kept_is_closed_and_said_to_be(client: Client, request_: bytes) -> None:
    assert b"connection: close\r\n" in await client.send(request_)
    assert client.closed()


async def test_a_reply_may_close_the_connection(client: Client) -> None:
    client.headers = [(b"connection", b"close")]
    sent = await client.send(GET + GET)
    assert sent.count(b"connection: close") == 1
    assert bodies_of(sent) == [b"1"], "what came behind it is not answered"
    assert client.closed()


async def test_the_answer_to_head_has_no_body_and_says_how_long_it_would_be(client: Client) -> None:
    sent = await client.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"content-length: 1\r\n" in sent
    assert sent.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("body", [b"", b"Content-Length: 5\r\n"])
async def test_a_request_for_another_protocol_is_answered_in_this_one(client: Client, body: bytes) -> None:
    """Java's HTTP client begins so where there is no TLS."""
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\n"
    content = b"hello" if body else b""
    for cut in range(len(content) + 1):
        await client.send(POST + upgrade + body + b"\r\n" + content[:cut], content[cut:] + GET)
    assert client.bodies == [content, b""] * (len(content) + 1)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [(b"http://h/a?b", b"/a", b"b"), (b"http://h", b"/", b""), (b"*", b"*", b"")],
)
async def test_a_target_may_be_what_proxies_are_sent(client: Client, target: bytes, path: bytes, query: bytes) -> None:
    await client.send(b"OPTIONS %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
    assert (client.seen[0].path, client.seen[0].query) == (path, query)


NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"BREW /a HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost : h\r\n\r\n",
    b"GET /a HTTP/1.1\nHost: h\n\n",
    POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhello",
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"X-A: b\x00c\r\n\r\n",
]


@pytest.mark.parametrize("sent", NO_HTTP)
async def test_what_is_no_http_is_refused_in_scim_and_nobody_sees_it(client: Client, sent: bytes) -> None:
    answer = await client.send(sent)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b'"status":"400"' in answer
    assert client.closed()
    assert client.bodies == []


async def test_what_came_before_is_answered_all_the_same(client: Client) -> None:
    go_on = client.hold()
    await client.send(GET + b"rubbish\r\n\r\n")
    go_on()
    await settle()
    assert bodies_of(client.sent) == [b"1"]
    assert client.closed()


async def test_a_body_that_breaks_off_into_rubbish_is_refused_and_nobody_takes_it_for_whole(client: Client) -> None:
    sent = await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", b"rubbish\r\n")
    assert sent.startswith(b"HTTP/1.1 400 ")
    assert client.bodies == [None]
    assert client.closed()


async def test_rubbish_within_a_body_that_nobody_wanted_is_not_answered_a_second_time(client: Client) -> None:
    client.read_body = False
    sent = await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", b"rubbish\r\n")
    assert bodies_of(sent) == [b"1"]
    assert client.closed()


@pytest.mark.parametrize("piece", [b"X-A: y\r\n" * 1000, b"x" * 8000])
async def test_a_head_without_end_is_refused(client: Client, piece: bytes) -> None:
    sent = await client.send(b"GET /a HTTP/1.1\r\nX-B: ", *[piece] * 9)
    assert sent.startswith(b"HTTP/1.1 431 ")
    assert client.closed()


async def test_a_client_that_goes_is_not_answered_and_let_go_of_when_its_request_has_ended(client: Client) -> None:
    go_on = client.hold()
    await client.send(GET + GET)
    client.pipe.is_closed = True
    client.pipe.connection.connection_lost(None)
    assert client.connections.open, "a write that has begun is not cut short"
    go_on()
    await settle()
    assert (client.sent, len(client.seen)) == (b"", 1)
    assert not client.connections.open


async def test_a_client_that_goes_within_its_body_is_told_to_whoever_reads_it(client: Client) -> None:
    await client.send(POST + b"Content-Length: 9\r\n\r\nhal")
    client.pipe.is_closed = True
    client.pipe.connection.connection_lost(None)
    await settle()
    assert client.bodies == [None]


def after(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


@pytest.mark.parametrize("sent", [b"", b"GET / HT"])
async def test_a_head_that_does_not_come_ends_the_connection(client: Client, sent: bytes) -> None:
    await client.send(sent)
    client.pipe.connection.check(after(14))
    assert not client.closed()
    client.pipe.connection.check(after(16))
    assert client.closed()


async def test_an_idle_connection_is_kept_for_longer_than_proxies_keep_theirs(client: Client) -> None:
    await client.send(GET)
    client.pipe.connection.check(after(70))
    assert not client.closed()
    client.pipe.connection.check(after(80))
    assert client.closed()
    assert not client.pipe.is_aborted


async def test_a_request_under_way_has_the_time_it_needs(client: Client) -> None:
    client.hold()
    await client.send(GET)
    client.pipe.connection.check(after(10_000))
    assert not client.closed()


async def test_a_client_that_never_takes_its_reply_is_cut_off(client: Client) -> None:
    await client.send(GET)
    client.pipe.unsent = 1
    client.pipe.connection.check(after(80))
    assert client.pipe.is_aborted


async def test_at_the_end_idle_connections_are_closed_and_others_once_they_have_answered(client: Client) -> None:
    go_on = client.hold()
    await client.send(GET)
    ending = asyncio.create_task(client.connections.end(30, asyncio.Event()))
    await settle()
    assert not client.closed()
    go_on()
    await settle()
    assert b"connection: close\r\n" in client.sent
    assert client.closed()
    client.pipe.connection.connection_lost(None)
    await ending


async def test_at_the_end_a_body_that_is_on_its_way_is_waited_for(client: Client) -> None:
    await client.send(POST + b"Content-Length: 5\r\n\r\nhe")
    client.pipe.connection.stop()
    assert bodies_of(await client.send(b"llo")) == [b"1"]
    assert client.bodies == [b"hello"]
    assert client.closed()


async def test_whoever_is_in_a_hurry_does_not_wait_for_answers(client: Client) -> None:
    client.hold()
    await client.send(GET)
    hurry = asyncio.Event()
    hurry.set()
    await client.connections.end(30, hurry)
    await settle()
    assert client.pipe.is_aborted
    assert client.sent == b""


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb"])
def test_a_value_that_would_begin_another_header_is_never_sent(value: bytes) -> None:
    with pytest.raises(ValueError, match="line break"):
        encode(Reply(200, b"", [(b"location", value)]), "r1", 0)


@pytest.mark.parametrize("status", [204, 304])
def test_a_reply_without_a_body_has_no_headers_about_one(status: int) -> None:
    assert b"content-" not in encode(Reply(status), "r1", 0)

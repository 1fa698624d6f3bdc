"""Replies from bytes, whatever pieces they come in."""

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.adapters.wire.errors import Malformed
from scimbridge.adapters.wire.reply import MOST_HEAD, Reply, ReplyReader

GZIP = gzip.compress(b"packed")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# name: bytes, method, status, body, reusable
GOOD: dict[str, tuple[bytes, str, int, bytes, bool]] = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "GET", 200, b"abc", True),
    "empty": (b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "POST", 201, b"", True),
    "chunked": (CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "GET", 200, b"abcde", True),
    "trailer": (CHUNKED + b"1\r\na\r\n0\r\nETag: late\r\n\r\n", "GET", 200, b"a", True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "DELETE", 204, b"", True),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 304, b"", True),
    "head": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", 200, b"", False),
    "head, chunked": (CHUNKED, "HEAD", 200, b"", False),
    "close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "GET", 200, b"a", False),
    "1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "GET", 200, b"a", False),
    "1.0, kept": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", "GET", 200, b"a", True),
    "1xx": (
        b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
        "PUT",
        200,
        b"a",
        True,
    ),
    "gzip": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: GZip\r\nContent-Length: %d\r\n\r\n%b" % (len(GZIP), GZIP),
        "GET",
        200,
        b"packed",
        True,
    ),
    "gzip of nothing": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        "GET",
        200,
        b"",
        True,
    ),
}


def read(data: bytes, method: str = "GET", limit: int = 1000, cuts: tuple[int, ...] = ()) -> tuple[Reply, ReplyReader]:
    reader = ReplyReader("http://kc", limit)
    reader.expect(method)
    places = [0, *sorted(cuts), len(data)]
    replies = [reader.feed(data[a:b]) for a, b in pairwise(places) if a != b]
    assert replies[-1] is not None, "it is not whole"
    return replies[-1], reader


@pytest.mark.parametrize("name", GOOD)
def test_the_end_of_a_reply_is_where_http_says_it_is(name: str) -> None:
    data, method, status, body, reusable = GOOD[name]
    reply, reader = read(data, method)
    assert (reply.status, reply.body, reader.is_reusable) == (status, body, reusable)
    assert "link" not in reply.headers
    assert "etag" not in reply.headers


@given(st.sampled_from(sorted(GOOD)), st.lists(st.integers(1, 80), max_size=6))
def test_a_reply_is_the_same_in_whatever_pieces_it_comes(name: str, cuts: list[int]) -> None:
    data, method, *_ = GOOD[name]
    reply, reader = read(data, method, cuts=tuple(cut for cut in cuts if cut < len(data)))
    whole, whole_reader = read(data, method)
    assert reply == whole
    assert reader.is_reusable == whole_reader.is_reusable


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_reply_or_malformed_or_not_all_of_it(data: bytes) -> None:
    reader = ReplyReader("http://kc", 100)
    reader.expect("GET")
    try:
        reply = reader.feed(data) or reader.end()
    except Malformed:
        return
    assert reply is None or data.startswith(b"HTTP/")


def test_names_are_in_lower_case_and_several_values_are_one() -> None:
    reply, _ = read(b'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nETag: W/"\xe9"\r\nContent-Length: 0\r\n\r\n')
    assert reply.headers == {"x-a": "1, 2", "etag": 'W/"é"', "content-length": "0"}


BAD: dict[str, tuple[bytes, str]] = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9\r\n", "no HTTP reply"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "no HTTP reply"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "no HTTP reply"),
    "length and chunks": (CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "no HTTP reply"),
    "no length": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "no HTTP reply"),
    "bad chunk": (CHUNKED + b"zz\r\n", "no HTTP reply"),
    "upgrade": (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: ws\r\n\r\n", "no HTTP reply"),
    "brotli": (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\na", "encoding 'br'"),
    "no gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab", "no gzip"),
    "half a gzip": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n%b" % GZIP[:12],
        "beginning of a gzip",
    ),
    "gzip bomb": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        % (len(bomb := gzip.compress(bytes(100_000))), bomb),
        "more than 1000 bytes",
    ),
    "too big": (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + bytes(1001), "more than 1000 bytes"),
    "too big without an end": (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MOST_HEAD + 1000), "more than 1000 bytes"),
    "a header without an end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * MOST_HEAD, "bytes of headers"),
    "headers without an end": (b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * (MOST_HEAD // 6), "bytes of headers"),
    "hints without an end": (b"HTTP/1.1 103 Hints\r\n\r\n" * 4000, "bytes of headers"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_reply_is_told_apart(name: str) -> None:
    data, words = BAD[name]
    with pytest.raises(Malformed, match=words) as error:
        read(data)
    assert error.value.reason.startswith("http://kc answered ")
    assert error.value.reason.endswith(".")


def test_what_nobody_asked_for_leaves_the_reply_and_ends_the_connection() -> None:
    data = GOOD["length"][0]
    for more in (data, b"nonsense"):
        reply, reader = read(data + more)
        assert reply.body == b"abc"
        assert not reader.is_reusable


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nall", b"all"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", None),
        (CHUNKED + b"3\r\nabc\r\n", None),
        (b"HTTP/1.1 200 OK\r\nX", None),
        (b"", None),
    ],
)
def test_the_end_of_the_connection_ends_a_reply_that_names_no_end_and_no_other(data: bytes, body: bytes | None) -> None:
    reader = ReplyReader("http://kc", 1000)
    reader.expect("GET")
    assert not data or reader.feed(data) is None
    reply = reader.end()
    assert (None if reply is None else reply.body) == body

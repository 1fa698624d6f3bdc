"""Requests as bytes, and what is not let into them."""

import pytest

from scimbridge.adapters.wire.request import encode, encode_headers

HOST = b"Host: kc.example.test\r\n"


def test_a_request_says_for_whom_it_is_how_long_it_is_and_that_nothing_be_packed() -> None:
    assert encode(HOST, "POST", "/a?b=%20", [("Accept", "x/y")], b"body") == (
        b"POST /a?b=%20 HTTP/1.1\r\nHost: kc.example.test\r\nAccept: x/y\r\nUser-Agent: scimbridge\r\n"
        b"Accept-Encoding: identity\r\nContent-Length: 4\r\n\r\nbody"
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_a_method_without_a_body_names_no_length(method: str) -> None:
    assert b"Content-Length" not in encode(HOST, method, "/", [])
    assert b"Content-Length: 1\r\n" in encode(HOST, method, "/", [], b"x")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_method_that_may_have_a_body_says_that_there_is_none(method: str) -> None:
    assert b"\r\nContent-Length: 0\r\n\r\n" in encode(HOST, method, "/", [])


def test_what_the_caller_says_of_itself_and_of_packing_counts() -> None:
    lines = encode_headers([("user-agent", "me"), ("ACCEPT-ENCODING", "gzip")])
    assert lines == b"user-agent: me\r\nACCEPT-ENCODING: gzip\r\n"
    assert encode(HOST, "GET", "/", lines) == b"GET / HTTP/1.1\r\n" + HOST + lines + b"\r\n"


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\x7f", "€"])
def test_a_value_cannot_end_its_line_and_is_not_told(value: str) -> None:
    with pytest.raises(ValueError, match="header Authorization has a line break") as error:
        encode_headers([("Authorization", f"Bearer secret{value}")])
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["", "a b", "a:", "a\r\nb", "é", "Host", "content-length", "Transfer-Encoding", "Connection", "Expect"]
)
def test_a_name_that_is_none_or_is_the_clients_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no header that a request may be given"):
        encode_headers([(name, "x")])


@pytest.mark.parametrize("target", ["", "a", "*", "/a b", "/a\r\nX: y", "/\n", "/é", "http://other.example.test/"])
def test_a_path_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="path of a request"):
        encode(HOST, "GET", target, [])


@pytest.mark.parametrize("method", ["", "GET /x", "G\r\n", "Ü"])
def test_a_method_that_is_none_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="no method"):
        encode(HOST, method, "/", [])

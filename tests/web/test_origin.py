"""What a request says about its origin, and who is believed."""

from ipaddress import ip_network

import pytest

from scimbridge.scim.errors import InvalidSyntax
from scimbridge.web.exchange import Exchange, Line
from scimbridge.web.http.upload import Incoming
from scimbridge.web.origin import Origins

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def asked(peer: str = "10.0.0.1", scheme: str = "http", **headers: str) -> Exchange:
    fields = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Exchange(Line(scheme, peer, "127.0.0.1", 8080), "GET", b"/", fields, Incoming(None, lambda: None))


@pytest.mark.parametrize(
    ("scheme", "host", "expected"),
    [
        ("http", "id.example.test", "http://id.example.test"),
        ("http", "id.example.test:80", "http://id.example.test"),
        ("https", "ID.example.test:443", "https://id.example.test"),
        ("https", "id.example.test:80", "https://id.example.test:80"),
        ("http", "127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http", "[::1]:8080", "http://[::1]:8080"),
        ("http", "scim_bridge", "http://scim_bridge"),
    ],
)
def test_the_public_url_follows_the_host_header(scheme: str, host: str, expected: str) -> None:
    assert Origins(None, ()).url(asked(scheme=scheme, host=host)) == expected


@pytest.mark.parametrize("host", ['a"b', "a/b", "a b", "-a", "a:b", "a:123456", "u@h", "[x]", "x" * 300, "ä"])
def test_a_host_header_that_names_no_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidSyntax, match="Host"):
        Origins(None, ()).url(asked(host=host))


def test_without_a_host_header_the_address_that_was_connected_to_is_the_name() -> None:
    assert Origins(None, ()).url(asked()) == "http://127.0.0.1:8080"


def test_a_configured_hostname_wins_over_every_header() -> None:
    sent = asked(host='"', x_forwarded_host="evil.test", x_forwarded_proto="http")
    assert Origins("https://scim.example.test", PROXIES).url(sent) == "https://scim.example.test"


def test_a_trusted_proxy_is_believed() -> None:
    sent = asked(host="inner:8080", x_forwarded_proto="https", x_forwarded_host="id.example.test")
    assert Origins(None, PROXIES).url(sent) == "https://id.example.test"


@pytest.mark.parametrize("trusted", [(), PROXIES])
def test_anybody_else_is_not_believed(trusted: tuple[()]) -> None:
    headers = {"x_forwarded_proto": "https", "x_forwarded_host": "evil.test", "x_forwarded_for": "203.0.113.9"}
    sent = asked("192.0.2.1", host="inner:8080", **headers)
    origins = Origins(None, trusted)
    assert origins.url(sent) == "http://inner:8080"
    assert origins.address(sent) == "192.0.2.1"


def test_what_the_client_put_into_the_list_before_the_proxy_did_does_not_count() -> None:
    sent = asked(host="inner", x_forwarded_proto="https, http", x_forwarded_host="evil.test, id.example.test")
    assert Origins(None, PROXIES).url(sent) == "http://id.example.test"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:5000", "203.0.113.9"),
        ("[2001:db8::1]:5000", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("unknown", "unknown"),
        ("", "10.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_hop_that_is_no_proxy(forwarded: str, expected: str) -> None:
    assert Origins(None, PROXIES).address(asked(x_forwarded_for=forwarded)) == expected


def test_a_connection_without_an_address_has_none() -> None:
    assert Origins(None, PROXIES).address(asked("")) == ""

"""A SCIM server over HTTP: what goes over the wire, how we sign in, and what cannot be reached."""

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from scimbridge.adapters.scim.transport import HttpTransport
from scimbridge.provisioning.application import Authentication, Connection
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable
from scimbridge.provisioning.styles import open_target
from scimbridge.provisioning.target import Request
from wire.site import Asked, Line, Site, certificate, read, reply, say

USERS = Request("GET", "/Users", "startIndex=1&count=2")
SECRET = "made up: 100 % secret"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


class Server:
    """A SCIM server and a token endpoint on one site."""

    def __init__(self, site: Site) -> None:
        self.url = site.url
        self.asked: list[Asked] = []
        self.tokens: list[dict[str, Any]] = []
        self.refused: set[str] = set()
        site.answer = self._answer

    @property
    def requests(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.target != "/token"]

    @property
    def forms(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.target == "/token"]

    async def _answer(self, line: Line) -> None:
        asked = read(line.request)
        self.asked.append(asked)
        if asked.target == "/token":
            told = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
            line.write(reply(told.pop("status", 200), orjson.dumps(told)))
        else:
            line.write(reply(401 if asked.headers["authorization"] in self.refused else 200, b"{}"))


@asynccontextmanager
async def transport(
    url: str, authentication: Authentication, clock: Callable[[], float] = lambda: 0.0, **settings: Any
) -> AsyncIterator[HttpTransport]:
    opened = HttpTransport(Connection(url, authentication=authentication, **settings), SECRET, clock=clock)
    try:
        yield opened
    finally:
        await opened.close()


def oauth2(site: Site, **settings: str) -> Authentication:
    return Authentication("oauth2", username="cli ent", token_url=f"{site.url}/token", **settings)


LOGIN = f"Basic {b64encode(b'cli%20ent:made%20up%3A%20100%20%25%20secret').decode()}"


async def test_a_request_has_oktas_headers_and_a_path_below_the_base_url(site: Site) -> None:
    server = Server(site)
    async with transport(f"{site.url}/realms/r/scim/v2/", Authentication()) as opened:
        await opened.send(USERS)
        answer = await opened.send(Request("POST", "/Users", body={"userName": "ädä", "active": True}))
    assert (answer.status, answer.body) == (200, b"{}")
    get, post = server.requests
    assert get.target == "/realms/r/scim/v2/Users?startIndex=1&count=2"
    assert "content-type" not in get.headers
    assert get.headers["user-agent"].startswith("scimbridge/")
    assert {name: post.headers[name] for name in ("accept", "accept-charset", "accept-encoding", "content-type")} == {
        "accept": "application/scim+json",
        "accept-charset": "utf-8",
        "accept-encoding": "gzip",
        "content-type": "application/scim+json; charset=utf-8",
    }
    assert post.body == '{"userName":"ädä","active":true}'.encode()


@pytest.mark.parametrize(
    ("authentication", "header"),
    [
        (Authentication(), f"Bearer {SECRET}"),
        (Authentication(prefix="Token"), f"Token {SECRET}"),
        (Authentication(prefix=""), SECRET),
        (Authentication("basic", username="ädä"), f"Basic {b64encode(f'ädä:{SECRET}'.encode()).decode()}"),
    ],
)
async def test_a_fixed_credential_is_sent_as_it_was_typed(
    site: Site, authentication: Authentication, header: str
) -> None:
    server = Server(site)
    server.refused = {header}
    async with transport(site.url, authentication) as opened:
        assert (await opened.send(USERS)).status == 401
    assert [asked.headers["authorization"] for asked in server.requests] == [header]


async def test_a_token_is_fetched_once_and_again_before_it_runs_out(site: Site) -> None:
    server, now = Server(site), [0.0]
    server.tokens = [{"access_token": "one", "expires_in": 100}, {"access_token": "two", "expires_in": "100"}]
    async with transport(site.url, oauth2(site, scope="a b", audience="https://x"), lambda: now[0]) as opened:
        for now[0] in (0.0, 79.0, 81.0):
            assert (await opened.send(USERS)).status == 200
    assert [asked.headers["authorization"] for asked in server.requests] == ["Bearer one", "Bearer one", "Bearer two"]
    assert [(form.method, form.headers["authorization"]) for form in server.forms] == [("POST", LOGIN)] * 2
    assert parse_qs(server.forms[0].body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["a b"],
        "audience": ["https://x"],
    }


async def test_a_token_that_is_refused_is_renewed_once(site: Site) -> None:
    server = Server(site)
    server.tokens = [{"access_token": "old"}, {"access_token": "new"}]
    server.refused = {"Bearer old"}
    async with transport(site.url, oauth2(site)) as opened:
        assert (await opened.send(USERS)).status == 200
        server.refused = {"Bearer new"}
        assert (await opened.send(USERS)).status == 401
    sent = [asked.headers["authorization"] for asked in server.requests]
    assert sent == ["Bearer old", "Bearer new", "Bearer new", "Bearer new"]


async def test_a_client_may_have_to_sign_in_in_the_form(site: Site) -> None:
    server = Server(site)
    server.tokens = [{"status": 401, "error": "invalid_client"}, {"access_token": "one", "expires_in": 0}]
    async with transport(site.url, oauth2(site)) as opened:
        await opened.send(USERS)
        await opened.send(USERS)
    first, *others = server.forms
    assert first.headers["authorization"] == LOGIN
    for form in others:
        assert "authorization" not in form.headers
        assert parse_qs(form.body.decode())["client_secret"] == [SECRET]
    assert len(others) == 2


@pytest.mark.parametrize(
    ("told", "words", "retry_after"),
    [
        ({"status": 401, "error": "invalid_client", "error_description": "Wrong."}, "to client 'cli ent': Wrong", 60),
        ({"status": 400, "error": "invalid_scope"}, "to client 'cli ent': invalid_scope", 60),
        ({"status": 200, "token": "x"}, "status 200, and nothing of OAuth 2", 60),
        ({"status": 404}, "status 404, and nothing of OAuth 2", 60),
        ({"status": 503}, "token endpoint answered 503", 5),
        ({"status": 429}, "token endpoint answered 429", 5),
    ],
)
async def test_no_token_is_told_in_the_endpoints_words(
    site: Site, told: dict[str, Any], words: str, retry_after: int
) -> None:
    server = Server(site)
    server.tokens = [dict(told), dict(told), dict(told)]
    async with transport(site.url, oauth2(site)) as opened:
        with pytest.raises(TargetUnavailable, match=words) as raised:
            await opened.send(USERS)
    assert raised.value.retry_after == retry_after
    assert "secret" not in f"{raised.value!r} {opened!r}"
    assert ("client id and its secret" in raised.value.advice) == (retry_after == 60)
    assert server.requests == []


async def test_what_cannot_be_reached_is_told_apart_and_advised_on(tmp_path: Path) -> None:
    file, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key)
    async with Site() as closed, Site(tls=context) as untrusted:
        Server(untrusted)
        await closed.__aexit__()
        cases = [
            (closed.url, "cannot be reached", "no firewall is between", ""),
            ("http://scim.example.invalid", "cannot be reached", "the name can be resolved here", ""),
            (untrusted.url, "is not trusted", "the connection's CA file", ""),
            (untrusted.url, "JSON that is no SCIM list", "no SCIM server answers there", str(file)),
        ]
        for url, words, advice, ca_file in cases:
            async with transport(url, Authentication(), ca_file=ca_file) as opened:
                target = open_target(Connection(url), opened, lambda: pytest.fail("no clock is needed"))
                tried = (await target.test(groups=True))[0]
            assert words in tried.outcome
            assert advice in tried.advice
            assert not tried.good


async def test_a_server_that_does_not_answer_in_time_is_unavailable(site: Site) -> None:
    async def nothing(line: Line) -> None:
        await line.is_over.wait()

    site.answer = nothing
    async with transport(site.url, Authentication(), timeout=0.05) as opened:
        with pytest.raises(TargetUnavailable, match=r"within 0\.05 s"):
            await opened.send(USERS)


async def test_an_answer_that_is_no_http_is_a_misbehaviour(site: Site) -> None:
    site.answer = say(b"SSH-2.0-OpenSSH\r\n", end=True)
    async with transport(site.url, Authentication()) as opened:
        with pytest.raises(TargetMisbehaved, match="no HTTP reply"):
            await opened.send(USERS)
        tried = (await open_target(Connection(site.url), opened, lambda: pytest.fail("unused")).test(groups=False))[0]
    assert "HTTP server" in tried.advice


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("https://x.test/scim?tenant=1", "s", "without query"),
        ("ftp://x.test", "s", "not the origin of a server"),
        ("https://user@x.test", "s", "no user or password"),
        ("https://x.test", "a\r\nHost: b", "line break"),
    ],
)
def test_what_no_connection_can_be_made_of_is_refused_at_once(url: str, secret: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        HttpTransport(Connection(url), secret)
    assert "Host: b" not in str(raised.value)

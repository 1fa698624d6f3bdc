"""Calls to Keycloak, over a server that stands in for it: tokens, and what each kind of answer means."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.provisioning.errors import ProvisioningError, TargetMisbehaved, TargetRefused, TargetUnavailable
from wire.site import Asked, Line, Site, read, reply

SECRET = "secret-of-the-client"


class StandIn:
    """Gives tokens t1, t2, ... that live for `lifetime` s, and answers every other call with what is set."""

    def __init__(self) -> None:
        self.lifetime = 100
        self.tokens = 0
        self.nonsense: Any = None
        self.token_status = 200
        self.good: set[str] | None = None
        self.status, self.body = 200, "{}"
        self.headers: dict[str, str] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.delay = 0.0

    async def serve(self, line: Line) -> None:
        asked = read(line.request)
        if asked.target == "/auth/realms/acme/protocol/openid-connect/token":
            line.write(self.token(asked))
        else:
            line.write(await self.answer(asked))

    def token(self, asked: Asked) -> bytes:
        assert asked.headers["authorization"].startswith("Basic ")
        assert asked.body == b"grant_type=client_credentials"
        if self.token_status != 200:
            return reply(self.token_status, b'{"error_description": "Invalid client"}')
        if self.nonsense is not None:
            return reply(200, orjson.dumps(self.nonsense))
        self.tokens += 1
        return reply(200, orjson.dumps({"access_token": f"t{self.tokens}", "expires_in": self.lifetime}))

    async def answer(self, asked: Asked) -> bytes:
        token = asked.headers["authorization"].removeprefix("Bearer ")
        self.calls.append((asked.method, asked.target, token))
        await asyncio.sleep(self.delay)
        if self.good is not None and token not in self.good:
            return reply(401, b'{"error": "HTTP 401 Unauthorized"}')
        return reply(self.status, self.body.encode(), self.headers)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def url(stand_in: StandIn) -> AsyncIterator[str]:
    async with Site() as site:
        site.answer = stand_in.serve
        yield f"{site.url}/auth/realms/acme"


@pytest.fixture
async def client(url: str, clock: Clock) -> AsyncIterator[Client]:
    async with Client(Keycloak(url, client_id="bridge", timeout=0.5), SECRET, clock=clock) as client:
        yield client


async def test_many_calls_share_one_token_until_it_is_nearly_over(
    client: Client, stand_in: StandIn, clock: Clock
) -> None:
    await asyncio.gather(*(client.get("/users/x") for _ in range(10)))
    clock.now = 79
    await client.get("/users/x")
    assert {token for *_, token in stand_in.calls} == {"t1"}
    clock.now = 80
    await client.get("/users/x")
    assert stand_in.calls[-1] == ("GET", "/auth/admin/realms/acme/users/x", "t2")


async def test_a_token_that_is_not_accepted_any_more_is_replaced_once(client: Client, stand_in: StandIn) -> None:
    await client.get("/users/x")
    stand_in.good = {"t2"}
    await client.get("/users/x")
    assert [token for *_, token in stand_in.calls] == ["t1", "t1", "t2"]
    stand_in.good = set()
    with pytest.raises(TargetUnavailable, match="does not accept our access token"):
        await client.get("/users/x")
    assert [token for *_, token in stand_in.calls][3:] == ["t2", "t3"]


async def test_a_secret_that_is_not_good_waits_for_a_person_and_is_not_told(client: Client, stand_in: StandIn) -> None:
    stand_in.token_status = 401
    with pytest.raises(TargetUnavailable, match="no token to client 'bridge': Invalid client") as error:
        await client.get("/users/x")
    assert error.value.retry_after == 60
    assert SECRET not in f"{error.value!r} {client!r}"


async def test_the_callers_token_is_passed_on_and_not_replaced(url: str, stand_in: StandIn) -> None:
    caller: list[str | None] = ["of-the-caller"]
    async with Client(Keycloak(url), "", caller=lambda: caller[0]) as client:
        await client.get("/users/x")
        stand_in.good = set()
        with pytest.raises(TargetUnavailable):
            await client.get("/users/x")
        caller[0] = None
        with pytest.raises(TargetUnavailable, match="No caller's token"):
            await client.get("/users/x")
    assert [token for *_, token in stand_in.calls] == ["of-the-caller"] * 2
    assert stand_in.tokens == 0


ANSWERS: list[tuple[int, str, type[ProvisioningError] | None]] = [
    (404, '{"error": "User not found"}', None),
    (404, '{"error": "Could not find group by id"}', None),
    (404, '{"error": "Realm not found."}', TargetMisbehaved),
    (404, '{"error": "HTTP 404 Not Found"}', TargetMisbehaved),
    (404, "<html>no such page</html>", TargetMisbehaved),
    (404, "[]", TargetMisbehaved),
    (404, '{"error": ["User not found"]}', TargetMisbehaved),
    (302, "", TargetMisbehaved),
    (500, '{"error": "unknown_error"}', TargetMisbehaved),
    (400, "<html>", TargetRefused),
    (400, "[1]", TargetRefused),
    (403, '{"error": "HTTP 403 Forbidden"}', TargetRefused),
    (409, '{"errorMessage": "User exists with same username"}', TargetRefused),
    (429, "", TargetUnavailable),
    (502, "<html>", TargetUnavailable),
    (503, "", TargetUnavailable),
    (504, "", TargetUnavailable),
]


@pytest.mark.parametrize(("status", "body", "error"), ANSWERS)
async def test_only_keycloaks_own_words_say_that_something_is_gone(
    client: Client, stand_in: StandIn, status: int, body: str, error: type[ProvisioningError] | None
) -> None:
    stand_in.status, stand_in.body, stand_in.headers = status, body, {"Location": "http://127.0.0.1:1/"}
    for call in (client.get("/users/x"), client.send("DELETE", "/users/x")):
        if error is None:
            assert await call is None
        else:
            with pytest.raises(error):
                await call


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("99999", 3600), ("soon", 5), ("", 5)])
async def test_when_to_come_back_is_what_keycloak_says_within_reason(
    client: Client, stand_in: StandIn, header: str, seconds: int
) -> None:
    stand_in.status, stand_in.headers = 503, {"Retry-After": header}
    with pytest.raises(TargetUnavailable) as error:
        await client.get("/users/x")
    assert error.value.retry_after == seconds


async def test_a_new_resource_is_named_by_its_location(client: Client, stand_in: StandIn) -> None:
    stand_in.status, stand_in.body = 201, ""
    stand_in.headers = {"Location": "http://kc.example.test/admin/realms/acme/users/id-1"}
    answer = await client.send("POST", "/users", {})
    assert answer is not None
    assert answer.created == "id-1"


async def test_an_answer_that_takes_too_long_is_given_up(client: Client, stand_in: StandIn) -> None:
    await client.get("/users/x")
    stand_in.delay = 5
    with pytest.raises(TargetUnavailable, match=r"within 0\.5 s"):
        await client.get("/users/x")


async def test_a_server_that_nobody_answers_for_is_unavailable() -> None:
    async with Client(Keycloak("http://127.0.0.1:1/realms/acme", client_id="x"), SECRET) as client:
        with pytest.raises(TargetUnavailable, match="cannot be reached"):
            await client.get("")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kc.example.test/realms/acme",
        "ftp://kc.example.test/realms/acme",
        "https://kc.example.test/",
        "https://kc.example.test/realms/",
        "https://kc.example.test/realms/acme/scim/v2",
        "https://user:pw@kc.example.test/realms/acme",
        "https://kc.example.test/realms/acme?x=y",
    ],
)
def test_a_url_that_is_no_realms_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="realm") as error:
        Client(Keycloak(url), SECRET)
    assert "pw" not in str(error.value)


def test_a_ca_file_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    for path in (file, tmp_path / "absent.pem"):
        with pytest.raises(ValueError, match="cannot be used"):
            Client(Keycloak("https://kc.example.test/realms/acme", ca_file=str(path)), SECRET)


@pytest.mark.parametrize("answer", [[], "x", {"access_token": 1, "expires_in": 1}, {"access_token": "x"}])
async def test_a_token_endpoint_that_gives_nonsense_is_unavailable(
    client: Client, stand_in: StandIn, answer: Any
) -> None:
    stand_in.nonsense = answer
    with pytest.raises(TargetUnavailable, match="no token to client"):
        await client.get("")

"""Token requests handed to Keycloak, over a server that stands in for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.relay import KeycloakRelay
from scimbridge.scim.errors import Unavailable
from wire.site import Line, Site, read, reply

FORM = b"grant_type=client_credentials"


class Endpoint:
    """Answers with `status` and `body`; remembers the last request."""

    def __init__(self) -> None:
        self.status, self.body = 200, b'{"access_token": "x"}'
        self.headers: dict[str, str] = {}
        self.form = b""

    async def answer(self, line: Line) -> None:
        _, target, self.headers, self.form = read(line.request)
        assert target == "/realms/acme/protocol/openid-connect/token"
        line.write(reply(self.status, self.body))


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def relay(endpoint: Endpoint) -> AsyncIterator[KeycloakRelay]:
    async with Site() as site, KeycloakRelay(Keycloak(f"{site.url}/realms/acme")) as relay:
        site.answer = endpoint.answer
        yield relay


async def test_the_request_goes_on_as_it_came_and_the_answer_comes_back(
    relay: KeycloakRelay, endpoint: Endpoint
) -> None:
    endpoint.status, endpoint.body = 401, b'{"error": "unauthorized_client"}'
    assert await relay.token("Basic abc", FORM) == (401, {"error": "unauthorized_client"})
    assert (endpoint.headers["authorization"], endpoint.form) == ("Basic abc", FORM)
    assert endpoint.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_secret_in_the_form_needs_no_header(relay: KeycloakRelay, endpoint: Endpoint) -> None:
    assert await relay.token(None, FORM) == (200, {"access_token": "x"})
    assert "authorization" not in endpoint.headers


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (503, b"{}"), (200, b"<html>"), (200, b"[]")])
async def test_an_answer_that_is_none_is_a_passing_failure(
    relay: KeycloakRelay, endpoint: Endpoint, status: int, body: bytes
) -> None:
    endpoint.status, endpoint.body = status, body
    with pytest.raises(Unavailable, match=f"Keycloak's token endpoint answered {status}") as refusal:
        await relay.token(None, FORM)
    assert refusal.value.headers == {"Retry-After": "5"}


async def test_a_keycloak_that_cannot_be_reached_is_a_passing_failure() -> None:
    async with KeycloakRelay(Keycloak("http://127.0.0.1:1/realms/acme")) as relay:
        with pytest.raises(Unavailable, match="Keycloak cannot be reached"):
            await relay.token(None, FORM)


def test_a_ca_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        KeycloakRelay(Keycloak("https://kc.example.test/realms/acme", ca_file=str(tmp_path)))

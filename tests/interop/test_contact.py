"""The ways into a server: which credential goes out, and what of it is tried."""

import base64
from typing import Any

import pytest

from scimbridge.interop.contact import BARE, BASIC, HEADERS, OAUTH2, STATIC, Contact
from scimbridge.interop.credentials import NONE, OTHER, WRONG
from scimbridge.interop.ports import Request
from scimbridge.interop.token import TokenRefused

from .server import Scripted

BASE = "https://scim.example.test/v2"
PAIR = base64.b64encode(b"me:pass:word").decode()


def token_endpoint(request: Request) -> tuple[int, Any]:
    """Gives "granted" to whom it knows, and the server takes nothing else."""
    if request.url.endswith("/token"):
        return 200, {"access_token": "granted"}
    return (200 if request.headers.get("Authorization") == "Bearer granted" else 401), {}


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"token": "t"}, {"Authorization": "Bearer t"}),
        ({"username": "me", "password": "pass:word"}, {"Authorization": f"Basic {PAIR}"}),
        ({"client_id": "c", "client_secret": "s", "token_url": f"{BASE}/token"}, {"Authorization": "Bearer granted"}),
        ({"headers": {"X-Api-Key": "k"}}, {"X-Api-Key": "k"}),
        ({"headers": {"X-Tenant": "one"}, "token": "t"}, {"X-Tenant": "one", "Authorization": "Bearer t"}),
        ({}, {}),
    ],
)
async def test_what_was_given_goes_out(given: dict[str, Any], headers: dict[str, str]) -> None:
    credentials = await Contact("n", BASE, **given).authorize(Scripted(token_endpoint))
    assert credentials.given == headers
    assert credentials.headers(NONE) == {}


async def test_a_wrong_credential_is_wrong_in_what_is_secret_and_nowhere_else() -> None:
    contact = Contact("n", BASE, headers={"X-Tenant": "one"}, token="the-token", other_token="the-other")
    credentials = await contact.authorize(Scripted(token_endpoint))
    wrong = credentials.headers(WRONG)
    assert wrong["X-Tenant"] == "one"
    assert wrong["Authorization"].startswith("Bearer ")
    assert "the-token" not in wrong["Authorization"]
    assert credentials.headers(OTHER) == {"X-Tenant": "one", "Authorization": "Bearer the-other"}
    assert {"the-token", "the-other"} <= credentials.secrets()


async def test_a_header_of_its_own_is_spoilt_where_it_is_the_credential() -> None:
    credentials = await Contact("n", BASE, headers={"X-Api-Key": "k"}).authorize(Scripted(token_endpoint))
    assert credentials.headers(WRONG)["X-Api-Key"] != "k"


async def test_a_token_endpoint_that_gives_none_is_said_to() -> None:
    contact = Contact("n", BASE, client_id="c", client_secret="s", token_url=f"{BASE}/token")
    with pytest.raises(TokenRefused, match="status 401"):
        await contact.authorize(Scripted(lambda _: (401, {})))


async def test_every_way_that_was_given_is_tried() -> None:
    contact = Contact(
        "n",
        BASE,
        token="granted",
        client_id="c",
        client_secret="s",
        token_url=f"{BASE}/token",
        username="me",
        password="p",
        headers={"X-Tenant": "one"},
    )
    tried = [way async for way in contact.ways(Scripted(token_endpoint))]
    assert tried == [(OAUTH2, True), (BASIC, False), (BASIC, False), (STATIC, True), (BARE, False), (HEADERS, False)]


async def test_a_server_that_is_away_opens_no_way() -> None:
    contact = Contact("n", BASE, token="t", client_id="c", client_secret="s", token_url=f"{BASE}/token")
    assert not any([opens async for _, opens in contact.ways(Scripted(lambda _: None))])

"""A server under check sees nothing that the client would not send whose suite it is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from scimbridge.adapters.http import HttpxClient
from scimbridge.interop.check import Check
from scimbridge.interop.contact import Contact
from scimbridge.interop.ports import Reply, Request
from scimbridge.interop.suite_file import bundled, load_bundled
from scimbridge.interop.trail import AGENT
from scimbridge.web.site import Options
from web.conftest import ORIGIN, Site
from web.loopback import Loopback

OURS = {"rfc", "security"}
ID = r"/[0-9a-f-]{36}"


@dataclass(frozen=True, slots=True)
class Manners:
    """The requests that a client sends, as `METHOD path`, the query behind a `?`; and a pattern of its User-Agent."""

    requests: tuple[str, ...]
    agent: str = ""


OKTA = Manners(
    (
        r"GET /(Users|Groups)\?startIndex=\d+&count=\d+",
        r"GET /(Users\?filter=userName|Groups\?filter=displayName)%20eq%20%22[^&]*%22&startIndex=1&count=100",
        rf"GET /(Users|Groups){ID}",
        r"POST /(Users|Groups)",
        rf"PUT /(Users|Groups){ID}",
        rf"PATCH /(Users|Groups){ID}",
        rf"DELETE /Groups{ID}",  # never of a user
    ),
    "Okta SCIM Client 1.0.0",
)
ENTRA = Manners(
    (
        r"GET /Users\?filter=(userName|externalId|emails%5Btype\+eq\+%22work%22%5D\.value)\+eq\+%22[^&]*%22",
        r"GET /Groups\?(excludedAttributes=members&)?filter=displayName\+eq\+%22[^&]*%22",
        r"GET /Groups\?attributes=id&filter=id\+eq\+%22[^&]*%22\+and\+members\+eq\+%22[^&]*%22",
        rf"GET /(Users|Groups){ID}(\?excludedAttributes=members)?",
        r"POST /(Users|Groups)",
        rf"PATCH /(Users|Groups){ID}",
        rf"DELETE /(Users|Groups){ID}",
    )
)
PUTTING = (rf"(PUT|PATCH|DELETE) /(Users|Groups){ID}", r"POST /(Users|Groups)", r"GET /(Users|Groups)")
MANNERS: Mapping[str, Manners] = {
    "okta-wizard": OKTA,
    "okta-catalogue": OKTA,
    "okta-import": OKTA,
    "okta-password": OKTA,
    "entra": ENTRA,
    "entra-flag": ENTRA,
    "entra-validator": ENTRA,
    "onelogin": Manners(
        (
            "GET /ServiceProviderConfig",
            r"GET /Users\?filter=userName\+eq\+%22[^&]*%22&",
            "GET /Groups",
            "POST /(Users|Groups)",
            rf"PUT /Users{ID}\?",
            rf"PATCH /Groups{ID}",
            rf"DELETE /Users{ID}",
        )
    ),
    "jumpcloud": Manners((*PUTTING, r"GET /Users\?filter=userName%20eq%20%22[^&]*%22")),
    "google": Manners(
        (
            r"GET /Users\?filter=userName%20eq%20%22[^&]*%22&startIndex=1",
            "POST /Users",
            rf"(PUT|PATCH) /Users{ID}",
        ),
        "Google-Auto-Provisioning",
    ),
    "ping": Manners((*PUTTING, r"GET /Users\?filter=(userName|emails)\+eq\+%22[^&]*%22"), "Apache-HttpClient"),
}


class Witness:
    """An HttpClient that keeps what the server is asked."""

    def __init__(self, client: HttpxClient) -> None:
        self._client = client
        self.seen: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.seen.append(request)
        return await self._client.send(request)


async def seen(suite: str) -> list[Request]:
    site = Site(Options())
    realm = await site.realm()
    contact = Contact("mine", ORIGIN + realm.base, token=realm.headers["Authorization"].removeprefix("Bearer "))
    async with HttpxClient(transport=Loopback(site.app.answer)) as client:
        witness = Witness(client)
        await Check(contact, witness, lambda *_: None).suite(load_bundled(suite), "scimbridge-check-test")
    await site.http.aclose()
    return [Request(one.method, one.url.removeprefix(contact.base_url), one.headers, one.body) for one in witness.seen]


def test_every_client_has_its_rules() -> None:
    assert set(MANNERS) | OURS == set(bundled())


@pytest.mark.parametrize("suite", MANNERS)
async def test_a_client_sends_only_what_it_is_known_to_send(suite: str) -> None:
    manners = MANNERS[suite]
    asked = [request for request in await seen(suite) if request.headers.get("User-Agent") != AGENT]
    assert len(asked) == len(load_bundled(suite).steps)
    for request in asked:
        line = f"{request.method} {request.url}"
        assert any(re.fullmatch(pattern, line) for pattern in manners.requests), line
        assert request.headers.get("User-Agent", "") == manners.agent
        assert not {"if-match", "if-none-match"} & {name.lower() for name in request.headers}


@pytest.mark.parametrize("suite", MANNERS)
def test_no_step_of_a_clients_suite_is_a_read_of_our_own(suite: str) -> None:
    assert {step.origin for step in load_bundled(suite).steps} == {"client"}


@pytest.mark.parametrize("suite", ["okta-wizard", "okta-catalogue", "okta-password"])
async def test_okta_never_names_the_type_of_a_member_and_gives_its_groups_no_external_id(suite: str) -> None:
    for request in await seen(suite):
        body = json.loads(request.body) if request.body and "/Groups" in request.url else {}
        assert "externalId" not in body
        assert all(set(member) <= {"value", "display"} for member in body.get("members", ()))


@pytest.mark.parametrize("suite", bundled())
async def test_what_is_sent_to_clean_up_says_who_sends_it_and_deletes_only(suite: str) -> None:
    steps = len(load_bundled(suite).given().steps)
    after = (await seen(suite))[steps:]
    assert {(request.method, request.headers["User-Agent"]) for request in after} <= {("DELETE", AGENT)}


@pytest.mark.parametrize("suite", bundled())
def test_every_step_says_what_it_is_for_and_how_to_repair_it(suite: str) -> None:
    for step in load_bundled(suite).steps:
        purpose = step.purpose
        assert all((purpose.title, purpose.wants, purpose.known_from, purpose.consequence, purpose.fix)), step.number

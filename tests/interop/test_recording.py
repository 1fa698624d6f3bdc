"""What was heard becomes a suite: no secret and nobody's values in it, and it can be played against another server."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.adapters.http import HttpxClient
from scimbridge.interop.check import Check
from scimbridge.interop.contact import Contact
from scimbridge.interop.heard import Heard
from scimbridge.interop.ports import Reply, Request
from scimbridge.interop.pseudonyms import Pseudonyms
from scimbridge.interop.recording import make_suite
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import load_bundled, parse_suite, read_document
from scimbridge.web.site import Options
from web.conftest import ORIGIN, Site, Tenant
from web.loopback import Loopback

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
HEADERS = {"User-Agent": "IdP 1", "Authorization": "Bearer the-secret", "X-Api-Key": "another-secret"}


def heard(method: str, target: str, body: Any = None, *, status: int = 200, reply: Any = None, **more: Any) -> Heard:
    """One exchange; `at` is when it began, and it takes half a second."""
    headers = more.get("headers", HEADERS) | ({"Content-Type": "application/json"} if body is not None else {})
    content = None if body is None else json.dumps(body).encode()
    answer = b"" if reply is None else json.dumps(reply).encode()
    at = more.get("at", 0.0)
    request = Request(method, f"https://x/{target}", headers, content)
    return Heard(target, request, Reply(status, answer, 0.5), at, at + 0.5)


def made(*exchanges: Heard) -> dict[str, Any]:
    """The suite as it is read back from its file."""
    ordered = [Heard(e.target, e.request, e.reply, e.started + n, e.ended + n) for n, e in enumerate(exchanges)]
    document = yaml.safe_dump(make_suite(ordered, "it", "2026-01-01"), sort_keys=False, allow_unicode=True)
    parse_suite(read_document(document.encode()))
    loaded: dict[str, Any] = yaml.safe_load(document)
    return loaded


def requests(suite: dict[str, Any]) -> list[dict[str, Any]]:
    return [step["request"] for step in suite["steps"]]


ADA = {"schemas": ["urn:x"], "userName": "ada@acme.test", "emails": [{"value": "ada@acme.test", "type": "work"}]}


def test_an_id_that_a_reply_gave_is_a_variable_wherever_it_comes_back() -> None:
    suite = made(
        heard("POST", "/Users", ADA, status=201, reply=ADA | {"id": "u-1"}),
        heard("GET", "/Users/u-1?attributes=id", reply={"id": "u-1"}),
        heard("GET", '/Groups?filter=id+eq+"g"+and+members+eq+%22u-1%22', reply={"totalResults": 0}),
        heard(
            "PATCH",
            "/Groups/u-1",
            {"Operations": [{"op": "remove", "path": 'members[value eq "u-1"]'}, {"op": "add", "value": "u-1"}]},
            status=204,
        ),
    )
    assert suite["steps"][0]["save"] == {"user1": "id"}
    assert requests(suite)[1]["path"] == "/Users/${user1}"
    assert requests(suite)[1]["query"] == "attributes=id"
    assert requests(suite)[2]["query"].endswith("members+eq+%22${user1}%22")
    operations = requests(suite)[3]["body"]["Operations"]
    assert operations == [{"op": "remove", "path": 'members[value eq "${user1}"]'}, {"op": "add", "value": "${user1}"}]
    assert suite["steps"][3]["expect"]["status"] == [200, 204]


def test_the_same_value_becomes_the_same_one_and_a_lookup_in_capitals_stays_in_capitals() -> None:
    suite = made(
        heard("GET", "/Users?filter=userName%20eq%20%22ADA%40ACME.TEST%22&startIndex=1", reply={"totalResults": 0}),
        heard("POST", "/Users", ADA, status=201, reply=ADA | {"id": "u-1"}),
    )
    body = requests(suite)[1]["body"]
    assert body["userName"] == body["emails"][0]["value"] == "person1@example.test"
    assert requests(suite)[0]["query"] == "filter=userName%20eq%20%22PERSON1%40EXAMPLE.TEST%22&startIndex=1"
    assert body["emails"][0]["type"] == "work"
    assert ["totalResults", "equals", 0] in suite["steps"][0]["expect"]["json"]


def test_a_put_of_what_was_read_is_told_as_that() -> None:
    read = ADA | {"id": "u-1", "meta": {"created": "2025-01-01T00:00:00Z"}, "title": "Boss"}
    suite = made(
        heard("POST", "/Users", ADA, status=201, reply=read),
        heard("GET", "/Users/u-1", reply=read),
        heard("PUT", "/Users/u-1", read | {"title": "Chief", "groups": []}, reply=read),
    )
    assert requests(suite)[2]["bodyFrom"] == {"step": 2, "set": {"title": "title-2", "groups": []}}


@pytest.mark.parametrize(
    ("headers", "credential"), [(HEADERS, "wrong"), ({"User-Agent": "IdP 1"}, "none")], ids=["wrong", "none"]
)
def test_a_refused_credential_is_one_in_the_suite(headers: dict[str, str], credential: str) -> None:
    suite = made(heard("GET", "/Users", status=401, reply={"schemas": [ERROR]}, headers=headers))
    assert requests(suite)[0]["credential"] == credential
    assert suite["steps"][0]["expect"] == {"status": [401], "json": [["schemas", "contains", ERROR]]}


def test_headers_of_every_request_stand_once_and_others_at_their_step() -> None:
    suite = made(
        heard("GET", "/Users", reply={}, headers=HEADERS | {"Accept": "a/b"}),
        heard("POST", "/Users", {}, reply={}, headers=HEADERS | {"Accept": "c/d", "If-Match": "x"}),
    )
    assert suite["defaultHeaders"] == {
        "User-Agent": "IdP 1",
        "Content-Type (only when there is a body)": "application/json",
    }
    assert [request["headers"] for request in requests(suite)] == [
        {"Accept": "a/b"},
        {"Accept": "c/d", "If-Match": "x"},
    ]


def test_what_was_there_before_the_recording_is_not_required() -> None:
    suite = made(heard("GET", "/Users/old-one", reply={"id": "old-one"}), heard("GET", "/Schemas/urn:x", reply={}))
    old, schema = suite["steps"]
    assert old["required"] is False
    assert "old-one" not in json.dumps(old)
    assert schema["request"]["path"] == "/Schemas/urn:x"
    assert "required" not in schema


def test_exchanges_that_overlapped_are_in_flight_together() -> None:
    at = (0.0, 0.1, 0.4, 0.7, 2.0)
    exchanges = [heard("GET", "/Users", reply={}, at=moment) for moment in at]
    steps = make_suite(exchanges, "it", "2026-01-01")["steps"]
    assert [step.get("parallelWith") for step in steps] == [[1, 2, 3], [1, 2, 3], [1, 2, 3], None, None]


def test_attributes_of_an_unquoted_filter_are_replaced_too() -> None:
    assert Pseudonyms().query("filter=userName+eq+ada.moss&count=2") == "filter=userName+eq+value-1&count=2"
    assert Pseudonyms().query("filter=active%20eq%20true") == "filter=active%20eq%20true"
    assert Pseudonyms().query("apikey=sesame") == "apikey=value-1"


PRIVATE = st.text(alphabet="abcdefgxyzABC äöü.-'", min_size=4, max_size=12).map(lambda text: f"Q{text}Q")
KEYS = st.sampled_from(["userName", "displayName", "externalId", "password", "title", "urn:acme:1.0:User:badge"])
RESOURCES = st.dictionaries(
    KEYS,
    st.one_of(
        PRIVATE,
        st.lists(PRIVATE, max_size=2),
        st.dictionaries(st.sampled_from(["value", "givenName"]), PRIVATE, max_size=2),
    ),
    max_size=4,
)


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    elements = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for element in elements for text in texts(element)]


@given(st.lists(st.tuples(RESOURCES, RESOURCES, PRIVATE), min_size=1, max_size=4))
def test_no_value_of_a_person_and_no_secret_is_in_the_file(said: Sequence[tuple[Any, Any, str]]) -> None:
    exchanges = [
        each
        for body, reply, name in said
        for each in (
            heard("POST", "/Users", body, status=201, reply=reply | {"id": f"id-{name}"}),
            heard("GET", f"/Users?filter={quote(f'userName eq {json.dumps(name, ensure_ascii=False)}')}", reply=reply),
            heard(
                "PATCH", f"/Users/id-{name}", {"Operations": [{"op": "replace", "path": f'emails[value eq "{name}"]'}]}
            ),
        )
    ]
    written = yaml.safe_dump(made(*exchanges), allow_unicode=True, width=10_000)
    private = {text for body, reply, name in said for text in (*texts(body), *texts(reply), name)}
    assert [text for text in private if text in written] == []
    assert "secret" not in written.replace("secrets and personal values are replaced", "")


async def replayed(suite: Suite, realm: Tenant, client: HttpxClient, tag: str) -> dict[int, Sequence[str]]:
    token = realm.headers["Authorization"].removeprefix("Bearer ")
    contact = Contact("it", ORIGIN + realm.base, token=token)
    outcome = await Check(contact, client, lambda *_: None).suite(suite, tag)
    assert len(outcome.steps) == len(suite.steps)
    return {step.number: step.failures for step in outcome.failed}


class Listening:
    """An HttpClient that hears as the recorder does."""

    def __init__(self, client: HttpxClient, base: str) -> None:
        self._client, self._base = client, base
        self.heard: list[Heard] = []

    async def send(self, request: Request) -> Reply:
        number = float(len(self.heard))
        reply = await self._client.send(request)
        self.heard.append(Heard(request.url.removeprefix(self._base), request, reply, number, number + 0.5))
        return reply


@pytest.mark.parametrize("name", ["okta-wizard", "okta-catalogue", "entra", "onelogin", "jumpcloud", "ping", "rfc"])
async def test_what_was_recorded_at_one_realm_plays_at_another(name: str) -> None:
    site = Site(Options())
    one, two = await site.realm("one", passwordPolicy="store"), await site.realm("two", passwordPolicy="store")
    async with HttpxClient(transport=Loopback(site.app.answer)) as client:
        listening = Listening(client, ORIGIN + one.base)
        token = one.headers["Authorization"].removeprefix("Bearer ")
        contact = Contact("it", ORIGIN + one.base, token=token)
        await Check(contact, listening, lambda *_: None, keep=True).suite(load_bundled(name), "first")
        suite = parse_suite(make_suite(listening.heard, "recorded", "2026-01-01"))
        assert await replayed(suite, two, client, "") == {}
        assert await replayed(suite, two, client, "again") == {}
    await site.http.aclose()

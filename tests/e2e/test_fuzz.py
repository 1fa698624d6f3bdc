"""Whatever is sent, the answer is SCIM: never a 5xx, always an Error message, never a partial write."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Realm
from .requests import Wire, wires

pytestmark = pytest.mark.slow

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
# RFC 7644 table 9 and RFC 9865 section 2.2.
SCIM_TYPES = {"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget"} | {
    *("invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount")
}
EXAMPLES = 2500


class Target:
    """A keep-alive connection to the realm, and the ids of what was put there to be hit."""

    def __init__(self, realm: Realm) -> None:
        self._url = urlsplit(realm.base)
        self._token = realm.token
        self._connection = self._connect()
        self.log = realm.server.log
        made = [
            self.send(Wire("POST", path, {}, json.dumps(body).encode()))
            for path, body in (
                ("/Users", {"userName": "target-1"}),
                ("/Users", {"userName": "target-2", "emails": [{"value": "t@example.test", "type": "work"}]}),
                ("/Groups", {"displayName": "target-group"}),
            )
        ]
        self.ids = [json.loads(body)["id"] for _, _, body in made]

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._url.hostname or "", self._url.port, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def send(self, wire: Wire) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Authorization": f"Bearer {self._token}"} | wire.headers
        target = self._url.path + wire.target.replace(" ", "%20")
        try:
            self._connection.request(wire.method, target, wire.body, headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server may close after a refusal; a second refusal to answer is a fault.
            self._connection.close()
            self._connection.request(wire.method, target, wire.body, headers)
            response = self._connection.getresponse()
        return response.status, response.headers, response.read()


@pytest.fixture(scope="module")
def target(realm: Realm) -> Iterator[Target]:
    target = Target(realm)
    yield target
    target.close()


def check_reply(wire: Wire, status: int, headers: http.client.HTTPMessage, body: bytes) -> None:
    """What holds for every reply of a SCIM URL."""
    assert status < 500 or status == 501, body
    if status < 400 or wire.method == "HEAD":
        assert not body or wire.method != "HEAD"
        if body:
            json.loads(body)
        return
    assert (headers["content-type"] or "").startswith("application/scim+json")
    error = json.loads(body)
    assert error["schemas"] == [ERROR]
    assert error["status"] == str(status)
    assert error["detail"]
    assert error.get("scimType") is None or error["scimType"] in SCIM_TYPES
    assert status != 405 or headers["allow"]


def version(target: Target, wire: Wire) -> str | None:
    """The ETag of what the request works on; None if it is not one resource."""
    path = wire.target.partition("?")[0]
    status, headers, _ = target.send(Wire("GET", path, {}, None))
    return headers["etag"] if status == 200 and path.count("/") == 2 else None


def test_no_request_gets_a_server_error_or_leaves_half_a_write(target: Target) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(wires(st.sampled_from([*target.ids, "nobody", "00000000-0000-0000-0000-000000000000", "*", "é"])))
    def attack(wire: Wire) -> None:
        writes = wire.method in {"PATCH", "PUT"}
        before = version(target, wire) if writes else None
        status, headers, body = target.send(wire)
        check_reply(wire, status, headers, body)
        if writes and status >= 400:
            assert version(target, wire) == before

    attack()
    assert "Traceback" not in target.log.read_text()

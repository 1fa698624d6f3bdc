"""What a person asks of a SCIM server before choosing it, each found out by a few requests.

A probe makes its own user or group, reads after every write what is stored, and deletes what it made.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from scimbridge.interop.contact import Contact
from scimbridge.interop.credentials import Credentials
from scimbridge.interop.expectation import Expectation
from scimbridge.interop.ports import HttpClient, Reply, Request, Unreachable
from scimbridge.interop.result import reason
from scimbridge.interop.token import TokenRefused

_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question. `good` None: it was not tried; `answer` says why."""

    question: str
    good: bool | None
    answer: str


class Broken(Exception):  # noqa: N818
    """A request of a probe had another end than it must have; the message says which."""


class Probe:
    """A run of probes against one server; `tag` is in every name that is written."""

    def __init__(self, contact: Contact, client: HttpClient, tag: str) -> None:
        self.contact, self.client, self.tag = contact, client, tag
        self._credentials = Credentials({})
        self._made: list[str] = []

    async def run(self) -> list[Finding]:
        """All QUESTIONS, in order. Raises TokenRefused, Unreachable if the server cannot be talked to at all."""
        self._credentials = await self.contact.authorize(self.client)
        await self.send("GET", "/ServiceProviderConfig")  # nothing that is asked of a server which is away says more
        findings = []
        for question, probe in QUESTIONS.items():
            try:
                good, answer = await probe(self)
            except (Broken, Unreachable, TokenRefused) as error:
                good, answer = False, f"no: {error}"
            findings.append(Finding(question, good, answer))
            await self._clean_up()
        return findings

    async def send(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {**self._credentials.given, "Accept": "application/scim+json"}
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
        content = None if body is None else json.dumps(body).encode()
        return await self.client.send(Request(method, self.contact.base_url + path, headers, content))

    async def ask(self, what: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The document of an answer that must be a success. Raises Broken, which begins with `what`."""
        reply = await self.send(method, path, body)
        if reply.status not in _SUCCESS:
            raise Broken(f"{what} is {reply.status}{reason(reply)}")
        return _document(reply)

    async def make(self, what: str, path: str, body: Mapping[str, Any]) -> str:
        """The path of a resource that was made and will be deleted."""
        id_ = (await self.ask(what, "POST", path, body)).get("id")
        if not isinstance(id_, str):
            raise Broken(f"{what} gives no id")
        return self.remember(f"{path}/{id_}")

    def remember(self, path: str) -> str:
        """Deletes it when the probe is over."""
        self._made.append(path)
        return path

    async def patch(self, what: str, path: str, *operations: Mapping[str, Any]) -> None:
        await self.ask(what, "PATCH", path, {"schemas": [_PATCH], "Operations": operations})

    def user(self, name: str) -> dict[str, Any]:
        """As Okta sends one, without the password."""
        address = f"{name}@{self.tag}.example.test"
        return {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": address,
            "name": {"givenName": "Probe", "familyName": name.title()},
            "emails": [{"primary": True, "value": address, "type": "work"}],
            "externalId": f"00u{self.tag}{name}",
            "active": True,
        }

    async def _clean_up(self) -> None:
        while self._made:
            await self.send("DELETE", self._made.pop())


async def _find_ways_in(probe: Probe) -> tuple[bool | None, str]:
    tried = [way async for way in probe.contact.ways(probe.client)]
    opened = [name for name, opens in tried if opens]
    return bool(opened), ", ".join(opened) or "none of those that were tried"


async def _send_password(probe: Probe) -> tuple[bool | None, str]:
    """Okta puts a password into every create, also with password sync off."""
    await probe.make("a create with it", "/Users", probe.user("password") | {"password": _password(probe)})
    return True, "yes"


async def _show_password(probe: Probe) -> tuple[bool | None, str]:
    word = _password(probe)
    reply = await probe.send("POST", "/Users", probe.user("echo") | {"password": word})
    if isinstance(id_ := _document(reply).get("id"), str):
        probe.remember(f"/Users/{id_}")
    shown = word.encode() in reply.body
    return not shown, "yes, in clear in the answer" if shown else "no"


async def _store_password(probe: Probe) -> tuple[bool | None, str]:
    user = probe.user("sign-in")
    await probe.make("a create with it", "/Users", user | {"password": _password(probe)})
    signs_in = await probe.contact.signs_in(probe.client, user["userName"], _password(probe))
    if signs_in is None:
        return None, "not tried: no client to sign in with was given"
    return signs_in, "yes: it signs in" if signs_in else "no: it does not sign in"


async def _sync_users(probe: Probe) -> tuple[bool | None, str]:
    user = probe.user("sync")
    path = await probe.make("a create", "/Users", user)
    await _check_found(probe, "userName", user["userName"])
    await _check_found(probe, "externalId", user["externalId"])
    read = await probe.ask("a read", "GET", path)
    changed = read | {"name": {"givenName": "Changed", "familyName": "Sync"}, "title": "Boss"}
    await probe.ask("a profile change", "PUT", path, changed)
    await _check_stored(probe, path, Expectation("name.givenName", "equals", "Changed"))
    await _check_stored(probe, path, Expectation("title", "equals", "Boss"))
    for active in (False, True):
        await probe.patch("a PATCH of active", path, {"op": "replace", "value": {"active": active}})
        await _check_stored(probe, path, Expectation("active", "equals", active))
    return True, "yes"


async def _sync_groups(probe: Probe) -> tuple[bool | None, str]:
    one, two, three = [await probe.make("a user", "/Users", probe.user(name)) for name in ("one", "two", "three")]
    ids = {path: {"value": path.rpartition("/")[2]} for path in (one, two, three)}
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": f"probe-{probe.tag}",
        "members": [ids[one]],
    }
    path = await probe.make("a create with members", "/Groups", body)
    await _check_members(probe, path, "a create with members", ids[one])
    await probe.patch("adding", path, {"op": "add", "path": "members", "value": [ids[two]]})
    await _check_members(probe, path, "adding a member", ids[one], ids[two])
    await probe.patch("replacing", path, {"op": "replace", "path": "members", "value": [ids[two], ids[three]]})
    await _check_members(probe, path, "replacing all members", ids[two], ids[three])
    await probe.patch("removing", path, {"op": "remove", "path": "members", "value": [ids[three]]})
    await _check_members(probe, path, "removing as Entra ID does", ids[two])
    await probe.patch("removing", path, {"op": "remove", "path": f'members[value eq "{ids[two]["value"]}"]'})
    await _check_members(probe, path, "removing as Okta does")
    await probe.ask("a PUT with members", "PUT", path, body | {"id": path.rpartition("/")[2]})
    await _check_members(probe, path, "a PUT with members", ids[one])
    return True, "yes"


async def _list_features(probe: Probe) -> tuple[bool | None, str]:
    config = await probe.ask("/ServiceProviderConfig", "GET", "/ServiceProviderConfig")
    names = ("patch", "bulk", "filter", "sort", "etag", "changePassword", "pagination")
    there = [name for name in names if isinstance(config.get(name), dict) and config[name].get("supported", True)]
    return True, ", ".join(there)


# In the words of a table; each finds out whether it is good, and the answer.
QUESTIONS: Mapping[str, Callable[[Probe], Awaitable[tuple[bool | None, str]]]] = {
    "ways in": _find_ways_in,
    "takes a create with `password`": _send_password,
    "stores the password": _store_password,
    "shows the password": _show_password,
    "user sync": _sync_users,
    "group sync": _sync_groups,
    "says it supports": _list_features,
}


def _password(probe: Probe) -> str:
    """Long and mixed, for whatever policy there is; of no use after the probe."""
    return f"Pw-{probe.tag}-7Kq2ZxV9"


def _document(reply: Reply) -> dict[str, Any]:
    try:
        document = json.loads(reply.body) if reply.body else {}
    except ValueError:
        raise Broken("an answer is not JSON") from None
    return document if isinstance(document, dict) else {}


async def _check_found(probe: Probe, attribute: str, value: str) -> None:
    search = quote(f'{attribute} eq "{value}"')
    found = await probe.ask(f"a lookup by {attribute}", "GET", f"/Users?filter={search}&startIndex=1&count=100")
    if found.get("totalResults") != 1:
        raise Broken(f"a lookup by {attribute} does not find the user")


async def _check_stored(probe: Probe, path: str, expectation: Expectation) -> None:
    if failure := expectation.failure(await probe.ask("a read", "GET", path)):
        raise Broken(f"after a success {failure}")


async def _check_members(probe: Probe, path: str, what: str, *wanted: Mapping[str, str]) -> None:
    group = await probe.ask("a read", "GET", f"{path}?attributes=displayName,members")
    members = sorted(str(member.get("value")) for member in group.get("members") or [])
    if members != sorted(member["value"] for member in wanted):
        raise Broken(f"{what} is a success, and leaves other members than it must")

"""Finds out by a few requests what a person asks of a SCIM server before choosing it.

A probe makes its own users and groups, reads after every write what is stored, and deletes what it made.
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
from scimbridge.interop.trail import AGENT, Trail

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question. `good` None: it was not tried, or is no matter of good or bad; `answer` says it."""

    question: str
    good: bool | None
    answer: str


class Broken(Exception):  # noqa: N818
    """A request of a probe had another end than it must have; the message says which."""


class Probe:
    """A run of probes against one server; `tag` is in every name that is written."""

    def __init__(self, contact: Contact, client: HttpClient, tag: str) -> None:
        self.contact, self.tag = contact, tag
        self.client = client
        self._trail = Trail(client, contact.base_url)
        self._credentials = Credentials({})

    async def run(self, questions: "Mapping[str, Question]", hear: Callable[[str], None]) -> list[Finding]:
        """All of them, in order; `hear` is told each. Raises TokenRefused, Unreachable if nothing answers at all."""
        self._credentials = await self.contact.authorize(self.client)
        await self.send("GET", "/ServiceProviderConfig")  # nothing that is asked of a server which is away says more
        findings = []
        for question, ask in questions.items():
            hear(question)
            try:
                good, answer = await ask(self)
            except (Broken, Unreachable, TokenRefused) as error:
                good, answer = False, f"no: {error}"
            finally:
                await self._trail.clean_up(self._credentials.given)
            findings.append(Finding(question, good, answer))
        return findings

    async def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        sent = {**self._credentials.given, "Accept": "application/scim+json", "User-Agent": AGENT, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/scim+json"
        content = None if body is None else json.dumps(body).encode()
        return await self._trail.send(Request(method, self.contact.base_url + path, sent, content))

    async def ask(self, what: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The document of an answer that must be a success. Raises Broken, which begins with `what`."""
        reply = await self.send(method, path, body)
        if reply.status not in _SUCCESS:
            raise Broken(f"{what} is {reply.status}{reason(reply)}")
        return document(reply)

    async def make(self, what: str, path: str, body: Mapping[str, Any]) -> str:
        """The path of a resource that was made and will be deleted."""
        id_ = (await self.ask(what, "POST", path, body)).get("id")
        if not isinstance(id_, str):
            raise Broken(f"{what} gives no id")
        return f"{path}/{id_}"

    async def patch(self, what: str, path: str, *operations: Mapping[str, Any]) -> None:
        await self.ask(what, "PATCH", path, {"schemas": [_PATCH], "Operations": operations})

    async def find(self, kind: str, text: str, more: str = "") -> dict[str, Any]:
        """The list that a filter gives."""
        return await self.ask(f"a filter ({text.split()[1]})", "GET", f"/{kind}?filter={quote(text, safe='')}{more}")

    async def check(self, path: str, *expectations: Expectation) -> None:
        """Reads it again. Raises Broken unless all hold."""
        read = await self.ask("a read", "GET", path)
        for expectation in expectations:
            if failure := expectation.failure(read):
                raise Broken(f"after a success {failure}")

    def user(self, name: str) -> dict[str, Any]:
        """As Okta sends one, without the password."""
        address = f"{name}@{self.tag}.example.test"
        return {
            "schemas": [_USER],
            "userName": address,
            "name": {"givenName": "Probe", "familyName": name.title()},
            "emails": [{"primary": True, "value": address, "type": "work"}],
            "externalId": f"00u{self.tag}{name}",
            "active": True,
        }

    def group(self, *members: str) -> dict[str, Any]:
        """With these users, given by their paths."""
        return {"schemas": [_GROUP], "displayName": f"probe-{self.tag}", "members": [member(path) for path in members]}


# Whether it is good (None: not tried), and the answer in words.
Answer = tuple[bool | None, str]
Question = Callable[[Probe], Awaitable[Answer]]
YES: Answer = (True, "yes")


def document(reply: Reply) -> dict[str, Any]:
    """The JSON object of a reply. Raises Broken."""
    try:
        parsed = json.loads(reply.body) if reply.body else {}
    except ValueError:
        raise Broken("an answer is not JSON") from None
    return parsed if isinstance(parsed, dict) else {}


def member(path: str) -> dict[str, str]:
    """A user, by its path, as a member of a group."""
    return {"value": path.rpartition("/")[2]}

"""A recorded conversation beside what a target sends: the same requests, values bound by name."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson

from scimbridge.interop.jsonpath import find
from scimbridge.interop.player import fill
from scimbridge.interop.suite import Step, Suite
from scimbridge.provisioning.target import Reply, Request
from web.conftest import Tenant


class Exchanged(NamedTuple):
    request: Request
    reply: Reply


class InProcess:
    """A transport to a realm of our own service, without a socket; it remembers what went over it."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.exchanged: list[Exchanged] = []

    async def send(self, request: Request) -> Reply:
        target = f"{request.path}?{request.query}" if request.query else request.path
        content = b"" if request.body is None else orjson.dumps(request.body)
        response = await self._tenant.ask(request.method, target, content, Content_Type="application/scim+json")
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.exchanged.append(Exchanged(request, Reply(response.status_code, response.content, headers)))
        return self.exchanged[-1].reply

    async def close(self) -> None:
        return

    def take(self) -> list[Exchanged]:
        """What was sent since the last time."""
        taken, self.exchanged = self.exchanged, []
        return taken


class Recording:
    """Follows a suite step by step."""

    def __init__(self, suite: Suite) -> None:
        self._steps = [step for step in suite.steps if step.origin == "client"]
        self._replies: dict[int, Any] = {}
        self.saved: dict[str, str] = {}

    def compare(self, exchanged: list[Exchanged], *, together: bool = False) -> None:
        """The next steps are these requests; those of events that ran together may interleave differently."""
        steps, self._steps = self._steps[: len(exchanged)], self._steps[len(exchanged) :]
        for step, sent in self._paired(steps, exchanged) if together else zip(steps, exchanged, strict=True):
            self._compare(step, sent)

    def leave_out(self, number: int) -> None:
        """A step that is not an event's."""
        self._steps = [step for step in self._steps if step.number != number]

    def count(self, last: int) -> int:
        """How many steps there are from the next one to this number."""
        return sum(step.number <= last for step in self._steps)

    @property
    def rest(self) -> list[int]:
        return [step.number for step in self._steps]

    def _paired(self, steps: list[Step], exchanged: list[Exchanged]) -> Iterator[tuple[Step, Exchanged]]:
        """Steps and requests about the same resource; they keep their order, whatever comes between.

        Several jobs on one resource, which read and then write, were recorded as reads and then writes.
        """
        waiting = list(exchanged)
        if len({_about_request(item.request) for item in exchanged}) == 1:
            waiting.sort(key=lambda item: item.request.method)
        for step in steps:
            about = _about(step.method, *self._target(step), fill(step.body, self.saved))
            sent = next(item for item in waiting if _about_request(item.request) == about)
            waiting.remove(sent)
            yield step, sent

    def _compare(self, step: Step, sent: Exchanged) -> None:
        request, reply = sent
        assert (request.method, (request.path, request.query)) == (step.method, self._target(step)), step.number
        expected = self._body(step)
        assert _comparable(request.body) == _comparable(expected), step.number
        if step.method == "POST":
            assert list(request.body) == list(expected), step.number
        assert reply.status in step.statuses, step.number
        if reply.body:
            self._replies[step.number] = document = orjson.loads(reply.body)
            self.saved |= {name: str(find(document, path)) for name, path in step.save.items()}

    def _target(self, step: Step) -> tuple[str, str]:
        return str(fill(step.path, self.saved)), str(fill(step.query, self.saved))

    def _body(self, step: Step) -> Any:
        if step.body_from is None:
            return fill(step.body, self.saved)
        return self._replies[step.body_from.step] | fill(step.body_from.replaced, self.saved)


def _comparable(body: Any) -> Any:
    """Passwords are made up, and the order of members has no meaning (the recording's own note)."""
    if isinstance(body, list):
        return [_comparable(element) for element in body]
    if not isinstance(body, Mapping):
        return body
    by_name: Mapping[str, Callable[[Any], Any]] = {
        "password": lambda value: isinstance(value, str) and bool(value),
        "members": lambda value: sorted(value, key=str),
    }
    values = {name: by_name.get(name, _comparable)(value) for name, value in body.items()}
    return values | {"value": sorted(values["value"], key=str)} if values.get("path") == "members" else values


def _about_request(request: Request) -> str:
    return _about(request.method, request.path, request.query, request.body)


def _about(method: str, path: str, query: str, body: Any) -> str:
    """The resource: by the name that it is looked up by or created with, or by its path."""
    if method == "POST":
        return str(body.get("userName") or body["displayName"])
    name = re.search(r'eq "([^"]+)"', unquote(query))
    return name[1] if name else path

"""Plays a conversation against a SCIM server and says of every step whether the server did what the client needs."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from scimbridge.interop.conversation import Conversation, Step
from scimbridge.interop.expectation import Expectation
from scimbridge.interop.jsonpath import ABSENT, find
from scimbridge.interop.ports import HttpClient, Reply, Request, Unreachable
from scimbridge.interop.result import StepResult, reason

_VARIABLE = re.compile(r"\$\{(\w+)\}")

# How the failure of a step begins that could not be sent.
LACKING = "needs "


class Missing(Exception):  # noqa: N818
    """A step needs what an earlier one should have given."""


async def play(
    conversation: Conversation, client: HttpClient, base_url: str, authorization: str
) -> AsyncIterator[StepResult]:
    """Sends every step in order, those that belong together at once; `authorization` is the whole header value."""
    headers = dict(conversation.headers) | {"Authorization": authorization}
    saved = {"token": authorization.removeprefix("Bearer ")}
    run = _Run(replace(conversation, headers=headers), client, base_url.rstrip("/"), saved)
    for steps in conversation.groups():
        for result in await asyncio.gather(*(run.take(step) for step in steps)):
            yield result


class _Run:
    """One playing: the values saved so far, and the replies that later bodies are made from."""

    def __init__(self, conversation: Conversation, client: HttpClient, base_url: str, saved: dict[str, str]) -> None:
        self._conversation = conversation
        self._client = client
        self._base_url = base_url
        self._saved = saved
        self._replies: dict[int, Any] = {}

    async def take(self, step: Step) -> StepResult:
        target = step.path + (f"?{step.query}" if step.query else "")
        reply: Reply | None = None
        try:
            target = _fill_url(step.path, self._saved) + (
                f"?{_fill_url(step.query, self._saved)}" if step.query else ""
            )
            reply = await self._client.send(self._request(step, target))
            failures = self._check(step, reply)
        except (Missing, Unreachable) as error:
            failures = [str(error)]
        return StepResult(
            number=step.number,
            note=step.note,
            origin=step.origin,
            method=step.method,
            target=target,
            status=reply.status if reply else None,
            seconds=reply.seconds if reply else 0.0,
            failures=tuple(failures),
        )

    def _request(self, step: Step, target: str) -> Request:
        body = self._body(step)
        headers = dict(self._conversation.headers)
        if body is not None:
            headers |= self._conversation.body_headers
        return Request(
            method=step.method,
            url=self._base_url + target,
            headers=fill(headers | dict(step.headers), self._saved),
            body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
        )

    def _body(self, step: Step) -> Any:
        if step.body_from is None:
            return fill(step.body, self._saved)
        if step.body_from.step not in self._replies:
            raise Missing(f"{LACKING}the reply of step {step.body_from.step}, which gave no JSON object")
        return self._replies[step.body_from.step] | fill(step.body_from.replaced, self._saved)

    def _check(self, step: Step, reply: Reply) -> list[str]:
        if reply.status not in step.statuses:
            return [f"status {reply.status}, expected {' or '.join(map(str, step.statuses))}{reason(reply)}"]
        if not reply.body:
            return []
        try:
            document = json.loads(reply.body)
        except ValueError:
            return ["the body is not JSON"]
        self._keep(step, document)
        filled = (Expectation(e.path, e.operator, fill(e.value, self._saved)) for e in step.expectations)
        return [failure for expectation in filled if (failure := expectation.failure(document)) is not None]

    def _keep(self, step: Step, document: Any) -> None:
        if isinstance(document, dict):
            self._replies[step.number] = document
        for name, path in step.save.items():
            if (value := find(document, path)) is not ABSENT:
                self._saved[name] = str(value)


def fill(value: Any, saved: Mapping[str, str]) -> Any:
    """`value` with every `${name}` in its texts replaced. Raises Missing."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _saved(found[1], saved), value)
    if isinstance(value, Mapping):
        return {key: fill(element, saved) for key, element in value.items()}
    return [fill(element, saved) for element in value] if isinstance(value, list) else value


def _fill_url(text: str, saved: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: quote(_saved(found[1], saved), safe=""), text)


def _saved(name: str, saved: Mapping[str, str]) -> str:
    if name not in saved:
        raise Missing(f"{LACKING}${{{name}}}, which no earlier step gave")
    return saved[name]

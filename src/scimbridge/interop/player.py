"""Plays a suite against a SCIM server and says of every step whether the server did what the client needs."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from scimbridge.interop.credentials import Credentials
from scimbridge.interop.expectation import Expectation
from scimbridge.interop.jsonpath import ABSENT, find
from scimbridge.interop.masking import Mask, parse
from scimbridge.interop.ports import HttpClient, Reply, Request, Unreachable
from scimbridge.interop.result import StepResult, reason
from scimbridge.interop.suite import Step, Suite

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NO_CONTENT = 204
_SUCCESS = range(200, 300)


class Missing(Exception):  # noqa: N818
    """A step needs what an earlier one should have given."""


async def play(suite: Suite, client: HttpClient, base_url: str, credentials: Credentials) -> AsyncGenerator[StepResult]:
    """Sends every step in order, those that belong together at once."""
    run = _Run(suite, client, base_url.rstrip("/"), credentials)
    for steps in suite.groups():
        for result in await asyncio.gather(*(run.take(step) for step in steps if run.wants(step))):
            yield result


class _Run:
    """One playing: the values saved so far, and the replies that later bodies are made from."""

    def __init__(self, suite: Suite, client: HttpClient, base_url: str, credentials: Credentials) -> None:
        self._suite = suite
        self._client = client
        self._base_url = base_url
        self._credentials = credentials
        self._mask = Mask(credentials.secrets())
        self._saved: dict[str, str] = {}
        self._succeeded: set[int] = set()
        self._replies: dict[int, Any] = {}

    def wants(self, step: Step) -> bool:
        """Whether the step has a point: some only prove what an earlier one was answered with success to."""
        return step.if_succeeded is None or step.if_succeeded in self._succeeded

    async def take(self, step: Step) -> StepResult:
        try:
            request = self._request(step)
        except Missing as error:
            target = step.path + (f"?{step.query}" if step.query else "")
            return replace(self._result(step, target, [str(error)]), reached=False)
        target = request.url.removeprefix(self._base_url)
        try:
            reply = await self._client.send(request)
        except Unreachable as error:
            return self._result(step, target, [str(error)], request)
        failures = self._check(step, reply)
        if failures:
            return self._result(step, target, failures, request, reply)
        limits, lacking = self._limits(step, reply)
        return replace(
            self._result(step, target, limits or lacking, request, reply),
            reached=bool(limits) or not lacking,
            stops=False,
        )

    def _result(
        self,
        step: Step,
        target: str,
        failures: Sequence[str],
        request: Request | None = None,
        reply: Reply | None = None,
    ) -> StepResult:
        return StepResult(
            number=step.number,
            note=step.note,
            origin=step.origin,
            method=step.method,
            target=self._mask.text(target),
            status=reply.status if reply else None,
            seconds=reply.seconds if reply else 0.0,
            failures=tuple(map(self._mask.text, failures)),
            purpose=step.purpose,
            expected=step.statuses,
            exchange=self._mask.exchange(request, reply) if request else None,
        )

    def _request(self, step: Step) -> Request:
        target = _fill_url(step.path, self._saved) + (f"?{_fill_url(step.query, self._saved)}" if step.query else "")
        body = self._body(step)
        self._mask.learn(body)
        headers = dict(self._suite.headers)
        if "Authorization" not in step.headers:
            headers |= self._credentials.headers(step.credential)
        if body is not None:
            headers |= self._suite.body_headers
        return Request(
            method=step.method,
            url=self._base_url + target,
            headers=fill(headers | dict(step.headers), self._saved),
            body=None if body is None else _encode(body),
        )

    def _body(self, step: Step) -> Any:
        if step.body_from is None:
            return fill(step.body, self._saved)
        if step.body_from.step not in self._replies:
            raise Missing(f"needs the reply of step {step.body_from.step}, which gave no JSON object")
        return self._replies[step.body_from.step] | fill(step.body_from.replaced, self._saved)

    def _check(self, step: Step, reply: Reply) -> list[str]:
        """What of the reply stops the client."""
        if reply.status in _SUCCESS:
            self._succeeded.add(step.number)
        if reply.status not in step.statuses:
            return [f"status {reply.status}, expected {' or '.join(map(str, step.statuses))}{reason(reply)}"]
        shown = [text for text in self._known(step.lacks) if text.encode() in reply.body]
        failures = [f"the reply shows {json.dumps(text)}" for text in shown]
        failures += self._failures(step.header_expectations, reply.headers)
        if not reply.body:
            if step.expectations and reply.status != _NO_CONTENT:
                failures.append("the reply has no body")
            return failures
        try:
            document = json.loads(reply.body)
        except ValueError:
            return [*failures, "the body is not JSON"]
        self._keep(step, document)
        return failures + self._failures(step.expectations, document)

    def _limits(self, step: Step, reply: Reply) -> tuple[list[str], list[str]]:
        """What the client can live with, and what could not be judged: it asks for what no earlier step has given."""
        limits = self._failures(step.limits, parse(reply.body)) if reply.body else []
        asked = [*step.lacks, *(e.value for e in (*step.expectations, *step.limits, *step.header_expectations))]
        try:
            fill(asked, self._saved)
        except Missing as error:
            return limits, [str(error)]
        return limits, []

    def _failures(self, expectations: Sequence[Expectation], document: Any) -> list[str]:
        known = [Expectation(e.path, e.operator, value) for e in expectations for value in self._known([e.value])]
        return [failure for expectation in known if (failure := expectation.failure(document)) is not None]

    def _known(self, values: Sequence[Any]) -> Iterator[Any]:
        """Filled; those of which a part is not known are left out."""
        for value in values:
            with suppress(Missing):
                yield fill(value, self._saved)

    def _keep(self, step: Step, document: Any) -> None:
        if isinstance(document, dict):
            self._replies[step.number] = document
        for name, path in step.save.items():
            if (value := find(document, path)) is not ABSENT:
                self._saved[name] = str(value)


def _encode(body: Any) -> bytes:
    """A text is sent as it stands: that is how a suite writes what is no JSON."""
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()


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
        raise Missing(f"needs ${{{name}}}, which no earlier step gave")
    return saved[name]

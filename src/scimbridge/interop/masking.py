"""Takes secrets out of what is shown: the credentials, and every password that a request has carried."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from scimbridge.interop.ports import Reply, Request
from scimbridge.interop.result import Exchange

MASK = "***"
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})


class Mask:
    """Knows the secrets of one play; it learns passwords as they are sent, and masks them in all that follows."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = {secret for secret in secrets if secret}

    def learn(self, body: Any) -> None:
        """Every password in a request's JSON, wherever it stands."""
        self._secrets.update(_passwords(body))

    def exchange(self, request: Request, reply: Reply | None) -> Exchange:
        body = request.body and self._bytes(request.body)
        shown = Request(request.method, self.text(request.url), self._headers(request.headers), body)
        if reply is not None:
            reply = replace(reply, body=self._bytes(reply.body), headers=self._headers(reply.headers))
        return Exchange(shown, reply)

    def text(self, text: str) -> str:
        # The longest first: one secret may be part of another.
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def _bytes(self, body: bytes) -> bytes:
        return self.text(body.decode(errors="replace")).encode()

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {name: MASK if name.lower() in _SECRET_HEADERS else self.text(value) for name, value in headers.items()}


def parse(body: bytes) -> Any:
    """The JSON of a body, None where there is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _passwords(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for element in value:
            yield from _passwords(element)
    elif isinstance(value, Mapping):
        # As a PATCH with a path has it.
        if value.get("path") == "password" and isinstance(value.get("value"), str):
            yield value["value"]
        for name, element in value.items():
            if name.lower() == "password" and isinstance(element, str):
                yield element
            else:
                yield from _passwords(element)

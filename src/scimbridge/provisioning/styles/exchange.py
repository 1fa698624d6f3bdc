"""Requests and replies of one target: told to whoever observes, and never with a password in them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.provisioning.target import Observer, Reply, Request, Transport

_MASK: Final = "***"


class Exchange:
    """Sends over a transport; what was sent and answered goes to `observer`, if there is one."""

    def __init__(self, transport: Transport, observer: Observer | None = None) -> None:
        self._transport = transport
        self._observer = observer

    async def send(self, method: str, path: str, query: str = "", body: Any = None) -> Reply:
        """Whatever was answered. Raises TargetUnavailable, TargetMisbehaved."""
        request = Request(method, path, query, body)
        if self._observer is None:
            return await self._transport.send(request)
        shown = Request(method, path, query, masked(body))
        try:
            reply = await self._transport.send(request)
        except ProvisioningError:
            self._observer(shown, None)
            raise
        self._observer(shown, without_passwords(reply, body))
        return reply

    async def close(self) -> None:
        await self._transport.close()


def without_passwords(reply: Reply, body: Any) -> Reply:
    """The reply to a request with this body, without the passwords that were in it.

    Keycloak 26.7 answers a create with the whole request, and others quote what they object to.
    """
    content = reply.body
    for password in _passwords(body):
        written = orjson.dumps(password)[1:-1]
        content = content.replace(written, _MASK.encode()).replace(password.encode(), _MASK.encode())
    return reply if content is reply.body else Reply(reply.status, content, reply.headers)


def masked(value: Any) -> Any:
    """The same JSON value without passwords."""
    if isinstance(value, list):
        return [masked(element) for element in value]
    if not isinstance(value, Mapping):
        return value
    secret = _secret_member(value)
    return {name: _MASK if name == secret else masked(element) for name, element in value.items()}


def _passwords(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for element in value:
            yield from _passwords(element)
    elif isinstance(value, Mapping):
        secret = _secret_member(value)
        for name, element in value.items():
            if name == secret and isinstance(element, str) and element:
                yield element
            else:
                yield from _passwords(element)


def _secret_member(value: Mapping[str, Any]) -> str:
    """Passwords stand under that name, or as the value of a PATCH operation with that path."""
    return "value" if value.get("path") == "password" else "password"

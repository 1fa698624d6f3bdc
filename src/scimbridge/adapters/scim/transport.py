"""A SCIM server over HTTP."""

import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import orjson

from scimbridge.adapters.keycloak.tokens import ServiceAccount
from scimbridge.adapters.scim.authentication import Bearer, Credential, basic, typed
from scimbridge.adapters.scim.calls import Calls
from scimbridge.adapters.scim.tokens import TokenEndpoint
from scimbridge.adapters.wire import reply as wire
from scimbridge.adapters.wire.request import encode_headers
from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.target import Reply, Request

_UNAUTHORIZED: Final = 401
# As Okta's client (recorded), but for its name; of its two codings the one that nearly every server has.
_HEADERS: Final = (
    ("User-Agent", f"scimbridge/{version('scimbridge')}"),
    ("Accept", "application/scim+json"),
    ("Accept-Charset", "utf-8"),
    ("Accept-Encoding", "gzip"),
)
_BODY: Final = ("Content-Type", "application/scim+json; charset=utf-8")


class HttpTransport:
    """Fulfils provisioning.target.Transport. `secret`: the token, the password, or the client's secret.

    Redirects are not followed, so that the credential goes to the configured server only. `clock` in seconds,
    monotonic. Raises ValueError for a URL or a CA file that is not good, or a secret that no header can hold.
    """

    def __init__(self, connection: Connection, secret: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = _calls(connection, connection.url, connection.parallel)
        self._credential = _credential(connection, secret, clock)
        self._known = ""
        self._plain = self._with_body = b""

    async def send(self, request: Request) -> Reply:
        path = f"{request.path}?{request.query}" if request.query else request.path
        body = None if request.body is None else orjson.dumps(request.body)
        header = await self._credential.header()
        reply = await self._exchange(request.method, path, header, body)
        if reply.status == _UNAUTHORIZED and self._credential.reject(header):
            reply = await self._exchange(request.method, path, await self._credential.header(), body)
        return Reply(reply.status, reply.body, reply.headers)

    async def close(self) -> None:
        await self._calls.close()
        await self._credential.close()

    async def _exchange(self, method: str, path: str, header: str, body: bytes | None) -> wire.Reply:
        if header != self._known:
            self._plain = encode_headers([*_HEADERS, ("Authorization", header)])
            self._with_body = encode_headers([*_HEADERS, ("Authorization", header), _BODY])
            self._known = header
        return await self._calls.send(method, path, self._plain if body is None else self._with_body, body)


def _calls(connection: Connection, url: str, connections: int) -> Calls:
    return Calls(url, connections=connections, timeout=connection.timeout, ca_file=connection.ca_file)


def _credential(connection: Connection, secret: str, clock: Callable[[], float]) -> Credential:
    authentication = connection.authentication
    if authentication.scheme == "oauth2":
        endpoint = TokenEndpoint(authentication, secret, _calls(connection, authentication.token_url, 1))
        return Bearer(endpoint, ServiceAccount(endpoint.fetch, clock))
    if authentication.scheme == "basic":
        return basic(authentication.username, secret)
    return typed(authentication.prefix, secret)

"""Calls to one Keycloak realm: pooled connections, a token on each, every answer a value or a ProvisioningError."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import orjson

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.address import address
from scimbridge.adapters.keycloak.answers import (
    LATER,
    MISCONFIGURED_RETRY,
    Answer,
    parse,
    read_answer,
    retry_after,
)
from scimbridge.adapters.keycloak.refusals import Refusals
from scimbridge.adapters.keycloak.tokens import CallersToken, Issued, ServiceAccount, TokenSource, issued
from scimbridge.adapters.wire import client as wire
from scimbridge.adapters.wire.errors import Malformed, Unreachable, Untrusted
from scimbridge.adapters.wire.reply import Reply
from scimbridge.adapters.wire.request import encode_headers
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable

Parameters = Mapping[str, str | Sequence[str]]

_OK, _UNAUTHORIZED, _ERROR = 200, 401, 500
_GRANT = b"grant_type=client_credentials"


class Client:
    """The Admin REST API of one realm.

    A client without a secret passes on the token that `caller` gives for the request being served.
    Raises ValueError if the settings' URL or CA file is not good.
    """

    def __init__(
        self,
        settings: Keycloak,
        secret: str,
        *,
        caller: Callable[[], str | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address(settings.url)
        self._settings, self._secret = settings, secret
        self._refusals = Refusals(settings.attributes)
        self._tokens: TokenSource = (
            ServiceAccount(self._fetch_token, clock) if settings.client_id else CallersToken(caller)
        )
        self._wire = wire.Client(
            self.address.origin,
            connections=settings.pool_size,
            timeout=settings.timeout,
            ca_file=settings.ca_file,
            name="Keycloak",
        )
        self._lines_of, self._encoded = "", (b"", b"")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._wire.close()

    async def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """The JSON value at a path below the realm's; None if the resource is not there."""
        answer = await self._call("GET", self.address.admin + path, parameters, None)
        return answer.body if answer is not None else None

    async def send(self, method: str, path: str, body: Any = None) -> Answer | None:
        """A write; None if the resource is not there."""
        return await self._call(method, self.address.admin + path, None, body)

    async def server_information(self) -> Any:
        """What the server can do: features and providers; its version only for administrators of all realms."""
        answer = await self._call("GET", self.address.server_information, None, None)
        return answer.body if answer is not None else None

    async def access_token(self) -> str:
        return await self._tokens.token()

    async def _call(self, method: str, path: str, parameters: Parameters | None, body: Any) -> Answer | None:
        target = f"{path}?{urlencode(parameters, doseq=True, quote_via=quote)}" if parameters else path
        content = None if body is None else orjson.dumps(body)
        token = await self._tokens.token()
        reply = await self._send(method, target, self._lines(token, content), content)
        if reply.status == _UNAUTHORIZED and self._tokens.reject(token):
            token = await self._tokens.token()
            reply = await self._send(method, target, self._lines(token, content), content)
        return read_answer(reply.status, reply.headers, reply.body, self._refusals)

    def _lines(self, token: str, content: bytes | None) -> bytes:
        """Header lines, without content and with it: kept, since nearly all requests have the same token."""
        if token != self._lines_of:
            lines = [("Authorization", f"Bearer {token}"), ("Accept", "application/json")]
            self._lines_of = token
            self._encoded = encode_headers(lines), encode_headers([*lines, ("Content-Type", "application/json")])
        return self._encoded[content is not None]

    async def _send(
        self, method: str, target: str, headers: Sequence[tuple[str, str]] | bytes, content: bytes | None
    ) -> Reply:
        try:
            return await self._wire.send(method, target, headers, content)
        except Untrusted as error:
            raise TargetUnavailable(error.reason, MISCONFIGURED_RETRY) from error
        except Unreachable as error:
            raise TargetUnavailable(error.reason) from error
        except Malformed as error:
            raise TargetMisbehaved(error.reason) from error

    async def _fetch_token(self) -> Issued:
        # Both are form-urlencoded first (RFC 6749 section 2.3.1); Keycloak refuses a "%" or ":" that is not.
        login = b64encode(
            f"{quote(self._settings.client_id, safe='')}:{quote(self._secret, safe='')}".encode()
        ).decode()
        headers = [("Authorization", f"Basic {login}"), ("Content-Type", "application/x-www-form-urlencoded")]
        status, told, content = await self._send("POST", self.address.token_endpoint, headers, _GRANT)
        if status in LATER or status >= _ERROR:
            raise TargetUnavailable(f"Keycloak's token endpoint answered {status}.", retry_after(told))
        answer = parse(content)
        found = issued(answer) if status == _OK else None
        if found is None:
            reason = answer.get("error_description") or answer.get("error") if isinstance(answer, dict) else None
            raise TargetUnavailable(
                f"Keycloak gives no token to client {self._settings.client_id!r}: {reason or f'status {status}'}.",
                MISCONFIGURED_RETRY,
            )
        return found

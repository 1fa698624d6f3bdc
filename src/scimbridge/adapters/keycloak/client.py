"""Calls to one Keycloak realm: pooled connections, a token on each, every answer a value or a ProvisioningError."""

import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
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
from scimbridge.provisioning.errors import TargetUnavailable

Parameters = Mapping[str, str | Sequence[str]]

_OK, _UNAUTHORIZED, _ERROR = 200, 401, 500


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
        self._tls = _trust(settings.ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

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

    async def _call(self, method: str, url: str, parameters: Parameters | None, body: Any) -> Answer | None:
        token = await self._tokens.token()
        status, headers, content = await self._exchange(method, url, token, parameters, body)
        if status == _UNAUTHORIZED and self._tokens.reject(token):
            token = await self._tokens.token()
            status, headers, content = await self._exchange(method, url, token, parameters, body)
        return read_answer(status, headers, content, self._refusals)

    async def _exchange(
        self, method: str, url: str, token: str, parameters: Parameters | None, body: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = orjson.dumps(body)
        return await self._send(method, url, headers=headers, params=parameters, data=content)

    async def _send(self, method: str, url: str, **arguments: Any) -> tuple[int, Mapping[str, str], bytes]:
        """Redirects are not followed: what is sent here is for the configured server only."""
        try:
            async with self._open().request(method, url, allow_redirects=False, **arguments) as response:
                return response.status, response.headers, await response.read()
        except TimeoutError as error:
            raise TargetUnavailable(f"Keycloak did not answer within {self._settings.timeout:g} s.") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise TargetUnavailable(
                f"Keycloak's certificate is not trusted: {error.certificate_error}.", MISCONFIGURED_RETRY
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TargetUnavailable(f"Keycloak cannot be reached ({type(error).__name__}).") from error

    async def _fetch_token(self) -> Issued:
        form = {"grant_type": "client_credentials"}
        # Both are form-urlencoded first (RFC 6749 section 2.3.1); Keycloak refuses a "%" or ":" that is not.
        login = b64encode(
            f"{quote(self._settings.client_id, safe='')}:{quote(self._secret, safe='')}".encode()
        ).decode()
        status, headers, content = await self._send(
            "POST", self.address.token_endpoint, data=form, headers={"Authorization": f"Basic {login}"}
        )
        if status in LATER or status >= _ERROR:
            raise TargetUnavailable(f"Keycloak's token endpoint answered {status}.", retry_after(headers))
        answer = parse(content)
        found = issued(answer) if status == _OK else None
        if found is None:
            reason = answer.get("error_description") or answer.get("error") if isinstance(answer, dict) else None
            raise TargetUnavailable(
                f"Keycloak gives no token to client {self._settings.client_id!r}: {reason or f'status {status}'}.",
                MISCONFIGURED_RETRY,
            )
        return found

    def _open(self) -> aiohttp.ClientSession:
        """Made at the first call, in the event loop that it belongs to.

        Waiting for a free connection of the pool counts by itself, so that a busy minute is not a slow Keycloak.
        """
        if self._session is None:
            limit = self._settings.timeout
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._settings.pool_size, ssl=self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=2 * limit, connect=limit, sock_read=limit),
                headers={"User-Agent": "scimbridge"},
            )
        return self._session


def _trust(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"The CA file {ca_file} cannot be used: {error}.") from error

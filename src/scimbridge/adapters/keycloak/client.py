"""Calls to one Keycloak realm: pooled connections, a token on each, every answer a value or a ProvisioningError."""

import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote

import aiohttp
import orjson

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.address import address
from scimbridge.adapters.keycloak.refusals import Refusals
from scimbridge.adapters.keycloak.tokens import CallersToken, Issued, ServiceAccount, TokenSource, issued
from scimbridge.bridge.errors import TargetMisbehaved, TargetUnavailable

Parameters = Mapping[str, str]

_OK, _REDIRECT, _UNAUTHORIZED, _NOT_FOUND, _ERROR = 200, 300, 401, 404, 500
# Asked to come back later: by Keycloak itself, or by a proxy before it.
_LATER: Final = frozenset({408, 429, 502, 503, 504})
# A wrong secret or URL is put right by a person, not by trying again soon.
_MISCONFIGURED_RETRY: Final = 60
# Keycloak's words for "this resource is not there"; a 404 of a proxy, or of a realm that is gone, says nothing of it.
_GONE: Final = frozenset(
    {
        "User not found",
        "Group not found",
        "Could not find group by id",
        "Group path does not exist",
        "Client not found",
        "Could not find client",
        "Role not found",
        "Could not find role",
        "Could not find role with id",
        "Consent nor offline token not found",
    }
)


class Answer(NamedTuple):
    """A good answer: the JSON value of the body, None without one, and the last segment of `Location`."""

    body: Any = None
    created: str = ""


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
        if _OK <= status < _REDIRECT:
            return Answer(_parse(content), headers.get("Location", "").rpartition("/")[2])
        self._refuse(status, headers, content)
        return None

    def _refuse(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Raises what an answer other than 2xx says; returns if it says "not there"."""
        if status in _LATER:
            raise TargetUnavailable(f"Keycloak answered {status}.", _retry_after(headers))
        if status < _OK or status >= _ERROR:
            raise TargetMisbehaved(f"Keycloak answered {status}; its log tells why.")
        if status < _UNAUTHORIZED - 1:
            raise TargetMisbehaved(f"Keycloak answered {status}, a redirect: the realm's URL is to be the final one.")
        body = _parse(content)
        if status == _UNAUTHORIZED:
            raise TargetUnavailable("Keycloak does not accept our access token.", _MISCONFIGURED_RETRY)
        if status == _NOT_FOUND:
            error = body.get("error") if isinstance(body, dict) else None
            if error in _GONE:
                return
            raise TargetMisbehaved(f"Keycloak answered 404 ({error or 'not in its words'}) at {self.address.public}.")
        raise self._refusals.read(status, body)

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
                f"Keycloak's certificate is not trusted: {error.certificate_error}.", _MISCONFIGURED_RETRY
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
        if status in _LATER or status >= _ERROR:
            raise TargetUnavailable(f"Keycloak's token endpoint answered {status}.", _retry_after(headers))
        answer = _parse(content)
        found = issued(answer) if status == _OK else None
        if found is None:
            reason = answer.get("error_description") or answer.get("error") if isinstance(answer, dict) else None
            raise TargetUnavailable(
                f"Keycloak gives no token to client {self._settings.client_id!r}: {reason or f'status {status}'}.",
                _MISCONFIGURED_RETRY,
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


def _parse(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


def _retry_after(headers: Mapping[str, str]) -> int:
    """In seconds; a date, which HTTP has too, is taken as the default."""
    value = headers.get("Retry-After", "")
    return min(int(value), 3600) if value.isascii() and value.isdigit() else 5

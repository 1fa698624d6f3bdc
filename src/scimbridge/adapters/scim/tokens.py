"""Access tokens by client credentials (RFC 6749 section 4.4)."""

from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from scimbridge.adapters.keycloak.tokens import Issued
from scimbridge.adapters.scim.calls import Calls
from scimbridge.provisioning.application import Authentication
from scimbridge.provisioning.errors import TargetUnavailable
from scimbridge.provisioning.refusals import MISCONFIGURED_RETRY

# Of a token that does not say how long it lives, which RFC 6749 section 5.1 allows.
_LIFETIME: Final = 300.0
_REFUSED: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})


class TokenEndpoint:
    """Where tokens are issued. The client signs in by Basic, and in the form if the endpoint takes only that.

    `calls` go to the endpoint's own server.
    """

    def __init__(self, authentication: Authentication, secret: str, calls: Calls) -> None:
        self._id = authentication.username
        self._secret = secret
        self._calls = calls
        form = {"scope": authentication.scope, "audience": authentication.audience}
        self._form = {"grant_type": "client_credentials", **{name: value for name, value in form.items() if value}}
        self._in_form = False

    async def fetch(self) -> Issued:
        """Raises TargetUnavailable, with what the endpoint said and nothing of what it was told."""
        status, answer = await self._ask()
        if status in _REFUSED and answer.get("error") == "invalid_client":
            self._in_form = not self._in_form
            status, answer = await self._ask()
        token = answer.get("access_token")
        if status == HTTPStatus.OK and isinstance(token, str) and token:
            return Issued(token, _lifetime(answer.get("expires_in")))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TargetUnavailable(f"The token endpoint answered {status}.")
        said = answer.get("error_description") or answer.get("error") or f"status {status}, and nothing of OAuth 2"
        raise TargetUnavailable(
            f"The token endpoint gives no token to client {self._id!r}: {str(said)[:200]}.",
            MISCONFIGURED_RETRY,
            advice="Check the token URL, the client id and its secret, and that the client may use client credentials.",
        )

    async def close(self) -> None:
        await self._calls.close()

    async def _ask(self) -> tuple[int, Mapping[str, Any]]:
        headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
        form = dict(self._form)
        if self._in_form:
            form |= {"client_id": self._id, "client_secret": self._secret}
        else:
            headers.append(("Authorization", f"Basic {self._login()}"))
        reply = await self._calls.send("POST", "", headers, urlencode(form).encode())
        try:
            answer = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            answer = None
        return reply.status, answer if isinstance(answer, dict) else {}

    def _login(self) -> str:
        """Both parts form-urlencoded first (RFC 6749 section 2.3.1)."""
        return b64encode(f"{quote(self._id, safe='')}:{quote(self._secret, safe='')}".encode()).decode()


def _lifetime(value: Any) -> float:
    """In seconds; some write it as a text."""
    return float(value) if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()) else _LIFETIME

"""The access token that calls to the Admin REST API carry."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple, Protocol

from scimbridge.provisioning.errors import TargetUnavailable

# A token is renewed when this share of its life is over: the clocks need not agree, and no call runs into its end.
_USABLE: Final = 0.8


class TokenSource(Protocol):
    """Where tokens come from. Raises ProvisioningError."""

    async def token(self) -> str: ...

    def reject(self, token: str) -> bool:
        """Keycloak answered 401 to this one; True if asking again may give a better one."""


class Issued(NamedTuple):
    """A token endpoint's answer: the token and its life in seconds."""

    token: str
    lifetime: float


class ServiceAccount:
    """The token of a service account, kept until it is nearly over; many callers wait for one request.

    `fetch` gets a new one. `clock` in seconds, monotonic.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Issued]], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._renewal = asyncio.Lock()

    async def token(self) -> str:
        if self._clock() < self._until:
            return self._token
        async with self._renewal:
            if self._clock() >= self._until:
                asked = self._clock()
                issued = await self._fetch()
                self._token, self._until = issued.token, asked + issued.lifetime * _USABLE
        return self._token

    def reject(self, token: str) -> bool:
        if token == self._token:
            self._until = 0.0
        return True


class CallersToken:
    """The caller's own Keycloak token, passed on: `current` gives that of the request that is being served."""

    def __init__(self, current: Callable[[], str | None]) -> None:
        self._current = current

    async def token(self) -> str:
        token = self._current()
        if token is None:
            raise TargetUnavailable(
                "No caller's token is at hand, and no client of Keycloak is set for this realm.", 60
            )
        return token

    def reject(self, token: str) -> bool:  # noqa: ARG002 (the port's signature)
        return False


def issued(document: Any) -> Issued | None:
    """Reads the answer of a token endpoint; None if it is not one."""
    if not isinstance(document, dict):
        return None
    token, lifetime = document.get("access_token"), document.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(lifetime, int):
        return None
    return Issued(token, float(lifetime))

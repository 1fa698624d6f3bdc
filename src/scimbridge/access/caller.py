"""The credential of the request that is being served, for a realm that passes it on to the server behind."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from scimbridge.access import jwt
from scimbridge.access.jwt import TokenRefused

# The Authorization header as it was sent. Every request is a task of its own, and so has a value of its own.
AUTHORIZATION: Final[ContextVar[str | None]] = ContextVar("AUTHORIZATION", default=None)


def callers_token(issuer: str) -> Callable[[], str | None]:
    """Gives the caller's access token if `issuer` made it: nobody else is to see it. It has been verified before."""

    def current() -> str | None:
        credential = (AUTHORIZATION.get() or "").strip().rpartition(" ")[2]
        try:
            return credential if jwt.parse(credential).issuer == issuer else None
        except TokenRefused:
            return None

    return current

"""What stands in `Authorization`: fixed, or a token that is renewed."""

from base64 import b64encode
from typing import Protocol

from scimbridge.adapters.keycloak.tokens import ServiceAccount
from scimbridge.adapters.scim.tokens import TokenEndpoint
from scimbridge.adapters.wire.request import encode_headers


class Credential(Protocol):
    async def header(self) -> str:
        """The value of `Authorization`. Raises TargetUnavailable."""

    def reject(self, header: str) -> bool:
        """The target answered 401 to this value; whether asking again may give a better one."""

    async def close(self) -> None: ...


class Fixed:
    """A value that stays: Basic, or a header as it was typed. Raises ValueError if no header can hold it."""

    def __init__(self, value: str) -> None:
        encode_headers([("Authorization", value)])
        self._value = value

    async def header(self) -> str:
        return self._value

    def reject(self, header: str) -> bool:  # noqa: ARG002 (the port's signature)
        return False

    async def close(self) -> None:
        return


class Bearer:
    """Tokens of an endpoint: kept until they are nearly over, and renewed once when one is refused."""

    def __init__(self, endpoint: TokenEndpoint, account: ServiceAccount) -> None:
        self._endpoint = endpoint
        self._account = account

    async def header(self) -> str:
        return f"Bearer {await self._account.token()}"

    def reject(self, header: str) -> bool:
        return self._account.reject(header.removeprefix("Bearer "))

    async def close(self) -> None:
        await self._endpoint.close()


def basic(username: str, password: str) -> Fixed:
    return Fixed(f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}")


def typed(prefix: str, secret: str) -> Fixed:
    return Fixed(f"{prefix} {secret}" if prefix else secret)

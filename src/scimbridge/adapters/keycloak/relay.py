"""Hands token requests to the Keycloak behind a realm, so that an identity provider's two URLs have one host."""

from collections.abc import Mapping
from typing import Any

import orjson

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable
from scimbridge.scim.errors import Unavailable

_SERVER_ERROR = 500


class KeycloakRelay(Client):
    """Fulfils access.ports.TokenRelay, over connections of its own: a busy Admin API holds up nobody's sign-in."""

    def __init__(self, settings: Keycloak) -> None:
        """Raises ValueError if the CA file cannot be used."""
        super().__init__(settings, "")

    async def token(self, authorization: str | None, form: bytes) -> tuple[int, Mapping[str, Any]]:
        headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        if authorization:
            headers.append(("Authorization", authorization))
        try:
            status, _, content = await self._send("POST", self.address.token_endpoint, headers, form)
            body = orjson.loads(content)
        except TargetUnavailable as error:
            raise Unavailable(error.reason, headers={"Retry-After": str(error.retry_after)}) from error
        except TargetMisbehaved as error:
            raise Unavailable(error.reason, headers={"Retry-After": "5"}) from error
        except orjson.JSONDecodeError:
            body = None
        if status >= _SERVER_ERROR or not isinstance(body, dict):
            raise Unavailable(f"Keycloak's token endpoint answered {status}.", headers={"Retry-After": "5"})
        return status, body

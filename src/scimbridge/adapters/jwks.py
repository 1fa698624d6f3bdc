"""Fetches the key sets of trusted issuers, over HTTP or from a file."""

import asyncio
import logging
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scimbridge.access.realm import TrustedIssuer
from scimbridge.scim.errors import Unavailable

if TYPE_CHECKING:
    import httpx

# The largest seen, Entra ID's, is 13 kB.
MAX_BYTES: Final = 262_144
# For the whole answer: a time limit of each read alone would let a slow sender hold the request for ever.
TIMEOUT_SECONDS: Final = 5.0

logger = logging.getLogger(__name__)


class JwksSource:
    """Fulfils access.ports.KeySource. Follows no redirect: the URL that was configured is the one that is trusted."""

    def __init__(self, transport: "httpx.AsyncBaseTransport | None" = None, timeout: float = TIMEOUT_SECONDS) -> None:
        """`transport` in place of the network; `timeout` in seconds."""
        self._transport = transport
        self._timeout = timeout

    async def fetch(self, issuer: TrustedIssuer) -> bytes:
        """Raises Unavailable; the reason is for the log and not for whoever sent a token."""
        try:
            if issuer.jwks_file:
                return await asyncio.to_thread(_read, Path(issuer.jwks_file))
            async with asyncio.timeout(self._timeout):
                return await self._get(issuer.jwks_url, issuer.ca_file)
        except (OSError, ValueError) as error:
            logger.warning("The keys of issuer %s cannot be had: %r", issuer.issuer, error)
            raise Unavailable(
                "The keys of the token's issuer cannot be had at present.", headers={"Retry-After": "30"}
            ) from error

    async def _get(self, url: str, ca_file: str) -> bytes:
        import httpx  # noqa: PLC0415 (20 MB, which a server without trusted issuers does without)

        verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
        try:
            async with (
                httpx.AsyncClient(transport=self._transport, timeout=self._timeout, verify=verify) as client,
                client.stream("GET", url, headers={"Accept": "application/json"}) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise ValueError(f"status {response.status_code}")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    _check_size(len(body))
                return bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OSError(str(error)) from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    _check_size(len(body))
    return body


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")

"""Calls to one server below one URL, with what goes wrong said in the words of provisioning."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from scimbridge.adapters.wire.client import Client
from scimbridge.adapters.wire.errors import Malformed, Unreachable, Untrusted
from scimbridge.adapters.wire.reply import Reply
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable
from scimbridge.provisioning.refusals import MISCONFIGURED_RETRY

_UNREACHABLE = (
    "Check the host and the port of the URL, that the name can be resolved here, and that no firewall is between."
)
_UNTRUSTED = (
    "Name the file with the certificate of its authority as the connection's CA file, and use the host's own name."
)


class Calls:
    """`url` may have a path. Raises ValueError if it, or the CA file, is not good."""

    def __init__(self, url: str, *, connections: int, timeout: float, ca_file: str) -> None:
        parts = urlsplit(url)
        if parts.query or parts.fragment:
            raise ValueError(f"{parts.scheme}://{parts.netloc}{parts.path} must be a URL without query and fragment.")
        self._path = parts.path.rstrip("/")
        origin = f"{parts.scheme}://{parts.netloc}"
        self._client = Client(origin, connections=connections, timeout=timeout, ca_file=ca_file)

    async def send(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] | bytes, body: bytes | None
    ) -> Reply:
        """`path` stands below the URL's, with its query. Raises TargetUnavailable, TargetMisbehaved."""
        try:
            return await self._client.send(method, f"{self._path}{path}" or "/", headers, body)
        except Untrusted as error:
            raise TargetUnavailable(error.reason, MISCONFIGURED_RETRY, advice=_UNTRUSTED) from None
        except Unreachable as error:
            raise TargetUnavailable(error.reason, advice=_UNREACHABLE) from None
        except Malformed as error:
            raise TargetMisbehaved(error.reason) from None

    async def close(self) -> None:
        await self._client.close()

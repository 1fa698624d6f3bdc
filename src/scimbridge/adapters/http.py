"""The HTTP client that plays conversations."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from scimbridge.interop.ports import Reply, Request, Unreachable

if TYPE_CHECKING:
    import httpx

# Okta closes the socket after 60 seconds (its SCIM reference); a server slower than that has failed.
_TIMEOUT = 60.0


class HttpxClient:
    """An interop.ports.HttpClient over httpx, with connections kept open."""

    def __init__(self, *, verify: bool = True, transport: "httpx.AsyncBaseTransport | None" = None) -> None:
        # Imported by whoever plays and not by a server: httpx brings its own command line, rich included, 14 MB.
        import httpx  # noqa: PLC0415

        self._client = httpx.AsyncClient(verify=verify, timeout=_TIMEOUT, transport=transport, trust_env=False)
        # A server must hear what the client sends whose part is played, not what httpx sends.
        self._client.headers.clear()
        self._failure = httpx.HTTPError

    async def send(self, request: Request) -> Reply:
        start = time.perf_counter()
        try:
            response = await self._client.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        except self._failure as error:
            raise Unreachable(f"no reply: {str(error) or type(error).__name__}") from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, response.content, time.perf_counter() - start, headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

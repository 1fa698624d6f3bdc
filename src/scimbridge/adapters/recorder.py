"""A proxy in front of a SCIM server that hands on every request as it came and keeps a note of it."""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from yarl import URL

from scimbridge.interop.heard import Heard
from scimbridge.interop.ports import Reply, Request

# Of one connection and not of the message (RFC 9110 section 7.6.1), and what aiohttp sets itself.
_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "host", "content-length", "content-encoding"}
)
_LARGEST = 64 * 2**20  # bytes of a body: a group of a million members
_TIMEOUT = 120.0  # seconds: longer than any client waits
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Recorder:
    """Listens on `host` and `port`; what comes below its root goes below the SCIM base URL `to`."""

    def __init__(self, to: str, heard: Callable[[Heard], None], *, verify: bool = True) -> None:
        self._to = to.rstrip("/")
        self._heard = heard
        self._verify = verify

    async def run(self, host: str, port: int, started: Callable[[str], None]) -> None:
        """Until it is cancelled; `started` hears the URL. Raises OSError if the port cannot be had."""
        async with ClientSession(timeout=ClientTimeout(total=_TIMEOUT)) as self._session:
            application = web.Application(client_max_size=_LARGEST)
            application.router.add_route("*", "/{path:.*}", self._hand_on)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
            await runner.setup()
            try:
                await web.TCPSite(runner, host, port).start()
                name, number = runner.addresses[0][:2]
                started(f"http://{name}:{number}")
                await asyncio.Event().wait()
            finally:
                await runner.cleanup()

    async def _hand_on(self, incoming: web.Request) -> web.Response:
        begun = monotonic()
        body = await incoming.read()
        request = Request(incoming.method, self._to + incoming.raw_path, dict(incoming.headers), body or None)
        # Without Accept-Encoding the reply comes as it is to be noted.
        headers = {name: value for name, value in _passing(request.headers).items() if name != "Accept-Encoding"}
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=headers | {"Accept-Encoding": "identity"},
                data=body or None,
                allow_redirects=False,
                ssl=self._verify,
            ) as answer:
                content = await answer.read()
                reply = Reply(answer.status, content, monotonic() - begun, dict(answer.headers))
        except (ClientError, TimeoutError) as error:
            return _unreachable(f"{self._to} gives no reply: {str(error) or type(error).__name__}")
        self._heard(Heard(incoming.raw_path, request, reply, begun, monotonic()))
        return web.Response(status=reply.status, body=content, headers=_passing(reply.headers))


def _passing(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP}


def _unreachable(detail: str) -> web.Response:
    body = orjson.dumps({"schemas": [_ERROR], "status": "502", "detail": detail})
    return web.Response(status=502, body=body, content_type="application/scim+json")

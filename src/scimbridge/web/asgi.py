"""What is not SCIM, answered by an ASGI application (Starlette): its messages from and to plain exchanges."""

from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp

from scimbridge.web.exchange import Disconnected, Exchange, Header, Reply


async def ask(app: ASGIApp, exchange: Exchange) -> Reply:
    """The application's reply, whole: nothing here is so long that it would be worth sending in parts.

    It finds the exchange in its scope. Raises Disconnected.
    """
    parts = _Parts()
    with suppress(Exception):  # logged and answered already (plain.on_bug), Starlette raises it all the same
        await app(_scope(exchange), _Receive(exchange), parts.add)
    return parts.reply()


class _Receive:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __call__(self) -> MutableMapping[str, Any]:
        try:
            body, more = await self._exchange.upload.receive()
        except Disconnected:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": more}


class _Parts:
    """What the application sends."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[Header] = []
        self._body: list[bytes] = []

    async def add(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
        else:
            self._body.append(message.get("body", b""))

    def reply(self) -> Reply:
        kept = [header for header in self._headers if header[0] not in (b"content-type", b"content-length")]
        content_type = dict(self._headers).get(b"content-type", b"application/octet-stream")
        return Reply(self._status, b"".join(self._body), kept, content_type)


def _scope(exchange: Exchange) -> MutableMapping[str, Any]:
    line = exchange.line
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": exchange.method,
        "scheme": line.scheme,
        "path": unquote(exchange.path.decode("latin-1"), errors="replace"),
        "raw_path": exchange.path,
        "query_string": exchange.query,
        "root_path": "",
        "headers": list(exchange.headers.items()),
        "client": (line.client, 0),
        "server": (line.host, line.port),
        "exchange": exchange,
    }

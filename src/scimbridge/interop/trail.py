"""What a check makes at a server, so that nothing of it stays."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from scimbridge.interop.ports import HttpClient, Reply, Request, Unreachable

# What is sent to clean up is no client's: the server can tell it by this.
AGENT = "scimbridge-check"
_SUCCESS = range(200, 300)
_GONE = 404


class Trail:
    """An HttpClient that remembers what the requests through it have made and not deleted, `base_url` below."""

    def __init__(self, client: HttpClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._made: dict[str, None] = {}

    async def send(self, request: Request) -> Reply:
        """Raises Unreachable. Who is cancelled meanwhile waits for the reply: what it has made would stay for ever."""
        sending = asyncio.create_task(self._send(request))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.gather(sending, return_exceptions=True)
            raise

    async def clean_up(self, headers: Mapping[str, str]) -> list[str]:
        """Deletes all of it, the newest first; the URLs of what could not be deleted."""
        left = []
        for url in reversed(self._made):
            try:
                reply = await self._client.send(Request("DELETE", url, {**headers, "User-Agent": AGENT}))
            except Unreachable:
                left.append(url)
                continue
            if reply.status not in _SUCCESS and reply.status != _GONE:
                left.append(url)
        self._made.clear()
        return left

    async def _send(self, request: Request) -> Reply:
        reply = await self._client.send(request)
        if reply.status in _SUCCESS:
            if request.method == "POST":
                self._made.update(dict.fromkeys(self._created(request, reply)))
            elif request.method == "DELETE":
                self._made.pop(request.url, None)
        return reply

    def _created(self, request: Request, reply: Reply) -> Iterator[str]:
        """The URLs of what a POST has made; a search makes nothing."""
        path = urlsplit(request.url).path.removeprefix(urlsplit(self._base_url).path)
        document = _object(reply.body)
        if path == "/Bulk":
            for operation in document.get("Operations", []):
                if operation.get("method") == "POST" and isinstance(location := operation.get("location"), str):
                    yield self._base_url + "/" + "/".join(location.rsplit("/", 2)[1:])
        elif "/" not in path.removeprefix("/") and isinstance(id_ := document.get("id"), str):
            yield f"{self._base_url}{path}/{quote(id_, safe='')}"


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}

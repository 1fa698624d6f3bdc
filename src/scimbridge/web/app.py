"""The application: SCIM answered directly, everything else by Starlette; every request counted and logged once."""

import time
from collections.abc import MutableMapping
from contextlib import suppress
from itertools import count
from typing import Any

from starlette.types import ASGIApp

from scimbridge.scim.errors import TooManyRequests
from scimbridge.web.body import Disconnected
from scimbridge.web.exchange import Exchange, Receive, Send, write
from scimbridge.web.log import AccessLog
from scimbridge.web.metrics import Metrics
from scimbridge.web.origin import Origins, Scope
from scimbridge.web.plain import CLIENT_CLOSED
from scimbridge.web.scim import CONTENT_TYPE, Scim, refusal

# Requests under way at once. Each waiting write holds its body, and Okta retries a 429 but not a time-out.
_MOST_ACTIVE = 2000

# Segments of /realms/NAME/scim, the empty one before the first slash included.
_SCIM_DEPTH = 4


class App:
    """An ASGI application; `name` tells the request ids of this process from those of others."""

    def __init__(
        self,
        *,
        scim: Scim,
        rest: ASGIApp,
        origins: Origins,
        metrics: Metrics,
        access_log: AccessLog | None,
        name: str,
    ) -> None:
        self._scim = scim
        self._rest = rest
        self._origins = origins
        self._metrics = metrics
        self._access_log = access_log
        self._name = name
        self._numbers = count(1)
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        started = time.perf_counter()
        exchange = Exchange(scope, receive, self._new_id)
        exchange.address = self._origins.address(scope, exchange.headers)
        self._active += 1
        try:
            status = await self._respond(exchange, send)
        except Disconnected:
            status = CLIENT_CLOSED
        finally:
            self._active -= 1
        seconds = time.perf_counter() - started
        self._metrics.observe(exchange.method, exchange.endpoint, status, exchange.realm, seconds)
        if self._access_log is not None:
            self._access_log.write(exchange, status, seconds)

    def _new_id(self) -> str:
        """A counter: a random id for each request costs 3 us."""
        return f"{self._name}-{next(self._numbers)}"

    async def _respond(self, exchange: Exchange, send: Send) -> int:
        """Sends the answer; returns its status."""
        segments = exchange.path.split(b"/")
        if len(segments) < _SCIM_DEPTH or segments[1] != b"realms" or segments[3] != b"scim":
            return await self._pass_on(exchange, send)
        if segments[-1] == b"":
            segments.pop()  # a base URL that was typed with a slash at its end
        if self._active > _MOST_ACTIVE:
            reply = refusal(TooManyRequests("Too many requests are under way.", headers={"Retry-After": "1"}))
        else:
            reply = await self._scim.answer(exchange, segments[2], segments[4:])
        await write(send, exchange, reply, CONTENT_TYPE)
        return reply.status

    async def _pass_on(self, exchange: Exchange, send: Send) -> int:
        """Starlette answers; its messages get the request id, and tell the status."""
        status = 500

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", exchange.request_id.encode())]
            await send(message)

        exchange.scope["exchange"] = exchange
        with suppress(Exception):  # logged and answered already (plain.on_bug), Starlette raises it all the same
            await self._rest(exchange.scope, exchange.receive, note)
        return status

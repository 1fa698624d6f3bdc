"""The application: SCIM answered directly, everything else by Starlette; every request counted and logged once."""

import time
from itertools import count

from starlette.types import ASGIApp

from scimbridge.scim.errors import TooManyRequests
from scimbridge.web.asgi import ask
from scimbridge.web.exchange import Disconnected, Exchange, Reply, refusal
from scimbridge.web.log import AccessLog
from scimbridge.web.metrics import Metrics
from scimbridge.web.origin import Origins
from scimbridge.web.plain import CLIENT_CLOSED
from scimbridge.web.scim import Scim

# Requests under way at once. Each waiting write holds its body, and Okta retries a 429 but not a time-out.
_MOST_ACTIVE = 2000

# Segments of /realms/NAME/scim, the empty one before the first slash included.
_SCIM_DEPTH = 4


class App:
    """`rest` is an ASGI application; `name` tells the request ids of this process from those of others."""

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

    async def answer(self, exchange: Exchange) -> Reply:
        """The reply to a request; raises nothing."""
        started = time.perf_counter()
        exchange.name(self._new_id)
        self._active += 1
        try:
            reply = await self._respond(exchange)
        except Disconnected:
            reply = Reply(CLIENT_CLOSED)  # nobody receives it
        finally:
            self._active -= 1
        seconds = time.perf_counter() - started
        self._metrics.observe(exchange.method, exchange.endpoint, reply.status, exchange.realm, seconds)
        if self._access_log is not None:
            self._access_log.write(exchange, reply.status, seconds)
        return reply

    def _new_id(self) -> str:
        """A counter: a random id for each request costs 3 us."""
        return f"{self._name}-{next(self._numbers)}"

    async def _respond(self, exchange: Exchange) -> Reply:
        exchange.address = self._origins.address(exchange)
        segments = exchange.path.split(b"/")
        if len(segments) < _SCIM_DEPTH or segments[1] != b"realms" or segments[3] != b"scim":
            return await ask(self._rest, exchange)
        if segments[-1] == b"":
            segments.pop()  # a base URL that was typed with a slash at its end
        if self._active > _MOST_ACTIVE:
            return refusal(TooManyRequests("Too many requests are under way.", headers={"Retry-After": "1"}))
        return await self._scim.answer(exchange, segments[2], segments[4:])

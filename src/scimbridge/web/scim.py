"""The way of a SCIM request: realm, credential, route, role, answer; every refusal is a SCIM Error message.

The order is what a stranger may learn. A realm that does not exist, is disabled or has no SCIM API gives the same
404; without a good credential there is no telling which paths and ids exist.
"""

import logging
from collections.abc import Sequence
from urllib.parse import unquote

from scimbridge.access.caller import AUTHORIZATION
from scimbridge.access.policy import authorize
from scimbridge.access.principal import Principal
from scimbridge.scim.errors import MethodNotAllowed, NotFound, ScimError, Unexpected
from scimbridge.web.answers import Request
from scimbridge.web.exchange import Disconnected, Exchange, Reply, refusal
from scimbridge.web.origin import Origins
from scimbridge.web.ports import Served, ServedRealms
from scimbridge.web.routes import Match, match

_log = logging.getLogger(__name__)


class Scim:
    """Answers below /realms/NAME/scim; `enabled` is the server's feature switch."""

    def __init__(self, realms: ServedRealms, origins: Origins, *, enabled: bool) -> None:
        self._realms = realms
        self._origins = origins
        self._enabled = enabled

    async def answer(self, exchange: Exchange, realm: bytes, segments: Sequence[bytes]) -> Reply:
        """`segments` are those of the raw path behind /realms/NAME/scim/. Raises Disconnected only."""
        try:
            return await self._answer(exchange, realm, segments)
        except ScimError as error:
            return refusal(error)
        except Disconnected:
            raise
        except Exception:  # noqa: BLE001 (a bug; the client gets SCIM all the same)
            _log.exception("request failed", extra={"fields": {"request_id": exchange.request_id}})
            return refusal(Unexpected(f"The server made a mistake; its log has more under {exchange.request_id}."))

    async def _answer(self, exchange: Exchange, realm: bytes, segments: Sequence[bytes]) -> Reply:
        served = self._find(exchange, realm)
        principal = await self._authenticate(exchange, served)
        found = match(served.service.types, segments[1:]) if segments and segments[0] == b"v2" else None
        if found is None:
            raise NotFound("There is no such SCIM endpoint.")
        route = found.route
        exchange.endpoint = found.endpoint or "/"
        handler = route.methods.get(exchange.method)
        if handler is None:
            if exchange.method == "OPTIONS":
                return Reply(204, headers=[(b"allow", route.allow.encode())])
            raise MethodNotAllowed(f"This endpoint takes {route.allow}.", headers={"Allow": route.allow})
        authorize(principal, "GET" if route.searches else exchange.method, found.endpoint, route.single)
        name = served.realm.name
        base = f"{self._origins.url(exchange)}/realms/{name}/scim/v2"
        return await handler(Request(exchange, served, principal, base, found.kinds, _named(found, principal)))

    def _find(self, exchange: Exchange, realm: bytes) -> Served:
        name = realm.decode("latin-1") if b"%" not in realm else unquote(realm, errors="replace")
        served = self._realms.find(name) if self._enabled else None
        if served is None or not (served.realm.enabled and served.realm.scim_api):
            raise NotFound("There is no SCIM API at this address.")
        exchange.realm = name
        return served

    async def _authenticate(self, exchange: Exchange, served: Served) -> Principal:
        sent = exchange.header(b"authorization")
        principal = served.authenticator.recall(sent) if sent is not None else None
        if principal is None:
            principal = await served.authenticator.authenticate(sent, exchange.address)
        AUTHORIZATION.set(sent)
        exchange.principal = principal.name
        return principal


def _named(found: Match, principal: Principal) -> str:
    """The id that is meant; `/Me` is the user that the token speaks for (RFC 7644 section 3.11)."""
    if found.endpoint != "Me":
        return found.id
    if principal.user is None:
        raise NotFound("This credential speaks for no user: /Me is nobody.")
    return principal.user

"""The OAuth2 and OpenID Connect endpoints of a realm, at Keycloak's paths; what they do is in access.oauth.

They answer for every enabled realm, whether its SCIM API is on or not.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scimbridge.access.oauth import Reply
from scimbridge.scim.errors import NotFound
from scimbridge.web.body import FORM_TYPES, read_body
from scimbridge.web.origin import Origins
from scimbridge.web.plain import answer, exchange_of
from scimbridge.web.ports import Served, ServedRealms

_FORM_LIMIT = 64 * 2**10  # bytes
_REALM = "/realms/{realm}"
_PROTOCOL = f"{_REALM}/protocol/openid-connect"


class OAuth:
    """The endpoints of all realms."""

    def __init__(self, realms: ServedRealms, origins: Origins) -> None:
        self._realms = realms
        self._origins = origins

    def routes(self) -> list[Route]:
        return [
            Route(f"{_PROTOCOL}/token", self.token, methods=["POST"]),
            Route(f"{_PROTOCOL}/token/introspect", self.introspect, methods=["POST"]),
            Route(f"{_PROTOCOL}/certs", self.certs),
            Route(f"{_REALM}/.well-known/openid-configuration", self.discovery),
            Route(_REALM, self.summary),
        ]

    async def token(self, request: Request) -> Response:
        served, issuer = self._find(request, "token")
        exchange = exchange_of(request)
        form = await read_body(exchange, _FORM_LIMIT, FORM_TYPES)
        return _send(await served.tokens.token(exchange.header(b"authorization"), form, issuer, exchange.address))

    async def introspect(self, request: Request) -> Response:
        served, _ = self._find(request, "introspect")
        exchange = exchange_of(request)
        form = await read_body(exchange, _FORM_LIMIT, FORM_TYPES)
        return _send(await served.tokens.introspect(exchange.header(b"authorization"), form, exchange.address))

    async def certs(self, request: Request) -> Response:
        served, _ = self._find(request, "certs")
        return answer(served.tokens.jwks())

    async def discovery(self, request: Request) -> Response:
        served, issuer = self._find(request, "openid-configuration")
        return answer(served.tokens.discovery(issuer))

    async def summary(self, request: Request) -> Response:
        served, issuer = self._find(request, "realm")
        return answer(served.tokens.summary(issuer))

    def _find(self, request: Request, endpoint: str) -> tuple[Served, str]:
        """The realm and its issuer; a disabled realm is as good as none."""
        exchange = exchange_of(request)
        exchange.endpoint = endpoint
        served = self._realms.find(request.path_params["realm"])
        if served is None or not served.realm.enabled:
            raise NotFound("There is no such realm.")
        exchange.realm = served.realm.name
        return served, f"{self._origins.url(exchange)}/realms/{served.realm.name}"


def _send(reply: Reply) -> Response:
    return answer(reply.body, reply.status, reply.headers)

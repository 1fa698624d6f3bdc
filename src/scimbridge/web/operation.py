"""What operators and their tools ask: is it alive, is it ready, what does it measure."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scimbridge.access.administration import Administration
from scimbridge.web.metrics import CONTENT_TYPE, Metrics
from scimbridge.web.plain import answer, exchange_of

# Raises whatever the database raises if it does not answer.
Probe = Callable[[], object]


class Readiness:
    """Whether requests should be sent here: not once the server drains, nor while the database does not answer."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.draining = False

    def problem(self) -> str | None:
        if self.draining:
            return "the server is stopping"
        try:
            self._probe()
        except Exception:  # noqa: BLE001 (whatever it is, the answer to the question is no)
            return "the database does not answer"
        return None


def health_routes(readiness: Readiness) -> list[Route]:
    async def live(request: Request) -> Response:
        exchange_of(request).endpoint = "health"
        return answer({"status": "UP"})

    async def ready(request: Request) -> Response:
        exchange_of(request).endpoint = "health"
        problem = readiness.problem()
        return answer({"status": "UP"}) if problem is None else answer({"status": "DOWN", "reason": problem}, 503)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/health", ready)]


def metrics_route(metrics: Metrics, administration: Administration, *, public: bool) -> Route:
    """Counts tell realm names and how busy they are, so an admin token is needed unless `public`."""

    async def expose(request: Request) -> Response:
        exchange = exchange_of(request)
        exchange.endpoint = "metrics"
        if not public:
            principal = await administration.admin_principal(exchange.header(b"authorization"))
            exchange.principal = principal.name
        return Response(metrics.expose(), media_type=CONTENT_TYPE)

    return Route("/metrics", expose)

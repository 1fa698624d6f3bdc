"""The whole web side put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from scimbridge.access.administration import Administration
from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.scim.errors import ScimError
from scimbridge.web.admin.routes import routes as admin_routes
from scimbridge.web.app import App
from scimbridge.web.exchange import Disconnected
from scimbridge.web.log import AccessLog
from scimbridge.web.metrics import Metrics, Outcomes, Readings
from scimbridge.web.oauth import OAuth
from scimbridge.web.operation import Readiness, health_routes, metrics_route
from scimbridge.web.origin import Network, Origins
from scimbridge.web.plain import on_bug, on_disconnect, on_http_error, on_provisioning_error, on_scim_error
from scimbridge.web.ports import ServedRealms
from scimbridge.web.scim import Scim


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator chose: the SCIM feature, the public URL, the proxies to believe, /metrics for everybody."""

    scim_api: bool = True
    hostname: str | None = None
    proxies: Sequence[Network] = ()
    metrics_public: bool = False


@dataclass(frozen=True, slots=True)
class Sensors:
    """What other parts measure, to be shown at /metrics."""

    counters: Readings = field(default_factory=dict)
    gauges: Readings = field(default_factory=dict)
    outcomes: Outcomes = field(default_factory=dict)


def create_app(
    realms: ServedRealms,
    administration: Administration,
    *,
    readiness: Readiness,
    options: Options,
    sensors: Sensors,
    access_log: AccessLog | None,
    new_id: Callable[[], str],
) -> App:
    """`new_id` makes what tells this process from others in request ids: its first twelve letters and digits."""
    origins = Origins(options.hostname, options.proxies)
    metrics = Metrics(sensors.counters, sensors.gauges, sensors.outcomes)
    rest = Starlette(
        routes=[
            *OAuth(realms, origins).routes(),
            *admin_routes(administration, realms, origins, readiness),
            *health_routes(readiness),
            metrics_route(metrics, administration, public=options.metrics_public),
        ],
        exception_handlers={
            ScimError: on_scim_error,
            ProvisioningError: on_provisioning_error,
            HTTPException: on_http_error,
            Disconnected: on_disconnect,
            Exception: on_bug,
        },
    )
    # A redirect would lead to what the Host header says, and clients do not repeat a POST there.
    rest.router.redirect_slashes = False
    return App(
        scim=Scim(realms, origins, enabled=options.scim_api),
        rest=rest,
        origins=origins,
        metrics=metrics,
        access_log=access_log,
        name=new_id().replace("-", "")[:12],
    )

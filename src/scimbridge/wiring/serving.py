"""A server: the application over the realms of an instance, and the process around it."""

import sys
from collections.abc import Callable, Sequence
from functools import partial

from scimbridge.adapters.sqlite.import_schedules import count_failures
from scimbridge.adapters.sqlite.links import count_tasks
from scimbridge.adapters.sqlite.provisioned import count_quarantined, count_works
from scimbridge.config import Settings
from scimbridge.directory.documents import timestamp
from scimbridge.web import log, server
from scimbridge.web.log import AccessLog
from scimbridge.web.operation import Readiness
from scimbridge.web.server import Listener
from scimbridge.web.site import Options, Sensors, create_app
from scimbridge.wiring.import_worker import ImportWorker
from scimbridge.wiring.instance import Instance
from scimbridge.wiring.provisioning_worker import ProvisioningWorker
from scimbridge.wiring.realms import LiveRealms
from scimbridge.wiring.sources import new_id, now


async def serve(instance: Instance, started: Callable[[Sequence[str]], None]) -> None:
    """Serves until SIGTERM or SIGINT; `started` is told the URLs once all listen. Raises ListenError."""
    settings = instance.settings
    await instance.store.purge()
    out = sys.stderr.buffer
    log.configure(settings.log_level, settings.log_format, out)
    access_log = AccessLog(out, settings.log_format, now) if settings.access_log else None
    realms, worker, imports = LiveRealms(instance), ProvisioningWorker(instance), ImportWorker(instance)

    def probe() -> None:
        instance.database.reader.execute("SELECT 1").fetchall()

    readiness = Readiness(probe)
    app = create_app(
        realms,
        instance.administration,
        readiness=readiness,
        options=Options(settings.scim_api, settings.hostname, settings.proxy_trusted, settings.metrics_public),
        sensors=_sensors(instance, realms, worker),
        access_log=access_log,
        new_id=new_id,
    )
    try:
        realms.refresh()
        worker.start()
        imports.start()
        await server.serve(
            app.answer,
            _listeners(settings),
            readiness=readiness,
            shutdown_timeout=settings.shutdown_timeout,
            started=started,
        )
    finally:
        await imports.close()
        await worker.close()
        await realms.close()
        if access_log is not None:
            access_log.flush()


def _listeners(settings: Settings) -> Sequence[Listener]:
    plain = Listener(settings.host, settings.http_port)
    if not settings.tls:
        return [plain]
    certificate, key = settings.https_certificate_file, settings.https_certificate_key_file
    secure = Listener(settings.host, settings.https_port, certificate, key)
    return [secure, plain] if settings.http_enabled else [secure]


def _sensors(instance: Instance, realms: LiveRealms, worker: ProvisioningWorker) -> Sensors:
    throttle, hasher, database = realms.throttle, instance.hasher, instance.database
    return Sensors(
        counters={
            "scimbridge_authentication_failures": ("Credentials that were not good.", lambda: throttle.failed),
            "scimbridge_authentication_delayed": ("Refusals that were slowed.", lambda: throttle.delayed),
            "scimbridge_authentication_throttled": ("Attempts answered 429.", lambda: throttle.refused),
        },
        gauges={
            "scimbridge_authentication_waiting": ("Refusals that wait to be answered.", lambda: throttle.waiting),
            "scimbridge_passwords_waiting": ("Passwords that wait to be hashed.", lambda: hasher.waiting),
            "scimbridge_tasks_waiting": (
                "Changes that wait to be delivered.",
                partial(count_tasks, database, "waiting"),
            ),
            "scimbridge_tasks_failed": ("Changes that Keycloak refused.", partial(count_tasks, database, "failed")),
            "scimbridge_pushes_waiting": (
                "Changes that wait to be pushed to applications.",
                partial(count_works, database, "waiting"),
            ),
            "scimbridge_pushes_failed": (
                "Changes that applications refused, which wait for a person.",
                partial(count_works, database, "failed"),
            ),
            "scimbridge_applications": ("Applications that this process tends.", lambda: len(worker.tended)),
            "scimbridge_applications_quarantined": (
                "Applications to which nothing is sent, because most of it failed.",
                lambda: count_quarantined(database, timestamp(now())),
            ),
            "scimbridge_imports_failed": (
                "Sources and applications whose last import on schedule came to nothing.",
                partial(count_failures, database),
            ),
        },
        outcomes={"scimbridge_pushes": ("Changes pushed to applications, by outcome.", worker.tally)},
    )

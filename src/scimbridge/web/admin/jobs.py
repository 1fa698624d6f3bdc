"""What the admin API does to jobs: begins them, lists them, waits for them."""

from typing import Any

import orjson
from starlette.responses import Response

from scimbridge.provisioning.jobs import Job, Kind, Work
from scimbridge.web.admin.operation import Operation
from scimbridge.web.plain import answer

# Proxies hang up after a minute, some after half of it.
_LONGEST_WAIT = 30


async def begin(operation: Operation, kind: Kind, subject: str, work: Work) -> Response:
    """The answer 202 of every long operation, once it has begun. Raises Conflict, TooManyRequests."""
    job = await operation.jobs().begin(kind, subject, operation.actor, work)
    return answer(job_document(job), 202, {"Location": f"/admin/realms/{operation.path('realm')}/jobs/{job.id}"})


async def list_all(operation: Operation) -> Response:
    return answer([job_document(job) for job in operation.jobs().all()])


async def show(operation: Operation) -> Response:
    """With `?wait=N` once it has ended, if it does within N seconds and before the server stops."""
    wait = operation.number("wait", 0, _LONGEST_WAIT)
    job = await operation.jobs().find(operation.path("job"), wait, lambda: operation.readiness.draining)
    return answer(job_document(job))


def job_document(job: Job) -> dict[str, Any]:
    return job._asdict() | {"result": orjson.loads(job.result)}

"""What the admin API does about the Keycloak behind a realm: is it set up, what differs, what waits."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.responses import Response

from scimbridge.bridge.ports import Task
from scimbridge.provisioning.jobs import Advance, Kind
from scimbridge.scim.errors import InvalidValue
from scimbridge.web.admin.bridge_documents import (
    bridge_task_document,
    drift_document,
    finding_document,
    migration_document,
)
from scimbridge.web.admin.jobs import begin
from scimbridge.web.admin.operation import Operation
from scimbridge.web.plain import answer
from scimbridge.web.ports import BridgeAdministration


async def list_tasks(operation: Operation) -> Response:
    async with _ask(operation) as bridge:
        return answer([bridge_task_document(task) for task in await bridge.tasks()])


async def retry(operation: Operation) -> Response:
    async with _ask(operation) as bridge:
        await bridge.retry(await _chosen(operation, bridge))
        return Response(status_code=204)


async def cancel(operation: Operation) -> Response:
    """What they were to change shows as drift."""
    async with _ask(operation) as bridge:
        await bridge.cancel(await _chosen(operation, bridge))
        return Response(status_code=204)


async def preflight(operation: Operation) -> Response:
    fix = operation.body.get("fix", False)

    async def use(bridge: BridgeAdministration) -> Any:
        return [finding_document(finding) for finding in await bridge.preflight(fix=fix)]

    return await _begin(operation, "preflight", use)


async def drift(operation: Operation) -> Response:
    count = operation.count()

    async def use(bridge: BridgeAdministration) -> Any:
        found = await bridge.drift()
        return {"count": len(found), "differences": [drift_document(one) for one in found[:count]]}

    return await _begin(operation, "drift", use)


async def migrate(operation: Operation) -> Response:
    actor = operation.actor

    async def plan(bridge: BridgeAdministration) -> Any:
        return migration_document(await bridge.migration())

    async def take_over(bridge: BridgeAdministration) -> Any:
        found = await bridge.migration()
        return migration_document(found) | {"managed": await bridge.take_over(found, actor=actor)}

    if operation.body.get("dryRun", False):
        return await _begin(operation, "migration plan", plan)
    return await _begin(operation, "migration", take_over)


async def _chosen(operation: Operation, bridge: BridgeAdministration) -> Sequence[Task]:
    numbers, failed = operation.body.get("numbers", ()), operation.body.get("failed", False)
    if not numbers and not failed:
        raise InvalidValue('Name tasks in "numbers", or say "failed": true for all that failed.')
    return await bridge.choose(numbers, failed=failed)


@asynccontextmanager
async def _ask(operation: Operation) -> AsyncIterator[BridgeAdministration]:
    """Raises NotFound, InvalidValue if the realm stands alone, Unavailable."""
    bridge = operation.realms.bridge(operation.realm())
    try:
        yield bridge
    finally:
        await bridge.close()


async def _begin(operation: Operation, kind: Kind, use: Callable[[BridgeAdministration], Awaitable[Any]]) -> Response:
    """A job with the realm's Keycloak; what is wrong with the request itself is said before it begins."""
    async with _ask(operation):
        pass

    async def work(_: Advance) -> Any:
        async with _ask(operation) as bridge:
            return await use(bridge)

    return await begin(operation, kind, "", work)

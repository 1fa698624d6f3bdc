"""Bulk (RFC 7644 section 3.7): many operations in one request, each a transaction of its own.

Operations run in the order of the request, except that one that names a `bulkId` made further down waits for it. A
circle of such references (section 3.7.1) is resolved by making its last resource without them and completing it
when the others are there; if they fail, it is taken back.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from scimbridge.directory.representation import Rendered
from scimbridge.directory.service import Call, Service
from scimbridge.scim.bulk import BulkOperation, BulkRequest, references, resolve_references
from scimbridge.scim.errors import Conflict, InvalidPath, MethodNotAllowed, NotFound, ScimError
from scimbridge.scim.schema import ResourceType

BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

# Raises Forbidden: (method, endpoint, whether one resource is meant).
Authorize = Callable[[str, str, bool], None]


class Bulk:
    """One bulk request under way."""

    def __init__(self, service: Service, request: BulkRequest, call: Call, authorize: Authorize) -> None:
        self._service = service
        self._operations = request.operations
        self._most_errors = request.fail_on_errors
        self._call = call
        self._authorize = authorize
        self._makers = {op.bulk_id: n for n, op in enumerate(self._operations) if op.method == "POST" and op.bulk_id}
        self._ids: dict[str, str] = {}
        self._under_way: set[int] = set()
        self._incomplete: dict[int, Rendered] = {}
        self._results: dict[int, dict[str, Any]] = {}
        self._errors = 0

    async def run(self) -> bytes:
        """The BulkResponse: one result for every operation that was tried, in the order of the request."""
        for number in range(len(self._operations)):
            if self._most_errors is not None and self._errors >= self._most_errors:
                break
            await self._perform(number)
        results = [self._results[number] for number in sorted(self._results)]
        return orjson.dumps({"schemas": [BULK_RESPONSE], "Operations": results})

    async def _perform(self, number: int) -> None:
        if number in self._results or number in self._under_way:
            return
        self._under_way.add(number)
        operation = self._operations[number]
        try:
            await self._prepare(operation)
            rendered, status = await self._apply(number, operation)
        except ScimError as error:
            self._fail(number, error)
        else:
            self._succeed(number, rendered, status)
        self._under_way.discard(number)
        await self._complete()

    async def _prepare(self, operation: BulkOperation) -> None:
        """Makes what the operation refers to, as far as it is not already being made."""
        for name in sorted(references([operation.path, operation.data])):
            if name not in self._makers:
                raise Conflict(f'bulkId "{name[:64]}" is made by no operation of this request.')
            await self._perform(self._makers[name])
            if name not in self._ids and self._makers[name] not in self._under_way:
                raise Conflict(f'bulkId "{name[:64]}" could not be made, see its own result.')

    async def _apply(self, number: int, operation: BulkOperation) -> tuple[Rendered | None, int]:
        known = replace(
            operation,
            path=resolve_references(operation.path, self._ids),
            data=resolve_references(operation.data, self._ids),
        )
        open_ = references([known.path, known.data])
        if not open_:
            return await self._dispatch(known)
        if operation.method != "POST":
            raise Conflict(f'bulkId "{min(open_)[:64]}" waits for this operation.')
        rendered, status = await self._dispatch(replace(known, data=_without(known.data)))
        if rendered is not None:
            self._incomplete[number] = rendered
        return rendered, status

    async def _dispatch(self, op: BulkOperation) -> tuple[Rendered | None, int]:
        kind, id_ = self._route(op)
        self._authorize(op.method, kind.endpoint.strip("/"), id_ is not None)
        call = self._call._replace(if_match=op.version)
        if id_ is None:
            return await self._service.create(kind, op.data, call), 201
        if op.method == "PUT":
            return await self._service.replace(kind, id_, op.data, call), 200
        if op.method == "PATCH":
            rendered = await self._service.patch(kind, id_, _as_patch(op.data), call)
            return rendered, 200 if rendered else 204
        await self._service.delete(kind, id_, call)
        return None, 204

    def _route(self, op: BulkOperation) -> tuple[ResourceType, str | None]:
        endpoint, _, id_ = op.path.strip("/").partition("/")
        kind = self._service.types.by_endpoint.get(endpoint)
        if kind is None:
            raise NotFound(f'Path "{op.path[:64]}" is no endpoint that takes bulk operations.')
        if "/" in id_:
            raise InvalidPath(f'Path "{op.path[:64]}" names no resource.')
        if (op.method == "POST") == bool(id_):
            allowed = "PUT, PATCH, DELETE" if id_ else "POST"
            raise MethodNotAllowed(f'{op.method} does not go with path "{op.path[:64]}".', headers={"Allow": allowed})
        return kind, id_ or None

    async def _complete(self) -> None:
        """Finishes resources made without their references once those are settled."""
        for number, rendered in list(self._incomplete.items()):
            operation = self._operations[number]
            wanted = references(operation.data)
            if any(self._makers[name] not in self._results for name in wanted):
                continue
            del self._incomplete[number]
            target = replace(operation, method="PUT", path=f"{operation.path.rstrip('/')}/{rendered.id}", version=None)
            try:
                if not wanted <= self._ids.keys():
                    raise Conflict(f'bulkId "{min(wanted - self._ids.keys())[:64]}" could not be made.')
                data = resolve_references(operation.data, self._ids)
                done, _ = await self._dispatch(replace(target, data=data))
            except ScimError as error:
                await self._dispatch(replace(target, method="DELETE"))
                self._ids.pop(operation.bulk_id or "", None)
                self._fail(number, error)
            else:
                self._succeed(number, done, 201)

    def _succeed(self, number: int, rendered: Rendered | None, status: int) -> None:
        result = self._result(number, status)
        operation = self._operations[number]
        if rendered is not None:
            result |= {"location": rendered.location, "version": rendered.etag}
            if operation.bulk_id:
                self._ids.setdefault(operation.bulk_id, rendered.id)
        elif operation.method != "POST":
            result["location"] = f"{self._call.base}/{resolve_references(operation.path, self._ids).strip('/')}"
        self._results[number] = result

    def _fail(self, number: int, error: ScimError) -> None:
        self._errors += 1
        self._results[number] = self._result(number, error.status) | {"response": error.message()}

    def _result(self, number: int, status: int) -> dict[str, Any]:
        operation = self._operations[number]
        result: dict[str, Any] = {"method": operation.method, "status": str(status)}
        return result | {"bulkId": operation.bulk_id} if operation.bulk_id else result


def _as_patch(data: Any) -> Any:
    """RFC 7644 section 3.7's own example sends the operations of a PATCH as a bare list."""
    return (
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": data}
        if isinstance(data, list)
        else data
    )


def _without(value: Any) -> Any:
    """The value less every list element and attribute that still holds a reference."""
    if isinstance(value, list):
        return [_without(item) for item in value if not _is_reference_holder(item)]
    if isinstance(value, Mapping):
        return {
            name: _without(item) for name, item in value.items() if not isinstance(item, str) or not references(item)
        }
    return value


def _is_reference_holder(item: Any) -> bool:
    """Whether a list element is itself a reference, or one of its own attributes is."""
    own = item.values() if isinstance(item, Mapping) else [item]
    return any(isinstance(value, str) and bool(references(value)) for value in own)

"""A row of the admin API's table, and the table as an OpenAPI 3.1 document."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from starlette.responses import Response

from scimbridge.web.admin.operations import Operation
from scimbridge.web.admin.shapes import Shape

_ERROR = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_REFUSAL = {
    "description": "Refused",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: `shape` None means that no body is read; `query` are the parameters taken."""

    method: str
    path: str
    perform: Callable[[Operation], Awaitable[Response]]
    summary: str
    status: int = 200
    shape: Shape | None = None
    query: Sequence[str] = ()


def openapi(table: Sequence[Entry]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for entry in table:
        paths.setdefault(entry.path.replace(":path", ""), {})[entry.method.lower()] = _operation(entry)
    return {
        "openapi": "3.1.0",
        "info": {"title": "scimbridge admin API", "version": version("scimbridge")},
        "security": [{"adminToken": []}],
        "components": {
            "securitySchemes": {"adminToken": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR},
        },
        "paths": paths,
    }


def _operation(entry: Entry) -> dict[str, Any]:
    in_path = re.findall(r"{(\w+)", entry.path)
    text = {"type": "string"}
    parameters = [{"name": name, "in": "path", "required": True, "schema": text} for name in in_path]
    parameters += [{"name": name, "in": "query", "schema": text} for name in entry.query]
    operation: dict[str, Any] = {
        "summary": entry.summary,
        "parameters": parameters,
        "responses": {str(entry.status): {"description": "Done"}, "default": _REFUSAL},
    }
    if entry.shape is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": dict(entry.shape)}}}
    return operation

"""The table of the admin API as an OpenAPI 3.1 document."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from scimbridge.web.admin.components import COMPONENTS, one
from scimbridge.web.admin.entry import Entry

_ACCEPTED: Final = 202
_TEXT: Final = {"type": "string"}


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
            "schemas": dict(COMPONENTS),
        },
        "paths": paths,
    }


def _operation(entry: Entry) -> dict[str, Any]:
    in_path = re.findall(r"{(\w+)", entry.path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in in_path]
    parameters += [{"name": name, "in": "query", "schema": _TEXT} for name in entry.query]
    operation: dict[str, Any] = {
        "summary": entry.summary,
        "parameters": parameters,
        "responses": {str(entry.status): _success(entry), "default": _REFUSAL},
    }
    if entry.shape is not None:
        operation["requestBody"] = {"required": bool(entry.shape["required"]), "content": _json(entry.shape)}
    return operation


def _success(entry: Entry) -> dict[str, Any]:
    description = "Begun; its URL is in Location" if entry.status == _ACCEPTED else "Done"
    if entry.gives is None:
        return {"description": description}
    content = _scim(entry.gives) if entry.gives in _SCIM else _json(entry.gives)
    return {"description": description, "content": content}


def _json(shape: Any) -> dict[str, Any]:
    return {"application/json": {"schema": dict(shape)}}


def _scim(shape: Any) -> dict[str, Any]:
    return {"application/scim+json": {"schema": dict(shape)}}


# Answered as the SCIM endpoints answer.
_SCIM: Final = (one("Resource"), one("ListResponse"))
_REFUSAL: Final = {"description": "Refused", "content": _json(one("Error"))}

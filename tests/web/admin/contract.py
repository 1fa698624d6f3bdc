"""Holds every answer of the admin API to its OpenAPI document."""

import re
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from scimbridge.web.admin.openapi import openapi
from scimbridge.web.admin.routes import TABLE

DOCUMENT = openapi(TABLE)


def check_answer(method: str, path: str, response: httpx.Response) -> httpx.Response:
    """Its status is one that the document has for a URL below /admin, and its body has the shape that goes with it."""
    operation = _operation(method, f"/admin{path}".partition("?")[0])
    if operation is None:
        assert path == "/openapi.json" or response.status_code in (404, 405), f"{method} {path} is not in the document"
        return response
    answers = operation["responses"]
    answer = answers.get(str(response.status_code))
    assert answer is not None or response.is_error, f"{response.status_code} is not in the document"
    content = (answer or answers["default"]).get("content")
    if content is None:
        assert response.content == b""
        return response
    ((media_type, described),) = content.items()
    assert response.headers["Content-Type"].partition(";")[0] == media_type
    _validate(described["schema"], response.json())
    return response


def _operation(method: str, path: str) -> dict[str, Any] | None:
    """As the routes are looked through: the first that fits."""
    for entry in TABLE:
        template = re.sub(r"{\w+:path}", ".+", entry.path)
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and entry.method == method:
            found: dict[str, Any] = DOCUMENT["paths"][entry.path.replace(":path", "")][method.lower()]
            return found
    return None


def _validate(schema: dict[str, Any], body: Any) -> None:
    errors = [f"{error.instance_path}: {error.message}" for error in _validator(str(schema)).iter_errors(body)]
    assert not errors, errors


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """One for each shape: compiling takes longer than checking."""
    shape: dict[str, Any] = _SHAPES[schema]
    return jsonschema_rs.Draft202012Validator({**shape, "components": DOCUMENT["components"]})


_SHAPES = {
    str(described["schema"]): described["schema"]
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
    for answer in operation["responses"].values()
    for described in answer.get("content", {}).values()
}

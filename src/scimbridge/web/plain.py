"""Answers of everything that is not SCIM: JSON, and errors in the two words of RFC 6749 section 5.2."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.scim.errors import ScimError
from scimbridge.web.exchange import Exchange

_log = logging.getLogger(__name__)

# Answers hold secrets, or the state of a moment.
_NO_STORE = {"Cache-Control": "no-store"}

# nginx's word for a client that hung up; nobody receives it.
CLIENT_CLOSED = 499

_CODES = {
    400: "invalid_request",
    401: "invalid_token",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "slow_down",
    503: "temporarily_unavailable",
}


class JsonResponse(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def exchange_of(request: Request) -> Exchange:
    exchange: Exchange = request.scope["exchange"]
    return exchange


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return JsonResponse(document, status, {**_NO_STORE, **(headers or {})})


def refuse(status: int, description: str, headers: Mapping[str, str] | None = None) -> Response:
    document = {"error": _CODES.get(status, "server_error"), "error_description": description}
    return answer(document, status, headers)


async def on_scim_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ScimError)  # noqa: S101 (how Starlette calls it)
    return refuse(error.status, error.detail, error.headers)


async def on_provisioning_error(_request: Request, error: Exception) -> Response:
    """A safeguard, or another process: the request was good, and cannot be done now."""
    assert isinstance(error, ProvisioningError)  # noqa: S101
    return refuse(HTTPStatus.CONFLICT, str(error))


async def on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return refuse(error.status_code, f"{HTTPStatus(error.status_code).phrase}.", error.headers)


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED)


async def on_bug(request: Request, error: Exception) -> Response:
    request_id = exchange_of(request).request_id
    _log.error("request failed", exc_info=error, extra={"fields": {"request_id": request_id}})
    return refuse(500, f"The server made a mistake; its log has more under {request_id}.")

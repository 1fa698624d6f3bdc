"""The admin API's URLs: one table, from which come the routes and the OpenAPI document."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scimbridge.access.administration import Administration
from scimbridge.scim import json
from scimbridge.web.admin.access_routes import CREDENTIALS, REALMS, RESOURCES, SERVER
from scimbridge.web.admin.application_routes import APPLICATIONS, ASSIGNMENTS
from scimbridge.web.admin.entry import Entry
from scimbridge.web.admin.openapi import openapi
from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.push_routes import ACCOUNTS, PUSHES
from scimbridge.web.admin.realm_routes import BRIDGE, DECLARATIONS, JOBS, SOURCES
from scimbridge.web.admin.shapes import check
from scimbridge.web.body import read_body
from scimbridge.web.operation import Readiness
from scimbridge.web.origin import Origins
from scimbridge.web.plain import answer, exchange_of
from scimbridge.web.ports import ServedRealms

_BODY_LIMIT = 2**20  # bytes; the largest bodies are a realm with custom schemas, and a document of one

# Paths that are alike stand together, and of two that match a URL the narrower one first.
TABLE: Sequence[Entry] = (
    *REALMS,
    *CREDENTIALS,
    *RESOURCES,
    *JOBS,
    *SOURCES,
    *APPLICATIONS,
    *ASSIGNMENTS,
    *PUSHES,
    *ACCOUNTS,
    *BRIDGE,
    *DECLARATIONS,
    *SERVER,
)


class _Ground(NamedTuple):
    """What all operations stand on."""

    administration: Administration
    realms: ServedRealms
    origins: Origins
    readiness: Readiness


class _Endpoint:
    """One path with its methods."""

    def __init__(self, ground: _Ground, entries: Sequence[Entry]) -> None:
        self._ground = ground
        self._entries = {entry.method: entry for entry in entries}
        self.methods = list(self._entries)

    async def answer(self, request: Request) -> Response:
        exchange, ground = exchange_of(request), self._ground
        exchange.endpoint = "admin"
        principal = await ground.administration.admin_principal(exchange.header(b"authorization"))
        exchange.principal = principal.name
        entry = self._entries["GET" if request.method == "HEAD" else request.method]
        body: dict[str, Any] = {}
        if entry.shape is not None:
            sent = await read_body(exchange, _BODY_LIMIT)
            body = check(json.parse(sent) if sent else {}, entry.shape)
        url = ground.origins.url(exchange)
        parts = (ground.administration, ground.realms, ground.readiness)
        return await entry.perform(Operation(*parts, request, principal.name, body, url))


def routes(administration: Administration, realms: ServedRealms, origins: Origins, readiness: Readiness) -> list[Route]:
    """The admin API as routes of a web application."""
    ground = _Ground(administration, realms, origins, readiness)
    found = [Route("/admin/openapi.json", _describe)]
    for path, entries in groupby(TABLE, key=lambda entry: entry.path):
        endpoint = _Endpoint(ground, list(entries))
        found.append(Route(path, endpoint.answer, methods=endpoint.methods))
    return found


async def _describe(request: Request) -> Response:
    exchange_of(request).endpoint = "admin"
    return answer(openapi(TABLE))

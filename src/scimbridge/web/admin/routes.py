"""The admin API's URLs: one table, from which come the routes and the OpenAPI document."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scimbridge.access.administration import Administration
from scimbridge.scim import json
from scimbridge.web.admin.access_routes import CREDENTIALS, REALMS, RESOURCES, SERVER
from scimbridge.web.admin.application_routes import ACCOUNTS, APPLICATIONS, ASSIGNMENTS, PUSHES
from scimbridge.web.admin.entry import Entry
from scimbridge.web.admin.openapi import openapi
from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.realm_routes import BRIDGE, DECLARATIONS, JOBS, SOURCES
from scimbridge.web.admin.shapes import check
from scimbridge.web.body import read_body
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


class _Endpoint:
    """One path with its methods."""

    def __init__(
        self, administration: Administration, realms: ServedRealms, origins: Origins, entries: Sequence[Entry]
    ) -> None:
        self._administration = administration
        self._realms = realms
        self._origins = origins
        self._entries = {entry.method: entry for entry in entries}
        self.methods = list(self._entries)

    async def answer(self, request: Request) -> Response:
        exchange = exchange_of(request)
        exchange.endpoint = "admin"
        principal = await self._administration.admin_principal(exchange.header(b"authorization"))
        exchange.principal = principal.name
        entry = self._entries["GET" if request.method == "HEAD" else request.method]
        body: dict[str, Any] = {}
        if entry.shape is not None:
            sent = await read_body(exchange, _BODY_LIMIT)
            body = check(json.parse(sent) if sent else {}, entry.shape)
        url = self._origins.url(exchange)
        return await entry.perform(Operation(self._administration, self._realms, request, principal.name, body, url))


def routes(administration: Administration, realms: ServedRealms, origins: Origins) -> list[Route]:
    """The admin API as routes of a web application."""
    found = [Route("/admin/openapi.json", _describe)]
    for path, entries in groupby(TABLE, key=lambda entry: entry.path):
        endpoint = _Endpoint(administration, realms, origins, list(entries))
        found.append(Route(path, endpoint.answer, methods=endpoint.methods))
    return found


async def _describe(request: Request) -> Response:
    exchange_of(request).endpoint = "admin"
    return answer(openapi(TABLE))

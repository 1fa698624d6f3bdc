"""The admin API's URLs: one table, from which come the routes and the OpenAPI document."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scimbridge.access.administration import Administration
from scimbridge.scim import json
from scimbridge.web.admin import operations as do
from scimbridge.web.admin import shapes
from scimbridge.web.admin.application_routes import APPLICATIONS
from scimbridge.web.admin.openapi import Entry, openapi
from scimbridge.web.admin.operations import Operation
from scimbridge.web.admin.shapes import check
from scimbridge.web.body import read_body
from scimbridge.web.origin import Origins
from scimbridge.web.plain import answer, exchange_of
from scimbridge.web.ports import ServedRealms

_BODY_LIMIT = 2**20  # bytes; the largest body is a realm with custom schemas


_REALM = "/admin/realms/{realm}"
_CLIENT = f"{_REALM}/clients/{{client:path}}"  # a client id may hold slashes
_TOKEN = f"{_REALM}/tokens/{{token}}"
_LIST = ("filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor")
_JOURNAL = ("user", "group", "id", "request", "since", "until", "after", "count", "newest")

# Paths that are alike stand together, and of two that match a URL the narrower one first.
TABLE: Sequence[Entry] = (
    Entry("GET", "/admin/realms", do.list_realms, "All realms"),
    Entry("POST", "/admin/realms", do.create_realm, "Make a realm", 201, shapes.NEW_REALM),
    Entry("GET", _REALM, do.show_realm, "A realm's settings and URLs"),
    Entry("PATCH", _REALM, do.change_realm, "Change the settings named in the body", shape=shapes.REALM_CHANGE),
    Entry("DELETE", _REALM, do.delete_realm, "Delete a realm with all that is in it", 204, query=("confirm",)),
    Entry("GET", f"{_REALM}/clients", do.list_clients, "The OAuth2 clients of a realm"),
    Entry("POST", f"{_REALM}/clients", do.create_client, "Make a client; shows its secret", 201, shapes.NEW_CLIENT),
    Entry("POST", f"{_CLIENT}/rotate", do.rotate_client, "Make a new secret and show it", shape=shapes.ROTATION),
    Entry("GET", _CLIENT, do.show_client, "A client"),
    Entry("PATCH", _CLIENT, do.change_client, "Change what the body names", shape=shapes.CLIENT_CHANGE),
    Entry("DELETE", _CLIENT, do.delete_client, "Delete a client; its tokens are refused at once", 204),
    Entry("GET", f"{_REALM}/tokens", do.list_tokens, "The static tokens of a realm"),
    Entry("POST", f"{_REALM}/tokens", do.create_token, "Make a static token and show it", 201, shapes.NEW_TOKEN),
    Entry("POST", f"{_TOKEN}/rotate", do.rotate_token, "Make a new value and show it", shape=shapes.TOKEN_ROTATION),
    Entry("DELETE", _TOKEN, do.revoke_token, "Revoke a static token", 204),
    Entry("GET", f"{_REALM}/keys", do.list_keys, "The signing keys of a realm, the active one first"),
    Entry("POST", f"{_REALM}/keys/rotate", do.rotate_keys, "Make a new signing key", shape=shapes.NOTHING),
    Entry("GET", f"{_REALM}/users", do.list_users, "Users, listed as SCIM lists them", query=_LIST),
    Entry("GET", f"{_REALM}/users/{{id}}", do.show_user, "A user", query=_LIST[1:3]),
    Entry("GET", f"{_REALM}/groups", do.list_groups, "Groups, listed as SCIM lists them", query=_LIST),
    Entry("GET", f"{_REALM}/groups/{{id}}", do.show_group, "A group", query=_LIST[1:3]),
    Entry("GET", f"{_REALM}/journal", do.list_journal, "Changes of users and groups, oldest first", query=_JOURNAL),
    *APPLICATIONS,
    Entry("GET", "/admin/events", do.list_events, "Administrative changes", query=("realm", "after", "count")),
    Entry("GET", "/admin/tokens", do.list_tokens, "The admin tokens of the server"),
    Entry("POST", "/admin/tokens", do.create_token, "Make an admin token", 201, shapes.NEW_ADMIN_TOKEN),
    Entry("POST", "/admin/tokens/{token}/rotate", do.rotate_token, "Rotate one", shape=shapes.TOKEN_ROTATION),
    Entry("DELETE", "/admin/tokens/{token}", do.revoke_token, "Revoke an admin token", 204),
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

"""What each operation of the admin API does; which URL it has stands in routes.py.

A secret is in the answer that made it, as `secret` or `token`, and in no other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from scimbridge.access.administration import Administration
from scimbridge.access.clients import Clients
from scimbridge.access.realm import Realm
from scimbridge.access.settings import realm_to_document
from scimbridge.access.tokens import Tokens
from scimbridge.directory.ports import Actor, JournalQuery
from scimbridge.directory.search import search
from scimbridge.directory.service import Call
from scimbridge.scim.errors import InvalidValue, NotFound
from scimbridge.scim.messages import search_from_query
from scimbridge.web.admin.documents import (
    client_document,
    entry_document,
    event_document,
    key_document,
    token_document,
)
from scimbridge.web.plain import answer, exchange_of
from scimbridge.web.ports import Served, ServedRealms

_MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Operation:
    """A request that has been let in: `actor` for the records, `body` checked against the route's shape."""

    administration: Administration
    realms: ServedRealms
    request: Request
    actor: str
    body: dict[str, Any]
    url: str

    def path(self, name: str) -> str:
        value: str = self.request.path_params[name]
        return value

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter that is a whole number from 0 to `most`."""
        text = self.query(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > len(str(2**63)) or int(text) > most:
            raise InvalidValue(f'Parameter "{name}" must be a whole number from 0 to {most}.')
        return int(text)

    def time(self, name: str) -> str | None:
        """A query parameter that is an RFC 3339 time, as the journal writes times."""
        text = self.query(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidValue(f'Parameter "{name}" must be a time such as 2026-01-31T12:00:00Z.') from None
        if moment.tzinfo is None:
            raise InvalidValue(f'Parameter "{name}" must say its time zone, as 2026-01-31T12:00:00Z does.')
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def seconds(self, name: str) -> timedelta | None:
        return timedelta(seconds=self.body[name]) if name in self.body else None

    def clients(self) -> Clients:
        return self.administration.clients(self.path("realm"))

    def tokens(self) -> Tokens:
        """Those of the realm in the path, or the admin tokens if there is none."""
        if "realm" not in self.request.path_params:
            return self.administration.admin_tokens
        return self.administration.tokens(self.path("realm"))

    def served(self) -> Served:
        name = self.path("realm")
        served = self.realms.find(name)
        if served is None:
            raise NotFound(f'There is no realm "{name[:64]}".')
        return served


async def list_realms(operation: Operation) -> Response:
    return answer([_realm(operation, realm) for realm in operation.administration.realms.list()])


async def create_realm(operation: Operation) -> Response:
    settings = dict(operation.body)
    name = settings.pop("name")
    realm = await operation.administration.realms.create(name, settings, actor=operation.actor)
    return answer(_realm(operation, realm), 201, {"Location": f"/admin/realms/{realm.name}"})


async def show_realm(operation: Operation) -> Response:
    return answer(_realm(operation, operation.administration.realms.get(operation.path("realm"))))


async def change_realm(operation: Operation) -> Response:
    name = operation.path("realm")
    return answer(
        _realm(operation, await operation.administration.realms.change(name, operation.body, actor=operation.actor))
    )


async def delete_realm(operation: Operation) -> Response:
    name = operation.path("realm")
    if operation.query("confirm") != name:
        raise InvalidValue(f"This deletes all users and groups of the realm: confirm with ?confirm={name[:64]}.")
    await operation.administration.realms.delete(name, actor=operation.actor)
    return Response(status_code=204)


async def list_clients(operation: Operation) -> Response:
    return answer([client_document(client) for client in operation.clients().list()])


async def create_client(operation: Operation) -> Response:
    body = operation.body
    given: dict[str, Any] = {name: body[name] for name in ("description", "enabled", "grants", "roles") if name in body}
    if "serviceAccount" in body:
        given["service_account"] = body["serviceAccount"]
    issued = await operation.clients().create(body["clientId"], actor=operation.actor, **given)
    return answer({**client_document(issued.client), "secret": issued.secret}, 201)


async def show_client(operation: Operation) -> Response:
    return answer(client_document(operation.clients().get(operation.path("client"))))


async def change_client(operation: Operation) -> Response:
    clients = operation.clients()
    return answer(
        client_document(await clients.change(operation.path("client"), operation.body, actor=operation.actor))
    )


async def rotate_client(operation: Operation) -> Response:
    overlap = operation.seconds("overlap") or timedelta()
    issued = await operation.clients().rotate(operation.path("client"), actor=operation.actor, overlap=overlap)
    return answer({**client_document(issued.client), "secret": issued.secret})


async def delete_client(operation: Operation) -> Response:
    await operation.clients().delete(operation.path("client"), actor=operation.actor)
    return Response(status_code=204)


async def list_tokens(operation: Operation) -> Response:
    return answer([token_document(token) for token in operation.tokens().list()])


async def create_token(operation: Operation) -> Response:
    given = {"roles": operation.body["roles"]} if "roles" in operation.body else {}
    lifetime = operation.seconds("lifetime")
    issued = await operation.tokens().create(operation.body["name"], actor=operation.actor, lifetime=lifetime, **given)
    return answer({**token_document(issued.token), "token": issued.value}, 201)


async def rotate_token(operation: Operation) -> Response:
    issued = await operation.tokens().rotate(
        operation.path("token"),
        actor=operation.actor,
        overlap=operation.seconds("overlap") or timedelta(),
        lifetime=operation.seconds("lifetime"),
    )
    return answer({**token_document(issued.token), "token": issued.value})


async def revoke_token(operation: Operation) -> Response:
    await operation.tokens().revoke(operation.path("token"), actor=operation.actor)
    return Response(status_code=204)


async def list_keys(operation: Operation) -> Response:
    keys = operation.administration.keys(operation.path("realm"))
    return answer([key_document(key) for key in keys.list()])


async def rotate_keys(operation: Operation) -> Response:
    keys = operation.administration.keys(operation.path("realm"))
    return answer(key_document(await keys.rotate(actor=operation.actor)))


async def list_users(operation: Operation) -> Response:
    return await _search(operation, "User")


async def list_groups(operation: Operation) -> Response:
    return await _search(operation, "Group")


async def show_user(operation: Operation) -> Response:
    return await _show(operation, "User")


async def show_group(operation: Operation) -> Response:
    return await _show(operation, "Group")


async def list_journal(operation: Operation) -> Response:
    user, group = operation.query("user"), operation.query("group")
    query = JournalQuery(
        type="User" if user is not None else "Group" if group is not None else None,
        name=user if user is not None else group,
        id=operation.query("id"),
        request_id=operation.query("request"),
        since=operation.time("since"),
        until=operation.time("until"),
        after=operation.number("after", 0, 2**63 - 1),
        count=operation.number("count", 100, _MOST_ENTRIES),
        newest=operation.query("newest") == "true",
    )
    return answer([entry_document(entry) for entry in await operation.served().service.directory.journal(query)])


async def list_events(operation: Operation) -> Response:
    after, count = operation.number("after", 0, 2**63 - 1), operation.number("count", 100, _MOST_ENTRIES)
    events = operation.administration.events(operation.query("realm"), after, count)
    return answer([event_document(event) for event in events])


async def _search(operation: Operation, kind: str) -> Response:
    """As the SCIM endpoint lists, with its query parameters."""
    service = operation.served().service
    wanted = search_from_query(operation.request.scope["query_string"])
    found = await search(service, [service.types.by_name[kind]], _call(operation, wanted))
    return Response(found, media_type="application/scim+json", headers={"Cache-Control": "no-store"})


async def _show(operation: Operation, kind: str) -> Response:
    service = operation.served().service
    wanted = search_from_query(operation.request.scope["query_string"])
    rendered = await service.read(service.types.by_name[kind], operation.path("id"), _call(operation, wanted))
    return Response(rendered.body, media_type="application/scim+json", headers={"Cache-Control": "no-store"})


def _call(operation: Operation, wanted: Any) -> Call:
    actor = Actor(operation.actor, request_id=exchange_of(operation.request).request_id)
    return Call(f"{operation.url}/realms/{operation.path('realm')}/scim/v2", actor, wanted)


def _realm(operation: Operation, realm: Realm) -> dict[str, Any]:
    """The settings, and the URLs that an administrator pastes elsewhere."""
    issuer = f"{operation.url}/realms/{realm.name}"
    return realm_to_document(realm) | {
        "scimUrl": f"{issuer}/scim/v2",
        "tokenUrl": f"{issuer}/protocol/openid-connect/token",
    }

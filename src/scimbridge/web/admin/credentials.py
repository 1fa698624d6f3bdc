"""What the admin API does to clients, tokens and signing keys.

A secret is in the answer that made it, as `secret` or `token`, and in no other.
"""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from scimbridge.web.admin.documents import client_document, key_document, token_document
from scimbridge.web.admin.operation import Operation
from scimbridge.web.plain import answer


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

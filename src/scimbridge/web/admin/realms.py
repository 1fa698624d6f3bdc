"""What the admin API does to realms, and the records of what was done to them."""

from typing import Any

from starlette.responses import Response

from scimbridge.access.realm import Realm
from scimbridge.access.settings import realm_to_document
from scimbridge.web.admin.documents import event_document
from scimbridge.web.admin.operation import Operation
from scimbridge.web.plain import answer


async def list_all(operation: Operation) -> Response:
    return answer([_document(operation, realm) for realm in operation.administration.realms.list()])


async def create(operation: Operation) -> Response:
    settings = dict(operation.body)
    name = settings.pop("name")
    realm = await operation.administration.realms.create(name, settings, actor=operation.actor)
    return answer(_document(operation, realm), 201, {"Location": f"/admin/realms/{realm.name}"})


async def show(operation: Operation) -> Response:
    return answer(_document(operation, operation.realm()))


async def change(operation: Operation) -> Response:
    name = operation.path("realm")
    realm = await operation.administration.realms.change(name, operation.body, actor=operation.actor)
    return answer(_document(operation, realm))


async def delete(operation: Operation) -> Response:
    name = operation.path("realm")
    operation.confirm(name, "deletes all users and groups of the realm")
    await operation.administration.realms.delete(name, actor=operation.actor)
    return Response(status_code=204)


async def list_events(operation: Operation) -> Response:
    events = operation.administration.events(operation.query("realm"), operation.after(), operation.count())
    return answer([event_document(event) for event in events])


def _document(operation: Operation, realm: Realm) -> dict[str, Any]:
    """The settings, and the URLs that an administrator pastes elsewhere."""
    issuer = f"{operation.url}/realms/{realm.name}"
    return realm_to_document(realm) | {
        "scimUrl": f"{issuer}/scim/v2",
        "tokenUrl": f"{issuer}/protocol/openid-connect/token",
    }

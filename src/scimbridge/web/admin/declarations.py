"""What the admin API does with documents that describe a realm: writes one, compares one with what is, makes it so."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache

from starlette.responses import Response

from scimbridge.provisioning.declaration import report
from scimbridge.provisioning.declaration.comparison import Comparison, compare
from scimbridge.provisioning.declaration.document import Reference, read_declaration
from scimbridge.provisioning.declaration.export import export
from scimbridge.provisioning.declaration.references import References
from scimbridge.provisioning.declaration.services import Services
from scimbridge.scim.errors import InvalidValue
from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.provisioned import ask
from scimbridge.web.plain import answer


async def show(operation: Operation) -> Response:
    async with ask(operation) as asked:
        return answer(export(operation.realm(), asked.provisioned.services()))


async def plan(operation: Operation) -> Response:
    async with _compare(operation) as comparison:
        return answer(report.to_document(comparison))


async def apply(operation: Operation) -> Response:
    """One by one: if it is cut short, applying again does the rest."""
    async with _compare(operation) as comparison:
        for difference in comparison.differences:
            await difference.make(operation.actor)
        return answer(report.to_document(comparison))


@asynccontextmanager
async def _compare(operation: Operation) -> AsyncIterator[Comparison]:
    """The differences can be made while it is open. Raises InvalidValue naming the place in the document."""
    declaration = read_declaration(operation.body["declaration"])
    async with AsyncExitStack() as opened:

        @cache
        def services() -> Services:
            provisioned = operation.provisioned(declaration.realm)
            opened.push_async_callback(provisioned.close)
            return provisioned.services()

        references = References(_reader(operation.body.get("secrets", {})))
        realms, prune = operation.administration.realms, operation.body.get("prune", False)
        yield compare(declaration, realms, services, references, prune=prune)


def _reader(secrets: Mapping[str, str]) -> Callable[[Reference], str | None]:
    """`{env: NAME}` stands for what came with the request: over HTTP nothing of the server's own is read."""

    def read(reference: Reference) -> str | None:
        if "file" in reference:
            raise InvalidValue(
                'Files are not read here: refer to the secret as {"env": NAME}, and give it in "secrets".'
            )
        return secrets.get(reference["env"])

    return read

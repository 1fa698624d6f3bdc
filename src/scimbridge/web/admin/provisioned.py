"""What works on applications and sources, opened for one request or one job of the admin API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from scimbridge.provisioning.administration import Administration
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.ports import Ledger
from scimbridge.provisioning.provisioner import Provisioner
from scimbridge.provisioning.sources.source import Source
from scimbridge.web.admin.operation import Operation
from scimbridge.web.ports import Provisioned


class Asked(NamedTuple):
    """The realm's provisioning, and the application or source in the path."""

    provisioned: Provisioned
    name: str
    actor: str

    @property
    def administration(self) -> Administration:
        return self.provisioned.administration

    @property
    def application(self) -> Application:
        """Raises NotFound."""
        return self.administration.get(self.name)

    @property
    def source(self) -> Source:
        """Raises NotFound."""
        return self.provisioned.sources.get(self.name)

    @property
    def ledger(self) -> Ledger:
        """Raises NotFound."""
        return self.provisioned.ledger(self.application)

    def provisioner(self) -> Provisioner:
        """Raises NotFound, InvalidValue if the application has no connection, Unavailable."""
        return self.provisioned.provisioner(self.application)


@asynccontextmanager
async def ask(operation: Operation) -> AsyncIterator[Asked]:
    """Raises NotFound."""
    path, provisioned = operation.request.path_params, operation.provisioned(operation.path("realm"))
    try:
        yield Asked(provisioned, path.get("application") or path.get("source", ""), operation.actor)
    finally:
        await provisioned.close()

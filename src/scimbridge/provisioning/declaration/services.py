"""What the comparison of a file needs of a realm that is there."""

from collections.abc import Callable
from dataclasses import dataclass

from scimbridge.directory.ports import Directory
from scimbridge.provisioning.administration import Administration
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.sources.administration import SourceAdministration
from scimbridge.provisioning.sources.source import Source


@dataclass(frozen=True, slots=True)
class Services:
    """`secret`: that of an application in clear, "" if there is none."""

    applications: Administration
    sources: SourceAdministration
    directory: Directory
    secret: Callable[[Application], str]

    def find_application(self, name: str) -> Application | None:
        return next((one for one in self.applications.list() if one.name == name), None)

    def find_source(self, name: str) -> Source | None:
        return next((one for one in self.sources.list() if one.name == name), None)


# Those of the realm, once there is one; raises NotFound before.
OpenServices = Callable[[], Services]

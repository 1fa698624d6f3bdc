"""What the comparison of a file needs of a realm that is there."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

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

    def find_id(self, type_: str, name: str) -> str | None:
        """The id of a user or group by its name, or by its id."""
        record = self.directory.lookup(type_, name) or self.directory.get(type_, name)
        return record.id if record is not None else None

    def find_name(self, type_: str, id_: str) -> str | None:
        """The userName or displayName; None for one who is gone."""
        record = self.directory.get(type_, id_)
        if record is None:
            return None
        return str(orjson.loads(record.document)["userName" if type_ == "User" else "displayName"])

    def name_of(self, type_: str, id_: str) -> str:
        """As find_name; the id of one who is gone."""
        return self.find_name(type_, id_) or id_


# Those of the realm, once there is one; raises NotFound before.
OpenServices = Callable[[], Services]

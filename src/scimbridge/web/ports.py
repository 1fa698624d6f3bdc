"""What the web layer is given: the realms it serves, looked up by name for every request, and what works on them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scimbridge.access.authenticator import Authenticator
from scimbridge.access.oauth import TokenService
from scimbridge.access.realm import Realm
from scimbridge.directory.ports import Record
from scimbridge.directory.service import Service

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractAsyncContextManager

    from scimbridge.bridge.drift import Drift
    from scimbridge.bridge.findings import Finding
    from scimbridge.bridge.migration import Plan
    from scimbridge.bridge.ports import Task
    from scimbridge.provisioning.account_import import AccountImport
    from scimbridge.provisioning.accounts import Accounts
    from scimbridge.provisioning.administration import Administration
    from scimbridge.provisioning.application import Application
    from scimbridge.provisioning.confirmation import Confirmation
    from scimbridge.provisioning.declaration.services import Services
    from scimbridge.provisioning.intake import Intake
    from scimbridge.provisioning.jobs import Jobs
    from scimbridge.provisioning.mapping import Preview
    from scimbridge.provisioning.ports import Ledger
    from scimbridge.provisioning.provisioner import Provisioner
    from scimbridge.provisioning.sources.administration import SourceAdministration
    from scimbridge.provisioning.sources.ports import People
    from scimbridge.provisioning.sources.source import Source


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that answers requests of one realm."""

    realm: Realm
    service: Service
    authenticator: Authenticator
    tokens: TokenService


class ServedRealms(Protocol):
    """The realms as they are now; cheap enough to be asked on every request."""

    def find(self, name: str) -> Served | None: ...

    def provisioning(self, name: str) -> "Provisioned | None":
        """Whoever asks closes it."""

    def imports(self, realm: Realm) -> "Imports": ...

    def bridge(self, realm: Realm) -> "BridgeAdministration":
        """Whoever asks closes it. Raises InvalidValue if the realm stands alone, Unavailable."""

    def jobs(self, realm: Realm) -> "Jobs": ...


class Provisioned(Protocol):
    """The applications and sources of one realm, and what works on them."""

    @property
    def administration(self) -> "Administration": ...

    @property
    def sources(self) -> "SourceAdministration": ...

    def accounts(self, application: "Application") -> "Accounts": ...

    def ledger(self, application: "Application") -> "Ledger": ...

    def secret(self, application: "Application") -> str: ...

    def provisioner(self, application: "Application") -> "Provisioner":
        """Raises InvalidValue if it has no connection, Unavailable if its files cannot be had."""

    def preview(self, application: "Application", record: Record) -> "Sequence[Preview]":
        """Each of its mappings tried on one person."""

    def find(self, type_: str, name: str) -> Record:
        """A user or group by its name, or else by id. Raises NotFound."""

    def name_of(self, type_: str, id_: str) -> str: ...

    async def close(self) -> None: ...

    def services(self) -> "Services":
        """For documents that describe the realm."""


class Imports(Protocol):
    """Into the directory of one realm. Raise Unavailable: a secret, a file, the realm's Keycloak cannot be had."""

    def people(self, source: "Source") -> "People":
        """The way to a source; whoever asks closes it."""

    def intake(self, source: "Source") -> "AbstractAsyncContextManager[Intake]": ...

    def account_import(self, application: "Application") -> "AbstractAsyncContextManager[AccountImport]":
        """Raises InvalidValue if the application has no connection."""

    def confirmation(self, application: "Application", actor: str) -> "AbstractAsyncContextManager[Confirmation]": ...


class BridgeAdministration(Protocol):
    """The Keycloak behind one realm. What asks it raises ProvisioningError."""

    async def tasks(self) -> "Sequence[Task]":
        """What waits to be delivered and what was refused, the oldest first."""

    async def choose(self, numbers: "Collection[int]", *, failed: bool) -> "Sequence[Task]":
        """Those with these numbers, and with `failed` all that failed. Raises NotFound for a number that is none."""

    async def retry(self, tasks: "Sequence[Task]") -> None:
        """They are due at once."""

    async def cancel(self, tasks: "Sequence[Task]") -> None: ...

    async def drift(self) -> "Sequence[Drift]":
        """What differs from what the identity provider wants; changes nothing."""

    async def preflight(self, *, fix: bool) -> "Sequence[Finding]":
        """How it is set up; with `fix` after what may be changed was changed."""

    async def migration(self) -> "Plan":
        """How to take over from what served SCIM there before. Raises InvalidValue if nothing did."""

    async def take_over(self, plan: "Plan", *, actor: str) -> int:
        """Does it; how many users are managed from then on."""

    async def close(self) -> None: ...

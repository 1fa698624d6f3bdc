"""The applications of a realm and what works on them, put together.

Imported only where a realm has applications: expressions bring a parser, targets a client.
"""

import asyncio
import os
import random
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scimbridge.access.ports import Seal
from scimbridge.access.realm import Realm
from scimbridge.access.secrets import Secrets, of_application
from scimbridge.access.settings import resource_types
from scimbridge.access.sources import Sources
from scimbridge.adapters.scim.transport import HttpTransport
from scimbridge.adapters.sqlite.accounts import SqliteAccounts
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.pushes import SqlitePushLedger
from scimbridge.adapters.sqlite.sources import SqliteSources
from scimbridge.directory.naming import find_named, name_of
from scimbridge.directory.ports import Record
from scimbridge.provisioning.administration import Administration
from scimbridge.provisioning.application import Application, Connection
from scimbridge.provisioning.declaration.services import Services
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.mapping import Preview, doubts, preview
from scimbridge.provisioning.outline import Outlines
from scimbridge.provisioning.pace import Pace, PacedTransport
from scimbridge.provisioning.profile import profile_names
from scimbridge.provisioning.provisioner import Provisioner
from scimbridge.provisioning.sources.administration import SourceAdministration
from scimbridge.provisioning.styles import open_target, preset_of
from scimbridge.provisioning.target import Target
from scimbridge.scim.errors import InvalidValue, NotFound, Unavailable
from scimbridge.wiring.sources import new_id, new_secret, now


@dataclass(frozen=True, slots=True)
class Provisioning:
    """The provisioning of one realm. What it opens is closed by `close`."""

    realm: Realm
    database: Database
    directory: SqliteDirectory
    secrets: Secrets
    seal: Seal
    administration: Administration
    sources: SourceAdministration
    _targets: list[Target] = field(default_factory=list)

    def ledger(self, application: Application) -> SqlitePushLedger:
        return SqlitePushLedger(self.database, self.realm.id, application.id, clock=now)

    def accounts(self, application: Application) -> SqliteAccounts:
        return SqliteAccounts(self.database, application.id)

    def secret(self, application: Application) -> str:
        """In clear, "" if there is none. Raises Unavailable."""
        return self.secrets.reveal(of_application(application.id)) or ""

    def find(self, type_: str, name: str) -> Record:
        """A user or group by its name, or else by id. Raises NotFound."""
        record = find_named(self.directory, type_, name)
        if record is None:
            raise NotFound(f'There is no {type_.lower()} "{name}" in realm "{self.realm.name}".')
        return record

    def source_of(self, type_: str, name: str) -> str:
        """The id of a user or group by its name; else `name` is taken as the id, maybe of one who is gone."""
        record = self.directory.lookup(type_, name)
        return record.id if record is not None else name

    def name_of(self, type_: str, id_: str) -> str:
        return name_of(self.directory, type_, id_)

    async def pushed(self, application: Application, push_group: str) -> int:
        """How many groups are there by a push group."""
        return sum(
            candidate.push_group is not None and candidate.push_group.name == push_group and candidate.link is not None
            for candidate in await self.ledger(application).group_candidates(everything=True)
        )

    def provisioner(self, application: Application) -> Provisioner:
        """Makes no request yet. Raises InvalidValue if it has no connection, Unavailable if its files cannot be had."""
        connection = _connection(application)
        transport = self.transport(connection, self.secret(application))
        target = open_target(connection, transport, now, knows_groups=application.actions.import_groups)
        self._targets.append(target)
        return Provisioner(
            application,
            self.ledger(application),
            self.directory,
            target=target,
            transport=transport,
            environment=environment(),
            open_password=self.seal.open,
            org=self._org,
            parallel=min(connection.parallel, preset_of(connection).capabilities.parallel or connection.parallel),
        )

    def preview(self, application: Application, record: Record) -> Sequence[Preview]:
        """Each of an application's mappings tried on one person; also without a connection."""
        outlines = Outlines(application, self.directory, now, self._org)
        context = outlines.context(record, self.ledger(application).link("User", record.id))
        return preview(application.mappings, context, known=self._names)

    def doubts(self, application: Application, target: str) -> Sequence[str]:
        """What is probably misspelled in the mapping of an attribute."""
        found = [mapping.expression for mapping in application.mappings if mapping.target == target]
        return [doubt for expression in found for doubt in doubts(expression, self._names)]

    @property
    def _names(self) -> frozenset[str]:
        """What people of this realm can have."""
        return profile_names(resource_types(self.realm).by_name["User"])

    @property
    def _org(self) -> Mapping[str, str]:
        """What expressions read as `org.x`."""
        return {"name": self.realm.display_name or self.realm.name, "subDomain": self.realm.name}

    def services(self) -> Services:
        """For files that describe the realm."""
        return Services(self.administration, self.sources, self.directory, self.secret)

    async def close(self) -> None:
        for target in self._targets:
            await target.close()
        self._targets.clear()

    def transport(self, connection: Connection, secret: str) -> PacedTransport:
        """The way to a connection's target, signed in. Raises Unavailable if its files cannot be had."""
        known = preset_of(connection).capabilities
        rate = connection.rate or known.rate
        pace = Pace(rate, known.burst, monotonic=time.monotonic, sleep=asyncio.sleep)
        try:
            return PacedTransport(HttpTransport(connection, secret), pace)
        except ValueError as error:
            raise Unavailable(str(error)) from None


def open_provisioning(
    realm: Realm, database: Database, directory: SqliteDirectory, secrets: Secrets, *, seal: Seal, sources: Sources
) -> Provisioning:
    administration = Administration(SqliteApplications(database, realm.id), directory, secrets, sources, realm.name)
    people = SourceAdministration(SqliteSources(database, realm.id), realm.name, secrets, sources)
    return Provisioning(realm, database, directory, secrets, seal, administration, people)


def _connection(application: Application) -> Connection:
    if application.connection is None:
        raise InvalidValue(
            f'Application "{application.name}" has no SCIM connection; its setting "connection.url" makes one.'
        )
    return application.connection


def environment() -> Environment:
    """Of this process."""
    return Environment(
        clock=now,
        monotonic=time.monotonic,
        ids=new_id,
        secret=new_secret,
        uniform=random.uniform,
        holder=f"process {os.getpid()} on {socket.gethostname()}",
    )

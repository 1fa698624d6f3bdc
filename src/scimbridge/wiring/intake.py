"""Imports put together: a source's people, or an application's accounts, into the directory of a realm."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from scimbridge.access.realm import Realm
from scimbridge.access.settings import resource_types
from scimbridge.adapters.csv_people import CsvPeople
from scimbridge.adapters.sqlite.applications import SqliteApplications
from scimbridge.adapters.sqlite.sources import SqliteSources
from scimbridge.directory.ports import Directory
from scimbridge.provisioning.account_import import AccountImport
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.confirmation import Confirmation
from scimbridge.provisioning.intake import Intake
from scimbridge.provisioning.sources.drafts import attributes_of
from scimbridge.provisioning.sources.ports import People
from scimbridge.provisioning.sources.remote import RemotePeople
from scimbridge.provisioning.sources.source import Source
from scimbridge.provisioning.sources.usual import LDAP_MAPPINGS, effective
from scimbridge.provisioning.styles import open_target
from scimbridge.wiring.instance import Instance
from scimbridge.wiring.provisioning import Provisioning, environment
from scimbridge.wiring.sources import new_id, now


def open_people(provisioning: Provisioning, source: Source) -> People:
    """The way to a source; nothing is asked yet. Raises Unavailable if its secret or its files cannot be had."""
    secret = provisioning.sources.secret(source)
    if source.csv is not None:
        return CsvPeople(source.csv if source.import_groups else replace(source.csv, groups=""))
    if source.ldap is not None:
        from scimbridge.adapters.ldap.people import LdapPeople  # noqa: PLC0415 (20 MB, for realms that have one)

        server = source.ldap if source.import_groups else replace(source.ldap, group_base="")
        return LdapPeople(server, secret, attributes_of(effective(LDAP_MAPPINGS, source.mappings)))
    assert source.scim is not None  # noqa: S101 (a source has one of the three)
    target = open_target(source.scim, provisioning.transport(source.scim, secret), now, knows_groups=True)
    return RemotePeople(target, with_groups=source.import_groups)


@asynccontextmanager
async def open_intake(instance: Instance, realm: Realm, source: Source) -> AsyncIterator[Intake]:
    """Raises Unavailable as open_people does, or if the Keycloak behind the realm cannot be had."""
    provisioning = instance.provisioning(realm)
    async with AsyncExitStack() as opened:
        directory = await opened.enter_async_context(_directory(instance, realm))
        people = open_people(provisioning, source)
        opened.push_async_callback(people.close)
        yield Intake(
            source,
            people,
            SqliteSources(instance.database, realm.id),
            directory,
            resource_types(realm),
            clock=now,
            ids=new_id,
            holder=environment().holder,
        )


@asynccontextmanager
async def open_confirmation(
    instance: Instance, realm: Realm, application: Application, actor: str
) -> AsyncIterator[Confirmation]:
    """What is done with the accounts of an application, by whom. Raises Unavailable as above."""
    provisioning = instance.provisioning(realm)
    async with _directory(instance, realm) as directory:
        yield Confirmation(
            application,
            applications=SqliteApplications(instance.database, realm.id),
            accounts=provisioning.accounts(application),
            ledger=provisioning.ledger(application),
            directory=directory,
            types=resource_types(realm),
            sources=instance.sources,
            realm=realm.name,
            actor=actor,
        )


@asynccontextmanager
async def open_account_import(
    instance: Instance, realm: Realm, application: Application
) -> AsyncIterator[AccountImport]:
    """Raises InvalidValue if the application has no connection, Unavailable as above."""
    provisioning = instance.provisioning(realm)
    target = provisioning.provisioner(application).target
    async with open_confirmation(instance, realm, application, f"import:{application.name}") as confirmation:
        try:
            yield AccountImport(
                application,
                target,
                accounts=provisioning.accounts(application),
                ledger=provisioning.ledger(application),
                directory=provisioning.directory,
                confirmation=confirmation,
                clock=now,
            )
        finally:
            await provisioning.close()


@dataclass(frozen=True, slots=True)
class Imports:
    """Fulfils web.ports.Imports for one realm."""

    instance: Instance
    realm: Realm

    def people(self, source: Source) -> People:
        return open_people(self.instance.provisioning(self.realm), source)

    def intake(self, source: Source) -> AbstractAsyncContextManager[Intake]:
        return open_intake(self.instance, self.realm, source)

    def account_import(self, application: Application) -> AbstractAsyncContextManager[AccountImport]:
        return open_account_import(self.instance, self.realm, application)

    def confirmation(self, application: Application, actor: str) -> AbstractAsyncContextManager[Confirmation]:
        return open_confirmation(self.instance, self.realm, application, actor)


@asynccontextmanager
async def _directory(instance: Instance, realm: Realm) -> AsyncIterator[Directory]:
    """The realm's own, written through to the Keycloak behind it if there is one."""
    if realm.keycloak is None:
        yield instance.directory(realm)
        return
    bridge = instance.bridge(realm)
    try:
        yield bridge.directory
    finally:
        await bridge.close()

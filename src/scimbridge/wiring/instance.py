"""One database with its realms, and what works on it: for a server as for a single command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from scimbridge.access.administration import Administration
from scimbridge.access.ports import Seal
from scimbridge.access.realm import Realm
from scimbridge.access.settings import resource_types
from scimbridge.access.sources import Sources
from scimbridge.adapters.seal import FileSeal
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.provisioned import syncs_passwords
from scimbridge.config import Settings
from scimbridge.directory.passwords import Argon2Hasher, Keeper, StoredPasswords
from scimbridge.directory.service import Service
from scimbridge.provisioning.passwords import SyncedPasswords
from scimbridge.scim.limits import Limits
from scimbridge.wiring.sources import new_id, new_key, new_secret, now

if TYPE_CHECKING:
    from scimbridge.directory.ports import Directory
    from scimbridge.wiring.bridge import Bridge
    from scimbridge.wiring.bridge_administration import BridgeAdministration
    from scimbridge.wiring.provisioning import Provisioning


@dataclass(frozen=True, slots=True)
class Instance:
    """Everything that one database file is the ground for."""

    settings: Settings
    database: Database
    store: SqliteAccessStore
    sources: Sources
    seal: Seal
    administration: Administration
    hasher: Argon2Hasher
    bridges: "list[Bridge | BridgeAdministration]" = field(default_factory=list)
    provisionings: "list[Provisioning]" = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["Instance"]:
        """Opens the file that the settings name, making it if need be. Raises DatabaseError."""
        database = Database(settings.database)
        hasher = Argon2Hasher(settings.hash_threads)
        try:
            store = SqliteAccessStore(database)
            sources = Sources(clock=now, ids=new_id, secret=new_secret, key=new_key)
            seal = FileSeal(settings.seal_key)
            administration = Administration(store, sources, seal)
            instance = cls(settings, database, store, sources, seal, administration, hasher)
            try:
                yield instance
            finally:
                await asyncio.gather(*(bridge.close() for bridge in instance.bridges))
                await asyncio.gather(*(provisioning.close() for provisioning in instance.provisionings))
        finally:
            await asyncio.to_thread(hasher.close)
            await database.close()

    def service(self, realm: Realm, bridge: "Bridge | None" = None) -> Service:
        """The SCIM service of a realm, with its custom schemas and its limits.

        Over `bridge`, or over one that is closed with the instance. Raises Unavailable if a bridge cannot be had.
        """
        if realm.keycloak is not None and bridge is None:
            bridge = self.bridge(realm)
            self.bridges.append(bridge)
        limits = Limits(
            max_operations=self.settings.max_operations,
            max_payload=self.settings.max_payload,
            max_results=realm.max_page_size,
            default_page=realm.page_size,
        )
        types = resource_types(realm)
        directory: Directory = self.directory(realm)
        keeper: Keeper = StoredPasswords(self.hasher)
        if bridge is not None:
            directory, keeper = bridge.directory, bridge.keeper
        synced = SyncedPasswords(keeper, self.seal, partial(syncs_passwords, self.database, realm.id))
        return Service(realm, types, directory, synced, limits)

    def bridge(self, realm: Realm) -> "Bridge":
        """The way to the Keycloak behind a realm that has one; the caller closes it. Raises Unavailable."""
        from scimbridge.wiring.bridge import open_bridge  # noqa: PLC0415 (many modules, for realms that have one)

        return open_bridge(
            realm,
            self.directory(realm),
            self.database,
            self.hasher,
            self.administration.realms.secrets(realm),
        )

    def provisioning(self, realm: Realm) -> "Provisioning":
        """The applications of a realm, and what works on them; the caller closes it."""
        from scimbridge.wiring.provisioning import open_provisioning  # noqa: PLC0415 (as the bridge)

        secrets = self.administration.realms.secrets(realm)
        directory = self.directory(realm)
        return open_provisioning(realm, self.database, directory, secrets, seal=self.seal, sources=self.sources)

    def directory(self, realm: Realm) -> SqliteDirectory:
        """What the realm's database holds, whatever is behind it."""
        return SqliteDirectory(
            self.database,
            realm.id,
            resource_types(realm),
            clock=now,
            ids=new_id,
            scan_timeout=self.settings.scan_timeout,
        )


def scim_base_url(settings: Settings, realm: str) -> str:
    """Where a realm's SCIM API is, for a person to paste elsewhere."""
    return f"{settings.public_url}/realms/{realm}/scim/v2"

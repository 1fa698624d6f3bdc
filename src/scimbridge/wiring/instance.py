"""One database with its realms, and what works on it: for a server as for a single command."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from joserfc.jwk import RSAKey

from scimbridge.access.administration import Administration
from scimbridge.access.realm import Realm
from scimbridge.access.settings import resource_types
from scimbridge.access.sources import Sources
from scimbridge.adapters.seal import FileSeal
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.config import Settings
from scimbridge.directory.passwords import Argon2Hasher, StoredPasswords
from scimbridge.directory.service import Service
from scimbridge.scim.limits import Limits

# What Keycloak signs with; 3072 would cost three times as much a signature and lasts beyond any token.
_KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class Instance:
    """Everything that one database file is the ground for."""

    settings: Settings
    database: Database
    store: SqliteAccessStore
    sources: Sources
    administration: Administration
    hasher: Argon2Hasher

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["Instance"]:
        """Opens the file that the settings name, making it if need be. Raises DatabaseError."""
        database = Database(settings.database)
        hasher = Argon2Hasher(settings.hash_threads)
        try:
            store = SqliteAccessStore(database)
            sources = Sources(clock=now, ids=new_id, secret=new_secret, key=new_key)
            seal = FileSeal(settings.seal_key_file or settings.database.with_name(f"{settings.database.name}.key"))
            yield cls(settings, database, store, sources, Administration(store, sources, seal), hasher)
        finally:
            await asyncio.to_thread(hasher.close)
            await database.close()

    def service(self, realm: Realm) -> Service:
        """The SCIM service of a realm, with its custom schemas and its limits."""
        types = resource_types(realm)
        directory = SqliteDirectory(
            self.database,
            realm.id,
            types,
            clock=now,
            ids=new_id,
            scan_timeout=self.settings.scan_timeout,
        )
        limits = Limits(
            max_operations=self.settings.max_operations,
            max_payload=self.settings.max_payload,
            max_results=realm.max_page_size,
            default_page=realm.page_size,
        )
        return Service(realm, types, directory, StoredPasswords(self.hasher), limits)


def scim_base_url(settings: Settings, realm: str) -> str:
    """Where a realm's SCIM API is, for a person to paste elsewhere."""
    return f"{settings.public_url}/realms/{realm}/scim/v2"


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def new_secret() -> str:
    """256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


async def new_key() -> str:
    """A private RSA key in PEM, made beside the event loop: finding primes takes 50 to 500 ms."""
    key = await asyncio.to_thread(RSAKey.generate_key, _KEY_BITS, private=True)
    return key.as_pem(private=True).decode()

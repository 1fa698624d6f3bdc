"""The Keycloak behind a realm, and all that leads to it, put together.

Imported only where a realm has one: a command that needs none starts the sooner.
"""

from dataclasses import dataclass

from scimbridge.access.caller import callers_token
from scimbridge.access.realm import Keycloak, Realm
from scimbridge.access.secrets import KEYCLOAK, Secrets
from scimbridge.access.settings import resource_types
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.relay import KeycloakRelay
from scimbridge.adapters.keycloak.target import KeycloakTarget
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.links import SqliteLedger
from scimbridge.bridge.directory import BridgedDirectory
from scimbridge.bridge.passwords import MEMORY_KIB, PASSES, ForwardedPasswords
from scimbridge.directory.passwords import Argon2Hasher, Keeper
from scimbridge.scim.errors import Unavailable
from scimbridge.wiring.sources import new_id, now


@dataclass(frozen=True, slots=True)
class Bridge:
    """What a realm has instead of a directory of its own. `client` is for what goes beyond users and groups."""

    setting: Keycloak
    directory: BridgedDirectory
    ledger: SqliteLedger
    keeper: Keeper
    client: Client
    target: KeycloakTarget
    relay: KeycloakRelay

    async def close(self) -> None:
        await self.directory.close()
        await self.relay.close()


def open_bridge(
    realm: Realm, local: SqliteDirectory, database: Database, hasher: Argon2Hasher, secrets: Secrets
) -> Bridge:
    """Makes no call yet. Raises Unavailable if the secret or the CA file cannot be had."""
    setting = realm.keycloak
    if setting is None:
        raise ValueError(f'realm "{realm.name}" has no Keycloak behind it')
    secret = secrets.reveal(KEYCLOAK) or ""
    try:
        client = Client(setting, secret, caller=callers_token(setting.url))
        relay = KeycloakRelay(setting)
        target = KeycloakTarget(client, setting)
    except ValueError as error:
        raise Unavailable(str(error)) from None
    ledger = SqliteLedger(database, realm.id, setting.group_roles)
    directory = BridgedDirectory(
        local, target, ledger, resource_types(realm), setting, clock=now, ids=new_id, unsynced=local.unsynced()
    )
    keeper = ForwardedPasswords(setting, hasher.at_cost(MEMORY_KIB, PASSES), target.has_password_policy)
    return Bridge(setting, directory, ledger, keeper, client, target, relay)

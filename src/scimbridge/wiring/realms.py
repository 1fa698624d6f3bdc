"""The realms that a server answers for, as they are in the database at this moment."""

import asyncio

from scimbridge.access.access_token import AccessTokens
from scimbridge.access.authenticator import Authenticator
from scimbridge.access.issuers import TrustedIssuers
from scimbridge.access.keyring import Keyring
from scimbridge.access.keys import Keys
from scimbridge.access.oauth import TokenService
from scimbridge.access.realm import Realm
from scimbridge.access.throttle import Throttle
from scimbridge.adapters.jwks import JwksSource
from scimbridge.web.ports import Served
from scimbridge.wiring.accounts import DirectoryAccounts
from scimbridge.wiring.instance import Instance


class LiveRealms:
    """Fulfils web.ports.ServedRealms: looks at the store's version, and rebuilds the realms that are different."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.throttle = Throttle(instance.sources.clock, asyncio.sleep)
        self._issuers = TrustedIssuers(JwksSource(), instance.sources.clock)
        self._seen: int | None = None
        self._served: dict[str, Served] = {}

    def find(self, name: str) -> Served | None:
        version = self._instance.store.version()
        if version != self._seen:
            self._renew()
            self._seen = version
        return self._served.get(name)

    async def close(self) -> None:
        """Waits for what is still to be noted."""
        for served in self._served.values():
            await served.authenticator.close()

    def _renew(self) -> None:
        before = {served.realm.id: served for served in self._served.values()}
        realms = self._instance.store.realms()
        self._served = {realm.name: self._keep(before.get(realm.id), realm) for realm in realms}

    def _keep(self, served: Served | None, realm: Realm) -> Served:
        return served if served is not None and served.realm == realm else self._build(realm)

    def _build(self, realm: Realm) -> Served:
        store, sources = self._instance.store, self._instance.sources
        access, service = store.access(realm.id), self._instance.service(realm)
        accounts = DirectoryAccounts(service.directory, self._instance.hasher)
        keyring = Keyring(access, store.version, sources.clock)
        tokens = AccessTokens(
            realm,
            access,
            keys=Keys(access, realm.name, sources),
            keyring=keyring,
            accounts=accounts,
            clock=sources.clock,
            ids=sources.ids,
        )
        authenticator = Authenticator(
            realm,
            access,
            version=store.version,
            tokens=tokens,
            issuers=self._issuers,
            throttle=self.throttle,
            clock=sources.clock,
        )
        token_service = TokenService(
            realm,
            access,
            keyring=keyring,
            tokens=tokens,
            accounts=accounts,
            throttle=self.throttle,
            clock=sources.clock,
        )
        return Served(realm, service, authenticator, token_service)

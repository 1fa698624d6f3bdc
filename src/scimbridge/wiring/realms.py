"""The realms that a server answers for, as they are in the database at this moment."""

import asyncio

from scimbridge.access.gate import open_gate
from scimbridge.access.issuers import TrustedIssuers
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
        service = self._instance.service(realm)
        gate = open_gate(
            realm,
            self._instance.store,
            DirectoryAccounts(service.directory, self._instance.hasher),
            issuers=self._issuers,
            throttle=self.throttle,
            sources=self._instance.sources,
        )
        return Served(realm, service, gate.authenticator, gate.tokens)

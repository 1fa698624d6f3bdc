"""The realms that a server answers for, as they are in the database at this moment."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scimbridge.access.gate import open_gate
from scimbridge.access.issuers import TrustedIssuers
from scimbridge.access.realm import Realm
from scimbridge.access.secrets import KEYCLOAK
from scimbridge.access.throttle import Throttle
from scimbridge.adapters.jwks import JwksSource
from scimbridge.adapters.sqlite.jobs import SqliteJobs
from scimbridge.provisioning.jobs import Jobs, Running, stop
from scimbridge.scim.errors import Unavailable
from scimbridge.web.ports import Served
from scimbridge.wiring.accounts import DirectoryAccounts
from scimbridge.wiring.instance import Instance

if TYPE_CHECKING:
    from scimbridge.wiring.bridge import Bridge
    from scimbridge.wiring.bridge_administration import BridgeAdministration
    from scimbridge.wiring.intake import Imports
    from scimbridge.wiring.provisioning import Provisioning
    from scimbridge.wiring.upkeep import Upkeep

_RETRY: Final = {"Retry-After": "30"}
# Seconds for requests that began under former settings; as long as upkeep waits before it heals.
_GRACE: Final = 60.0


@dataclass(slots=True)
class _Live:
    """A realm that is served, or the reason why it cannot be. `sealed`: the secret that its bridge was made with."""

    realm: Realm
    sealed: bytes | None
    served: Served | None = None
    problem: str = ""
    bridge: "Bridge | None" = None
    upkeep: "Upkeep | None" = None


class LiveRealms:
    """Fulfils web.ports.ServedRealms: looks at the store's version, and rebuilds the realms that are different."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.throttle = Throttle(instance.sources.clock, asyncio.sleep)
        self._issuers = TrustedIssuers(JwksSource(), instance.sources.clock)
        self._seen: int | None = None
        self._live: dict[str, _Live] = {}  # by name
        self._jobs: Running = {}
        self._closing = asyncio.Event()
        self._retiring: set[asyncio.Task[None]] = set()

    def find(self, name: str) -> Served | None:
        """Raises Unavailable for a realm whose Keycloak cannot be used as the settings say."""
        self.refresh()
        live = self._live.get(name)
        if live is None:
            return None
        if live.served is None:  # a file may be in its place by now
            live = self._live[name] = self._build(live.realm, live.sealed)
        if live.served is None:
            raise Unavailable(live.problem, headers=_RETRY)
        return live.served

    def provisioning(self, name: str) -> "Provisioning | None":
        realm = self._instance.store.realm(name)
        return None if realm is None else self._instance.provisioning(realm)

    def imports(self, realm: Realm) -> "Imports":
        from scimbridge.wiring.intake import Imports  # noqa: PLC0415 (with the first import: expressions, targets)

        return Imports(self._instance, realm)

    def bridge(self, realm: Realm) -> "BridgeAdministration":
        from scimbridge.wiring.bridge_administration import BridgeAdministration  # noqa: PLC0415 (as in _upkeep)

        return BridgeAdministration(self._instance, realm)

    def jobs(self, realm: Realm) -> Jobs:
        sources = self._instance.sources
        store = SqliteJobs(self._instance.database, realm.id)
        return Jobs(store, self._jobs, clock=sources.clock, ids=sources.ids)

    def refresh(self) -> None:
        """Takes up what was changed; the work that goes on beside requests begins here."""
        version = self._instance.store.version()
        if version == self._seen:
            return
        before = {live.realm.id: live for live in self._live.values()}
        self._live = {}
        for realm in self._instance.store.realms():
            self._live[realm.name] = self._keep(before.pop(realm.id, None), realm)
        for live in before.values():
            self._retire(live)
        self._seen = version

    async def close(self) -> None:
        """Ends jobs, waits for what is still to be noted, and lets go of every Keycloak."""
        await stop(self._jobs)
        self._closing.set()
        for live in self._live.values():
            self._retire(live)
        await asyncio.gather(*self._retiring)

    def _keep(self, live: _Live | None, realm: Realm) -> _Live:
        access = self._instance.store.access(realm.id)
        sealed = access.sealed(KEYCLOAK) if realm.keycloak is not None else None
        if live is None:
            return self._build(realm, sealed)
        if live.served is not None and (live.realm, live.sealed) == (realm, sealed):
            return live
        self._retire(live)
        return self._build(realm, sealed, live.upkeep)

    def _build(self, realm: Realm, sealed: bytes | None, predecessor: "Upkeep | None" = None) -> _Live:
        live = _Live(realm, sealed)
        try:
            live.bridge = None if realm.keycloak is None else self._instance.bridge(realm)
        except Unavailable as error:
            live.problem = error.detail
            return live
        service = self._instance.service(realm, live.bridge)
        gate = open_gate(
            realm,
            self._instance.store,
            DirectoryAccounts(service.directory, self._instance.hasher),
            issuers=self._issuers,
            throttle=self.throttle,
            sources=self._instance.sources,
            relay=None if live.bridge is None else live.bridge.relay,
        )
        live.served = Served(realm, service, gate.authenticator, gate.tokens)
        if live.bridge is not None:
            live.upkeep = _upkeep(live.bridge, realm)
            live.upkeep.start(predecessor)
        return live

    def _retire(self, live: _Live) -> None:
        task = asyncio.create_task(self._end(live))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _end(self, live: _Live) -> None:
        """Ends what goes on for a realm as it was, once the requests that it serves have had their time."""
        if live.upkeep is not None:
            await live.upkeep.stop()
        if live.served is not None:
            await live.served.authenticator.close()
        if live.bridge is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _GRACE)
            await live.bridge.close()


def _upkeep(bridge: "Bridge", realm: Realm) -> "Upkeep":
    from scimbridge.wiring.upkeep import Upkeep  # noqa: PLC0415 (with the bridge)

    setting = bridge.setting
    return Upkeep(bridge.directory, realm.name, queued=setting.delivery == "queued", unattended=bool(setting.client_id))

"""The applications that a server tends, as they are in the database at this moment."""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from scimbridge.access.realm import Realm
from scimbridge.access.secrets import of_application
from scimbridge.adapters.sqlite.provisioned import latest_sequence, provisioned_realms
from scimbridge.scim.errors import ScimError
from scimbridge.wiring.instance import Instance

if TYPE_CHECKING:
    from scimbridge.provisioning.application import Application
    from scimbridge.wiring.provisioning import Provisioning
    from scimbridge.wiring.tending import Tending

logger = logging.getLogger(__name__)

# A look at the store's version, which costs 4 us.
_LOOK: Final = 0.5
# An application whose key or CA file cannot be had is tried again after so many seconds.
_RETRY: Final = 30.0


class _Wanted(NamedTuple):
    """What a tending was made from: if any of it differs it is made anew."""

    realm: Realm
    application: "Application"
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class _Live:
    wanted: _Wanted
    tending: "Tending"
    provisioning: "Provisioning"


class ProvisioningWorker:
    """`tally` counts what was pushed, by outcome."""

    def __init__(self, instance: Instance) -> None:
        self.tally: Counter[str] = Counter()
        self._instance = instance
        self._seen: int | None = None
        self._retry = math.inf
        self._live: dict[str, _Live] = {}  # by the application's id
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    @property
    def tended(self) -> "Mapping[str, Tending]":
        """By `REALM/APPLICATION`, in order."""
        live = {f"{one.wanted.realm.name}/{one.wanted.application.name}": one for one in self._live.values()}
        return {name: live[name].tending for name in sorted(live)}

    async def close(self) -> None:
        """Waits until nothing is half done, as long as the settings allow; the rest stays in the queue."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._end(list(self._live))

    async def refresh(self) -> None:
        """Takes up what was changed; what cannot be begun is tried again after a while."""
        version, time = self._instance.store.version(), asyncio.get_running_loop().time()
        if version == self._seen and time < self._retry:
            return
        wanted = {one.application.id: one for one in self._wanted()}
        await self._end([id_ for id_, live in self._live.items() if live.wanted != wanted.get(id_)])
        begun = [self._begin(one) for id_, one in wanted.items() if id_ not in self._live]
        self._seen, self._retry = version, math.inf if all(begun) else time + _RETRY

    async def _run(self) -> None:
        while not self._stopping.is_set():
            pause = _LOOK
            try:
                await self.refresh()
            except Exception:  # a bug, or a database that does not answer
                logger.exception("The applications could not be looked at")
                pause = _RETRY
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    def _wanted(self) -> Iterator[_Wanted]:
        provisioned = provisioned_realms(self._instance.database)
        for realm in self._instance.store.realms():
            if realm.id not in provisioned or not realm.enabled:
                continue
            access = self._instance.store.access(realm.id)
            for application in self._instance.provisioning(realm).administration.list():
                if application.enabled and application.connection is not None:
                    yield _Wanted(realm, application, access.sealed(of_application(application.id)))

    def _begin(self, wanted: _Wanted) -> bool:
        """False if its key or its CA file cannot be had."""
        from scimbridge.wiring.provisioning import environment  # noqa: PLC0415 (with the first application)
        from scimbridge.wiring.tending import Tending  # noqa: PLC0415

        realm, application = wanted.realm, wanted.application
        name = f"Application {application.name} of realm {realm.name}"
        provisioning = self._instance.provisioning(realm)
        try:
            provisioner = provisioning.provisioner(application)
        except ScimError as error:
            logger.warning("%s cannot be provisioned: %s", name, error.detail)
            return False
        tending = Tending(
            provisioner,
            name,
            application.schedule,
            latest=partial(latest_sequence, self._instance.database, realm.id),
            environment=environment(),
            tally=self.tally,
        )
        tending.start()
        self._live[application.id] = _Live(wanted, tending, provisioning)
        return True

    async def _end(self, ids: Sequence[str]) -> None:
        await asyncio.gather(*(self._stop(self._live.pop(id_)) for id_ in ids))

    async def _stop(self, live: _Live) -> None:
        await live.tending.stop(self._instance.settings.shutdown_timeout)
        await live.provisioning.close()

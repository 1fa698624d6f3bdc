"""What is asked of the Keycloak behind a realm, and done to it, by hand: from the command line and the admin API."""

from collections.abc import Collection, Sequence

from scimbridge.access.realm import Realm
from scimbridge.access.settings import realm_to_document, resource_types
from scimbridge.bridge.drift import Drift
from scimbridge.bridge.findings import Finding
from scimbridge.bridge.kinds import recorded
from scimbridge.bridge.migration import Plan, make_plan
from scimbridge.bridge.ports import Task
from scimbridge.bridge.preflight import preflight, repair
from scimbridge.directory.documents import timestamp
from scimbridge.scim.errors import InvalidValue, NotFound
from scimbridge.wiring.bridge import Bridge
from scimbridge.wiring.instance import Instance


class BridgeAdministration:
    """Fulfils web.ports.BridgeAdministration. Raises InvalidValue if the realm stands alone, Unavailable."""

    def __init__(self, instance: Instance, realm: Realm) -> None:
        if realm.keycloak is None:
            raise InvalidValue(
                f'Realm "{realm.name}" stands alone; its setting "keycloak.url" puts a Keycloak behind it.'
            )
        self._instance = instance
        self._realm = realm
        self._bridge = instance.bridge(realm)

    async def tasks(self) -> Sequence[Task]:
        return await self._bridge.ledger.tasks()

    async def choose(self, numbers: Collection[int], *, failed: bool) -> Sequence[Task]:
        """Those with these numbers, and with `failed` all that failed. Raises NotFound for a number that is none."""
        tasks = await self.tasks()
        if missing := set(numbers).difference(task.sequence for task in tasks):
            raise NotFound(f"There is no task {min(missing)}; it may have been delivered meanwhile.")
        return [task for task in tasks if task.sequence in numbers or (failed and task.state == "failed")]

    async def retry(self, tasks: Sequence[Task]) -> None:
        """They are due at once."""
        now = timestamp(self._instance.sources.clock())
        for task in tasks:
            await self._bridge.ledger.retry_later(task.sequence, now, task.reason)

    async def cancel(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            await self._bridge.ledger.finish(task.sequence)

    async def drift(self) -> Sequence[Drift]:
        return [difference async for difference in self._bridge.directory.drift()]

    async def preflight(self, *, fix: bool) -> Sequence[Finding]:
        from scimbridge.adapters.keycloak.inspection import KeycloakInspection  # noqa: PLC0415 (where it is asked for)

        inspection = KeycloakInspection(self._bridge.client, self._bridge.setting)
        return await (repair if fix else preflight)(inspection, self._bridge.setting)

    async def migration(self) -> Plan:
        """Raises InvalidValue if nothing served SCIM there."""
        from scimbridge.adapters.keycloak.former import FormerScim  # noqa: PLC0415 (as above)

        setting, user = self._bridge.setting, resource_types(self._realm).by_name["User"]
        issuers = realm_to_document(self._realm)["issuers"]
        plan = await make_plan(FormerScim(self._bridge.client), setting, user, issuers)
        if not plan.sources:
            raise InvalidValue(
                f"Nothing served SCIM at {setting.url}: its switch is off, and no extension has settings."
            )
        return plan

    async def take_over(self, plan: Plan, *, actor: str) -> int:
        """How many users are managed from then on; what is shown is read with the settings as the plan has them."""
        if plan.change:
            realms = self._instance.administration.realms
            self._realm = await realms.change(self._realm.name, plan.change, actor=actor)
            await self._bridge.close()
            self._bridge = self._instance.bridge(self._realm)
        await self._bridge.directory.sweep()
        return await _manage(self._bridge, plan.managed)

    async def close(self) -> None:
        await self._bridge.close()


async def _manage(bridge: Bridge, managed: Sequence[str]) -> int:
    """Notes that an identity provider wrote these users, administrators excepted; how many there were."""
    taken = 0
    for target in managed:
        link = bridge.ledger.linked("User", target)
        if link is not None and link.state == "seen" and not recorded(link).get("protected"):
            await bridge.ledger.put_link(link._replace(state="managed"))
            taken += 1
    return taken

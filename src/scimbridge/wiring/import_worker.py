"""The imports that schedules ask for, in a server: one after the other, so that they leave it room for requests."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from scimbridge.access.realm import Realm
from scimbridge.adapters.sqlite.import_schedules import ImportSchedule, import_schedules, keep_failure
from scimbridge.provisioning.errors import PlanRefused, ProvisioningError
from scimbridge.scim.errors import NotFound, ScimError
from scimbridge.wiring.instance import Instance
from scimbridge.wiring.timetable import Timetable

logger = logging.getLogger(__name__)

# A cron expression counts minutes.
_LOOK: Final = 5.0


class ImportWorker:
    """Takes up what was changed in the settings by itself."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._seen: int | None = None
        self._timetables: dict[tuple[str, str], tuple[ImportSchedule, Timetable]] = {}  # by kind and id
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Ends an import between two of its writes, as a crash would: the next one goes on from there."""
        self._stopping.set()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> None:
        """Runs what is due. Does not raise for what an import can meet."""
        self._refresh()
        for schedule, timetable in list(self._timetables.values()):
            if timetable.take():
                await self._attempt(schedule)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.look()
            except Exception:  # a bug, or a database that does not answer
                logger.exception("The schedules of imports could not be looked at")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _LOOK)

    def _refresh(self) -> None:
        version = self._instance.store.version()
        if version == self._seen:
            return
        before, self._timetables = self._timetables, {}
        for found in import_schedules(self._instance.database):
            former = before.get((found.kind, found.id))
            timetable = Timetable(found.schedule, found.imported, self._instance.sources.clock)
            if former is not None and former[0].schedule == found.schedule:
                timetable = former[1]
            self._timetables[found.kind, found.id] = found, timetable
        self._seen = version

    async def _attempt(self, schedule: ImportSchedule) -> None:
        realm = next((realm for realm in self._instance.store.realms() if realm.id == schedule.realm), None)
        if realm is None or not realm.enabled:
            return
        name = f"{schedule.kind.capitalize()} {schedule.name} of realm {realm.name}"
        try:
            await self._import(realm, schedule, name)
        except NotFound:  # deleted a moment ago
            return
        except PlanRefused as error:
            logger.warning("%s: the import is refused: %s", name, error)
            await self._keep(realm, schedule, f"{_sentence(error)} {_advice(realm, schedule, error)}")
        except (ProvisioningError, ScimError) as error:
            logger.warning("%s cannot be imported just now: %s", name, error)
            await self._keep(realm, schedule, f"{_sentence(error)} It is tried again when the schedule says so.")
        except Exception:  # a bug: the log has it, and the next time may go well
            logger.exception("%s could not be imported", name)

    async def _keep(self, realm: Realm, schedule: ImportSchedule, failure: str) -> None:
        """Where a person looks: with the source or application, and among the administration's events."""
        operation, detail = f"{schedule.kind}.import", {"failure": failure}
        event = self._instance.sources.event("schedule", operation, schedule.name, realm.name, detail)
        await keep_failure(self._instance.database, schedule, failure, event)

    async def _import(self, realm: Realm, schedule: ImportSchedule, name: str) -> None:
        from scimbridge.wiring import intake  # noqa: PLC0415 (with the first schedule: expressions, targets)

        provisioning = self._instance.provisioning(realm)
        if schedule.kind == "source":
            source = provisioning.sources.get(schedule.name)
            async with intake.open_intake(self._instance, realm, source) as importing:
                imported = await importing.run()
            done, problems = imported.done, imported.problems
        else:
            application = provisioning.administration.get(schedule.name)
            async with intake.open_account_import(self._instance, realm, application) as account_import:
                accounts = await account_import.run()
            done, problems = accounts.done, accounts.problems
        logger.info("%s is imported: %s", name, ", ".join(f"{n} {what}" for what, n in done.items()) or "nothing new")
        for problem in problems:
            logger.warning("%s: %s: %s", name, problem.where, problem.reason)


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."


def _advice(realm: Realm, schedule: ImportSchedule, error: PlanRefused) -> str:
    command = "source import" if schedule.kind == "source" else "import run"
    names = " ".join(f"--allow {safeguard}" for safeguard in error.reasons)
    words = f"scimbridge {command} {realm.name} {schedule.name}"
    return f'Nothing was imported. "{words} --dry-run" shows what would be; if it is right, import it with {names}.'

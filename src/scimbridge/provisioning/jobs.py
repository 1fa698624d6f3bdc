"""Jobs: long work that somebody has asked a server for, and what became of it, to be asked for later.

    Jobs.begin -> JobStore, and a task beside the requests: work -> result -> JobStore; Jobs.find can wait for its end

The work goes on when who asked for it has hung up. A job is known to every process on the store, and after a restart.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Protocol

import orjson

from scimbridge.directory.documents import timestamp
from scimbridge.provisioning.errors import PlanRefused, ProvisioningError
from scimbridge.scim.errors import Conflict, NotFound, ScimError, TooManyRequests

logger = logging.getLogger(__name__)

# All realms of a process together: each holds a plan in memory, and takes its turns of the event loop.
_MOST: Final = 4
# How often progress is kept, and how often somebody who waits looks at the work of another process.
_LOOK: Final = 0.5

STOPPED: Final = "The server ended meanwhile. What is queued by then goes on; ask for the rest again."

Kind = Literal[
    "plan",
    "push",
    "push group",
    "import plan",
    "import",
    "preflight",
    "drift",
    "migration plan",
    "migration",
]
Advance = Callable[[int, int], None]
Work = Callable[[Advance], Awaitable[Any]]


class Job(NamedTuple):
    """`subject`: what it is about, as the URL below the realm has it (`applications/portal`); "" = the realm.

    `done` of `total`: as far as it tells; 0 of 0 if it does not. `result`: JSON text, `null` until there is one, and
    of what a safeguard has refused its sentences. `reason`: why it failed. Times as RFC 3339.
    """

    id: str
    kind: str
    subject: str
    actor: str
    started: str
    state: Literal["running", "done", "failed"] = "running"
    finished: str = ""
    done: int = 0
    total: int = 0
    result: str = "null"
    reason: str = ""


class JobStore(Protocol):
    """The jobs of one realm; of those that ended the latest are kept. One whose process has ended has failed."""

    def find(self, id: str) -> Job | None: ...  # noqa: A002

    def all(self) -> Sequence[Job]:
        """The newest first, without their results."""

    async def begin(self, job: Job) -> str | None:
        """None if it is kept now; else the id of one of its kind and subject that is under way."""

    async def advance(self, id: str, done: int, total: int) -> None: ...  # noqa: A002

    async def end(self, job: Job) -> None:
        """No error if its realm is gone."""


Running = MutableMapping[str, asyncio.Task[None]]


class Jobs:
    """The jobs of one realm. `running`: those of all realms in this process, by id."""

    def __init__(
        self, store: JobStore, running: Running, *, clock: Callable[[], datetime], ids: Callable[[], str]
    ) -> None:
        self._store = store
        self._running = running
        self._clock = clock
        self._ids = ids

    def all(self) -> Sequence[Job]:
        """The newest first, without their results."""
        return self._store.all()

    async def begin(self, kind: Kind, subject: str, actor: str, work: Work) -> Job:
        """`work` is told how to say how far it is, and gives the result as a JSON value.

        Raises Conflict if the same is under way, TooManyRequests.
        """
        if len(self._running) >= _MOST:
            raise TooManyRequests(f"{_MOST} jobs are under way; ask again later.", headers={"Retry-After": "10"})
        job = Job(self._ids(), kind, subject, actor, timestamp(self._clock()))
        if (other := await self._store.begin(job)) is not None:
            raise Conflict(f'The same is under way already, as job "{other}".')
        task = self._running[job.id] = asyncio.create_task(self._run(job, work))
        task.add_done_callback(lambda _: self._running.pop(job.id, None))
        return job

    async def find(
        self,
        id: str,  # noqa: A002
        wait: float = 0.0,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Job:
        """As it stands, or once it has ended if that comes within `wait` seconds. Raises NotFound.

        `is_over`: nobody is to wait any more.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                while wait and self._get(id).state == "running" and not is_over():
                    await self._look(id)
        return self._get(id)

    def _get(self, id_: str) -> Job:
        job = self._store.find(id_)
        if job is None:
            raise NotFound(f'There is no job "{id_[:64]}".')
        return job

    async def _look(self, id_: str) -> None:
        """Returns after a moment, or at once when it has ended here."""
        if (task := self._running.get(id_)) is not None:
            await asyncio.wait([task], timeout=_LOOK)
        else:
            await asyncio.sleep(_LOOK)

    async def _run(self, job: Job, work: Work) -> None:
        reached = [0, 0]

        def advance(done: int, total: int) -> None:
            reached[:] = done, total

        noting = asyncio.create_task(self._note(job.id, reached))
        try:
            ended = await self._attempt(job, work, advance)
        except asyncio.CancelledError:
            ended = job._replace(state="failed", reason=STOPPED)
        noting.cancel()
        done, total = reached
        await self._store.end(ended._replace(finished=timestamp(self._clock()), done=done, total=total))

    async def _attempt(self, job: Job, work: Work, advance: Advance) -> Job:
        try:
            result = await work(advance)
        except PlanRefused as refused:
            return _failed(job, refused)._replace(result=_text({"refused": refused.reasons}))
        except (ScimError, ProvisioningError) as error:
            return _failed(job, error)
        except Exception:
            logger.exception("Job %s (%s) failed", job.id, job.kind)
            return _failed(job, f"The server made a mistake; its log has more under {job.id}.")
        return job._replace(state="done", result=_text(result))

    async def _note(self, id_: str, reached: Sequence[int]) -> None:
        noted = [0, 0]
        while True:
            await asyncio.sleep(_LOOK)
            if noted != reached:
                noted = [*reached]
                await self._store.advance(id_, *noted)


async def stop(running: Running) -> None:
    """Ends all jobs of this process as a crash would, but tells so; what they have begun is safe either way."""
    tasks = list(running.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _failed(job: Job, reason: object) -> Job:
    return job._replace(state="failed", reason=str(reason))


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()

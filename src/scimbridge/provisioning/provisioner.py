"""One application's provisioning: plan, push, follow the directory, provision one person, and what else is asked.

Whatever writes at the target is done under the application's lease, from the queue, by the same code (draining.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from scimbridge.directory.ports import Directory
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.provisioning.execution import Execution
from scimbridge.provisioning.feed import Feed
from scimbridge.provisioning.group_events import GroupEvents
from scimbridge.provisioning.groups import Groups
from scimbridge.provisioning.lease import LENGTH, Lease
from scimbridge.provisioning.mapping import Preview, preview
from scimbridge.provisioning.on_demand import OnDemand, Step
from scimbridge.provisioning.outline import Outlines
from scimbridge.provisioning.pace import PacedTransport
from scimbridge.provisioning.password_events import PasswordEvents
from scimbridge.provisioning.performing import intent
from scimbridge.provisioning.plan import Change, Item, Phase, Plan
from scimbridge.provisioning.planning import Planner
from scimbridge.provisioning.ports import Ledger, Outcome, Work
from scimbridge.provisioning.push import Pusher
from scimbridge.provisioning.queueing import keep_links, queue_plan, reconsider_tasks
from scimbridge.provisioning.summary import Summary
from scimbridge.provisioning.supervision import Progress
from scimbridge.provisioning.target import Target
from scimbridge.provisioning.user_events import UserEvents
from scimbridge.provisioning.users import Users
from scimbridge.provisioning.verification import NOTHING, Findings, Verification
from scimbridge.scim.errors import NotFound

# A push waits so long for whoever has the lease: a pass of the server is short, and who hangs lets go of it by then.
_PATIENCE_FOR_LEASE: Final = LENGTH + 10
# And so long for what the target asked to bring again; what takes longer stays in the queue.
_PATIENCE_FOR_RETRIES: Final = 300.0

_EVERYTHING: Final = Work("", "", "", "everything")


class Provisioner:
    """Provisions one application, as its settings are now; other settings take another Provisioner.

    `transport` is what `target` sends by. `open_password` gives the text of a password that waits sealed; `org`: what
    expressions read as `org.x`.
    """

    def __init__(
        self,
        application: Application,
        ledger: Ledger,
        directory: Directory,
        *,
        target: Target,
        transport: PacedTransport,
        environment: Environment,
        open_password: Callable[[bytes], str],
        org: Mapping[str, Any],
        parallel: int = 8,
    ) -> None:
        self.application = application
        self.ledger = ledger
        self.target = target
        self._directory = directory
        self._transport = transport
        self._environment = environment
        self._outlines = Outlines(application, directory, environment.clock, org)
        self._users = Users(application, directory, self._outlines)
        groups = Groups(application, ledger)
        self._planner = Planner(application, ledger, directory, self._users, groups)
        passwords = PasswordEvents(application, ledger, target, environment, open_password)
        execution = Execution(
            UserEvents(application, ledger, target, self._users, environment, passwords=passwords),
            GroupEvents(application, ledger, target, groups, environment),
            transport.pace,
            environment,
        )
        self._pusher = Pusher(
            ledger, self._planner, execution, environment, parallel=parallel, rate=transport.pace.rate
        )
        self._on_demand = OnDemand(ledger, execution, transport, environment)
        self._verification = Verification(ledger, target)
        self._feed = Feed(directory, ledger, environment, passwords=application.passwords == "sync")

    async def plan(self, *, everything: bool = False, verify: bool = False) -> Plan:
        """What a push would do now. `everything`: also who was up to date; `verify`: the target is read, too."""
        findings = await self._findings(verify=verify)
        return await self._planner.plan(everything=everything, findings=findings, foresee=True)

    async def describe(self, item: Item) -> Change:
        """A line of a plan with what differs."""
        return await self._planner.describe(item)

    async def push(
        self,
        *,
        allow: frozenset[str] = frozenset(),
        everything: bool = False,
        verify: bool = False,
        progress: Progress | None = None,
        patience: float = _PATIENCE_FOR_RETRIES,
    ) -> Summary:
        """Plans, and does it. `allow`: safeguards that are let pass this time.

        Raises PlanRefused, PushOccupied. What cannot be done yet stays in the queue, what fails becomes a task.
        """
        started = self._environment.monotonic()
        async with self._lease() as lease:
            reached = await self._feed.reach()
            findings = await self._findings(verify=verify)
            plan = await self._planner.plan(everything=everything, findings=findings)
            plan.allow(allow)
            run = self._environment.ids()
            await keep_links(self.ledger, [*self._planner.unchanged, *findings.links])
            supervision = self._pusher.supervise(guarded=False, progress=progress)
            await reconsider_tasks(self.ledger, run)
            supervision.total = await queue_plan(self.ledger, plan, run, cursor=reached)
            await self.ledger.cancel("", "", "everything")
            await self._pusher.work(lease, supervision, patience=patience)
            now = self._environment.now()
            await self.ledger.stand(lambda standing: standing._replace(compared=now))
            return self._pusher.summarize(supervision, run, started)

    async def compare(self) -> Summary | None:
        """The full comparison that a schedule asks for; None if a safeguard refuses, which is a task then."""
        try:
            return await self.push(everything=True, verify=self.application.verify, patience=0)
        except PlanRefused as error:
            await self.ledger.record([Outcome(_EVERYTHING, "refused", reason=str(error), settled=False)])
            return None

    async def drain(self) -> Summary:
        """Works off the queue until nothing is due. Raises PushOccupied."""
        started, supervision = self._environment.monotonic(), self._pusher.supervise(guarded=True)
        if not self._pusher.is_resting:
            async with self._lease(0) as lease:
                await self._pusher.work(lease, supervision)
        return self._pusher.summarize(supervision, "", started)

    async def follow(self) -> int:
        """Queues what changed in the directory; how much."""
        return await self._feed.follow()

    def stop(self) -> None:
        """Ends what is under way as soon as nothing is half done."""
        self._pusher.stop()

    async def provision(self, source: str) -> Sequence[Step]:
        """One person, now, step by step; also says of somebody who is not assigned that nothing is to be done.

        Raises NotFound for an id that is nobody's, PushOccupied.
        """
        candidate = self.ledger.candidate(source)
        if not candidate.version and candidate.link is None:
            raise NotFound(f'There is no user "{source}".')
        rows = self.preview(source) if candidate.version else ()
        async with self._lease():
            return await self._on_demand.provision(candidate, rows)

    async def push_now(self, source: str) -> Summary:
        """A pushed group with its name and members, whatever it has there. Raises PushOccupied."""
        name = (await self.ledger.group_candidate(source)).name
        await self.ledger.enqueue([Work("Group", source, name, "push-now", Phase.MEMBERS, why="pushed by hand")])
        return await self.drain()

    def preview(self, source: str) -> Sequence[Preview]:
        """Each mapping tried on one person. Raises NotFound."""
        record = self._directory.get("User", source)
        if record is None:
            raise NotFound(f'There is no user "{source}".')
        return preview(self.application.mappings, self._outlines.context(record, self.ledger.link("User", source)))

    async def unlink(self, type: Literal["User", "Group"], source: str) -> bool:  # noqa: A002
        """Nothing is sent, and what is there is not ours any more; False if it was not linked. Raises PushOccupied.

        Somebody who is assigned is looked up again by the next push.
        """
        async with self._lease():
            link = self.ledger.link(type, source)
            if link is None:
                return False
            item = Item(Phase.DELETE, "unlink", type, source, link.name, link.target, "unlinked by hand")
            work = Work(type, source, link.name)
            (sequence,) = await self.ledger.begin([intent(Change(item, {}, {}), work, self._environment)])
            await self.ledger.record([Outcome(work, "done", sequence, link.target, unlinked=source)])
            return True

    async def _findings(self, *, verify: bool) -> Findings:
        """Raises ProvisioningError if the target cannot be read."""
        if not verify:
            return NOTHING
        return await self._verification.run(groups=self.application.actions.push_groups)

    def _lease(self, patience: float = _PATIENCE_FOR_LEASE) -> Lease:
        return Lease(self.ledger, self._environment, patience=patience)

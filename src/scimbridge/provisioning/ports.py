"""What the provisioner keeps: applications and their assignments, and per application a ledger of what was pushed.

As directory.ports: a store is bound to one realm when it is made; a coroutine that returned has its effect on disk,
whole. As access.ports: what an administrator changes takes the event that records it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from scimbridge.access.ports import AdminEvent
from scimbridge.provisioning.application import Application, Assignment, PushGroup
from scimbridge.provisioning.target import Member


class Applications(Protocol):
    """The applications of one realm, who is assigned to them, which groups are pushed.

    A change of settings, assignments or push groups queues what follows from it, in its own transaction: the user or
    the group where it can only be one, else work of kind `everything`.
    """

    def version(self) -> int:
        """Differs whenever anything here differs, whichever process wrote it; cheap."""

    def all(self) -> Sequence[Application]:
        """In order of name."""

    def get(self, name: str) -> Application | None: ...

    async def add(self, application: Application, event: AdminEvent) -> None:
        """It follows the realm's journal from here on. Raises access.ports.NameTaken, RealmGone."""

    async def update(
        self, name: str, change: Callable[[Application], Application], event: AdminEvent
    ) -> Application | None:
        """Reads, changes, counts the revision up, writes, in one transaction; what `change` raises passes through.

        A change that changes nothing counts nothing up, and its event is not kept. None if there is no such
        application. Raises NameTaken.
        """

    async def delete(self, name: str, event: AdminEvent) -> bool:
        """With its assignments, push groups, ledger and secrets; nothing is sent to the target."""

    def assignments(self, application: str) -> Sequence[Assignment]:
        """`application`: its id, here and below. In order of priority."""

    async def assign(self, application: str, assignments: Sequence[Assignment], event: AdminEvent) -> None:
        """Puts each in place of that of the same user or group."""

    async def unassign(self, application: str, type: str, id: str, event: AdminEvent) -> bool: ...  # noqa: A002

    def push_groups(self, application: str) -> Sequence[PushGroup]:
        """In order of name."""

    async def put_push_group(self, application: str, push_group: PushGroup, event: AdminEvent) -> None:
        """In place of the one of the same name."""

    async def drop_push_group(self, application: str, name: str, event: AdminEvent, *, delete: bool = False) -> bool:
        """With `delete` work of that kind is queued for each group that it pushes, in place of all other work on it.

        Also for those that are not there yet: a create may be under way, and may come to its end after this.
        """


# `active`: provisioned. `inactive`: deactivated there by us. `gone`: deleted there by somebody else.
LinkState = Literal["active", "inactive", "gone"]


class Link(NamedTuple):
    """What ties a resource here to one there: it proves that what is there is ours to change.

    `name`: its name there as last pushed. `version`, `revision`, `assignment`: of the resource here, of the
    application and a digest of the assignment's overrides, when it was last found up to date: all three equal means
    that there is nothing to push. `digest`, `pushed`: of what was last pushed, and that itself (JSON text of the
    mapped document).
    `dropped`: paths that the target did not keep, reported once. `confirmed`: when (RFC 3339).
    """

    type: str
    source: str
    target: str
    name: str
    state: LinkState
    version: int
    revision: int
    assignment: str
    digest: str
    pushed: str
    confirmed: str
    dropped: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """A user who may need something. `version` 0: no such resource here any more. `active`: not deactivated here.

    `assignment`: the one that counts, None if none reaches them. `link`: None if they were never pushed.
    `settled`: all that was begun for them is known to be over, so that nobody need ask; else it may be.
    """

    source: str
    name: str
    version: int
    active: bool
    assignment: Assignment | None
    link: Link | None
    settled: bool = False


class GroupCandidate(NamedTuple):
    """A group that may need something.

    `push_group`: by what it is pushed, None if it is only linked. `name` is "" for one that is gone here.
    `added`, `removed`: how many members differ from what was pushed.
    """

    source: str
    name: str
    push_group: PushGroup | None
    link: Link | None
    added: int
    removed: int


class Membership(NamedTuple):
    """A member of a pushed group: who it is here, and there."""

    source: str
    member: Member


# `reconcile`: make the target what the directory says. `push-now`: a group's name and members, whatever is there.
# `resend`: a group's members, also if none differs. `password`: bring the password that was set here. `delete`: unlink
# a group and delete it there.
# `everything`: work out a plan for the whole application and queue it.
WorkKind = Literal["reconcile", "push-now", "resend", "password", "delete", "everything"]


class Work(NamedTuple):
    """Something of one application that waits to be done, or failed and waits for a person: then it is a task.

    One row a resource and kind: what is queued twice is done once. `phase` orders it (see plan.Phase). `due`: not
    before (RFC 3339). `run`: which push it belongs to, "" = a change that was noticed. `reason`: why it failed, in the
    target's words. `ticket` grows whenever it is queued again: an outcome settles only the work that was claimed, so
    that a change noticed meanwhile is not lost.
    """

    type: str
    source: str
    name: str
    kind: WorkKind = "reconcile"
    phase: int = 0
    due: str = ""
    run: str = ""
    why: str = ""
    attempts: int = 0
    state: Literal["waiting", "failed"] = "waiting"
    reason: str = ""
    ticket: int = 0


class Entry(NamedTuple):
    """A line of an application's journal: an intent before the first request, its outcome after the last.

    `action`: as plan.Action. `before`, `after`: what differs, as the plan shows it. `outcome`: "" = still open, else
    done, refused, unavailable, misbehaved, nothing, abandoned: the push that began it was ended, and a later one did
    what was still needed. `password`: whether one was sent. No secret is in it.
    """

    sequence: int
    time: str
    run: str
    action: str
    type: str
    source: str
    name: str
    target: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    why: str
    outcome: str = ""
    reason: str = ""
    finished: str = ""
    password: bool = False


class Outcome(NamedTuple):
    """What one piece of work came to, recorded in one transaction with all that follows from it.

    `intent`: the sequence of its journal entry, 0 if nothing was to be sent. `link` is put, `unlinked` (a source id)
    dropped. `joined`, `left`: source ids of members now pushed, or not any more; with `members_replaced` `joined` is
    the whole list.
    `work` as it was claimed; the store counts its attempts, of which `nothing` is none. `settled`: the work is over;
    else it waits until `due`, or has failed for good if `due` is "".
    `follow`: further work that this makes necessary. `dropped`: paths that the target turns out not to keep, which no
    link said before; they are in `link` as well.
    `former`: what an earlier push that was ended had begun for this resource, and left open, has come to: `done` for a
    create that is found there, else `abandoned`; "" = that is not known yet.
    """

    work: Work
    outcome: str
    intent: int = 0
    target: str = ""
    reason: str = ""
    settled: bool = True
    due: str = ""
    link: Link | None = None
    unlinked: str = ""
    joined: Sequence[str] = ()
    left: Sequence[str] = ()
    members_replaced: bool = False
    follow: Sequence[Work] = ()
    dropped: Sequence[str] = ()
    former: Literal["", "done", "abandoned"] = ""


class Standing(NamedTuple):
    """How an application's provisioning stands. Times as RFC 3339, "" = never or none.

    `cursor`: up to which sequence the realm's journal has been followed. `quarantined`: until when nothing is sent,
    because most of it failed, and `reason` why; `strikes` counts how often in a row. `compared`: the last full one.
    `imported`: the last import; `import_failure`: why the last one on schedule came to nothing and what to do.
    """

    cursor: int = 0
    quarantined: str = ""
    reason: str = ""
    strikes: int = 0
    compared: str = ""
    imported: str = ""
    import_failure: str = ""


class Ledger(Protocol):
    """What one application's provisioning knows and has still to do.

    Reads that look at all people or members run beside the event loop; the others are point reads.
    """

    def link(self, type: str, source: str) -> Link | None: ...  # noqa: A002

    def linked(self, type: str, target: str) -> Link | None: ...  # noqa: A002

    async def named(self, type: str, name: str) -> Link | None:  # noqa: A002
        """Of who has this name there as far as we know, whatever its upper and lower case; not of who is gone there."""

    async def links(self, type: str) -> Sequence[Link]: ...  # noqa: A002

    def linked_count(self) -> int:
        """Users whose link is active."""

    async def assigned_count(self) -> int:
        """People here, active, whom an assignment reaches."""

    async def candidates(self, revision: int, *, everything: bool = False) -> Sequence[Candidate]:
        """Users who may need something, in order of creation.

        Those whose link is not up to date with resource, application `revision` and assignment, or whose state here and
        there differ; with `everything` all who are assigned or linked.
        Nothing of those who are up to date is held in memory: of 100,000 people with ten changed this gives ten.
        """

    def candidate(self, source: str) -> Candidate:
        """One user as it stands now, up to date or not; also for an id that is nobody's."""

    def candidates_of(self, sources: Sequence[str]) -> Mapping[str, Candidate]:
        """The same of several, by id."""

    async def group_candidates(self, *, everything: bool = False) -> Sequence[GroupCandidate]:
        """Groups that differ from what was pushed, are to be pushed for the first time, or not pushed any more."""

    async def group_candidate(self, source: str) -> GroupCandidate: ...

    async def members(self, source: str) -> Sequence[Membership]:
        """Who is to be in a group there, in order of joining.

        Its members here, also through groups in it, whose own link is active.
        """

    async def member_changes(self, source: str) -> tuple[Sequence[Membership], Sequence[Membership]]:
        """(to add, to remove), worked out in the store. A member who is only deactivated stays (Okta sends nothing)."""

    async def pushed_members(self, source: str) -> frozenset[str]:
        """Ids there of those who were in a group when we left it, also of who was deactivated since."""

    async def enqueue(self, works: Sequence[Work], *, cursor: int | None = None) -> None:
        """Durable when it returns; moves the cursor in the same transaction.

        A row that is there already keeps its attempts, and becomes due again.
        """

    async def enqueue_missing(self, works: Sequence[Work]) -> None:
        """Only of resources for which no other work waits or is a task; passwords are apart from the rest."""

    async def touch(
        self, users: Sequence[str], groups: Sequence[str], *, now: str, cursor: int, passwords: Sequence[str] = ()
    ) -> int:
        """Enqueues `reconcile` for those of them that concern this application, and moves the cursor; how many.

        Users: assigned or linked; a group's id among them stands for everybody in it, so that ids of members that came
        or went can be given as they are. Groups: pushed or linked, also those that a touched one is in. `passwords`:
        users whose password was set; work of kind `password` for those that are assigned or linked.
        """

    async def claim(self, now: str, count: int, *, run: str | None = None) -> Sequence[Work]:
        """What is due, lowest phase first, then the longest waiting; only of this run, if given.

        It stays queued until its outcome is recorded; the caller does not claim again what it has in hand.
        """

    def waiting(self, run: str | None = None) -> int: ...

    async def begin(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Intents, durable when it returns; their sequences."""

    async def record(self, outcomes: Sequence[Outcome]) -> None:
        """Survives the process when it returns, the power when the next synced write does.

        What the power took is done again, and a create whose outcome is open looks up first.
        """

    def left_open(self) -> Sequence[Entry]:
        """Lines without an outcome. Whoever has just taken the lease knows that nobody is at them any more."""

    def has_open_intent(self, type: str, source: str) -> bool:  # noqa: A002
        """Whether it may be there though no link says so.

        A create was begun after the last one that was done, and its outcome is not known: never recorded, or the target
        did not answer or made no sense.
        """

    def in_doubt(self, type: str, source: str) -> frozenset[str]:  # noqa: A002
        """Actions that may have had their effect there without our knowing, so that the link is not to be believed.

        They were begun after the last that was done, and their outcome was never recorded, or the target did not answer
        or made no sense; of a group also those that were refused, which may be of several requests. No passwords.
        """

    def tasks(self) -> Sequence[Work]:
        """Those that failed, the oldest first."""

    async def retry(self, type: str, source: str, kind: str, due: str) -> bool:  # noqa: A002
        """Waits again as if it had never been tried."""

    async def cancel(self, type: str, source: str, kind: str) -> bool: ...  # noqa: A002

    def journal(
        self,
        *,
        after: int = 0,
        count: int = 100,
        newest: bool = False,
        source: str | None = None,
        run: str | None = None,
    ) -> Sequence[Entry]: ...

    def password(self, source: str) -> bytes | None:
        """The sealed password that was set here and is still to be pushed.

        It is gone once every application that syncs passwords has followed the journal past it and has no work of kind
        `password` left for this user.
        """

    def standing(self) -> Standing: ...

    async def stand(self, change: Callable[[Standing], Standing]) -> None: ...

    async def acquire(self, holder: str, now: str, until: str) -> str | None:
        """Takes or renews the lease: who may push. None if it is ours now, else who has it.

        Over at `until`, and before that at once when the process that has it ends, where the store can know.
        """

    async def release(self, holder: str) -> None: ...

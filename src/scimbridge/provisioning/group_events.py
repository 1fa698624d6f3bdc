"""What is done for one group at the target, and what the ledger keeps of it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from scimbridge.provisioning.adoption import Adoption
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.groups import GroupDraft, Groups
from scimbridge.provisioning.performing import FOUND, Prepared, intent, new_link
from scimbridge.provisioning.plan import Phase
from scimbridge.provisioning.ports import Ledger, Link, Membership, Outcome, Work
from scimbridge.provisioning.target import Member, Target


class GroupEvents:
    """Prepares work on groups of one application."""

    def __init__(
        self, application: Application, ledger: Ledger, target: Target, groups: Groups, environment: Environment
    ) -> None:
        self._application = application
        self._ledger = ledger
        self._target = target
        self._groups = groups
        self._environment = environment

    async def prepare(self, work: Work) -> Prepared | Outcome:
        """An Outcome if there is nothing to send."""
        draft = await self._groups.draft(await self._ledger.group_candidate(work.source), work.kind)
        change = draft.change
        link = draft.candidate.link
        if change is None:
            is_open = link is not None or self._ledger.has_open_intent("Group", work.source)
            return Outcome(work, "nothing", former="" if is_open else "abandoned")
        gone = None if link is None or draft.action == "create group" else partial(self._vanished, work, link)
        begun = partial(self._link, draft)
        return Prepared(work, intent(change, work, self._environment), self._send(work, draft), gone=gone, begun=begun)

    def _send(self, work: Work, draft: GroupDraft) -> Callable[[], Awaitable[Outcome]]:
        link = draft.candidate.link
        if link is None or draft.action == "create group":
            do = self._create if draft.action == "create group" else self._end_orphan
            return partial(do, work, draft, Adoption(self._application, self._ledger, "Group", work.source))
        match draft.action:
            case "rename group":
                return partial(self._rename, work, draft, link)
            case "change members":
                return partial(self._change_members, work, draft, link)
            case "push now":
                return partial(self._push_now, work, draft, link)
            case "delete group":
                return partial(self._delete, work, link)
            case _:
                return partial(self._unlink, work)

    async def _create(self, work: Work, draft: GroupDraft, adoption: Adoption) -> Outcome:
        if adoption.is_resumed and (former := await adoption.find_former(self._target, draft.name)):
            link = self._link(draft, str(former["id"]))._replace(name=str(former["displayName"]))
            whole = work._replace(kind="push-now", due=self._environment.now(), attempts=0)
            outcome = Outcome(work, "done", target=link.target, reason=FOUND, link=link, follow=[whole])
            return outcome._replace(former="done")
        written = await self._target.push_group(
            draft.name, _there(draft.whole), adopt=adoption.adopt, resumed=adoption.is_resumed
        )
        adoption.require_own(written.id)
        reason, link = FOUND if written.found else "", self._link(draft, written.id)
        outcome = Outcome(work, "done", target=written.id, reason=reason, link=link)
        if written.found:
            outcome = outcome._replace(former="done")
        return outcome._replace(joined=_here(draft.whole), members_replaced=True)

    async def _rename(self, work: Work, draft: GroupDraft, link: Link) -> Outcome:
        await self._target.rename_group(link.target, draft.name, partial(self._members, work.source))
        # Its members may differ too: they are looked at next.
        again = [work._replace(due=self._environment.now(), attempts=0)]
        return Outcome(work, "done", target=link.target, link=self._link(draft, link.target), follow=again)

    async def _change_members(self, work: Work, draft: GroupDraft, link: Link) -> Outcome:
        added, removed = _there(draft.added), _there(draft.removed)
        whole = partial(self._members, work.source)
        await self._target.change_members(link.target, link.name, added, removed, whole)
        return Outcome(work, "done", target=link.target, joined=_here(draft.added), left=_here(draft.removed))

    async def _push_now(self, work: Work, draft: GroupDraft, link: Link) -> Outcome:
        await self._target.push_now(link.target, draft.name, _there(draft.whole))
        outcome = Outcome(work, "done", target=link.target, link=self._link(draft, link.target))
        return outcome._replace(joined=_here(draft.whole), members_replaced=True)

    async def _delete(self, work: Work, link: Link) -> Outcome:
        await self._target.delete_group(link.target)
        return self._deleted(Outcome(work, "done", target=link.target))

    async def _end_orphan(self, work: Work, draft: GroupDraft, adoption: Adoption) -> Outcome:
        """What a create that nobody knows the end of has left there is deleted, or left."""
        if (found := await adoption.find_former(self._target)) is None:
            return Outcome(work, "nothing", former="abandoned")
        outcome = Outcome(work, "done", target=str(found["id"]), former="done")
        if draft.action == "unlink":
            return outcome
        await self._target.delete_group(outcome.target)
        return self._deleted(outcome)

    def _deleted(self, outcome: Outcome) -> Outcome:
        """Looked at once more if a person asked for it: another push group may want it there, or the same one again."""
        work, now = outcome.work, self._environment.now()
        again = work._replace(kind="reconcile", phase=Phase.GROUP, due=now, attempts=0)
        return outcome._replace(unlinked=work.source, follow=[again] if work.kind == "delete" else ())

    async def _unlink(self, work: Work) -> Outcome:
        return Outcome(work, "done", unlinked=work.source)

    def _vanished(self, work: Work, link: Link, reason: str) -> Outcome:
        """Made again with its members."""
        now = self._environment.now()
        gone = link._replace(state="gone", confirmed=now)
        return Outcome(work, "refused", target=link.target, reason=reason, link=gone, settled=False, due=now)

    async def _members(self, source: str) -> Sequence[Member]:
        return _there(await self._ledger.members(source))

    def _link(self, draft: GroupDraft, target: str) -> Link:
        return new_link("Group", draft.candidate.source, target, draft.name, self._environment)


def _there(memberships: Sequence[Membership]) -> Sequence[Member]:
    return [membership.member for membership in memberships]


def _here(memberships: Sequence[Membership]) -> Sequence[str]:
    return [membership.source for membership in memberships]

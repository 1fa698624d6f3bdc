"""What is done for one user at the target, and what the ledger keeps of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from scimbridge.provisioning.adoption import Adoption
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.doubt import doubted
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.mapping import Mapped, MappingFailed
from scimbridge.provisioning.outline import Outline, pushed
from scimbridge.provisioning.password_events import PasswordEvents
from scimbridge.provisioning.performing import FOUND, Prepared, intent
from scimbridge.provisioning.plan import Change, Phase
from scimbridge.provisioning.ports import Candidate, Ledger, Link, Outcome, Work, WorkKind
from scimbridge.provisioning.renaming import Renaming
from scimbridge.provisioning.styles.places import values_at
from scimbridge.provisioning.target import Target, Written
from scimbridge.provisioning.user_links import UserLinks
from scimbridge.provisioning.users import Gone, UserDraft, Users, confirmed, current, item


class UserEvents:
    """Prepares work on users of one application."""

    def __init__(
        self,
        application: Application,
        ledger: Ledger,
        target: Target,
        users: Users,
        environment: Environment,
        *,
        passwords: PasswordEvents,
    ) -> None:
        self._application = application
        self._ledger = ledger
        self._target = target
        self._users = users
        self._environment = environment
        self._passwords = passwords
        self._links = UserLinks(application, environment)
        self._renaming = Renaming(ledger, users, environment)
        self._style = application.connection.style if application.connection else "auto"

    def prepare(self, work: Work, candidate: Candidate | None = None) -> Prepared | Outcome:
        """An Outcome if there is nothing to send."""
        if work.kind == "password":
            return self._passwords.prepare(work)
        candidate = doubted(candidate or self._ledger.candidate(work.source), self._ledger)
        try:
            draft = self._users.draft(candidate)
        except MappingFailed as error:
            return Outcome(work, "refused", reason=f"The mapping of {error}", settled=False)
        except Gone:
            return self.prepare(work)
        if draft.change is None and candidate.link is None:
            return self._prepare_orphan(work, draft)
        if draft.change is None:
            return Outcome(work, "nothing", link=confirmed(draft, self._application))
        return self._prepare_change(work, draft, draft.change)

    def _prepare_change(self, work: Work, draft: UserDraft, change: Change) -> Prepared:
        if draft.action == "create":
            return self._prepare_create(work, draft, change)
        entry = intent(change, work, self._environment)
        return Prepared(work, entry, self._send(work, draft), gone=partial(self._vanished, work, draft))

    def _prepare_create(self, work: Work, draft: UserDraft, change: Change) -> Prepared:
        """What it finds and then cannot change is a task: making it again would never end."""
        send = partial(self._create, work, draft, self._adoption(work, draft), self._passwords.waiting(work.source))
        entry = intent(change, work, self._environment, password=self._passwords.go_with_creates)
        return Prepared(work, entry, send, begun=partial(self._links.begun, draft))

    def _send(self, work: Work, draft: UserDraft) -> Callable[[], Awaitable[Outcome]]:
        match draft.action:
            case "update":
                return partial(self._update, work, draft)
            case "rename":
                return partial(self._rename, work, draft)
            case "reactivate":
                return partial(self._reactivate, work, draft)
            case "deactivate":
                return partial(self._deactivate, work, draft)
            case "delete":
                return partial(self._delete, work, draft)
            case _:
                return partial(self._unlink, work)

    async def _create(self, work: Work, draft: UserDraft, adoption: Adoption, sealed: bytes | None) -> Outcome:
        outline, groups = _required(draft.outline), self._groups(draft, work)
        if adoption.is_resumed and (former := await adoption.find_former(self._target, outline.name)):
            return self._resumed(work, draft, former, groups)
        password = self._passwords.first(sealed)
        written = await self._target.provision(outline.created, password=password, adopt=adoption.adopt)
        adoption.require_own(written.id)
        follow = groups if written.found else [*groups, *self._passwords.sent(work, sealed)]
        return self._written(work, draft, written, outline, follow=follow)

    def _prepare_orphan(self, work: Work, draft: UserDraft) -> Prepared | Outcome:
        """Of somebody who is not to be there: a create may have got there without our knowing."""
        adoption = self._adoption(work, draft)
        if not adoption.is_resumed:
            return Outcome(work, "nothing", former="abandoned")
        change = Change(item(draft.candidate, "deactivate", "a create was begun, and they are not to be there"), {}, {})
        return Prepared(
            work, intent(change, work, self._environment), partial(self._find_orphan, work, draft, adoption)
        )

    async def _find_orphan(self, work: Work, draft: UserDraft, adoption: Adoption) -> Outcome:
        found = await adoption.find_former(self._target)
        if found is None:
            return Outcome(work, "nothing", former="abandoned")
        return self._resumed(work, draft, found, ())

    def _adoption(self, work: Work, draft: UserDraft) -> Adoption:
        return Adoption(self._application, self._ledger, "User", work.source, settled=draft.candidate.settled)

    def _resumed(self, work: Work, draft: UserDraft, found: Mapping[str, Any], follow: Sequence[Work]) -> Outcome:
        """Ours, and linked now; what it still needs is looked at next."""
        again = work._replace(due=self._environment.now(), attempts=0)
        link = self._links.found(draft, found)
        follow = [again, *follow]
        return Outcome(work, "done", target=link.target, reason=FOUND, link=link, follow=follow, former="done")

    async def _update(self, work: Work, draft: UserDraft) -> Outcome:
        outline, link = _required(draft.outline), _required(draft.candidate.link)
        written = await self._target.update(link.target, outline.mapped, previous=self._previous(draft, outline))
        return self._written(work, draft, written, outline)

    async def _rename(self, work: Work, draft: UserDraft) -> Outcome:
        update = partial(self._update, work, draft)
        return await self._renaming.rename(work, draft, update, partial(self._put_name, draft))

    async def _put_name(self, draft: UserDraft, name: str) -> None:
        """The profile as it is to be, under another name."""
        outline, link = _required(draft.outline), _required(draft.candidate.link)
        moved = replace(outline.mapped, document=outline.mapped.document | {"userName": name})
        await self._target.update(link.target, moved, previous=self._previous(draft, outline))

    async def _reactivate(self, work: Work, draft: UserDraft) -> Outcome:
        outline, link = _required(draft.outline), _required(draft.candidate.link)
        written = await self._target.reactivate(link.target, outline.mapped, previous=self._previous(draft, outline))
        return self._written(work, draft, written, outline, follow=self._groups(draft, work))

    def _previous(self, draft: UserDraft, outline: Outline) -> Mapped | None:
        """What was last pushed, if that is known.

        By the same mapping: then what had no value was cleared already, and need not be read before it is changed.
        """
        link, last = _required(draft.candidate.link), pushed(draft.candidate.link)
        if last is None or link != current(link, draft, self._application)._replace(version=link.version):
            return last
        cleared = tuple(path for path in outline.mapped.cleared if not values_at(last.document, path))
        return replace(last, cleared=cleared)

    async def _deactivate(self, work: Work, draft: UserDraft) -> Outcome:
        link = _required(draft.candidate.link)
        await self._target.deactivate(link.target, pushed(link))
        return self._ended(work, draft, link._replace(state="inactive"))

    async def _delete(self, work: Work, draft: UserDraft) -> Outcome:
        link = _required(draft.candidate.link)
        await self._target.delete_user(link.target)
        return Outcome(work, "done", target=link.target, unlinked=work.source)

    async def _unlink(self, work: Work) -> Outcome:
        return Outcome(work, "done", unlinked=work.source)

    def _vanished(self, work: Work, draft: UserDraft, reason: str) -> Outcome:
        """What it was to be changed there is not there any more: made again if it is to be there."""
        link = _required(draft.candidate.link)
        if draft.action == "deactivate":
            return self._ended(work, draft, link._replace(state="gone"), reason)
        outcome = Outcome(work, "refused", target=link.target, reason=reason, link=self._links.gone(link))
        return outcome._replace(settled=False, due=self._environment.now())

    def _ended(self, work: Work, draft: UserDraft, link: Link, reason: str = "") -> Outcome:
        """Access there has ended; nothing is kept of somebody who is not here any more."""
        outcome = Outcome(work, "done", target=link.target, reason=reason)
        if not draft.candidate.version:
            return outcome._replace(unlinked=work.source)
        return outcome._replace(link=self._links.ended(draft, link))

    def _written(
        self, work: Work, draft: UserDraft, written: Written, outline: Outline, *, follow: Sequence[Work] = ()
    ) -> Outcome:
        """A profile is there as it is to be, but for what the target does not keep."""
        link = self._links.written(draft, written, outline)
        dropped = link.dropped[len(draft.candidate.link.dropped) if draft.candidate.link else 0 :]
        notes = [FOUND] if written.found else []
        notes += [f"The target does not keep {', '.join(dropped)}."] if dropped else []
        outcome = Outcome(work, "done", target=written.id, reason=" ".join(notes), link=link, follow=follow)
        if written.found:
            outcome = outcome._replace(former="done")
        return outcome._replace(dropped=dropped) if dropped else outcome

    def _groups(self, draft: UserDraft, work: Work) -> Sequence[Work]:
        """The groups of somebody who is there now and was not before. Which of them are pushed, they know."""
        if not self._application.actions.push_groups or draft.record is None:
            return ()
        # A wizard application of Okta's sends all groups of somebody who comes back, whatever is there.
        resends = draft.action == "reactivate" and self._style == "wizard"
        kind: WorkKind = "resend" if resends else "reconcile"
        return [
            Work("Group", group.id, group.display, kind=kind, phase=Phase.MEMBERS, run=work.run)
            for group in draft.record.groups
        ]


T = TypeVar("T")


def _required(value: T | None) -> T:
    """What the examination has put there for this action."""
    if value is None:
        raise AssertionError("the draft lacks what its action needs")
    return value

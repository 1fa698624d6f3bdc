"""What one pushed group needs, worked out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.examination import PHASES, examine_group, target_name
from scimbridge.provisioning.plan import Action, Change, Item
from scimbridge.provisioning.ports import GroupCandidate, Ledger, Membership, WorkKind

# Names of members that a plan or the journal shows; of a group of 100,000 nobody reads all.
_MOST_NAMES: Final = 200


class GroupDraft(NamedTuple):
    """`action` None: nothing is to be sent. `whole`: all members, else `added` and `removed` are what differs."""

    candidate: GroupCandidate
    action: Action | None
    why: str = ""
    whole: Sequence[Membership] = ()
    added: Sequence[Membership] = ()
    removed: Sequence[Membership] = ()

    @property
    def name(self) -> str:
        """What it is to be called there."""
        link, pushed = self.candidate.link, self.candidate.push_group
        keeps = link is not None and link.state == "active" and not (pushed and pushed.rename)
        return link.name if keeps and link is not None else target_name(self.candidate)

    @property
    def change(self) -> Change | None:
        if self.action is None:
            return None
        before, after = self._sides()
        return Change(item(self.candidate, self.action, self.why), before, after)

    def _sides(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        link = self.candidate.link
        match self.action:
            case "rename group":
                return {"displayName": link.name if link else ""}, {"displayName": self.name}
            case "create group" | "push now":
                return {}, {"displayName": self.name} | _named(self.whole)
            case "change members":
                return _named(self.removed), _named(self.added)
            case _:
                return {"displayName": link.name if link else ""}, {}


class Groups:
    """The groups of one application."""

    def __init__(self, application: Application, ledger: Ledger) -> None:
        self._application = application
        self._ledger = ledger

    def glance(self, candidate: GroupCandidate) -> Sequence[Item]:
        """The lines of a plan: a group may be renamed and get other members."""
        need = examine_group(candidate, self._application)
        if need is None:
            return ()
        items = [item(candidate, need.what, need.why)]
        link = candidate.link
        if need.what == "rename group" and link is not None:
            renamed = candidate._replace(link=link._replace(name=target_name(candidate)))
            items += self.glance(renamed)
        return items

    async def draft(self, candidate: GroupCandidate, kind: WorkKind = "reconcile") -> GroupDraft:
        """The first thing that it needs, with all that is needed to do it."""
        action, why = self._decide(candidate, kind)
        match action:
            case "create group" | "push now":
                return GroupDraft(candidate, action, why, whole=await self._ledger.members(candidate.source))
            case "change members":
                added, removed = await self._ledger.member_changes(candidate.source)
                is_needed = added or removed or kind == "resend"
                return GroupDraft(candidate, action if is_needed else None, why, added=added, removed=removed)
            case _:
                return GroupDraft(candidate, action, why)

    async def describe(self, candidate: GroupCandidate, action: Action) -> Change | None:
        """One line of a plan: of a group that is renamed and gets other members the second as well as the first."""
        draft = await self.draft(candidate)
        if draft.action != action and action == "change members":
            added, removed = await self._ledger.member_changes(candidate.source)
            draft = GroupDraft(candidate, action, added=added, removed=removed)
        return draft.change

    def _decide(self, candidate: GroupCandidate, kind: WorkKind) -> tuple[Action | None, str]:
        link, pushed = candidate.link, candidate.push_group
        is_there = link is not None and link.state == "active"
        if self._is_orphan(candidate, kind):
            is_kept = kind != "delete" and (candidate.name or self._application.on_unassign == "leave")
            return ("unlink" if is_kept else "delete group"), "a create was begun, and it is not to be there"
        if kind == "delete":
            return ("delete group" if link else None), "unlinked and deleted by hand"
        if kind == "push-now" and is_there and pushed and pushed.active and self._application.actions.push_groups:
            return "push now", "pushed by hand"
        if is_there and pushed and pushed.active and self._is_doubted(candidate):
            return "push now", "what became of a change is not known"
        need = examine_group(candidate, self._application)
        if need is None and kind == "resend" and is_there and pushed and pushed.active:
            return "change members", "a member is back"
        return (need.what, need.why) if need else (None, "")

    def _is_orphan(self, candidate: GroupCandidate, kind: WorkKind) -> bool:
        """Whether it may be there without our knowing, and nobody wants it there any more."""
        is_unwanted = kind == "delete" or not candidate.name or candidate.push_group is None
        return candidate.link is None and is_unwanted and self._ledger.has_open_intent("Group", candidate.source)

    def _is_doubted(self, candidate: GroupCandidate) -> bool:
        """Whether it may have another name or other members there than the ledger says (doubt.py)."""
        actions = self._application.actions
        return bool(actions.push_groups and candidate.name and self._ledger.in_doubt("Group", candidate.source))


def item(candidate: GroupCandidate, action: Action, why: str) -> Item:
    link = candidate.link
    name = candidate.name or (link.name if link else candidate.source)
    return Item(PHASES[action], action, "Group", candidate.source, name, link.target if link else "", why)


def _named(memberships: Sequence[Membership]) -> dict[str, Any]:
    """Who they are, by name."""
    if not memberships:
        return {}
    names = [membership.member.display for membership in memberships[:_MOST_NAMES]]
    left = len(memberships) - len(names)
    return {"members": [*names, f"and {left:,} more"] if left else names}

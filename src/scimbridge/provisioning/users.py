"""What one user needs, worked out: the change to make, and what it is made from."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from scimbridge.directory.ports import Directory, Record
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.examination import PHASES, Need, examine_user
from scimbridge.provisioning.mapping import Mapped, differences
from scimbridge.provisioning.outline import Outline, Outlines, pushed
from scimbridge.provisioning.plan import Action, Change, Item
from scimbridge.provisioning.ports import Candidate, Link

_NOTHING = Mapped({})


class UserDraft(NamedTuple):
    """`action` None: nothing is to be sent. `record`, `outline`: only of somebody who is to be there."""

    candidate: Candidate
    action: Action | None
    why: str = ""
    record: Record | None = None
    outline: Outline | None = None
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}

    @property
    def change(self) -> Change | None:
        return Change(item(self.candidate, self.action, self.why), self.before, self.after) if self.action else None


class Users:
    """The people of one application."""

    def __init__(self, application: Application, directory: Directory, outlines: Outlines) -> None:
        self._application = application
        self._directory = directory
        self._outlines = outlines

    def glance(self, candidate: Candidate) -> Item | Link | None:
        """The line of a plan; a profile is only worked out where that decides. Raises MappingFailed.

        A Link: nothing is to be sent, and this says so to whoever asks next.
        """
        need = examine_user(candidate, self._application)
        if need is None:
            return None
        if need.what != "compare":
            return item(candidate, need.what, need.why)
        draft = self._compare(candidate, need)
        return item(candidate, draft.action, draft.why) if draft.action else confirmed(draft, self._application)

    def draft(self, candidate: Candidate) -> UserDraft:
        """The same with all that is needed to do it. Raises MappingFailed."""
        need = examine_user(candidate, self._application)
        if need is None:
            return UserDraft(candidate, None)
        match need.what:
            case "compare":
                return self._compare(candidate, need)
            case "create" | "reactivate":
                return self._arrival(candidate, need.what, need.why)
            case "deactivate":
                return UserDraft(candidate, "deactivate", need.why, before={"active": True}, after={"active": False})
            case "delete" | "unlink":
                return UserDraft(candidate, need.what, need.why)

    def _arrival(self, candidate: Candidate, action: Action, why: str) -> UserDraft:
        record, outline = self._outline(candidate)
        if action == "create":  # all of it is new: to tell path by path would cost 26 us
            whole = {name: value for name, value in outline.created.document.items() if name != "schemas"}
            return UserDraft(candidate, action, why, record, outline, after=whole)
        before, after = _sides(
            (pushed(candidate.link) or _NOTHING).document | {"active": False},
            outline.mapped.document | {"active": True},
        )
        return UserDraft(candidate, action, why, record, outline, before, after)

    def _compare(self, candidate: Candidate, need: Need) -> UserDraft:
        record, outline = self._outline(candidate)
        link = candidate.link
        if link is None or outline.digest == link.digest:
            return UserDraft(candidate, None, "", record, outline)
        before, after = _sides((pushed(link) or _NOTHING).document, outline.mapped.document)
        action: Action = "rename" if link.name != outline.name else "update"
        return UserDraft(candidate, action, need.why, record, outline, before, after)

    def _outline(self, candidate: Candidate) -> tuple[Record, Outline]:
        record = self._directory.get("User", candidate.source)
        if record is None:  # deleted since it was examined: the next look sees that
            raise Gone
        return record, self._outlines.of(record, candidate.assignment, candidate.link)


class Gone(Exception):  # noqa: N818
    """The user was deleted here while it was looked at."""


def item(candidate: Candidate, action: Action, why: str) -> Item:
    link = candidate.link
    name = candidate.name or (link.name if link else candidate.source)
    return Item(PHASES[action], action, "User", candidate.source, name, link.target if link else "", why)


def current(link: Link, draft: UserDraft, application: Application) -> Link:
    """The link of somebody whose profile there is found to be what it is to be.

    The version is that of the record which the profile was made from: it may have changed since the examination.
    """
    assignment = draft.candidate.assignment
    return link._replace(
        version=draft.record.version if draft.record else draft.candidate.version,
        revision=application.revision,
        assignment=assignment.digest if assignment else "",
    )


def confirmed(draft: UserDraft, application: Application) -> Link | None:
    """The link of somebody who needs nothing, with what was compared, if that has moved."""
    link = draft.candidate.link
    if link is None or draft.outline is None:
        return None
    latest = current(link, draft, application)
    return latest if latest != link else None


def _sides(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What differs, on each side, by SCIM path."""
    found = differences(dict(before), dict(after))
    return (
        {difference.path: difference.before for difference in found if difference.before is not None},
        {difference.path: difference.after for difference in found if difference.after is not None},
    )

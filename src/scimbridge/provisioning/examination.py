"""What one user or group needs at the target, from what is wanted here and what the link says of there.

Tables, no I/O: plan, push, events and provisioning on demand all ask here.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from scimbridge.provisioning.application import Actions, Application, PushGroup
from scimbridge.provisioning.plan import Action, Phase
from scimbridge.provisioning.ports import Candidate, GroupCandidate

# What a user needs before profiles are compared: `compare` is an update, a rename or nothing.
UserNeed = Literal["create", "compare", "reactivate", "deactivate", "delete", "unlink"]
GroupNeed = Literal["create group", "rename group", "change members", "delete group", "unlink"]

PHASES: Final[Mapping[Action, Phase]] = {
    "create": Phase.CREATE,
    "update": Phase.UPDATE,
    "rename": Phase.RENAME,
    "reactivate": Phase.CREATE,
    "deactivate": Phase.DEACTIVATE,
    "delete": Phase.DELETE,
    "password": Phase.UPDATE,
    "create group": Phase.GROUP,
    "rename group": Phase.GROUP,
    "change members": Phase.MEMBERS,
    "push now": Phase.MEMBERS,
    "delete group": Phase.DELETE,
    "unlink": Phase.DELETE,
}


class Need(NamedTuple):
    """`why`: for a person."""

    what: UserNeed
    why: str


class NeedOfGroup(NamedTuple):
    what: GroupNeed
    why: str


def examine_user(candidate: Candidate, application: Application) -> Need | None:
    """None: nothing, or nothing that the application's actions allow."""
    need = _present(candidate) if is_wanted(candidate) else _absent(candidate, application)
    return need if need is not None and _is_allowed(need.what, application.actions) else None


def is_wanted(candidate: Candidate) -> bool:
    """Whether somebody is to be there."""
    return candidate.version > 0 and candidate.active and candidate.assignment is not None


def _present(candidate: Candidate) -> Need:
    """Of somebody who is to be there."""
    if candidate.link is None:
        return Need("create", "assigned")
    match candidate.link.state:
        case "gone":
            return Need("create", "deleted there by somebody else")
        case "inactive":
            return Need("reactivate", "assigned again")
        case "active":
            return Need("compare", "changed here")


def _absent(candidate: Candidate, application: Application) -> Need | None:
    """Of somebody who is not to be there."""
    link, exists = candidate.link, candidate.version > 0
    if link is None:
        return None
    if link.state == "gone" or application.on_unassign == "leave":
        return Need("unlink", _reason(candidate))
    if application.on_unassign == "delete" and (link.state == "active" or not exists):
        return Need("delete", _reason(candidate))
    if link.state == "active":
        return Need("deactivate", _reason(candidate))
    return None if exists else Need("unlink", _reason(candidate))


def _reason(candidate: Candidate) -> str:
    if not candidate.version:
        return "deleted here"
    return "not assigned any more" if candidate.assignment is None else "deactivated here"


def _is_allowed(need: UserNeed, actions: Actions) -> bool:
    match need:
        case "create" | "reactivate":
            return actions.push_new_users
        case "compare":
            return actions.push_profile_updates
        case "deactivate" | "delete":
            return actions.deactivate_users
        case "unlink":
            return True


def examine_group(candidate: GroupCandidate, application: Application) -> NeedOfGroup | None:
    """The first thing that it needs; when that is done there may be more."""
    if not application.actions.push_groups:
        return None
    if not candidate.name or candidate.push_group is None:
        return _absent_group(candidate, application)
    return _present_group(candidate, candidate.push_group) if candidate.push_group.active else None


def _present_group(candidate: GroupCandidate, pushed: PushGroup) -> NeedOfGroup | None:
    link = candidate.link
    if link is None:
        return NeedOfGroup("create group", "pushed" if pushed.group else f'pushed by the rule "{pushed.name}"')
    if link.state == "gone":
        return NeedOfGroup("create group", "deleted there by somebody else")
    if pushed.rename and link.name != target_name(candidate):
        return NeedOfGroup("rename group", "renamed here")
    if candidate.added or candidate.removed:
        return NeedOfGroup("change members", _counted(candidate))
    return None


def target_name(candidate: GroupCandidate) -> str:
    """What a pushed group is called there."""
    return (candidate.push_group.link_to if candidate.push_group else "") or candidate.name


def _absent_group(candidate: GroupCandidate, application: Application) -> NeedOfGroup | None:
    """One that is gone here is deleted there; one that is only not pushed any more is left, as Okta leaves it."""
    if candidate.link is None:
        return None
    if candidate.name:
        return NeedOfGroup("unlink", "not pushed any more")
    if candidate.link.state == "gone" or application.on_unassign == "leave":
        return NeedOfGroup("unlink", "deleted here")
    return NeedOfGroup("delete group", "deleted here")


def _counted(candidate: GroupCandidate) -> str:
    parts = []
    if candidate.added:
        parts.append(f"{candidate.added:,} to add")
    if candidate.removed:
        parts.append(f"{candidate.removed:,} to remove")
    return ", ".join(parts)

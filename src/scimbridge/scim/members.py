"""What a PATCH does to the members of a group: ids only, so that its cost does not depend on who is in already."""

from dataclasses import dataclass
from typing import Any

from scimbridge.scim import dialects
from scimbridge.scim.binding import Bound
from scimbridge.scim.errors import InvalidPath, InvalidValue
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.operations import Operation
from scimbridge.scim.path import Path
from scimbridge.scim.schema import COMMON
from scimbridge.scim.tree import Compare, Filter, Or
from scimbridge.scim.values import normalise

_ID = COMMON.by_name["id"]


@dataclass(frozen=True, slots=True)
class MemberEdit:
    """One change of the members.

    `ids` in the order sent, without duplicates. `filter` (remove only, then `ids` is empty): whoever matches this
    filter over the sub-attributes of `members`. `replace` with no ids: nobody is a member any more.
    """

    operation: Operation
    ids: tuple[str, ...] = ()
    filter: Bound | None = None


def edit_members(operation: Operation, path: Path, value: Any) -> list[MemberEdit]:
    """The changes that one operation asks for; raises InvalidPath, InvalidValue.

    `remove` comes in three shapes: with a filter; with a list, and then only those go (Entra ID, JumpCloud); with
    neither, and then everybody goes.
    """
    if path.filter is not None:
        return [_edit_matching(operation, path)]
    if path.sub is not None:
        raise InvalidPath('"members" is changed as a whole or member by member: use members or members[value eq "id"].')
    if operation == "remove" and value is None:
        return [MemberEdit("replace")]
    members = [] if value in (None, "") else dialects.as_list(value)
    marked = [member for member in members if isinstance(member, dict) and "operation" in member]
    if operation == "remove":
        return _some("remove", member_ids([_without_mark(member) for member in members]))
    kept = member_ids(members)
    if marked:
        removed = [_without_mark(member) for member in marked if dialects.is_removal(member)]
        return [*_some("add", kept), *_some("remove", member_ids(removed))]
    return [MemberEdit("replace", kept)] if operation == "replace" else _some("add", kept)


def _edit_matching(operation: Operation, path: Path) -> MemberEdit:
    ids = _ids_in(path.tree)
    if path.sub is None and operation == "remove":
        return MemberEdit("remove", tuple(dict.fromkeys(ids))) if ids else MemberEdit("remove", filter=path.filter)
    if path.sub is None and ids:
        return MemberEdit("add", tuple(dict.fromkeys(ids)))
    raise InvalidPath('What "members[...]" selects can be removed; the details of a member follow from its id.')


def _ids_in(tree: Filter | None) -> list[str]:
    """The ids that `value eq "a" or value eq "b"` names; empty for every other filter."""
    ids = []
    for item in tree.items if isinstance(tree, Or) else (tree,):
        if not isinstance(item, Compare) or item.operator != "eq" or item.path.name.lower() != "value":
            return []
        if not isinstance(item.value, str):
            return []
        ids.append(item.value)
    return ids


def _without_mark(member: Any) -> Any:
    """The member whose `operation` (see dialects.is_removal) counts no more."""
    return {**member, "operation": None} if isinstance(member, dict) else member


def _some(operation: Operation, ids: tuple[str, ...]) -> list[MemberEdit]:
    return [MemberEdit(operation, ids)] if ids else []


def member_ids(value: Any, path: str = "members") -> tuple[str, ...]:
    """The ids in a list of members, in order, without duplicates; a member is an object or the bare id.

    Raises InvalidValue naming the member.
    """
    if value is None or value == "":
        return ()
    members = dialects.as_list(value)
    if len(members) > LIMITS.max_members:
        raise InvalidValue(f'Attribute "{path}" has more than {LIMITS.max_members} values.')
    ids: dict[str, None] = {}
    for index, member in enumerate(members):
        known = isinstance(member, dict)
        found = member.get("value") if known else member
        # The quick test lets the usual id through; everything else is looked at closely.
        if not (
            isinstance(found, str) and 0 < len(found) <= LIMITS.max_name and found.isascii() and found.isprintable()
        ):
            found = _member_id(member, f"{path}[{index}]")
        if not (known and "operation" in member and dialects.is_removal(member)):
            ids[found] = None
    return tuple(ids)


def _member_id(member: Any, path: str) -> str:
    if isinstance(member, dict):
        member = next((item for name, item in member.items() if name.lower() == "value"), None)
    elif not isinstance(member, str):
        raise InvalidValue(f'Attribute "{path}" must be an object with the "value" of a resource\'s id.')
    found: str | None = normalise(_ID, member, f"{path}.value")
    if found is None:
        raise InvalidValue(f'Attribute "{path}.value" is required.')
    return found

"""The functions that look at the groups of a person."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from scimbridge.provisioning.expression.context import Context, GroupName
from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.function import Checks, Function
from scimbridge.provisioning.expression.pattern import compile_pattern
from scimbridge.provisioning.expression.values import Value, integer_of, items_of, shown, text_of

_PARTS: Mapping[str, Callable[[GroupName], str]] = {
    "group.id": lambda group: group.id,
    "group.name": lambda group: group.name,
    "group.profile.name": lambda group: group.name,
}
_MOST = 100


def _in_group(context: Context, *ids: Value) -> Value:
    wanted = {text_of(value, "isMemberOfAnyGroup") for value in ids}
    return any(group.id in wanted for group in context.groups())


def _in_named(place: str, fits: Callable[[str, str], bool]) -> Callable[[Context, Value], Value]:
    def in_named(context: Context, value: Value) -> Value:
        wanted = text_of(value, place)
        return bool(wanted) and any(fits(group.name, wanted) for group in context.groups())

    return in_named


def _fits(name: str, pattern: str) -> bool:
    return compile_pattern(pattern).matches(name)


def _filtered(context: Context, ids: Value, part: Value, limit: Value) -> Value:
    """Of the groups with these ids the first ones that the person is in: their names or ids."""
    wanted = {text_of(value, "getFilteredGroups") for value in items_of(ids)}
    shows = _part(part)
    return _first((shows(group) for group in context.groups() if group.id in wanted), limit)


def _part(value: Value) -> Callable[[GroupName], str]:
    found = _PARTS.get(value) if isinstance(value, str) else None
    if found is None:
        raise EvaluationError(f"getFilteredGroups gives one of {', '.join(_PARTS)}, not {shown(value)}.")
    return found


def _named(fits: Callable[[str, str], bool], context: Context, application: Value, value: Value, limit: Value) -> Value:
    _check_application(application)
    wanted = text_of(value, "Groups")
    return _first((group.name for group in context.groups() if fits(group.name, wanted)), limit)


def _first(names: Iterable[str], limit: Value) -> Value:
    return sorted(names, key=str.casefold)[: _limit(limit)]


def _limit(value: Value) -> int:
    number = integer_of(value, "The limit of groups")
    if not 1 <= number <= _MOST:
        raise EvaluationError(f"The limit of groups is 1 to {_MOST}, not {number}.")
    return number


def _check_application(value: Value) -> None:
    if not isinstance(value, str) or value.upper() != "OKTA":
        raise EvaluationError(f'Groups of the application {shown(value)} are not kept here: write "OKTA" for ours.')


def _check_pattern(value: Value) -> None:
    compile_pattern(text_of(value, "A pattern"))


def _function(
    call: Callable[..., Value], least: int, most: int | None = -1, *, checks: Checks | None = None
) -> Function:
    return Function(call, least, least if most == -1 else most, uses_groups=True, checks=checks or {})


def _by_name(fits: Callable[[str, str], bool]) -> Function:
    return _function(partial(_named, fits), 3, checks={0: _check_application, 2: _limit})


MEMBERSHIP: Mapping[str, Function] = {
    "Groups.contains": _by_name(lambda name, part: part in name),
    "Groups.endsWith": _by_name(str.endswith),
    "Groups.startsWith": _by_name(str.startswith),
    "getFilteredGroups": _function(_filtered, 3, checks={1: _part, 2: _limit}),
    "isMemberOfAnyGroup": _function(_in_group, 1, None),
    "isMemberOfGroup": _function(_in_group, 1),
    "isMemberOfGroupName": _function(_in_named("isMemberOfGroupName", str.__eq__), 1),
    "isMemberOfGroupNameContains": _function(
        _in_named("isMemberOfGroupNameContains", lambda name, part: part in name), 1
    ),
    "isMemberOfGroupNameRegex": _function(_in_named("isMemberOfGroupNameRegex", _fits), 1, checks={0: _check_pattern}),
    "isMemberOfGroupNameStartsWith": _function(_in_named("isMemberOfGroupNameStartsWith", str.startswith), 1),
}

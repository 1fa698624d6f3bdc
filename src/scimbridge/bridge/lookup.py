"""Searches that name one resource: what to ask the target for when nothing is found here."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from scimbridge.bridge.ports import LookupKey
from scimbridge.scim.binding import Bound, BoundAnd, BoundCompare, BoundElement, BoundOr

# More would be a search, not a lookup; each costs a call.
_MOST_QUESTIONS = 5

_KEYS: Mapping[str, LookupKey] = {"userName": "username", "externalId": "externalId", "emails.value": "email"}


class Question(NamedTuple):
    """An account by one of its keys, or a group by its name."""

    by: LookupKey | Literal["group"]
    value: str


def questions(filters: Mapping[str, Bound | None]) -> Sequence[Question]:
    """The accounts and groups that the filters name by an exact value; none for any other search."""
    found: list[Question] = []
    for type_, bound in filters.items():
        if bound is not None:
            found += _named(bound, type_)
    return found if len(found) <= _MOST_QUESTIONS else ()


def _named(bound: Bound, type: str) -> Sequence[Question]:  # noqa: A002
    match bound:
        case BoundCompare(target, "eq", str(value)):
            return _question(target.name, value, type)
        case BoundElement(_, inner):
            return _named(inner, type)
        case BoundAnd(items):
            return next((named for item in items if (named := _named(item, type))), ())
        case BoundOr(items):
            alternatives = [_named(item, type) for item in items]
            return [question for named in alternatives for question in named] if all(alternatives) else ()
    return ()


def _question(path: str, value: str, type: str) -> Sequence[Question]:  # noqa: A002
    if type == "Group":
        return [Question("group", value)] if path == "displayName" else ()
    return [Question(_KEYS[path], value)] if type == "User" and path in _KEYS else ()

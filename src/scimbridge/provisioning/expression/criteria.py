"""`user.getGroups({...})` and `user.isMemberOf({...})`: groups chosen by criteria, as Okta's Identity Engine has them.

A criterion is `{"group.profile.name": "Sales", "operator": "EXACT"}`. An array of values means any of them, several
criteria mean all of them. Names are compared from their start unless the operator is EXACT.
"""

from collections.abc import Mapping, Sequence

from scimbridge.provisioning.expression.context import GroupName
from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.values import Value, items_of, shown, text_of

Criterion = Mapping[str, Value]

KEYS = ("group.id", "group.type", "group.profile.name", "operator")
# What may stand in `.![ ]` behind user.getGroups, and the part of a group that it gives.
PROJECTIONS = {"id": 0, "name": 1, "profile.name": 1}
_OPERATORS = ("EXACT", "STARTS_WITH")


def check_key(key: str) -> None:
    if key not in KEYS:
        raise EvaluationError(f'Groups are not chosen by "{key[:40]}" here, but by {", ".join(KEYS)}.')


def check_operator(value: Value) -> None:
    if value not in _OPERATORS:
        raise EvaluationError(f"The operator of a criterion is {' or '.join(_OPERATORS)}, not {shown(value)}.")


def select(groups: Sequence[GroupName], criteria: Sequence[Criterion]) -> list[GroupName]:
    """The groups that meet all criteria, ordered by name."""
    chosen = [group for group in groups if all(_meets(group, criterion) for criterion in criteria)]
    return sorted(chosen, key=lambda group: (group.name.casefold(), group.id))


def _meets(group: GroupName, criterion: Criterion) -> bool:
    operator = criterion.get("operator", "STARTS_WITH")
    check_operator(operator)
    return all(
        _has(group, key, [text_of(item, key) for item in items_of(value)], exact=operator == "EXACT")
        for key, value in criterion.items()
        if key != "operator"
    )


def _has(group: GroupName, key: str, wanted: list[str], *, exact: bool) -> bool:
    if key == "group.id":
        return group.id in wanted
    if key == "group.type":
        return "OKTA_GROUP" in wanted
    return group.name in wanted if exact else any(text and group.name.startswith(text) for text in wanted)

"""`user.getGroups({...})` and `user.isMemberOf({...})`: groups chosen by criteria, as Okta's Identity Engine has them.

A criterion is `{"group.profile.name": "Sales", "operator": "EXACT"}`. An array of values means any of them, several
criteria mean all of them. Names are compared from their start unless the operator is EXACT.
"""

from collections.abc import Callable, Mapping, Sequence

from lark import Token, Tree

from scimbridge.provisioning.expression.context import Context, GroupName
from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.nodes import Node, check_literal, fail, is_literal, unquoted
from scimbridge.provisioning.expression.references import Step
from scimbridge.provisioning.expression.values import Value, items_of, shown, text_of

_Criterion = Mapping[str, Value]

_KEYS = ("group.id", "group.type", "group.profile.name", "operator")
# What may stand in `.![ ]` behind user.getGroups, and the part of a group that it gives.
PROJECTIONS = {"id": 0, "name": 1, "profile.name": 1}
_OPERATORS = ("EXACT", "STARTS_WITH")

_Row = list[tuple[str, Step]]


def compile_criteria(call: Node, compile_value: Callable[[Node], Step]) -> Callable[[Context], list[GroupName]]:
    """The groups that a call chooses, ordered by name; raises ExpressionError."""
    arguments = [argument for argument in call.children[1:] if isinstance(argument, Tree)]
    if not arguments or any(argument.data != "criteria" for argument in arguments):
        fail('Groups are chosen by criteria such as {"group.profile.name": "Sales"}.', call)
    rows = [_row(argument, compile_value) for argument in arguments]
    return lambda context: _select(context.groups(), [{key: step(context) for key, step in row} for row in rows])


def _row(pairs: Node, compile_value: Callable[[Node], Step]) -> _Row:
    row = []
    for key, value in zip(pairs.children[::2], pairs.children[1::2], strict=True):
        if isinstance(key, Token) and isinstance(value, Tree):
            name = unquoted(key)
            if name not in _KEYS:
                fail(f'Groups are not chosen by "{name[:40]}", but by {", ".join(_KEYS)}.', pairs)
            if name == "operator" and is_literal(value):
                check_literal(_check_operator, value)
            row.append((name, compile_value(value)))
    if all(name == "operator" for name, _ in row):
        fail("A criterion needs more than an operator.", pairs)
    return row


def _check_operator(value: Value) -> None:
    if value not in _OPERATORS:
        raise EvaluationError(f"The operator of a criterion is {' or '.join(_OPERATORS)}, not {shown(value)}.")


def _select(groups: Sequence[GroupName], criteria: Sequence[_Criterion]) -> list[GroupName]:
    chosen = [group for group in groups if all(_meets(group, criterion) for criterion in criteria)]
    return sorted(chosen, key=lambda group: (group.name.casefold(), group.id))


def _meets(group: GroupName, criterion: _Criterion) -> bool:
    operator = criterion.get("operator", "STARTS_WITH")
    _check_operator(operator)
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

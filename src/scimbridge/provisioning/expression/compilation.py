"""From the tree of an expression to closures: one for each node, each a function of the Context."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lark import Token, Tree

from scimbridge.provisioning.expression import criteria
from scimbridge.provisioning.expression.arrays import item_at
from scimbridge.provisioning.expression.context import Context, GroupName
from scimbridge.provisioning.expression.function import Function
from scimbridge.provisioning.expression.functions import FUNCTIONS, explain_unknown
from scimbridge.provisioning.expression.nodes import (
    Node,
    check_literal,
    dotted,
    fail,
    is_literal,
    is_manager,
    literal,
    only_text,
)
from scimbridge.provisioning.expression.operators import COMPARISONS, add, match, subtract
from scimbridge.provisioning.expression.parsing import parse
from scimbridge.provisioning.expression.pattern import compile_pattern
from scimbridge.provisioning.expression.references import REFERENCES, Step, explain_reference
from scimbridge.provisioning.expression.values import Value, is_true, text_of

_MOST_PARTS = 1_000
_DEEPEST = 50
_PROPERTIES: Mapping[str, Step] = {"id": lambda context: context.id, "status": lambda context: context.status}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that has been checked.

    `names`: what it reads, as `user.x`, `manager.x`, `appuser.x`, `app.x`, `org.x`; `id`, `status` of the user.
    `uses_groups`, `uses_time`: its value may change although the profile does not. `evaluate(context)` gives its
    value, or raises EvaluationError: the compiled closure itself, since a mapping calls thirty of them a person.
    """

    text: str
    names: frozenset[str]
    uses_groups: bool
    uses_time: bool
    evaluate: Step = field(repr=False, compare=False)


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Raises ExpressionError: position, what was expected, a sentence for the person who wrote it."""
    compiler = _Compiler()
    run = compiler.step(parse(text).children[0], 0)
    return Expression(text, frozenset(compiler.names), compiler.uses_groups, compiler.uses_time, run)


class _Compiler:
    """One expression being compiled; every method gives the closure of a node."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.uses_groups = False
        self.uses_time = False
        self._parts = 0

    def step(self, node: Token | Node, depth: int) -> Step:
        """The closure of a node of any kind, `depth` below the whole."""
        assert isinstance(node, Tree)  # noqa: S101  # the grammar names every place where a value stands
        self._parts += 1
        if self._parts > _MOST_PARTS:
            fail(f"The expression has more than {_MOST_PARTS} parts.", node)
        if depth > _DEEPEST:
            fail(f"More than {_DEEPEST} functions or brackets are inside one another here.", node)
        method: Callable[[Node, int], Step] = getattr(self, f"_{node.data}")
        return method(node, depth + 1)

    def _steps(self, nodes: Iterable[Token | Node | None], depth: int) -> list[Step]:
        return [self.step(node, depth) for node in nodes if node is not None]

    def _text(self, node: Node, depth: int) -> Step:
        return self._word(node, depth)

    def _number(self, node: Node, depth: int) -> Step:
        return self._word(node, depth)

    def _word(self, node: Node, _depth: int) -> Step:
        value = literal(node)
        return lambda _: value

    def _array(self, node: Node, depth: int) -> Step:
        steps = self._steps(node.children, depth)
        return lambda context: [step(context) for step in steps]

    def _choice(self, node: Node, depth: int) -> Step:
        """`a ? x : b ? y : z` as one loop, however long it is."""
        rows = []
        rest: Token | Node = node
        while isinstance(rest, Tree) and rest.data == "choice":
            condition, value, rest = rest.children
            rows.append((self.step(condition, depth), self.step(value, depth)))
        otherwise = self.step(rest, depth)

        def choose(context: Context) -> Value:
            for condition, value in rows:
                if is_true(condition(context)):
                    return value(context)
            return otherwise(context)

        return choose

    def _default(self, node: Node, depth: int) -> Step:
        step, otherwise = self._steps(node.children, depth)

        def fill(context: Context) -> Value:
            value = step(context)
            return otherwise(context) if value is None or value == "" else value

        return fill

    def _any(self, node: Node, depth: int) -> Step:
        steps = self._steps(node.children, depth)
        return lambda context: any(is_true(step(context)) for step in steps)

    def _all(self, node: Node, depth: int) -> Step:
        steps = self._steps(node.children, depth)
        return lambda context: all(is_true(step(context)) for step in steps)

    def _negation(self, node: Node, depth: int) -> Step:
        step = self.step(node.children[0], depth)
        return lambda context: not is_true(step(context))

    def _signed(self, node: Node, depth: int) -> Step:
        sign, operand = node.children
        step = self.step(operand, depth)
        return (lambda context: subtract(0, step(context))) if sign == "-" else step

    def _sum(self, node: Node, depth: int) -> Step:
        first = self.step(node.children[0], depth)
        rest = [
            (add if sign == "+" else subtract, self.step(operand, depth))
            for sign, operand in zip(node.children[1::2], node.children[2::2], strict=True)
        ]

        def total(context: Context) -> Value:
            value = first(context)
            for operation, step in rest:
                value = operation(value, step(context))
            return value

        return total

    def _comparison(self, node: Node, depth: int) -> Step:
        left, symbol, right = node.children
        compare = COMPARISONS[str(symbol).lower()]
        if compare is match and is_literal(right):
            check_literal(lambda value: compile_pattern(text_of(value, "matches")), right)
        one, other = self.step(left, depth), self.step(right, depth)
        return lambda context: compare(one(context), other(context))

    def _item(self, node: Node, depth: int) -> Step:
        array, position = self._steps(node.children, depth)
        return lambda context: item_at(array(context), position(context))

    def _name(self, node: Node, _depth: int) -> Step:
        name = dotted(node)
        fail(f"{name} alone means nothing; an attribute is written user.{name}, a text in quotes.", node)

    def _criteria(self, node: Node, _depth: int) -> Step:
        fail("Pairs of key and value stand only in user.getGroups and user.isMemberOf.", node)

    def _attribute(self, node: Node, _depth: int) -> Step:
        owner, name = node.children
        reference = dotted(owner)
        if is_manager(owner):
            reference = "manager"
        elif reference == "manager" or reference not in REFERENCES:
            whole = dotted(node)
            fail(explain_reference(reference) if whole.count(".") == 1 else f"{whole or 'This'} has no parts.", node)
        self.names.add(f"{reference}.{name}")
        return REFERENCES[reference](str(name))

    def _call(self, node: Node, depth: int) -> Step:
        name = dotted(node.children[0])
        arguments = [argument for argument in node.children[1:] if isinstance(argument, Tree)]
        if name in ("user.getGroups", "user.isMemberOf"):
            chosen = self._chosen(node, depth)
            if name == "user.isMemberOf":
                return lambda context: bool(chosen(context))
            return lambda context: [group.name for group in chosen(context)]
        if name == "user.getInternalProperty":
            return self._property(arguments, node)
        if name in ("user.getLinkedObject", "getManagerUser"):
            fail(f"{name} gives a person: write {name}(...).NAME.", node)
        function = FUNCTIONS.get(name)
        if function is None:
            fail(explain_unknown(name) if name else "Only functions are called.", node)
        if not function.takes(len(arguments)):
            fail(f"{name} takes {function.arity}, not {len(arguments)}.", node)
        for position, check in function.checks.items():
            if position < len(arguments) and is_literal(arguments[position]):
                check_literal(check, arguments[position])
        self.uses_groups |= function.uses_groups
        self.uses_time |= function.uses_time
        return _called(function, self._steps(arguments, depth))

    def _property(self, arguments: Sequence[Node], node: Node) -> Step:
        found = _PROPERTIES.get(only_text(arguments))
        if found is None:
            fail('user.getInternalProperty takes "id" or "status".', node)
        self.names.add(only_text(arguments))
        return found

    def _projection(self, node: Node, depth: int) -> Step:
        call, *path = node.children
        part = criteria.PROJECTIONS.get(".".join(str(name) for name in path))
        if not (isinstance(call, Tree) and call.data == "call" and dotted(call.children[0]) == "user.getGroups"):
            fail(".![ ] stands only behind user.getGroups(...).", node)
        if part is None:
            fail(f"Of groups there are {', '.join(criteria.PROJECTIONS)}.", node)
        chosen = self._chosen(call, depth)
        return lambda context: [group[part] for group in chosen(context)]

    def _chosen(self, call: Node, depth: int) -> Callable[[Context], Sequence[GroupName]]:
        self.uses_groups = True
        return criteria.compile_criteria(call, lambda node: self.step(node, depth))


def _called(function: Function, steps: list[Step]) -> Step:
    """The call, without building a list of values where there are one or two: most calls are of those."""
    call = function.call
    if not function.pure:
        return lambda context: call(context, *[step(context) for step in steps])
    if len(steps) == 1:
        only = steps[0]
        return lambda context: call(only(context))
    if len(steps) == 2:  # noqa: PLR2004
        first, second = steps
        return lambda context: call(first(context), second(context))
    return lambda context: call(*[step(context) for step in steps])

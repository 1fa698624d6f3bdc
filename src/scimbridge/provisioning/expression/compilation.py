"""From the tree of an expression to closures: one for each node, each a function of the Context."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from lark import Token, Tree

from scimbridge.provisioning.expression import criteria
from scimbridge.provisioning.expression.arrays import item_at
from scimbridge.provisioning.expression.context import Context, GroupName
from scimbridge.provisioning.expression.errors import EvaluationError, ExpressionError
from scimbridge.provisioning.expression.function import Function
from scimbridge.provisioning.expression.functions import FUNCTIONS, explain_unknown
from scimbridge.provisioning.expression.operators import COMPARISONS, add, match, subtract
from scimbridge.provisioning.expression.parsing import parse
from scimbridge.provisioning.expression.pattern import compile_pattern
from scimbridge.provisioning.expression.references import REFERENCES, Step, explain_reference
from scimbridge.provisioning.expression.values import Value, is_true, text_of

_Node = Tree[Token]

_MOST_PARTS = 1_000
_DEEPEST = 50
_LONGEST_INTEGER = 18
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}
_PROPERTIES: Mapping[str, Step] = {"id": lambda context: context.id, "status": lambda context: context.status}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that has been checked.

    `names`: the attributes that it reads, as `user.x`, `manager.x`, `appuser.x`, `app.x`, `org.x`, `user.id`.
    `uses_groups`, `uses_time`: its value may change although the profile does not.
    """

    text: str
    names: frozenset[str]
    uses_groups: bool
    uses_time: bool
    _run: Step = field(repr=False, compare=False)

    def evaluate(self, context: Context) -> Value:
        """Raises EvaluationError."""
        return self._run(context)


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

    def step(self, node: Token | _Node, depth: int) -> Step:
        """The closure of a node of any kind, `depth` below the whole."""
        assert isinstance(node, Tree)  # noqa: S101  # the grammar names every place where a value stands
        self._parts += 1
        if self._parts > _MOST_PARTS:
            _fail(f"The expression has more than {_MOST_PARTS} parts.", node)
        if depth > _DEEPEST:
            _fail(f"More than {_DEEPEST} functions or brackets are inside one another here.", node)
        method: Callable[[_Node, int], Step] = getattr(self, f"_{node.data}")
        return method(node, depth + 1)

    def _steps(self, nodes: Iterable[Token | _Node | None], depth: int) -> list[Step]:
        return [self.step(node, depth) for node in nodes if node is not None]

    def _text(self, node: _Node, depth: int) -> Step:
        return self._word(node, depth)

    def _number(self, node: _Node, depth: int) -> Step:
        return self._word(node, depth)

    def _word(self, node: _Node, _depth: int) -> Step:
        value = _literal(node)
        return lambda _: value

    def _array(self, node: _Node, depth: int) -> Step:
        steps = self._steps(node.children, depth)
        return lambda context: [step(context) for step in steps]

    def _choice(self, node: _Node, depth: int) -> Step:
        """`a ? x : b ? y : z` as one loop, however long it is."""
        rows = []
        rest: Token | _Node = node
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

    def _default(self, node: _Node, depth: int) -> Step:
        step, otherwise = self._steps(node.children, depth)

        def fill(context: Context) -> Value:
            value = step(context)
            return otherwise(context) if value is None or value == "" else value

        return fill

    def _any(self, node: _Node, depth: int) -> Step:
        steps = self._steps(node.children, depth)
        return lambda context: any(is_true(step(context)) for step in steps)

    def _all(self, node: _Node, depth: int) -> Step:
        steps = self._steps(node.children, depth)
        return lambda context: all(is_true(step(context)) for step in steps)

    def _negation(self, node: _Node, depth: int) -> Step:
        step = self.step(node.children[0], depth)
        return lambda context: not is_true(step(context))

    def _signed(self, node: _Node, depth: int) -> Step:
        sign, operand = node.children
        step = self.step(operand, depth)
        return (lambda context: subtract(0, step(context))) if sign == "-" else step

    def _sum(self, node: _Node, depth: int) -> Step:
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

    def _comparison(self, node: _Node, depth: int) -> Step:
        left, symbol, right = node.children
        compare = COMPARISONS[str(symbol).lower()]
        if compare is match and _is_literal(right):
            _check(lambda value: compile_pattern(text_of(value, "matches")), right)
        one, other = self.step(left, depth), self.step(right, depth)
        return lambda context: compare(one(context), other(context))

    def _item(self, node: _Node, depth: int) -> Step:
        array, position = self._steps(node.children, depth)
        return lambda context: item_at(array(context), position(context))

    def _name(self, node: _Node, _depth: int) -> Step:
        name = _dotted(node)
        _fail(f"{name} alone means nothing; an attribute is written user.{name}, a text in quotes.", node)

    def _criteria(self, node: _Node, _depth: int) -> Step:
        _fail("Pairs of key and value stand only in user.getGroups and user.isMemberOf.", node)

    def _attribute(self, node: _Node, _depth: int) -> Step:
        owner, name = node.children
        reference = _dotted(owner)
        if _is_manager(owner):
            reference = "manager"
        elif reference == "manager" or reference not in REFERENCES:
            whole = _dotted(node)
            _fail(explain_reference(reference) if whole.count(".") == 1 else f"{whole or 'This'} has no parts.", node)
        self.names.add(f"{reference}.{name}")
        return REFERENCES[reference](str(name))

    def _call(self, node: _Node, depth: int) -> Step:
        name = _dotted(node.children[0])
        arguments = [argument for argument in node.children[1:] if isinstance(argument, Tree)]
        if name in ("user.getGroups", "user.isMemberOf"):
            chosen = self._chosen(arguments, node, depth)
            if name == "user.isMemberOf":
                return lambda context: bool(chosen(context))
            return lambda context: [group.name for group in chosen(context)]
        if name == "user.getInternalProperty":
            return self._property(arguments, node)
        if name in ("user.getLinkedObject", "getManagerUser"):
            _fail(f"{name} gives a person: write {name}(...).NAME.", node)
        function = FUNCTIONS.get(name)
        if function is None:
            _fail(explain_unknown(name) if name else "Only functions are called.", node)
        if not function.takes(len(arguments)):
            _fail(f"{name} takes {function.arity}, not {len(arguments)}.", node)
        for position, check in function.checks.items():
            if position < len(arguments) and _is_literal(arguments[position]):
                _check(check, arguments[position])
        self.uses_groups |= function.uses_groups
        self.uses_time |= function.uses_time
        return _called(function, self._steps(arguments, depth))

    def _property(self, arguments: Sequence[_Node], node: _Node) -> Step:
        found = _PROPERTIES.get(_only_text(arguments))
        if found is None:
            _fail('user.getInternalProperty takes "id" or "status".', node)
        self.names.add(_only_text(arguments))
        return found

    def _projection(self, node: _Node, depth: int) -> Step:
        call, *path = node.children
        part = criteria.PROJECTIONS.get(".".join(str(name) for name in path))
        if not (isinstance(call, Tree) and call.data == "call" and _dotted(call.children[0]) == "user.getGroups"):
            _fail(".![ ] stands only behind user.getGroups(...).", node)
        if part is None:
            _fail(f"Of groups there are {', '.join(criteria.PROJECTIONS)}.", node)
        arguments = [argument for argument in call.children[1:] if isinstance(argument, Tree)]
        chosen = self._chosen(arguments, call, depth)
        return lambda context: [group[part] for group in chosen(context)]

    def _chosen(self, arguments: Sequence[_Node], node: _Node, depth: int) -> Callable[[Context], Sequence[GroupName]]:
        if not arguments or any(argument.data != "criteria" for argument in arguments):
            _fail('Groups are chosen by criteria such as {"group.profile.name": "Sales"}.', node)
        rows = [
            [self._criterion(key, value, depth) for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
            for pairs in (argument.children for argument in arguments)
        ]
        self.uses_groups = True
        return lambda context: criteria.select(
            context.groups(), [{key: step(context) for key, step in row} for row in rows]
        )

    def _criterion(self, key: Token | _Node, value: Token | _Node, depth: int) -> tuple[str, Step]:
        name = _unquoted(str(key))
        try:
            criteria.check_key(name)
        except EvaluationError as error:
            raise ExpressionError(str(error), getattr(key, "start_pos", 0) + 1) from None
        if name == "operator" and _is_literal(value):
            _check(criteria.check_operator, value)
        return name, self.step(value, depth)


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


def _dotted(node: Token | _Node) -> str:
    """`String.append` of the tree of such a name; "" if it is something else."""
    if not isinstance(node, Tree):
        return ""
    if node.data == "name":
        return str(node.children[0])
    owner = _dotted(node.children[0]) if node.data == "attribute" else ""
    return f"{owner}.{node.children[1]}" if owner else ""


def _is_manager(node: Token | _Node) -> bool:
    """Whether a node calls for the manager; raises ExpressionError if it calls for another relation."""
    if not isinstance(node, Tree) or node.data != "call":
        return False
    name = _dotted(node.children[0])
    if name == "user.getLinkedObject" and _only_text(node.children[1:]) != "manager":
        _fail('The only relation between people here is user.getLinkedObject("manager").', node)
    return name in ("user.getLinkedObject", "getManagerUser")


def _only_text(arguments: Sequence[Token | _Node | None]) -> str:
    """The text that is the one argument; "" if it is something else."""
    if len(arguments) != 1 or not isinstance(arguments[0], Tree) or arguments[0].data != "text":
        return ""
    return str(_literal(arguments[0]))


def _is_literal(node: Token | _Node) -> bool:
    return isinstance(node, Tree) and node.data in ("text", "number", "word")


def _literal(node: _Node) -> Value:
    text = str(node.children[0])
    if node.data == "text":
        return _unquoted(text)
    if node.data == "word":
        return _WORDS[text.lower()]
    if "." in text:
        return float(text)
    if len(text) > _LONGEST_INTEGER:
        _fail(f"A whole number has at most {_LONGEST_INTEGER} digits.", node)
    return int(text)


def _unquoted(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0])


def _check(check: Callable[[Value], object], node: Token | _Node) -> None:
    if isinstance(node, Tree):
        try:
            check(_literal(node))
        except EvaluationError as error:
            _fail(str(error), node)


def _fail(reason: str, node: _Node) -> NoReturn:
    raise ExpressionError(reason, getattr(node.meta, "start_pos", 0) + 1)

"""Nodes of the tree of an expression, read."""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from lark import Token, Tree

from scimbridge.provisioning.expression.errors import EvaluationError, ExpressionError
from scimbridge.provisioning.expression.values import Value

Node = Tree[Token]

_LONGEST_INTEGER = 18
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}


def dotted(node: Token | Node) -> str:
    """`String.append` of the tree of such a name; "" if it is something else."""
    names = []
    while isinstance(node, Tree) and node.data == "attribute":
        names.append(str(node.children[1]))
        node = node.children[0]
    if not isinstance(node, Tree) or node.data != "name":
        return ""
    return ".".join((str(node.children[0]), *reversed(names)))


def is_manager(node: Token | Node) -> bool:
    """Whether a node calls for the manager; raises ExpressionError if it calls for another relation."""
    if not isinstance(node, Tree) or node.data != "call":
        return False
    name = dotted(node.children[0])
    if name == "user.getLinkedObject" and only_text(node.children[1:]) != "manager":
        fail('The only relation between people here is user.getLinkedObject("manager").', node)
    if name == "getManagerUser" and not only_text(node.children[1:]):
        fail('getManagerUser takes the name of a source, such as "active_directory".', node)
    return name in ("user.getLinkedObject", "getManagerUser")


def only_text(arguments: Sequence[Token | Node | None]) -> str:
    """The text that is the one argument; "" if it is something else."""
    if len(arguments) != 1 or not isinstance(arguments[0], Tree) or arguments[0].data != "text":
        return ""
    return str(literal(arguments[0]))


def is_literal(node: Token | Node) -> bool:
    return isinstance(node, Tree) and node.data in ("text", "number", "word")


def literal(node: Node) -> Value:
    text = str(node.children[0])
    if node.data == "text":
        return unquoted(text)
    if node.data == "word":
        return _WORDS[text.lower()]
    if "." in text:
        return float(text)
    if len(text) > _LONGEST_INTEGER:
        fail(f"A whole number has at most {_LONGEST_INTEGER} digits.", node)
    return int(text)


def unquoted(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0])


def check_literal(check: Callable[[Value], object], node: Token | Node) -> None:
    if isinstance(node, Tree):
        try:
            check(literal(node))
        except EvaluationError as error:
            fail(str(error), node)


def fail(reason: str, node: Node) -> NoReturn:
    raise ExpressionError(reason, getattr(node.meta, "start_pos", 0) + 1)

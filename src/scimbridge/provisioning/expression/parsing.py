"""From the text of an expression to its tree (grammar.lark), with errors for the person who wrote it."""

from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from scimbridge.provisioning.expression.errors import ExpressionError

LONGEST_EXPRESSION = 10_000

_OPERATORS = {"COMPARISON", "_AND", "_OR", "SIGN", "QMARK", "_OTHERWISE"}
_VALUES = {"NAME", "STRING", "NUMBER", "WORD"}
# What else a grammar's terminal is to a person; those that are in neither fit almost anywhere.
_WORDS = {
    "$END": "the end", "RPAR": '")"', "COMMA": '","', "RSQB": '"]"', "RBRACE": '"}"', "COLON": '":"', "NAME": "a name",
    "STRING": "a text in quotes",
}  # fmt: skip
# Word processors put them in place of straight ones.
_TYPOGRAPHIC = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


def parse(text: str) -> Tree[Token]:
    """Raises ExpressionError."""
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(
            f"The expression has {len(text)} characters; at most {LONGEST_EXPRESSION} are taken.", LONGEST_EXPRESSION
        )
    try:
        return _grammar().parse(text)
    except UnexpectedInput as error:
        raise _explain(error, text) from None


@cache
def _grammar() -> Lark:
    grammar = (files("scimbridge.provisioning.expression") / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True)


def _explain(error: UnexpectedInput, text: str) -> ExpressionError:
    at, names = len(text), set[str]()
    if isinstance(error, UnexpectedToken):
        at = at if error.token.type == "$END" else error.token.start_pos or 0
        names = error.accepts
    elif isinstance(error, UnexpectedCharacters):
        place: Any = error.pos_in_stream  # typed as None there
        # Of closing brackets the lexer does not know which one is open.
        at, names = int(place), set(error.allowed or ()) & (_OPERATORS | _VALUES)
    if mistake := _mistake(text, at):
        return ExpressionError(mistake, at + 1)
    expected = _list(names)
    return ExpressionError(f"Expected {expected}{_found(text, at)}.", at + 1, expected)


def _mistake(text: str, at: int) -> str:
    """A sentence about a mistake that people make; "" if it is none of them."""
    letter = text[at : at + 1]
    if not text.strip():
        return "The expression is empty."
    if letter in ('"', "'") and letter not in text[at + 1 :]:
        return "The text that starts here is not closed; a quote inside a text is doubled."
    if letter and letter in _TYPOGRAPHIC:
        return f"{letter} is a typographic quote; texts stand between \" or '."
    if letter == "=" and text[at : at + 2] != "==":
        return "Nothing is assigned in an expression; equality is written ==."
    return ""


def _found(text: str, at: int) -> str:
    return f", not {text[at : at + 20]!r}" if at < len(text) else ", but here it ends"


def _list(names: set[str]) -> str:
    words = ["a value"] if names >= _VALUES else []
    words += [word for name, word in _WORDS.items() if name in names and not (words and name in _VALUES)]
    words += ["an operator"] if names & _OPERATORS and not names >= _VALUES else []
    return " or ".join(words)

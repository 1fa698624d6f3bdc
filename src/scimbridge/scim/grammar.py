"""The filter and attribute path grammar of RFC 7644 sections 3.4.2.2 and 3.5.2, read by hand-written recursive descent.

Beyond the RFC, because clients send it: a comparison behind a value path (`emails[type eq "work"].value eq "x"`, Entra
ID's matching), operators and literals in any case, doubled blanks, a missing blank around brackets.
"""

import json
import math
import re
from functools import lru_cache
from typing import NoReturn

from scimbridge.scim.binding import Operator
from scimbridge.scim.errors import InvalidFilter, InvalidPath, ScimError
from scimbridge.scim.limits import LIMITS
from scimbridge.scim.tree import And, AttributePath, Compare, Element, Filter, Literal, Not, Or, Present, ValuePath

# 8,000 characters hold 1,000 terms of a dozen look-ups; no client is known to send more than two.
_MOST_TERMS = 200
# Texts up to here are remembered with what they mean: longer ones would fill the memory and do not come twice.
LONGEST_CACHED = 256

# A URN may hold dots, so it ends at the last colon; Entra ID's old jobs wrote a dot there (`urn:...:User.department`),
# which leaves up to two dots behind the last colon. Possessive quantifiers: a long text is looked at once.
_NAME = r"[A-Za-z$][A-Za-z0-9_$-]*+"
_URN = r"[Uu][Rr][Nn]:[A-Za-z0-9:._~$%+@=;/!*-]*:"
_PATH = re.compile(rf"({_URN})?({_NAME})(?:\.({_NAME}))?(?:\.({_NAME}))?", re.ASCII)
_OPERATOR = re.compile(r"\s*+([A-Za-z]++)\s*+", re.ASCII)
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z]++", re.ASCII)
_BLANKS = re.compile(r"\s++", re.ASCII)
_NOT = re.compile(r"[Nn][Oo][Tt]\s*+\(", re.ASCII)
_JOINED = {word: re.compile(rf"\s*+{word}(?=[\s(])", re.ASCII | re.IGNORECASE) for word in ("and", "or")}

_OPERATORS: dict[str, Operator] = {
    "eq": "eq", "ne": "ne", "co": "co", "sw": "sw", "ew": "ew", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le",
}  # fmt: skip
_WORDS: dict[str, Literal] = {"true": True, "false": False, "null": None}


def parse(text: str) -> Filter:
    """The tree of a filter; raises InvalidFilter naming the place and what was expected there."""
    parser = _Parser(text)
    tree = parser.disjunction(0)
    parser.end()
    return tree


def parse_path(text: str) -> AttributePath:
    """An attribute's name as `attributes`, `sortBy` and PATCH write it; raises InvalidPath."""
    return _parse_short_path(text) if len(text) <= LONGEST_CACHED else _parse_path(text)


def _parse_path(text: str) -> AttributePath:
    match = _PATH.fullmatch(text)
    if match is None or (match[4] and not match[1]):
        raise InvalidPath(f'"{text[:100]}" is not an attribute path.')
    return _attribute_path(match)


_parse_short_path = lru_cache(maxsize=1024)(_parse_path)


def parse_value_path(text: str) -> ValuePath:
    """The path of a PATCH operation; raises InvalidPath, InvalidFilter for what stands in its brackets."""
    if "[" not in text:
        return ValuePath(parse_path(text))
    return _Parser(text, InvalidPath).value_path()


def _attribute_path(match: re.Match[str]) -> AttributePath:
    urn, name, sub, last = match.groups()
    if urn is None:
        return AttributePath(None, name, sub)
    if last:
        return AttributePath(urn + name, sub, last)
    return AttributePath(urn[:-1], name, sub)


class _Parser:
    """One text being read; every method starts at `at` and leaves it behind what it read."""

    __slots__ = ("_error", "_terms", "_text", "at")

    def __init__(self, text: str, error: type[ScimError] = InvalidFilter) -> None:
        if len(text) > LIMITS.max_filter_length:
            raise error(f"The filter has {len(text)} characters; at most {LIMITS.max_filter_length} are taken.")
        self._text = text
        self._error = error
        self._terms = 0
        self.at = 0

    def disjunction(self, depth: int, *, inside: bool = False) -> Filter:
        items = [self._conjunction(depth, inside=inside)]
        while self._joined("or"):
            items.append(self._conjunction(depth, inside=inside))
        return items[0] if len(items) == 1 else Or(tuple(items))

    def value_path(self) -> ValuePath:
        path = self._path()
        self._expect("[")
        self._error = InvalidFilter
        tree = self.disjunction(1, inside=True)
        self._expect("]")
        self._error = InvalidPath
        sub = self._sub()
        self.end()
        return ValuePath(path, tree, sub)

    def end(self) -> None:
        self._blanks()
        if self.at != len(self._text):
            self._fail('"and", "or" or the end')

    def _conjunction(self, depth: int, *, inside: bool) -> Filter:
        items = [self._term(depth, inside=inside)]
        while self._joined("and"):
            items.append(self._term(depth, inside=inside))
        return items[0] if len(items) == 1 else And(tuple(items))

    def _term(self, depth: int, *, inside: bool) -> Filter:
        self._blanks()
        self._terms += 1
        if depth > LIMITS.max_filter_depth:
            raise self._error(
                f"The filter is nested more than {LIMITS.max_filter_depth} deep at character {self.at + 1}."
            )
        if self._terms > _MOST_TERMS:
            raise self._error(f"The filter has more than {_MOST_TERMS} terms at character {self.at + 1}.")
        if self._text[self.at : self.at + 1] in ("n", "N") and (match := _NOT.match(self._text, self.at)):
            self.at = match.end() - 1
            return Not(self._group(depth, inside=inside))
        if self._text.startswith("(", self.at):
            return self._group(depth, inside=inside)
        path = self._path()
        if self._text.startswith("[", self.at):
            if inside:
                self._fail("an operator, as brackets do not nest")
            return self._element(path, depth)
        return self._comparison(path)

    def _group(self, depth: int, *, inside: bool) -> Filter:
        self._expect("(")
        tree = self.disjunction(depth + 1, inside=inside)
        self._expect(")")
        return tree

    def _element(self, path: AttributePath, depth: int) -> Filter:
        self._expect("[")
        tree = self.disjunction(depth + 1, inside=True)
        self._expect("]")
        if sub := self._sub():
            comparison = self._comparison(AttributePath(None, sub))
            tree = And((*(tree.items if isinstance(tree, And) else (tree,)), comparison))
        return Element(path, tree)

    def _sub(self) -> str | None:
        if not self._text.startswith(".", self.at):
            return None
        self.at += 1
        path = self._path()
        if path.schema or path.sub:
            self._fail("one sub-attribute")
        return path.name

    def _comparison(self, path: AttributePath) -> Filter:
        match = _OPERATOR.match(self._text, self.at)
        word = match[1].lower() if match else ""
        if match and word == "pr":
            self.at = match.end()
            return Present(path)
        operator = _OPERATORS.get(word)
        if match is None or operator is None:
            self._blanks()
            self._fail("one of the operators eq, ne, co, sw, ew, gt, ge, lt, le, pr")
        self.at = match.end()
        return Compare(path, operator, self._literal())

    def _path(self) -> AttributePath:
        match = _PATH.match(self._text, self.at)
        if match is None or (match[4] and not match[1]):
            self._fail("the name of an attribute")
        self.at = match.end()
        return parse_path(match[0])

    def _literal(self) -> Literal:
        text, at = self._text, self.at
        if match := _STRING.match(text, at):
            self.at = match.end()
            return self._unescape(match[0]) if "\\" in match[0] else match[0][1:-1]
        if match := _NUMBER.match(text, at):
            self.at = match.end()
            return self._number(match)
        match = _WORD.match(text, at)
        if match is None or match[0].lower() not in _WORDS:
            self._fail("a value: a string in double quotes, a number, true, false or null")
        self.at = match.end()
        return _WORDS[match[0].lower()]

    def _unescape(self, quoted: str) -> str:
        try:
            value = json.loads(quoted)
            value.encode()
        except ValueError:
            self._fail("valid escapes in the string that ends here")
        return str(value)

    def _number(self, match: re.Match[str]) -> int | float:
        value = float(match[0])
        if math.isinf(value):
            self._fail("a smaller number")
        # A whole number beyond 64 bits is a float, as it is in a parsed document and in SQL.
        if match[1] or match[2] or abs(value) >= 2.0**63:
            return value
        return int(match[0])

    def _joined(self, word: str) -> bool:
        match = _JOINED[word].match(self._text, self.at)
        if match:
            self.at = match.end()
        return match is not None

    def _blanks(self) -> None:
        match = _BLANKS.match(self._text, self.at)
        if match:
            self.at = match.end()

    def _expect(self, character: str) -> None:
        self._blanks()
        if not self._text.startswith(character, self.at):
            self._fail(f'"{character}"')
        self.at += 1

    def _fail(self, expected: str) -> NoReturn:
        place = f"character {self.at + 1}" if self.at < len(self._text) else "the end"
        raise self._error(f"Expected {expected} at {place} of the filter.")

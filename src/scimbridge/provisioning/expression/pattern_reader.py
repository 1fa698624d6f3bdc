"""From the text of a regular expression to the places of its automaton (pattern.py has what is taken)."""

import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from scimbridge.provisioning.expression.errors import EvaluationError

LONGEST_PATTERN = 500
_MOST_PLACES = 200
_MOST_ATOMS = 2_000
_DEEPEST = 20

Accepts = Callable[[str], bool]
Places = frozenset[int]

_NOTHING: Places = frozenset()
_CLASSES: dict[str, Accepts] = {
    "d": str.isdecimal,
    "s": str.isspace,
    "w": lambda letter: letter.isalnum() or letter == "_",
}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}", re.ASCII)


class Part(NamedTuple):
    """A piece of the pattern: may it be left out, where may it begin and end."""

    empty: bool
    first: Places
    last: Places


_EMPTY = Part(empty=True, first=_NOTHING, last=_NOTHING)


class PatternReader:
    """Reads a pattern into the places of its automaton: what each accepts, and which follow it."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise EvaluationError(f"A pattern has at most {LONGEST_PATTERN} characters.")
        self._folds = text.startswith("(?i)")
        text = text.removeprefix("(?i)").removeprefix("^")
        body = text.removesuffix("$")
        self._text = text if (len(body) - len(body.rstrip("\\"))) % 2 else body
        self._at = 0
        self._depth = 0
        self._atoms = 0
        self.accepts: list[Accepts] = []
        self.follow: list[set[int]] = []

    def read(self) -> Part:
        part = self._alternatives()
        if self._at < len(self._text):
            self._fail("has a ) that closes nothing")
        return part

    def _alternatives(self) -> Part:
        part = self._sequence()
        while self._take("|"):
            other = self._sequence()
            part = Part(part.empty or other.empty, part.first | other.first, part.last | other.last)
        return part

    def _sequence(self) -> Part:
        part = _EMPTY
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            part = self._join(part, self._piece())
        return part

    def _piece(self) -> Part:
        start = self._at
        part = self._atom()
        if self._take("*"):
            part = self._repeat(part)._replace(empty=True)
        elif self._take("+"):
            part = self._repeat(part)
        elif self._take("?"):
            part = part._replace(empty=True)
        elif count := _COUNT.match(self._text, self._at):
            part = self._times(start, count)
        else:
            return part
        self._take("?")  # "as few as possible" fits the same texts
        return part

    def _times(self, start: int, count: re.Match[str]) -> Part:
        """Copies of the atom at `start`, one for each time it may come."""
        least = int(count[1])
        most = least if count[2] is None else int(count[3]) if count[3] else None
        if most is not None and most < least:
            self._fail("has a {m,n} whose n is the smaller one")
        part = _EMPTY
        for number in range(max(least, most or 0)):
            copy = self._copy(start)
            part = self._join(part, copy if number < least else copy._replace(empty=True))
        if most is None:
            part = self._join(part, self._repeat(self._copy(start))._replace(empty=True))
        self._at = count.end()
        return part

    def _copy(self, start: int) -> Part:
        self._at = start
        return self._atom()

    def _atom(self) -> Part:
        self._atoms += 1
        if self._atoms > _MOST_ATOMS:
            self._fail("repeats too much")
        letter = self._next()
        if letter == "(":
            return self._group()
        if letter == "[":
            return self._place(self._set())
        if letter == ".":
            return self._place(lambda other: other != "\n")
        if letter == "\\":
            return self._place(self._escape())
        if letter in "*+?{^$":
            self._fail(f"has a {letter} where it means nothing")
        return self._place(letter.__eq__)

    def _group(self) -> Part:
        if self._take("?") and not self._take(":"):
            self._fail("has a (? of a kind that is not taken here: no looking around, no named groups")
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"has more than {_DEEPEST} brackets inside one another")
        part = self._alternatives()
        if not self._take(")"):
            self._fail("has a ( that is not closed")
        self._depth -= 1
        return part

    def _escape(self) -> Accepts:
        letter = self._next()
        known = _CLASSES.get(letter.lower())
        if known is not None:
            return known if letter.islower() else lambda other: not known(other)
        if letter.isalnum() and letter not in _ESCAPES:
            self._fail(f"has a \\{letter}, which is not taken here")
        return _ESCAPES.get(letter, letter).__eq__

    def _set(self) -> Accepts:
        negated = self._take("^")
        tests: list[Accepts] = []
        while not self._take("]"):
            tests.append(self._member(self._next()))
        if not tests:
            self._fail("has an empty []")
        return lambda letter: any(test(letter) for test in tests) != negated

    def _member(self, letter: str) -> Accepts:
        if letter == "\\":
            return self._escape()
        if self._text[self._at : self._at + 1] != "-" or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return letter.__eq__
        self._at += 1
        end = self._next()
        if end < letter or end == "\\":
            self._fail("has a range that does not go up")
        return lambda other: letter <= other <= end

    def _place(self, accepts: Accepts) -> Part:
        if len(self.accepts) >= _MOST_PLACES:
            self._fail(f"has more than {_MOST_PLACES} places, repetitions counted")
        if self._folds:
            plain = accepts
            accepts = lambda letter: plain(letter) or plain(letter.lower()) or plain(letter.upper())  # noqa: E731
        place = frozenset((len(self.accepts),))
        self.accepts.append(accepts)
        self.follow.append(set())
        return Part(empty=False, first=place, last=place)

    def _join(self, left: Part, right: Part) -> Part:
        for place in left.last:
            self.follow[place] |= right.first
        return Part(
            left.empty and right.empty,
            left.first | right.first if left.empty else left.first,
            left.last | right.last if right.empty else right.last,
        )

    def _repeat(self, part: Part) -> Part:
        for place in part.last:
            self.follow[place] |= part.first
        return part

    def _take(self, letter: str) -> bool:
        found = self._text.startswith(letter, self._at)
        self._at += found
        return found

    def _next(self) -> str:
        if self._at >= len(self._text):
            self._fail("ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _fail(self, what: str) -> NoReturn:
        raise EvaluationError(f'The pattern "{self._text[:60]}" {what}.')

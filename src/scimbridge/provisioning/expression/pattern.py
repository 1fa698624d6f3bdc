r"""Regular expressions that can not hang.

Python's engine tries one way after the other, so that `(a+)+b` takes a day over 40 letters, and nothing can stop it.
This one keeps the set of all places in the pattern where it may be (Glushkov's automaton, made deterministic as texts
come by): the work grows with the length of the text times that of the pattern. It answers whether a whole text fits.

Taken: `.`, `[a-z]`, `[^...]`, `\d \w \s` and their opposites, `|`, `( )`, `(?: )`, `* + ?`, `{m,n}`, `^` in front, `$`
at the end, `(?i)` in front. Refused, with a sentence: looking around, references back, the rest.
"""

from functools import lru_cache

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.pattern_reader import PatternReader, Places

LONGEST_INPUT = 1_000
_MOST_STEPS_KEPT = 512


class Pattern:
    """A compiled pattern; raises EvaluationError with a sentence if it is none of the kind above."""

    def __init__(self, pattern: str) -> None:
        reader = PatternReader(pattern)
        self._whole = reader.read()
        self._accepts = reader.accepts
        self._follow = reader.follow
        self._steps: dict[tuple[Places, str], tuple[Places, bool]] = {}

    def matches(self, text: str) -> bool:
        """Whether the whole text fits; raises EvaluationError if it is too long to be looked at."""
        if len(text) > LONGEST_INPUT:
            raise EvaluationError(f"A text of more than {LONGEST_INPUT} characters is not compared with a pattern.")
        places, fits = self._whole.first, self._whole.empty
        for letter in text:
            places, fits = self._steps.get((places, letter)) or self._step(places, letter)
        return fits

    def _step(self, places: Places, letter: str) -> tuple[Places, bool]:
        """Where the pattern goes on behind this letter, and whether it may end there."""
        taken = [place for place in places if self._accepts[place](letter)]
        after = frozenset[int]().union(*(self._follow[place] for place in taken))
        if len(self._steps) >= _MOST_STEPS_KEPT:
            self._steps.clear()
        self._steps[places, letter] = step = (after, not self._whole.last.isdisjoint(taken))
        return step


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> Pattern:
    """Raises EvaluationError with a sentence if the pattern is not taken."""
    return Pattern(pattern)

"""How long a piece of work waits before it is tried again: exponential with full jitter.

Without jitter everything that failed together comes back together.
"""

from collections.abc import Callable
from typing import Final

MAX_TRIES: Final = 10
_FIRST, _LONGEST = 2.0, 900.0


def pause(attempts: int, at_least: float, uniform: Callable[[float, float], float]) -> float:
    """Seconds to wait after this many attempts; `at_least` is what the target asked for."""
    return at_least + uniform(0, min(_LONGEST, _FIRST * 2**attempts))

"""Will this client work with this server: what the steps of a suite come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scimbridge.interop.result import StepResult


class Verdict(StrEnum):
    """In the words of a report."""

    WORKS = "works"
    LIMITED = "works with limits"
    FAILS = "does not work"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one suite; `skipped` steps were not sent, as they write or need what was not given.

    `left` are the URLs of what could not be deleted afterwards; `trouble` says why the suite could not be played.
    """

    suite: str
    client: str
    evidence: str
    steps: Sequence[StepResult]
    skipped: int = 0
    left: Sequence[str] = ()
    trouble: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.trouble or any(_is_vital(step) for step in self.failed):
            return Verdict.FAILS
        if self.failed:
            return Verdict.LIMITED
        return Verdict.WORKS if self.steps else Verdict.UNTRIED

    @property
    def broken(self) -> list[str]:
        """What of the client does not work, in order of the steps.

        What nobody must have is called optional; what goes on, but not as it should, is broken in part.
        """
        failed: dict[str, list[StepResult]] = {}
        for step in self.failed:
            failed.setdefault(step.purpose.title, []).append(step)
        return [title + _remark(steps) for title, steps in failed.items()]

    @property
    def failed(self) -> list[StepResult]:
        return [step for step in self.steps if not step.good]

    @property
    def passed(self) -> bool:
        """Whether every required step holds."""
        return not self.trouble and all(step.good or not step.purpose.required for step in self.steps)

    @property
    def summary(self) -> str:
        """The verdict with what it is limited by."""
        if self.trouble or not self.steps:
            return self.trouble or Verdict.UNTRIED.value
        limits = f", not: {'; '.join(self.broken)}" if self.verdict is Verdict.LIMITED else ""
        return f"{self.verdict}{limits}" + (f" ({self.skipped} steps not tried)" if self.skipped else "")


def _remark(failed: Sequence[StepResult]) -> str:
    if not any(step.purpose.required for step in failed):
        return " (optional)"
    return "" if any(step.stops for step in failed) else " (in part)"


def _is_vital(failed: StepResult) -> bool:
    return failed.stops and failed.purpose.vital and failed.purpose.required

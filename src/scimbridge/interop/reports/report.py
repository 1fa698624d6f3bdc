"""What is written about one run, and what of it is the same in every format."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scimbridge.interop.result import Exchange, StepResult
from scimbridge.interop.verdict import Outcome

VERDICT_COLUMNS = ("suite", "client", "steps", "verdict")

_LONGEST = 4000  # characters of a body
_SHOWN = 12  # step numbers


@dataclass(frozen=True, slots=True)
class Report:
    """One run of suites against the server at `base_url`; `version` is that of scimbridge."""

    base_url: str
    version: str
    at: datetime
    outcomes: Sequence[Outcome]

    @property
    def passed(self) -> bool:
        """Whether every required step of every suite holds."""
        return all(outcome.passed for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Cause:
    """Steps of one purpose that failed in the same way; the first stands for all."""

    steps: Sequence[StepResult]

    @property
    def first(self) -> StepResult:
        return self.steps[0]


def causes(outcome: Outcome) -> list[Cause]:
    """Why a suite failed, in order; steps that could not be sent have no cause of their own."""
    found: dict[tuple[str, ...], list[StepResult]] = {}
    for step in outcome.failed:
        if step.reached:
            found.setdefault((step.purpose.name, step.purpose.fix, *step.failures), []).append(step)
    return [Cause(steps) for steps in found.values()]


def unreached(outcome: Outcome) -> list[StepResult]:
    """The steps that could not be sent, as an earlier one gave not what they need."""
    return [step for step in outcome.failed if not step.reached]


def numbers(steps: Sequence[StepResult]) -> str:
    """Their numbers, in a readable length."""
    shown = ", ".join(str(step.number) for step in steps[:_SHOWN])
    return shown if len(steps) <= _SHOWN else f"{shown} and {len(steps) - _SHOWN} more"


def score(outcome: Outcome) -> str:
    """How many steps were good, of how many."""
    return f"{len(outcome.steps) - len(outcome.failed)} of {len(outcome.steps)}"


def verdict_rows(report: Report) -> list[tuple[str, str, str, str]]:
    """A line of VERDICT_COLUMNS for each suite."""
    return [(outcome.suite, outcome.client, score(outcome), outcome.summary) for outcome in report.outcomes]


def labelled(cause: Cause) -> list[tuple[str, str]]:
    """What a person wants to know of it, under its label; what the suite does not say is left out."""
    step = cause.first
    rows = [
        ("what is wrong", "; ".join(step.failures)),
        ("the client wants", step.purpose.wants),
        ("known from", step.purpose.known_from),
        ("what follows", step.purpose.consequence),
        ("how to fix the server", step.purpose.fix),
    ]
    return [(label, text) for label, text in rows if text]


def request_text(exchange: Exchange) -> str:
    """The request as it went over the wire, JSON indented."""
    request = exchange.request
    return _message(f"{request.method} {request.url}", request.headers, request.body or b"")


def reply_text(exchange: Exchange) -> str:
    """The reply likewise."""
    if exchange.reply is None:
        return "(none)"
    shown = {name: value for name, value in exchange.reply.headers.items() if name in _TELLING}
    return _message(str(exchange.reply.status), shown, exchange.reply.body)


# Reply headers that say something about SCIM; the rest is noise.
_TELLING = frozenset({"content-type", "location", "etag", "retry-after", "www-authenticate"})


def _message(first: str, headers: Mapping[str, str], body: bytes) -> str:
    head = [first, *(f"{name}: {value}" for name, value in headers.items())]
    return "\n".join(head) + (f"\n\n{_body(body)}" if body else "")


def _body(body: bytes) -> str:
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        text = body.decode(errors="replace")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n... ({len(text)} characters)"

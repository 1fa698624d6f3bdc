"""The report of `scimbridge check` on a terminal: a table of verdicts, then each cause with request and reply."""

from scimbridge.cli.output import put, put_table
from scimbridge.interop.reports.markdown import COLUMNS
from scimbridge.interop.reports.report import (
    Cause,
    Report,
    causes,
    labelled,
    numbers,
    reply_text,
    request_text,
    score,
    unreached,
)
from scimbridge.interop.verdict import Outcome


def put_report(report: Report) -> None:
    for outcome in report.outcomes:
        _put_suite(outcome)
    rows = [(outcome.suite, outcome.client, score(outcome), outcome.summary) for outcome in report.outcomes]
    put_table(COLUMNS, rows)


def _put_suite(outcome: Outcome) -> None:
    for cause in causes(outcome):
        _put_cause(outcome, cause)
    if lacking := unreached(outcome):
        put(f"{outcome.suite}: could not be tried after that: steps {numbers(lacking)}\n")
    if outcome.left:
        put(f"{outcome.suite}: could not be deleted: {', '.join(outcome.left)}\n")


def _put_cause(outcome: Outcome, cause: Cause) -> None:
    step = cause.first
    put(f"{outcome.suite}/{step.number}  {step.note or step.purpose.title}")
    if len(cause.steps) > 1:
        put(f"  likewise: steps {numbers(cause.steps[1:])}")
    for label, text in labelled(cause):
        put(f"  {label}: {_printable(' '.join(text.split()))}")
    if step.exchange:
        _put_indented("->", request_text(step.exchange))
        _put_indented("<-", reply_text(step.exchange))
    put("")


def _put_indented(mark: str, text: str) -> None:
    for number, line in enumerate(text.splitlines()):
        put(f"  {mark if number == 0 else '  '} {_printable(line)}".rstrip())


def _printable(text: str) -> str:
    """What a server answers must not reach the terminal as an escape sequence."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)

"""The report of `scimbridge check` on a terminal: a table of verdicts, then each cause with request and reply."""

from scimbridge.cli.output import printable, put, put_table
from scimbridge.interop.reports.report import (
    VERDICT_COLUMNS,
    Cause,
    Report,
    causes,
    labelled,
    numbers,
    reply_text,
    request_text,
    unreached,
    verdict_rows,
)
from scimbridge.interop.verdict import Outcome


def put_report(report: Report) -> None:
    for outcome in report.outcomes:
        _put_suite(outcome)
    put_table(VERDICT_COLUMNS, verdict_rows(report))


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
        put(f"  {label}: {printable(' '.join(text.split()))}")
    if step.exchange:
        _put_indented("->", request_text(step.exchange))
        _put_indented("<-", reply_text(step.exchange))
    put("")


def _put_indented(mark: str, text: str) -> None:
    for number, line in enumerate(text.splitlines()):
        put(f"  {mark if number == 0 else '  '} {printable(line)}".rstrip())

"""Reports as Markdown, for a ticket or a page of documentation."""

import re
from collections.abc import Iterator, Sequence

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


def markdown(report: Report) -> str:
    """A table of verdicts, then what broke."""
    title = f"# {report.base_url}\n\n`scimbridge check` {report.version}, {report.at:%d %B %Y %H:%M} UTC.\n"
    details = (part for outcome in report.outcomes for part in _suite(outcome))
    return "\n".join([title, table(VERDICT_COLUMNS, verdict_rows(report)), *details])


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a bar or a line break in a cell does not end it."""
    drawn = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in row)} |\n" for row in drawn)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _suite(outcome: Outcome) -> Iterator[str]:
    found, lacking = causes(outcome), unreached(outcome)
    if found:
        yield f"## {outcome.suite}\n"
    for cause in found:
        yield from _cause(outcome, cause)
    if lacking:
        yield f"Could not be tried after that: steps {numbers(lacking)}.\n"
    if outcome.left:
        yield f"Could not be deleted: {', '.join(outcome.left)}\n"


def _cause(outcome: Outcome, cause: Cause) -> Iterator[str]:
    step = cause.first
    yield f"### {outcome.suite}/{step.number}: {step.note or step.purpose.title}\n"
    if len(cause.steps) > 1:
        yield f"Likewise: steps {numbers(cause.steps[1:])}.\n"
    yield "\n".join(f"* **{label}**: {' '.join(text.split())}" for label, text in labelled(cause)) + "\n"
    if step.exchange:
        yield _fenced(request_text(step.exchange))
        yield _fenced(reply_text(step.exchange))


def _fenced(text: str) -> str:
    """A block of code; its fence is longer than any row of backquotes in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}http\n{text}\n{fence}\n"

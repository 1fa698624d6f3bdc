"""A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

from collections.abc import Sequence
from html import escape
from string import Template

from scimbridge.interop.reports.report import (
    VERDICT_COLUMNS,
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
from scimbridge.interop.verdict import Outcome, Verdict

_CLASS = {Verdict.WORKS: "good", Verdict.LIMITED: "fair", Verdict.FAILS: "bad", Verdict.UNTRIED: "none"}

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dfe7; --paper: #fff; --shade: #f4f6f9;
  --good: #146c43; --fair: #8a5a00; --bad: #b02a37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #333c48; --paper: #14181e;
  --shade: #1d232b; --good: #62c998; --fair: #e6b455; --bad: #f08a93; } }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; margin-bottom: .2rem; } h2 { margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 0; display: inline; }
p.meta, .soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .fair { color: var(--fair); } .bad { color: var(--bad); } .none { color: var(--soft); }
td.verdict { font-weight: 600; } td.name { white-space: nowrap; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .75rem 0; padding: .6rem .9rem; }
summary { cursor: pointer; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .3rem 1rem; } dt { color: var(--soft); } dd { margin: 0;
  overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
  .verdicts :is(th, td):nth-child(2) { display: none; } }
pre { background: var(--shade); border-radius: 6px; padding: .75rem; overflow-x: auto; font-size: .85rem; }
a { color: inherit; }
"""

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<h1>$title</h1>
<p class="meta">$subtitle</p>
$content
</body>
</html>
""")


def page(title: str, subtitle: str, content: str) -> str:
    """A whole page around HTML that is made already."""
    return _PAGE.substitute(title=escape(title), subtitle=escape(subtitle), style=_STYLE, content=content)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """A table of cells that are HTML already (`td` included); `kind` is a class of the style."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<div class="wide {kind}"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def html(report: Report) -> str:
    """The verdicts, then every cause of a failure with its request and its reply."""
    rows = [_row(outcome) for outcome in report.outcomes]
    parts = [table(VERDICT_COLUMNS, rows, "verdicts")]
    parts += [_suite(outcome) for outcome in report.outcomes if outcome.failed or outcome.left]
    subtitle = f"scimbridge check {report.version}, {report.at:%d %B %Y, %H:%M} UTC"
    return page(report.base_url, subtitle, "\n".join(parts))


def _row(outcome: Outcome) -> list[str]:
    name = escape(outcome.suite)
    linked = f'<a href="#{name}">{name}</a>' if outcome.failed else name
    return [
        f'<td class="name">{linked}</td>',
        f"<td>{escape(outcome.client)}</td>",
        f'<td class="number">{score(outcome)}</td>',
        f'<td class="verdict {_CLASS[outcome.verdict]}">{escape(outcome.summary)}</td>',
    ]


def _suite(outcome: Outcome) -> str:
    parts = [f'<h2 id="{escape(outcome.suite)}">{escape(outcome.suite)}</h2>']
    parts.append(f'<p class="soft">{escape(outcome.client)}. {escape(outcome.evidence)}</p>')
    parts += [_cause(cause) for cause in causes(outcome)]
    if lacking := unreached(outcome):
        parts.append(f"<p>Could not be tried after that: steps {numbers(lacking)}.</p>")
    if outcome.left:
        parts.append(f"<p>Could not be deleted: {escape(', '.join(outcome.left))}</p>")
    return "\n".join(parts)


def _cause(cause: Cause) -> str:
    step = cause.first
    more = f' <span class="soft">and steps {numbers(cause.steps[1:])}</span>' if len(cause.steps) > 1 else ""
    kind = "bad" if step.purpose.required else "fair"
    title = f"<h3>{step.number}: {escape(step.note or step.purpose.title)}</h3>{more}"
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in labelled(cause))
    shown = ""
    if step.exchange:
        shown = f"<pre>{escape(request_text(step.exchange))}</pre>\n<pre>{escape(reply_text(step.exchange))}</pre>"
    wrong = f'<div class="{kind}">{escape(step.failures[0])}</div>'
    return f"<details><summary>{title}{wrong}</summary>\n<dl>{rows}</dl>\n{shown}</details>"

"""A comparison of servers as Markdown, as one HTML file, and as JSON."""

from dataclasses import asdict
from html import escape
from typing import Any

from scimbridge.interop.comparison import BROKEN, Comparison, breakages, rows
from scimbridge.interop.reports.machine import suite_document
from scimbridge.interop.reports.markdown import table
from scimbridge.interop.reports.page import page
from scimbridge.interop.reports.page import table as html_table


def comparison_markdown(comparison: Comparison) -> str:
    """One table, then one of what breaks for each server, for a page of documentation."""
    parts = [f"Made by `scimbridge compare` {comparison.version} on {comparison.at:%d %B %Y}.\n"]
    parts.append(table(["", *(server.name for server in comparison.servers)], rows(comparison.servers)))
    for server in comparison.servers:
        if broken := breakages(server):
            parts += [f"## What breaks: {server.name}\n", table(BROKEN, broken)]
    return "\n".join(parts)


def comparison_html(comparison: Comparison) -> str:
    """The same as one file that needs nothing else."""
    columns = ["", *(server.name for server in comparison.servers)]
    parts = [html_table(columns, [[_cell(cell) for cell in row] for row in rows(comparison.servers)])]
    for server in comparison.servers:
        if broken := breakages(server):
            lines = [[f"<td>{escape(cell)}</td>" for cell in line] for line in broken]
            parts += [f"<h2>What breaks: {escape(server.name)}</h2>", html_table(BROKEN, lines)]
    subtitle = f"scimbridge compare {comparison.version}, {comparison.at:%d %B %Y, %H:%M} UTC"
    return page("SCIM servers compared", subtitle, "\n".join(parts))


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """As JSON."""
    return {
        "scimbridge": comparison.version,
        "at": comparison.at.isoformat(timespec="seconds"),
        "servers": [
            {
                "server": server.name,
                "trouble": server.trouble,
                "findings": [asdict(finding) for finding in server.findings],
                "suites": {outcome.suite: suite_document(outcome) for outcome in server.outcomes},
            }
            for server in comparison.servers
        ],
    }


def _cell(text: str) -> str:
    good = text.startswith("yes") or text.endswith(": works")
    bad = text.startswith("no:") or text == "no" or text.endswith("does not work")
    kind = "good" if good else "bad" if bad else "fair" if text.endswith("limits") else ""
    return f'<td class="{kind}">{escape(text)}</td>'

"""`scimbridge check` and `replay`: what real clients send against any SCIM server, and which request breaks."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from scimbridge.adapters.http import HttpxClient
from scimbridge.cli.explanation import put_explanation, put_suites
from scimbridge.cli.output import Refused, put, put_json, tell
from scimbridge.cli.parameter import extend
from scimbridge.cli.progress import Progress
from scimbridge.cli.suites import load_suite, new_tag, read_spec
from scimbridge.cli.target import OPTIONS, WAYS_IN, read_contact
from scimbridge.cli.verdicts import put_report
from scimbridge.interop.check import Check, SpecTest
from scimbridge.interop.contact import Contact
from scimbridge.interop.reports.machine import document, junit
from scimbridge.interop.reports.markdown import markdown
from scimbridge.interop.reports.page import html
from scimbridge.interop.reports.report import Report
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import MalformedSuite, bundled

_CHECK_HELP = f"""Play what real clients send against a SCIM server, and say which request breaks and why.

URL is the SCIM base URL. {WAYS_IN}
The exit code is 0 only if every required step holds. Users and groups with unmistakable names are created, changed and
deleted again, also when the check is interrupted.
"""

_REPLAY_HELP = f"""Play a conversation that "record" wrote against a SCIM server.

URL is the SCIM base URL. {WAYS_IN}"""


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    HTML = "html"
    MARKDOWN = "markdown"


FormatOption = Annotated[Format, typer.Option("--format", help="How the report is written, to standard output.")]
Insecure = Annotated[bool, typer.Option("--insecure", help="Take any TLS certificate.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="A line for each step while it runs.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave what was created, to look at it.")]
Tag = Annotated[
    str | None, typer.Option(help="Marks every name that is written [default: random]; with '' none is marked.")
]
Url = Annotated[str, typer.Argument(metavar="URL", help="The SCIM base URL.")]


def add_commands(application: typer.Typer) -> None:
    application.command("check", help=_CHECK_HELP)(extend(_describe_check, _check, OPTIONS))
    application.command("replay", help=_REPLAY_HELP)(extend(_describe_replay, _replay, OPTIONS))


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a run is done and told."""

    format: Format
    tag: str
    read_only: bool
    keep: bool
    verbose: bool
    insecure: bool


def _describe_check(
    *,
    url: Annotated[str | None, typer.Argument(metavar="URL", help="The SCIM base URL.")] = None,
    suites: Annotated[
        list[str] | None,
        typer.Option("--suite", help="A name that --list shows, or a file; repeat it for more. [default: all]"),
    ] = None,
    okta_spec: Annotated[
        Path | None, typer.Option("--okta-spec", metavar="FILE", help="Okta's Runscope export, played as well.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the suites, or the steps of those with --suite.")] = False,
    explain: Annotated[
        str | None,
        typer.Option(metavar="STEP", help="What the client wants with a step, as okta-wizard/14, and how to fix it."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Send only what reads, up to the first write of a suite.")
    ] = False,
    keep: Keep = False,
    tag: Tag = None,
    verbose: Verbose = False,
    insecure: Insecure = False,
    format: FormatOption = Format.TEXT,  # noqa: A002 (the option's name)
) -> None: ...


def _check(
    *,
    url: str | None,
    suites: Sequence[str] | None,
    okta_spec: Path | None,
    list_: bool,
    explain: str | None,
    **flags: Any,
) -> None:
    if explain is not None:
        put_explanation(explain, load_suite)
        return
    chosen = [load_suite(name) for name in suites or (() if okta_spec else bundled())]
    if list_:
        put_suites(chosen, steps=bool(suites))
        return
    if url is None:
        raise Refused("Which server? scimbridge check URL. Without one there are --list and --explain STEP.")
    _report(url, chosen, read_spec(okta_spec, read_only=flags["read_only"]) if okta_spec else None, flags)


def _describe_replay(
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help='What "record" wrote, or any suite.')],
    url: Url,
    keep: Keep = False,
    tag: Tag = None,
    verbose: Verbose = False,
    insecure: Insecure = False,
    format: FormatOption = Format.TEXT,  # noqa: A002 (the option's name)
) -> None: ...


def _replay(*, file: str, url: str, **flags: Any) -> None:
    _report(url, [load_suite(file)], None, {"read_only": False, **flags})


def _report(url: str, suites: Sequence[Suite], spec: SpecTest | None, flags: dict[str, Any]) -> None:
    """Raises typer.Exit with 1 unless all that is required holds."""
    contact = read_contact(url, flags)
    tag = new_tag() if flags["tag"] is None else flags["tag"]
    manner = _Manner(tag=tag, **{name: flags[name] for name in ("format", "read_only", "keep", "verbose", "insecure")})
    # A build server ends its jobs so: what was created is deleted then too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = asyncio.run(_run(contact, suites, spec, manner))
    except MalformedSuite as error:
        raise Refused(f"Okta's export cannot be played: {error}.") from None
    _put(report, manner.format)
    if not report.passed:
        raise typer.Exit(1)


async def _run(contact: Contact, suites: Sequence[Suite], spec: SpecTest | None, manner: _Manner) -> Report:
    at = datetime.now(UTC)
    progress = Progress(each_step=manner.verbose)
    async with HttpxClient(verify=not manner.insecure) as client:
        check = Check(contact, client, progress.show, manner.read_only, manner.keep)
        outcomes = []
        for number, suite in enumerate(suites, 1):
            # Suites write the same names, so each has a mark of its own.
            tag = manner.tag and f"{manner.tag}-{number}"
            _announce(check.prepare(suite, tag), keep=manner.keep)
            outcomes.append(await check.suite(suite, tag))
            progress.end(outcomes[-1])
        if spec is not None:
            tell("okta-spec: creates a user whose name begins with Runscope")
            outcomes.append(await check.spec(spec))
            progress.end(outcomes[-1])
    return Report(contact.base_url, version("scimbridge"), at, outcomes)


def _announce(suite: Suite, *, keep: bool) -> None:
    writes = suite.writes()
    after = "keeps them" if keep else "deletes them afterwards"
    what = f"creates {', '.join(writes)} and {after}" if writes else "creates nothing"
    tell(f"{suite.name}: {len(suite.steps)} steps; {what}")


def _put(report: Report, form: Format) -> None:
    if form is Format.JSON:
        put_json(document(report))
    elif form is Format.TEXT:
        put_report(report)
    else:
        put({Format.JUNIT: junit, Format.HTML: html, Format.MARKDOWN: markdown}[form](report))

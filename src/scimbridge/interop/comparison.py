"""Servers side by side: what the probes found, what each client's suite comes to, and what broke."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scimbridge.interop.check import Check
from scimbridge.interop.contact import Contact
from scimbridge.interop.ports import HttpClient, Unreachable
from scimbridge.interop.probes import Finding, Probe
from scimbridge.interop.questions import QUESTIONS
from scimbridge.interop.reports.report import causes, numbers, score, unreached
from scimbridge.interop.speed import SPEEDS
from scimbridge.interop.suite import Suite
from scimbridge.interop.token import TokenRefused
from scimbridge.interop.verdict import Outcome

BROKEN = ("suite", "steps", "what the client does", "what is wrong", "what follows")


@dataclass(frozen=True, slots=True)
class Server:
    """What became of one server; `trouble` says why nothing could be asked of it, "" if all could."""

    name: str
    findings: Sequence[Finding] = ()
    outcomes: Sequence[Outcome] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Servers that were asked the same, at one time, by one version of scimbridge."""

    version: str
    at: datetime
    servers: Sequence[Server]


async def judge(
    contact: Contact, client: HttpClient, suites: Sequence[Suite], tag: str, tell: Callable[[str], None]
) -> Server:
    """Asks all questions, then plays each suite to its end; `tag` marks all names, `tell` hears of the progress."""

    def hear(question: str) -> None:
        tell(f"{contact.name}: {question}")

    try:
        findings = await Probe(contact, client, f"{tag}-0").run({**QUESTIONS, **SPEEDS}, hear)
    except (TokenRefused, Unreachable) as error:
        return Server(contact.name, trouble=str(error))
    check = Check(contact, client, lambda *_: None)
    outcomes = []
    for number, suite in enumerate(suites, 1):
        tell(f"{contact.name}: {suite.name}, {len(suite.steps)} steps")
        outcomes.append(await check.suite(suite, f"{tag}-{number}"))
    return Server(contact.name, findings, outcomes)


def rows(servers: Sequence[Server]) -> list[list[str]]:
    """The table: a row for each question and suite, the question first, then a cell for each server."""
    asked = [[question, *(_answer(server, question) for server in servers)] for question in (*QUESTIONS, *SPEEDS)]
    names = dict.fromkeys(outcome.suite for server in servers for outcome in server.outcomes)
    return asked + [[f"suite {name}", *(_score(server, name) for server in servers)] for name in names]


def breakages(server: Server) -> list[list[str]]:
    """What broke, a row for each cause."""
    lines = []
    for outcome in server.outcomes:
        for cause in causes(outcome):
            step = cause.first
            said = "; ".join(step.failures)
            does = step.note or step.purpose.title
            lines.append([outcome.suite, numbers(cause.steps), does, said, step.purpose.consequence])
        if lacking := unreached(outcome):
            why = "an earlier request had to give what it needs"
            lines.append([outcome.suite, numbers(lacking), "what comes after that", f"could not be tried: {why}", ""])
    return lines


def _answer(server: Server, question: str) -> str:
    found = (finding.answer for finding in server.findings if finding.question == question)
    return next(found, server.trouble)


def _score(server: Server, name: str) -> str:
    outcome = next((outcome for outcome in server.outcomes if outcome.suite == name), None)
    return f"{score(outcome)}: {outcome.verdict}" if outcome else server.trouble

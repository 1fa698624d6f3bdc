"""Servers side by side: what the probes found, how far each conversation came, and what broke."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scimbridge.interop.contact import Contact
from scimbridge.interop.player import play
from scimbridge.interop.ports import HttpClient, Unreachable
from scimbridge.interop.probes import QUESTIONS, Finding, Probe
from scimbridge.interop.result import StepResult
from scimbridge.interop.suite import Suite
from scimbridge.interop.token import TokenRefused
from scimbridge.interop.variation import vary

BROKEN = ("conversation", "steps", "what the client does", "what is wrong")
_SHOWN = 4  # step numbers in a cell


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one server; `trouble` says why nothing could be asked of it, "" if all could."""

    server: str
    findings: Sequence[Finding] = ()
    played: Mapping[str, Sequence[StepResult]] | None = None
    trouble: str = ""


async def judge(
    contact: Contact,
    client: HttpClient,
    conversations: Sequence[Suite],
    tag: str,
    tell: Callable[[str], None],
) -> Verdict:
    """Runs the probes, then plays each conversation to its end; `tag` marks all names, `tell` hears of the progress."""
    try:
        tell(f"{contact.name}: {len(QUESTIONS)} questions")
        findings = await Probe(contact, client, f"{tag}0").run()
        played: dict[str, Sequence[StepResult]] = {}
        for number, conversation in enumerate(conversations, 1):
            tell(f"{contact.name}: {conversation.name}, {len(conversation.steps)} requests")
            steps = play(
                vary(conversation, f"{tag}{number}"), client, contact.base_url, await contact.authorize(client)
            )
            played[conversation.name] = [step async for step in steps]
    except (TokenRefused, Unreachable) as error:
        return Verdict(contact.name, trouble=str(error))
    return Verdict(contact.name, findings, played)


def rows(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """The table: a row for each question and conversation, the question first, then a cell for each server."""
    asked = [[question, *(_answer(verdict, question) for verdict in verdicts)] for question in QUESTIONS]
    names = dict.fromkeys(name for verdict in verdicts for name in verdict.played or {})
    return asked + [[f"conversation {name}", *(_score(verdict, name) for verdict in verdicts)] for name in names]


def breakages(verdict: Verdict) -> list[list[str]]:
    """What broke, a row for each cause: conversation, steps, what the client does at the first, what was wrong."""
    return [
        [name, _numbers(steps), steps[0].note, cause]
        for name, played in (verdict.played or {}).items()
        for cause, steps in _by_cause(played).items()
    ]


def _by_cause(played: Sequence[StepResult]) -> dict[str, list[StepResult]]:
    found: dict[str, list[StepResult]] = {}
    for step in played:
        if not step.good:
            cause = (
                "cannot go on: an earlier request had to give an id" if not step.reached else "; ".join(step.failures)
            )
            found.setdefault(cause, []).append(step)
    return found


def _numbers(steps: Sequence[StepResult]) -> str:
    shown = ", ".join(str(step.number) for step in steps[:_SHOWN])
    return shown if len(steps) <= _SHOWN else f"{shown} and {len(steps) - _SHOWN} more"


def markdown(verdicts: Sequence[Verdict]) -> str:
    """Both, for a page of documentation."""
    table = _table(["", *(verdict.server for verdict in verdicts)], rows(verdicts))
    parts = [table]
    for verdict in verdicts:
        if broken := breakages(verdict):
            parts.append(f"### What breaks: {verdict.server}\n")
            parts.append(_table(BROKEN, broken))
    return "\n".join(parts)


def _answer(verdict: Verdict, question: str) -> str:
    found = (finding.answer for finding in verdict.findings if finding.question == question)
    return next(found, verdict.trouble)


def _score(verdict: Verdict, name: str) -> str:
    steps = (verdict.played or {}).get(name)
    return f"{sum(step.good for step in steps)} of {len(steps)}" if steps else verdict.trouble


def _table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    drawn = [columns, ["---"] * len(columns), *lines]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in drawn)

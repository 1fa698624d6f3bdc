"""One person provisioned on demand, with each step told: match, mapping, decision, requests and answers, outcome."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import orjson

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.execution import Execution
from scimbridge.provisioning.mapping import Preview
from scimbridge.provisioning.pace import PacedTransport
from scimbridge.provisioning.performing import Prepared
from scimbridge.provisioning.plan import Phase
from scimbridge.provisioning.ports import Candidate, Ledger, Outcome, Work
from scimbridge.provisioning.styles.exchange import masked, without_passwords
from scimbridge.provisioning.target import Reply, Request


class Step(NamedTuple):
    """`text`: a line for a person. `detail`: what belongs to it, as JSON values; no passwords."""

    what: Literal["match", "map", "decide", "request", "answer", "outcome"]
    text: str
    detail: Any = None


class OnDemand:
    """For one application; the caller holds its lease, and nothing else is under way."""

    def __init__(
        self, ledger: Ledger, execution: Execution, transport: PacedTransport, environment: Environment
    ) -> None:
        self._ledger = ledger
        self._execution = execution
        self._transport = transport
        self._environment = environment

    async def provision(self, candidate: Candidate, rows: Sequence[Preview]) -> Sequence[Step]:
        """`rows`: what the mapping gives."""
        steps = [Step("match", _match(candidate))]
        values = {row.target: f"error: {row.error}" if row.error else row.value for row in rows}
        steps.append(Step("map", f"{len(values)} attributes are mapped", values))
        work = await self._queue(candidate)
        prepared = await self._execution.prepare(work)
        if isinstance(prepared, Outcome):
            await self._ledger.record([prepared])
            return [*steps, Step("decide", prepared.reason or "Nothing is to be sent.")]
        entry = prepared.entry
        steps.append(Step("decide", f"{entry.action}: {entry.why}", {"before": entry.before, "after": entry.after}))
        return steps + await self._perform(prepared)

    async def _queue(self, candidate: Candidate) -> Work:
        """A row of its own run, as claimed: what goes wrong stays a task."""
        run = self._environment.ids()
        name = candidate.name or candidate.source
        await self._ledger.enqueue([Work("User", candidate.source, name, phase=Phase.UPDATE, run=run)])
        claimed = await self._ledger.claim(self._environment.now(), 1, run=run)
        return claimed[0]

    async def _perform(self, prepared: Prepared) -> list[Step]:
        steps: list[Step] = []

        def hear(request: Request, reply: Reply | None) -> None:
            query = f"?{request.query}" if request.query else ""
            steps.append(Step("request", f"{request.method} {request.path}{query}", masked(request.body)))
            steps.append(_answer(reply, request.body))

        sequence = (await self._ledger.begin([prepared.entry]))[0]
        self._transport.observer = hear
        try:
            outcome, _ = await self._execution.perform(prepared, sequence)
        finally:
            self._transport.observer = None
        await self._ledger.record([outcome])
        reason = f": {outcome.reason}" if outcome.reason else ""
        return [
            *steps,
            Step("outcome", f"{outcome.outcome}{reason}", {"target": outcome.target} if outcome.target else None),
        ]


def _match(candidate: Candidate) -> str:
    assignment, link = candidate.assignment, candidate.link
    if not candidate.version:
        who = f'"{candidate.name or candidate.source}" is not here any more'
    elif assignment is None:
        who = f'"{candidate.name}" is not assigned'
    else:
        who = f'"{candidate.name}" is assigned {"directly" if assignment.type == "User" else "by a group"}'
    if not candidate.active and candidate.version:
        who += ", but deactivated here"
    there = f'linked to "{link.target}" there ({link.state})' if link else "not linked to anybody there"
    return f"{who}; {there}."


def _answer(reply: Reply | None, body: Any) -> Step:
    if reply is None:
        return Step("answer", "no answer")
    shown = without_passwords(reply, body)
    try:
        content = masked(orjson.loads(shown.body)) if shown.body else None
    except orjson.JSONDecodeError:
        content = shown.body[:1000].decode(errors="replace")
    return Step("answer", str(shown.status), content)

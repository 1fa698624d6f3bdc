"""Plays suites against one server, each with names of its own, and leaves nothing behind."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from scimbridge.interop.contact import Contact
from scimbridge.interop.credentials import OTHER_TOKEN, Credentials
from scimbridge.interop.player import play
from scimbridge.interop.ports import HttpClient, Unreachable
from scimbridge.interop.result import StepResult
from scimbridge.interop.spec import play_spec, spec_variables
from scimbridge.interop.suite import Suite
from scimbridge.interop.token import TokenRefused
from scimbridge.interop.trail import Trail
from scimbridge.interop.variation import vary
from scimbridge.interop.verdict import Outcome

# Hears of each step as it is answered: the suite's name, how many steps it has, the result.
Watch = Callable[[str, int, StepResult], None]


@dataclass(frozen=True, slots=True)
class SpecTest:
    """Okta's export, with the random parts of its names: three digits and eight lower-case letters."""

    document: Any
    digits: str
    letters: str


@dataclass(frozen=True, slots=True)
class Check:
    """One run against one server. `read_only`: nothing is written; `keep`: what was made is not deleted."""

    contact: Contact
    client: HttpClient
    watch: Watch
    read_only: bool = False
    keep: bool = False

    async def suite(self, suite: Suite, tag: str) -> Outcome:
        """Plays one with `tag` in every name, or as it stands with ""."""
        chosen = self.prepare(suite, tag)
        total = len(chosen.steps)

        def start(client: HttpClient, credentials: Credentials) -> AsyncGenerator[StepResult]:
            return play(chosen, client, self.contact.base_url, credentials)

        outcome = Outcome(suite.name, suite.client, suite.evidence, (), len(suite.steps) - total)
        return await self._run(outcome, total, start)

    def prepare(self, suite: Suite, tag: str) -> Suite:
        """What of a suite is to be played, with the names that it is played with."""
        named = vary(suite, tag) if tag else suite
        given = named.given(*((OTHER_TOKEN,) if self.contact.other_token else ()))
        return given.without_writing() if self.read_only else given

    async def spec(self, test: SpecTest) -> Outcome:
        """Plays Okta's own test. Raises MalformedSuite."""

        def start(client: HttpClient, credentials: Credentials) -> AsyncGenerator[StepResult]:
            authorization = credentials.given.get("Authorization", "")
            variables = spec_variables(authorization, test.digits, test.letters)
            return play_spec(test.document, client, self.contact.base_url, variables)

        total = sum(step.get("step_type") == "request" for step in test.document["steps"])
        return await self._run(Outcome("okta-spec", "Okta's SPEC test", "PUBLISHED by Okta", ()), total, start)

    async def _run(
        self,
        outcome: Outcome,
        total: int,
        start: Callable[[HttpClient, Credentials], AsyncGenerator[StepResult]],
    ) -> Outcome:
        steps: list[StepResult] = []
        left: Sequence[str] = ()
        try:
            credentials = await self.contact.authorize(self.client)
        except (TokenRefused, Unreachable) as error:
            return _with(outcome, steps, left, str(error))
        trail = Trail(self.client, self.contact.base_url)
        trouble = ""
        try:
            async with aclosing(start(trail, credentials)) as played:
                async for result in played:
                    self.watch(outcome.suite, total, result)
                    if not steps and result.status is None:  # a server that is away is not asked a hundred times
                        trouble = result.failures[0]
                        break
                    steps.append(result)
        finally:
            if not self.keep:
                left = await trail.clean_up(credentials.given)
        return _with(outcome, steps, left, trouble)


def _with(outcome: Outcome, steps: Sequence[StepResult], left: Sequence[str], trouble: str) -> Outcome:
    return Outcome(outcome.suite, outcome.client, outcome.evidence, steps, outcome.skipped, left, trouble)

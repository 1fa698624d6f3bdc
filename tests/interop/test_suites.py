"""The bundled suites: our own server passes all of them, and each fault of a server is found by one."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scimbridge.adapters.http import HttpxClient
from scimbridge.interop.check import Check
from scimbridge.interop.contact import Contact
from scimbridge.interop.expectation import OPERATORS
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import bundled, load_bundled, parse_suite, read_document
from scimbridge.interop.verdict import Outcome, Verdict
from scimbridge.web.site import Options
from web.conftest import ORIGIN, Site
from web.loopback import Loopback

from .mutations import MUTATIONS, Answer, Ask, Fault, Mutant, Mutation, Server


async def no_fault(ask: Ask, server: Server) -> Answer:
    return await server(ask)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site(Options())
    yield site
    await site.http.aclose()


async def checked(site: Site, suite: Suite, fault: Fault = no_fault) -> tuple[Outcome, list[str]]:
    """What becomes of a suite, and the names of all that is left at the server."""
    mine, other = await site.realm("mine", passwordPolicy="store"), await site.realm("other")
    good, bad = mine.headers["Authorization"], other.headers["Authorization"]
    mutant = Mutant(site.app.answer, mine.base, fault, good, bad)
    contact = Contact(
        "mine", ORIGIN + mine.base, token=good.removeprefix("Bearer "), other_token=bad.removeprefix("Bearer ")
    )
    async with HttpxClient(transport=Loopback(mutant.answer)) as client:
        outcome = await Check(contact, client, lambda *_: None).suite(suite, "scimbridge-check-test")
    everything = (await mine.ask("GET", "?count=1000")).json()["Resources"]
    return outcome, [resource.get("userName") or resource["displayName"] for resource in everything]


@pytest.mark.parametrize("suite", bundled())
async def test_our_server_passes_and_nothing_is_left_there(site: Site, suite: str) -> None:
    outcome, left = await checked(site, load_bundled(suite))
    assert {step.number: step.failures for step in outcome.failed} == {}
    assert outcome.skipped == 0
    assert outcome.verdict is Verdict.WORKS
    assert (left, outcome.left) == ([], [])


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.sentence)
async def test_a_fault_is_found_and_said_to_break_what_it_breaks(site: Site, mutation: Mutation) -> None:
    outcome, _ = await checked(site, load_bundled(mutation.suite), mutation.fault)
    assert not outcome.passed
    assert mutation.purpose in {broken.removesuffix(" (in part)") for broken in outcome.broken}


def test_there_are_faults_enough_and_every_suite_finds_one() -> None:
    assert len(MUTATIONS) >= 25
    assert {mutation.suite for mutation in MUTATIONS} == set(bundled())


async def test_the_example_of_the_reference_plays_and_names_every_operator(site: Site) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/suites.md").read_text()
    found = re.search(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    outcome, left = await checked(site, parse_suite(read_document(found[1].encode())))
    assert (outcome.verdict, len(outcome.steps), left) == (Verdict.WORKS, 3, [])
    assert [operator for operator in OPERATORS if f"`{operator}`" not in page] == []

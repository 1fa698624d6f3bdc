"""Servers side by side: each fault of a server is found out, and one that has none is said to have none."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from scimbridge.adapters.http import HttpxClient
from scimbridge.interop.comparison import Comparison, Server, breakages, judge, rows
from scimbridge.interop.contact import Contact
from scimbridge.interop.questions import QUESTIONS
from scimbridge.interop.reports.comparison import comparison_document, comparison_html, comparison_markdown
from scimbridge.interop.speed import SPEEDS
from scimbridge.interop.suite_file import load_bundled
from scimbridge.web.site import Options
from web.conftest import ORIGIN, Site
from web.loopback import Loopback

from . import mutations
from .mutations import Answer, Ask, Fault, Mutant
from .mutations import Server as Served
from .server import Scripted

SUITES = [load_bundled("google")]


async def no_fault(ask: Ask, server: Served) -> Answer:
    return await server(ask)


async def no_filters(ask: Ask, server: Served) -> Answer:
    return await server(Ask(ask.method, ask.path, "", ask.headers, ask.body))


async def no_phones(ask: Ask, server: Served) -> Answer:
    answer = await server(ask)
    kept = isinstance(answer.body, dict) and "phoneNumbers" in answer.body
    return answer.but(phoneNumbers=[]) if kept else answer


async def no_bulk(ask: Ask, server: Served) -> Answer:
    return mutations.refuse(501) if ask.path == "/Bulk" else await server(ask)


async def no_versions(ask: Ask, server: Served) -> Answer:
    answer = await server(ask)
    return Answer(answer.status, {k: v for k, v in answer.headers.items() if k != "etag"}, answer.body)


async def no_order(ask: Ask, server: Served) -> Answer:
    return await server(Ask(ask.method, ask.path, ask.query.replace("sort", "x"), ask.headers, ask.body))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site(Options())
    yield site
    await site.http.aclose()


async def judged(site: Site, fault: Fault = no_fault) -> tuple[Server, list[str]]:
    """What is said of our server with a fault, and what is left there."""
    realm = await site.realm("acme", passwordPolicy="store")
    issued = await site.administration.clients("acme").create("okta", actor="test", roles=["manage-users"])
    token = realm.headers["Authorization"]
    contact = Contact(
        "ours",
        ORIGIN + realm.base,
        token=token.removeprefix("Bearer "),
        client_id="okta",
        client_secret=issued.secret or "",
        token_url=f"{ORIGIN}/realms/acme/protocol/openid-connect/token",
    )
    told: list[str] = []
    mutant = Mutant(site.app.answer, realm.base, fault, token, "")
    async with HttpxClient(transport=Loopback(mutant.answer)) as client:
        server = await judge(contact, client, SUITES, "scimbridge-check-test", told.append)
    assert "ours: paging" in told
    left = (await realm.ask("GET", "?count=1000")).json()["Resources"]
    return server, [resource.get("userName") or resource["displayName"] for resource in left]


async def test_a_server_without_a_fault_is_said_to_have_none_and_nothing_is_left_there(site: Site) -> None:
    server, left = await judged(site)
    assert left == []
    assert {one.question: one.answer for one in server.findings if one.good is False} == {
        "/Me": "no: 404 to this credential"
    }
    assert [one.question for one in server.findings if one.good is None] == ["password stored", *SPEEDS]
    cells = dict(rows([server]))
    assert cells["OAuth2 client credentials"] == cells["static bearer token"] == "yes"
    assert cells["filters"] == "eq, co, sw, ew, and, or, not, pr, gt, [ ]"
    assert cells["time of a create"].endswith(" ms")
    assert cells["suite google"] == "6 of 6: works"
    assert breakages(server) == []


@pytest.mark.parametrize(
    ("fault", "question", "words"),
    [
        (mutations.refuse_passwords, "password accepted in a create", "a create with it is 400 (no)"),
        (mutations.echo_the_password, "password never shown", "in clear"),
        (mutations.drop_external_ids, "externalId kept and found", "found nothing"),
        (mutations.only_add, "group sync by PATCH", "replacing all members"),
        (mutations.empty_the_group, "group sync by PATCH", "removing as Entra ID does"),
        (mutations.remove_nobody, "group sync by PATCH", "removing as Okta does"),
        (mutations.put_only_adds, "group sync by PUT", "a PUT with members"),
        (mutations.compare_with_case, "lookup by userName", "in capitals"),
        (mutations.hide_the_inactive, "deactivate", "does not find the user any more"),
        (mutations.refuse_without_a_path, "reactivate", "a PATCH of active is 400"),
        (mutations.say_errors_in_plain_text, "errors readable", "not JSON"),
        (mutations.say_numbers_as_text, "paging", "totalResults is "),
        (no_filters, "lookup by userName", "a lookup of nobody finds somebody"),
        (no_filters, "filters", "none"),
        (no_phones, "phone numbers kept", "found []"),
        (no_bulk, "Bulk", "501"),
        (no_versions, "ETag", "a read carries none"),
        (no_order, "sort", "descending order"),
    ],
)
async def test_each_fault_is_found_out(site: Site, fault: Fault, question: str, words: str) -> None:
    server, _ = await judged(site, fault)
    (finding,) = (finding for finding in server.findings if finding.question == question)
    assert finding.good is False
    assert words in finding.answer


async def test_a_server_that_does_not_answer_is_in_the_table_with_the_reason(site: Site) -> None:
    there, _ = await judged(site)
    away = await judge(Contact("away", "https://x", token="t"), Scripted(lambda _: None), SUITES, "t", lambda _: None)
    assert away.trouble
    assert all(line[2] == away.trouble for line in rows([there, away]))


async def test_every_format_has_every_question_and_what_breaks(site: Site) -> None:
    server, _ = await judged(site, mutations.want_scim_json)
    comparison = Comparison("1.2.3", datetime(2026, 1, 2, tzinfo=UTC), [server])
    assert any(line[0] == "google" for line in breakages(server))
    for text in (
        comparison_markdown(comparison),
        comparison_html(comparison),
        json.dumps(comparison_document(comparison)),
    ):
        assert all(question in text for question in (*QUESTIONS, *SPEEDS))
        assert "does not work" in text
        assert "415" in text
    assert comparison_markdown(comparison).startswith("Made by `scimbridge compare` 1.2.3 on 02 January 2026.")


def test_a_contact_keeps_its_secrets_to_itself() -> None:
    contact = Contact(
        "n",
        "https://x",
        token="t-secret",
        client_secret="c-secret",
        password="p-secret",
        other_token="o-secret",
        sign_in_secret="s-secret",
        headers={"X": "h-secret"},
    )
    assert "secret" not in repr(contact).replace("_secret", "")

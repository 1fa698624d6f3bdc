"""What a run comes to, and how it is told: no secret in any format, and nothing that a server says taken for markup."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scimbridge.interop.check import Check
from scimbridge.interop.contact import Contact
from scimbridge.interop.ports import Request
from scimbridge.interop.reports.machine import document, junit
from scimbridge.interop.reports.markdown import markdown
from scimbridge.interop.reports.page import html
from scimbridge.interop.reports.report import Report
from scimbridge.interop.suite_file import parse_suite
from scimbridge.interop.verdict import Outcome, Verdict

from .server import Answer, Scripted

TOKEN, PASSWORD = "the-token-of-the-test", "the-password-of-the-test"
EVIL = "<script>alert(1)</script> | `````` \x1b[31m ]]>"
PURPOSES = {
    "create": {"title": "Create", "wants": "A user.", "knownFrom": "a test", "fix": "Do it.", "vital": True},
    "group": {"title": "Groups", "consequence": "No groups."},
    "extra": {"title": "Extra", "required": False},
}
STEPS = [
    {
        "n": 1,
        "purpose": "create",
        "note": "make <b>one</b>",
        "request": {"method": "POST", "path": "/Users", "body": {"userName": "ada", "password": PASSWORD}},
        "expect": {"status": [201], "json": [["id", "notEmpty"]], "lacks": [PASSWORD]},
        "save": {"ada": "id"},
    },
    {
        "n": 2,
        "purpose": "group",
        "note": "a group",
        "request": {"method": "GET", "path": "/Groups"},
        "expect": {"status": [200]},
    },
    {
        "n": 3,
        "purpose": "group",
        "note": "of it",
        "request": {"method": "GET", "path": "/Users/${ada}"},
        "expect": {"status": [200]},
    },
    {
        "n": 4,
        "purpose": "extra",
        "note": "sort",
        "request": {"method": "GET", "path": "/Users", "query": "sortBy=x"},
        "expect": {"status": [200]},
    },
]
SUITE = parse_suite(
    {"name": "short", "client": "A client", "evidence": "MADE UP", "purposes": PURPOSES, "steps": STEPS}
)
FORMATS: dict[str, Callable[[Report], str]] = {
    "json": lambda report: json.dumps(document(report)),
    "junit": junit,
    "markdown": markdown,
    "html": html,
}


def answers(**status: int) -> Answer:
    """A server that is right but where it is said otherwise: `create`, `groups`, `read`, `sort`."""

    def answer(request: Request) -> tuple[int, Any]:
        if request.method == "POST":
            good = {"id": "1", "echo": EVIL, "password": PASSWORD} if "echo" in status else {"id": "1"}
            return status.get("create", 201), good if status.get("create", 201) == 201 else {"detail": EVIL}
        if request.method == "DELETE":
            return 204, None
        kind = "groups" if "/Groups" in request.url else "sort" if "sortBy" in request.url else "read"
        return status.get(kind, 200), {"detail": EVIL, "heard": request.headers["Authorization"]}

    return answer


async def outcome(status: dict[str, int], *, read_only: bool = False) -> Outcome:
    contact = Contact("it", "https://scim.example.test/v2", token=TOKEN)
    return await Check(contact, Scripted(answers(**status)), lambda *_: None, read_only).suite(SUITE, "")


async def report(**status: int) -> Report:
    played = [await outcome(status)]
    return Report("https://scim.example.test/v2", "1.2.3", datetime(2026, 1, 2, tzinfo=UTC), played)


@pytest.mark.parametrize(
    ("status", "verdict", "passed", "summary"),
    [
        ({}, Verdict.WORKS, True, "works"),
        ({"create": 500}, Verdict.FAILS, False, "does not work"),
        ({"groups": 404}, Verdict.LIMITED, False, "works with limits, not: Groups"),
        ({"sort": 400}, Verdict.LIMITED, True, "works with limits, not: Extra (optional)"),
        ({"sort": 400, "groups": 404}, Verdict.LIMITED, False, "works with limits, not: Groups; Extra (optional)"),
    ],
)
async def test_the_verdict_follows_from_what_broke(
    status: dict[str, int], verdict: Verdict, passed: bool, summary: str
) -> None:
    found = await outcome(status)
    assert (found.verdict, found.passed, found.summary) == (verdict, passed, summary)


async def test_a_step_that_could_not_be_sent_is_told_from_one_that_failed() -> None:
    played = (await outcome({"create": 500})).steps
    assert [(step.number, step.reached, step.good) for step in played] == [
        (1, True, False),
        (2, True, True),
        (3, False, False),
        (4, True, True),
    ]


async def test_a_server_that_is_away_is_asked_once_and_the_reason_said() -> None:
    client = Scripted(lambda _: None)
    found = await Check(Contact("it", "https://x", token=TOKEN), client, lambda *_: None).suite(SUITE, "")
    assert len(client.requests) == 1
    assert (found.verdict, found.passed, found.summary) == (Verdict.FAILS, False, "no reply: refused")


async def test_without_writing_nothing_behind_the_first_write_is_tried() -> None:
    found = await outcome({}, read_only=True)
    assert (found.steps, found.skipped, found.summary) == ([], 4, "not tried")


@pytest.mark.parametrize("format_", FORMATS)
async def test_no_format_shows_a_secret(format_: str) -> None:
    text = FORMATS[format_](await report(echo=1, groups=404))
    assert TOKEN not in text
    assert PASSWORD not in text
    assert "***" in text


@pytest.mark.parametrize("format_", FORMATS)
async def test_every_format_tells_step_reply_and_remedy(format_: str) -> None:
    text = FORMATS[format_](await report(create=500))
    for words in ("status 500, expected 201", "A user.", "a test", "Do it."):
        assert words in text, words


async def test_junit_counts_what_is_not_required_as_skipped_and_parses() -> None:
    root = ET.fromstring(junit(await report(create=500, sort=400)))  # noqa: S314 (our own)
    (suite,) = root
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4",
        "failures": "2",
        "skipped": "1",
        "errors": "0",
    }
    assert [[child.tag for child in case] for case in suite] == [["failure"], [], ["failure"], ["skipped"]]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]


async def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    text = html(await report(create=500))
    tags = Tags()
    tags.feed(text)
    assert not {"script", "link", "img", "iframe", "b"} & set(tags.seen)
    assert "src" not in tags.attributes
    assert not re.search(r"url\(|@import", text)
    assert "&lt;script&gt;" in text


async def test_a_server_cannot_end_a_block_or_a_table_of_markdown() -> None:
    text = markdown(await report(create=500))
    for fence in re.findall(r"^(`{3,})http\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL):
        assert fence[0] not in fence[1]
    assert "`" * 7 in text
    columns = [line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")]
    assert set(columns) == {5}

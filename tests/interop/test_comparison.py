"""Servers side by side: each fault of a server is found out, and one that has none is said to have none."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scimbridge.interop.comparison import Verdict, breakages, judge, markdown, rows
from scimbridge.interop.contact import Contact
from scimbridge.interop.ports import Request
from scimbridge.interop.suite import parse_suite

from .server import Scripted

BASE = "https://scim.example.test/v2"
CONTACT = Contact("one", BASE, token="the-token")
READ = {"note": "read", "request": {"method": "GET", "path": "/Groups/${id}"}, "expect": {"status": [200]}}
MAKE = {"note": "make", "request": {"method": "POST", "path": "/Groups"}, "expect": {"status": [201]}}
STEPS = [MAKE | {"n": 1, "save": {"id": "identity"}}, READ | {"n": 2}, READ | {"n": 3}]
CONVERSATION = parse_suite({"name": "short", "defaultHeaders": {}, "steps": STEPS})


class Store:
    """A server that does what the probes ask, but for the faults it is given."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        self.resources: dict[str, dict[str, Any]] = {}

    def answer(self, request: Request) -> tuple[int, Any] | None:
        if request.headers.get("Authorization") != "Bearer the-token":
            return 401, None
        url = urlsplit(request.url)
        path = url.path.removeprefix("/v2")
        body = json.loads(request.body) if request.body else {}
        if path == "/ServiceProviderConfig":
            return 200, {"patch": {"supported": True}, "bulk": {"supported": False}}
        if request.method == "POST":
            return self.create(path, body)
        if request.method == "GET" and path in {"/Users", "/Groups"}:
            wanted = parse_qs(url.query).get("filter", ['x eq "y"'])[0]
            name, value = wanted.split(" eq ")
            found = [user for user in self.resources.values() if user.get(name) == json.loads(value)]
            return 200, {"totalResults": len(found), "Resources": found}
        return self.touch(request.method, path, body)

    def create(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if "refuses passwords" in self.faults and "password" in body:
            return 400, {"detail": "no passwords here"}
        id_ = str(len(self.resources) + 1)
        dropped = {"externalId"} if "drops externalId" in self.faults else set[str]()
        kept = {name: value for name, value in body.items() if name not in dropped | {"password"}}
        self.resources[f"{path}/{id_}"] = kept | {"id": id_}
        return 201, (body if "echoes" in self.faults else kept) | {"id": id_}

    def touch(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path not in self.resources:
            return 404, None
        if method == "DELETE":
            del self.resources[path]
            return 204, None
        if method == "PUT":
            self.resources[path] |= body
        for operation in body.get("Operations", []):
            self.patch(self.resources[path], operation)
        return 200, self.resources[path]

    def patch(self, resource: dict[str, Any], operation: dict[str, Any]) -> None:
        path, value = operation.get("path"), operation.get("value", [])
        if path is None:
            resource |= value
        elif operation["op"] == "replace" and "replace only adds" not in self.faults:
            resource["members"] = value
        elif operation["op"] == "remove":
            ids = [member["value"] for member in value] or [path.split('"')[1]]
            resource["members"] = [member for member in resource["members"] if member["value"] not in ids]
        else:
            resource["members"] = [*resource["members"], *value]


async def verdict_on(store: Store, contact: Contact = CONTACT) -> Verdict:
    told: list[str] = []
    verdict = await judge(contact, Scripted(store.answer), [CONVERSATION], "tag", told.append)
    assert told
    return verdict


def cell(verdict: Verdict, question: str) -> str:
    return next(answer for asked, answer in rows([verdict]) if asked == question)


async def test_a_server_without_a_fault_is_said_to_have_none() -> None:
    store = Store()
    verdict = await verdict_on(store)
    assert {finding.question for finding in verdict.findings if finding.good is False} == set()
    assert cell(verdict, "ways in") == "static bearer token"
    assert cell(verdict, "says it supports") == "patch"
    assert cell(verdict, "stores the password").startswith("not tried")
    assert [path for path, left in store.resources.items() if "probe" in json.dumps(left).lower()] == []


@pytest.mark.parametrize(
    ("fault", "question", "words"),
    [
        ("refuses passwords", "takes a create with `password`", "400 (no passwords here)"),
        ("echoes", "shows the password", "in clear"),
        ("drops externalId", "user sync", "externalId"),
        ("replace only adds", "group sync", "replacing all members"),
    ],
)
async def test_each_fault_is_found_out(fault: str, question: str, words: str) -> None:
    verdict = await verdict_on(Store(fault))
    (finding,) = (finding for finding in verdict.findings if finding.question == question)
    assert finding.good is False
    assert words in finding.answer


async def test_a_cause_stands_once_with_all_its_steps() -> None:
    verdict = await verdict_on(Store())
    assert cell(verdict, "conversation short") == "1 of 3"
    assert breakages(verdict) == [["short", "2, 3", "read", "cannot go on: an earlier request had to give an id"]]


async def test_a_server_that_does_not_answer_is_in_the_table_with_the_reason() -> None:
    client = Scripted(lambda _: None)
    there, away = await verdict_on(Store()), await judge(CONTACT, client, [CONVERSATION], "tag", lambda _: None)
    assert away.trouble
    assert all(line[2] == away.trouble for line in rows([there, away]))


async def test_markdown_is_one_table_and_one_for_each_server_with_breakages() -> None:
    page = markdown([await verdict_on(Store())])
    first, _, second = page.partition("### What breaks: one")
    assert first.startswith("|  | one |\n| --- | --- |\n| ways in |")
    assert "| short | 2, 3 | read |" in second


def test_a_contact_keeps_its_secrets_to_itself() -> None:
    contact = Contact("n", BASE, token="t-secret", client_secret="c-secret", sign_in_secret="s-secret")
    assert "secret" not in repr(contact).replace("_secret", "")

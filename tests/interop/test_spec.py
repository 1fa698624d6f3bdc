import json
from pathlib import Path
from typing import Any

import pytest

from scimbridge.interop.ports import Request
from scimbridge.interop.result import StepResult
from scimbridge.interop.spec import is_spec, play_spec, spec_variables
from scimbridge.interop.suite_file import MalformedSuite

from .server import Answer, Scripted

OKTA = Path(__file__).parents[1] / "vectors" / "okta" / "Okta-SCIM-20-SPEC-Test.json"
VARIABLES = spec_variables("Bearer t", "123", "abcdefgh")


def request_step(url: str = "{{SCIMBaseURL}}/Users", **rest: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"assertions": [], "variables": [], "scripts": [], "before_scripts": []}
    headers = {"Authorization": ["{{auth}}"]}
    return {"step_type": "request", "method": "GET", "url": url, "headers": headers} | empty | rest


async def results(answer: Answer, *steps: dict[str, Any]) -> tuple[list[StepResult], Scripted]:
    client = Scripted(answer)
    played = play_spec({"steps": list(steps)}, client, "https://h/v2", VARIABLES)
    return [result async for result in played], client


def test_an_export_is_told_from_a_conversation() -> None:
    assert is_spec(json.loads(OKTA.read_bytes()))
    assert not is_spec({"steps": [{"n": 1}]})
    assert not is_spec([])


async def test_requests_are_sent_filled_and_encoded_and_pauses_are_left_out() -> None:
    played, client = await results(
        lambda _: (200, {"id": "7"}),
        request_step(variables=[{"source": "response_json", "name": "it", "property": "id"}]),
        {"step_type": "pause", "duration": 5},
        request_step('{{SCIMBaseURL}}/Users/{{it}}?filter=userName eq "{{randomEmail}}"', method="POST", body="{{it}}"),
    )
    assert [result.number for result in played] == [1, 3]
    assert client.requests[1] == Request(
        "POST",
        "https://h/v2/Users/7?filter=userName%20eq%20%22runscope123abcdefgh123@atko.com%22",
        {"Authorization": "Bearer t"},
        b"7",
    )


@pytest.mark.parametrize(
    ("comparison", "source", "property_name", "value", "holds"),
    [
        ("equal_number", "response_status", None, "200", True),
        ("equal_number", "response_status", None, "201", False),
        ("equal_number", "response_json", "n", "1", True),
        ("equal_number", "response_json", "t", "1", False),
        ("equal", "response_json", "n", "1", True),
        ("equal", "response_json", "yes", "true", True),
        ("equal", "response_json", "t", "{{randomGivenName}}", True),
        ("equal", "response_json", "none", "1", False),
        ("not_empty", "response_json", "t", None, True),
        ("not_empty", "response_json", "list", None, True),
        ("not_empty", "response_json", "void", None, False),
        ("not_empty", "response_json", "none", None, False),
        ("has_value", "response_json", "list", "a", True),
        ("has_value", "response_json", "list", "b", False),
        ("has_value", "response_json", "t", "a", False),
        ("contains", "response_json", "list", "a", True),
        ("contains", "response_json", "t", "scope", True),
        ("contains", "response_json", "list", "scope", False),
        ("is_a_number", "response_json", "n", None, True),
        ("is_a_number", "response_json", "yes", None, False),
        ("is_less_than", "response_time", None, "600", True),
        ("is_less_than", "response_time", None, "5", False),
        ("is_like", "response_json", "n", "1", False),
        ("equal", "response_headers", "n", "1", False),
    ],
)
async def test_an_assertion_holds_or_does_not(
    comparison: str, source: str, property_name: str | None, value: str | None, holds: bool
) -> None:
    document = {"n": 1, "t": "Runscope123", "yes": True, "list": ["a"], "void": []}
    assertion = {"comparison": comparison, "source": source, "value": value, "property": property_name}
    played, _ = await results(lambda _: (200, document), request_step(assertions=[assertion]))
    assert played[0].good == holds


@pytest.mark.parametrize(
    ("script", "reply", "holds"),
    [
        ("Array.isArray(res)", {"totalResults": 0}, True),
        ("Array.isArray(res)", {"totalResults": 1, "Resources": []}, True),
        ("Array.isArray(res)", {"totalResults": 1}, False),
        ("assert(false)", {}, False),
        (" ", {}, True),
    ],
)
async def test_the_one_script_of_the_test_is_known_and_others_are_not_passed_over(
    script: str, reply: Any, holds: bool
) -> None:
    played, _ = await results(lambda _: (200, reply), request_step(scripts=[script]))
    assert played[0].good == holds


@pytest.mark.parametrize("answer", [None, (200, b"<html>")])
async def test_a_server_that_gives_no_json_fails_the_step(answer: tuple[int, Any] | None) -> None:
    played, _ = await results(lambda _: answer, request_step())
    assert not played[0].good


async def test_a_file_that_asks_other_servers_is_refused_before_anything_is_sent() -> None:
    client = Scripted(lambda _: (200, {}))
    document = {"steps": [request_step(), request_step("https://example.okta.com/api/v1/users")]}
    with pytest.raises(MalformedSuite, match="step 2"):
        _ = [result async for result in play_spec(document, client, "https://h", VARIABLES)]
    assert not client.requests

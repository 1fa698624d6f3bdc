import json
from typing import Any

import pytest

from scimbridge.interop.credentials import Credentials, bearer
from scimbridge.interop.player import play
from scimbridge.interop.result import StepResult
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import MalformedSuite, parse_suite

from .server import Answer, Scripted

BASE = "https://scim.example.test/v2/"


def suite(*steps: dict[str, Any]) -> Suite:
    headers = {
        "Authorization": "Bearer ${token}",
        "User-Agent": "(varies)",
        "Content-Type (only when there is a body)": "application/scim+json",
    }
    return parse_suite({"name": "n", "defaultHeaders": headers, "steps": list(steps)})


def step(n: int, method: str = "GET", path: str = "/Users", **rest: Any) -> dict[str, Any]:
    request = {key: rest.pop(key) for key in ("query", "body", "bodyFrom", "headers", "credential") if key in rest}
    expect = {"status": rest.pop("status", [200]), "json": rest.pop("json", [])}
    expect |= {key: rest.pop(key) for key in ("limits", "lacks") if key in rest}
    return {"n": n, "request": {"method": method, "path": path, **request}, "expect": expect, **rest}


async def results(answer: Answer, *steps: dict[str, Any]) -> tuple[list[StepResult], Scripted]:
    client = Scripted(answer)
    played = [result async for result in play(suite(*steps), client, BASE, Credentials(bearer("the-token")))]
    return played, client


async def test_a_request_goes_out_as_the_file_says() -> None:
    _, client = await results(
        lambda _: (200, {}), step(1, query="a=%20b"), step(2, "POST", body={"x": "é"}, headers={"Authorization": "w"})
    )
    get, post = client.requests
    assert (get.method, get.url) == ("GET", "https://scim.example.test/v2/Users?a=%20b")
    assert get.headers == {"Authorization": "Bearer the-token"}
    assert get.body is None
    assert post.headers == {"Authorization": "w", "Content-Type": "application/scim+json"}
    assert json.loads(post.body or b"") == {"x": "é"}


async def test_saved_values_go_into_paths_bodies_and_expectations() -> None:
    played, client = await results(
        lambda request: (200, {"id": "a/b"} if request.method == "POST" else {"id": "a/b", "ids": ["a/b"]}),
        step(1, "POST", body={}, save={"it": "id"}),
        step(2, path="/Users/${it}", query='filter=id+eq+"${it}"', json=[["ids", "setEquals", ["${it}"]]]),
        step(3, "PUT", body={"value": ["${it}"]}),
    )
    assert [result.failures for result in played] == [(), (), ()]
    assert client.requests[1].url.endswith('/Users/a%2Fb?filter=id+eq+"a%2Fb"')
    assert json.loads(client.requests[2].body or b"") == {"value": ["a/b"]}


async def test_a_body_is_made_from_an_earlier_reply() -> None:
    _, client = await results(
        lambda _: (200, {"id": "1", "active": True, "more": {}}),
        step(1),
        step(2, "PUT", bodyFrom={"step": 1, "set": {"active": False}}),
    )
    assert json.loads(client.requests[1].body or b"") == {"id": "1", "active": False, "more": {}}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ((400, {"detail": "no."}), "status 400, expected 200 or 204 (no.)"),
        ((500, b"<html>"), "status 500, expected 200 or 204"),
        ((200, b"<html>"), "the body is not JSON"),
        ((200, {"a": 2}), "a: expected equals 1, found 2"),
        (None, "no reply: refused"),
    ],
)
async def test_what_is_not_as_expected_is_said(answer: tuple[int, Any] | None, failure: str) -> None:
    played, _ = await results(lambda _: answer, step(1, status=[200, 204], json=[["a", "equals", 1]]))
    assert played[0].failures == (failure,)
    assert not played[0].good


async def test_a_reply_without_a_body_is_judged_by_its_status_alone() -> None:
    played, _ = await results(lambda _: (204, None), step(1, status=[204], json=[["a", "equals", 1]]))
    assert played[0].good


async def test_a_step_that_lacks_what_an_earlier_one_gives_is_not_sent() -> None:
    played, client = await results(
        lambda _: (404, {}),
        step(1, save={"it": "id"}),
        step(2, path="/Users/${it}"),
        step(3, "PUT", bodyFrom={"step": 1}),
    )
    assert [result.failures[0] for result in played[1:]] == [
        "needs ${it}, which no earlier step gave",
        "needs the reply of step 1, which gave no JSON object",
    ]
    assert [result.status for result in played] == [404, None, None]
    assert len(client.requests) == 1


async def test_what_a_client_can_live_without_does_not_stop_it() -> None:
    played, _ = await results(
        lambda _: (200, {"a": 1}),
        step(1, json=[["a", "equals", 1]], limits=[["b", "equals", 2]]),
        step(2, json=[["a", "equals", 2]], limits=[["b", "equals", 2]]),
    )
    assert [(result.good, result.stops, len(result.failures)) for result in played] == [
        (False, False, 1),
        (False, True, 1),
    ]


async def test_a_reply_that_is_asked_for_what_nobody_gave_is_judged_by_the_rest() -> None:
    lacking = [["b", "equals", "${it}"]]
    played, client = await results(
        lambda _: (200, {"a": 1}), step(1, json=lacking), step(2, json=[["a", "equals", 2], *lacking])
    )
    assert len(client.requests) == 2
    assert [(result.reached, result.stops) for result in played] == [(False, False), (True, True)]
    assert played[1].failures == ("a: expected equals 2, found 1",)


async def test_what_proves_a_success_is_left_out_where_there_was_none() -> None:
    played, _ = await results(
        lambda request: (200 if request.method == "PUT" else 400, {}),
        step(1, "PUT", body={}),
        step(2, "PATCH", body={}, status=[200, 400]),
        step(3, status=[400], ifSucceeded=1),
        step(4, status=[400], ifSucceeded=2),
    )
    assert [result.number for result in played] == [1, 2, 3]


async def test_a_text_that_must_not_be_shown_is_found_wherever_it_stands() -> None:
    played, _ = await results(
        lambda _: (200, {"x": ["a secret word"]}), step(1, lacks=["secret"]), step(2, lacks=["no"])
    )
    assert [result.failures for result in played] == [('the reply shows "secret"',), ()]


async def test_a_body_that_is_a_text_is_sent_as_it_stands() -> None:
    _, client = await results(lambda _: (200, {}), step(1, "POST", body='{"half'))
    assert client.requests[0].body == b'{"half'


async def test_a_step_says_whose_credential_it_comes_with() -> None:
    _, client = await results(
        lambda _: (200, {}), step(1, credential="none"), step(2, credential="wrong"), step(3, credential="given")
    )
    sent = [request.headers.get("Authorization") for request in client.requests]
    assert sent[0] is None
    assert sent[1] is not None
    assert sent[1].startswith("Bearer ")
    assert "the-token" not in sent[1]
    assert sent[2] == "Bearer the-token"


async def test_a_reply_without_the_body_that_it_must_have_is_a_failure() -> None:
    played, _ = await results(lambda _: (200, None), step(1, json=[["a", "notEmpty", None]]))
    assert played[0].failures == ("the reply has no body",)


def test_steps_in_flight_together_make_one_group() -> None:
    steps = (step(1), step(2, parallelWith=[2, 3]), step(3, parallelWith=[2, 3]), step(4))
    groups = suite(*steps).groups()
    assert [[one.number for one in group] for group in groups] == [[1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "not of the shape"),
        ({"defaultHeaders": {}, "steps": []}, "has no 'name'"),
        ({"name": "n", "defaultHeaders": {}, "steps": [{"n": 7}]}, "step 7: 'request'"),
        ({"name": "n", "defaultHeaders": {}, "steps": ["x"]}, r"step \?"),
        ({"name": "n", "defaultHeaders": {}, "steps": [step(3, json=[["a", "is", 1]])]}, "step 3: no operator 'is'"),
        ({"name": "n", "steps": [step(3, purpose="p")]}, "step 3: no purpose 'p'"),
        ({"name": "n", "steps": [step(3, credential="mine")]}, "step 3: no credential 'mine'"),
        ({"name": "n", "steps": [step(3, required="yes")]}, "step 3: required is to be true or false"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_with_the_place(document: Any, message: str) -> None:
    with pytest.raises(MalformedSuite, match=message):
        parse_suite(document)

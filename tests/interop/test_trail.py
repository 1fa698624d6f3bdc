"""What a check makes is deleted again, whatever becomes of the check."""

import asyncio
import json
from typing import Any

import pytest

from scimbridge.interop.ports import Reply, Request, Unreachable
from scimbridge.interop.trail import AGENT, Trail

from .server import Scripted

BASE = "https://scim.example.test/v2"


def post(path: str = "/Users") -> Request:
    return Request("POST", BASE + path, {}, b"{}")


def deleted(client: Scripted) -> list[str]:
    return [one.url.removeprefix(BASE) for one in client.requests if one.method == "DELETE"]


async def test_what_was_created_is_deleted_the_newest_first_under_our_own_name() -> None:
    ids = iter(["1", "2/3"])
    client = Scripted(lambda request: (201, {"id": next(ids)}) if request.method == "POST" else (204, None))
    trail = Trail(client, BASE + "/")
    await trail.send(post())
    await trail.send(post("/Groups"))
    assert await trail.clean_up({"Authorization": "Bearer x"}) == []
    assert deleted(client) == ["/Groups/2%2F3", "/Users/1"]
    assert client.requests[-1].headers == {"Authorization": "Bearer x", "User-Agent": AGENT}
    assert await trail.clean_up({}) == []
    assert len(client.requests) == 4


@pytest.mark.parametrize(
    ("path", "status", "document"),
    [
        ("/Users", 400, {"id": "1"}),
        ("/Users", 201, {"no": "id"}),
        ("/Users", 201, b"<html>"),
        ("/Users/.search", 200, {"id": "1"}),
    ],
)
async def test_what_made_nothing_leads_to_no_deletion(path: str, status: int, document: Any) -> None:
    client = Scripted(lambda _: (status, document))
    trail = Trail(client, BASE)
    await trail.send(post(path))
    await trail.clean_up({})
    assert deleted(client) == []


async def test_what_the_suite_has_deleted_is_not_deleted_again() -> None:
    client = Scripted(lambda request: (201, {"id": "1"}) if request.method == "POST" else (204, None))
    trail = Trail(client, BASE)
    await trail.send(post())
    await trail.send(Request("DELETE", f"{BASE}/Users/1"))
    await trail.clean_up({})
    assert deleted(client) == ["/Users/1"]


async def test_what_a_bulk_request_made_is_deleted_too() -> None:
    made = {"Operations": [{"method": "POST", "location": "https://elsewhere.test/x/Users/7"}, {"method": "PUT"}]}
    client = Scripted(lambda request: (200, made) if request.method == "POST" else (204, None))
    trail = Trail(client, BASE)
    await trail.send(post("/Bulk"))
    await trail.clean_up({})
    assert deleted(client) == ["/Users/7"]


@pytest.mark.parametrize(("answer", "left"), [((404, {}), False), ((403, {}), True), (None, True)])
async def test_what_cannot_be_deleted_is_told(answer: tuple[int, Any] | None, left: bool) -> None:
    client = Scripted(lambda request: (201, {"id": "1"}) if request.method == "POST" else answer)
    trail = Trail(client, BASE)
    await trail.send(post())
    assert await trail.clean_up({}) == ([f"{BASE}/Users/1"] if left else [])


class Waiting:
    """Answers a POST only when it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.deleted: list[str] = []

    async def send(self, request: Request) -> Reply:
        if request.method == "DELETE":
            self.deleted.append(request.url)
            return Reply(204, b"", 0)
        self.asked.set()
        await self.go.wait()
        return Reply(201, json.dumps({"id": "late"}).encode(), 0)


async def test_a_create_that_is_interrupted_in_flight_leaves_nothing() -> None:
    client = Waiting()
    trail = Trail(client, BASE)
    sending = asyncio.create_task(trail.send(post()))
    await client.asked.wait()
    sending.cancel()
    client.go.set()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await trail.clean_up({})
    assert client.deleted == [f"{BASE}/Users/late"]


async def test_no_reply_is_said_as_by_the_client_itself() -> None:
    with pytest.raises(Unreachable):
        await Trail(Scripted(lambda _: None), BASE).send(post())

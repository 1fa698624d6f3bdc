"""Two server processes on one file, and clients that all write to one group at once, as Okta and Entra ID do."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from .server import Installation, running
from .writers import patch

pytestmark = pytest.mark.slow

PEOPLE = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """The base URLs of one realm at two processes."""

    bases: tuple[str, str]
    token: str

    async def send(self, requests: list[tuple[str, str, dict[str, Any], dict[str, str]]]) -> list[httpx.Response]:
        """All at once, by turns to one process and the other."""
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=30) as http:
            return await asyncio.gather(
                *(
                    http.request(method, base + path, json=body, headers=headers)
                    for base, (method, path, body, headers) in zip(cycle(self.bases), requests, strict=False)
                )
            )

    async def make(self, path: str, *bodies: dict[str, Any]) -> list[str]:
        replies = await self.send([("POST", path, body, {}) for body in bodies])
        return [reply.raise_for_status().json()["id"] for reply in replies]

    def read(self, process: int, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.get(self.bases[process] + path, headers=headers).raise_for_status().json()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    installation = Installation(Path(tmp_path_factory.mktemp("pair")))
    installation.command("realm", "create", "acme", "--password-policy", "ignore")
    token = installation.command("token", "create", "acme", "both")
    with running(installation) as first, running(installation) as second:
        yield Pair((first.scim("acme"), second.scim("acme")), token)


def members(group: Any) -> set[str]:
    return {member["value"] for member in group.get("members", [])}


async def test_no_member_is_lost_when_all_are_added_at_once(pair: Pair) -> None:
    people = await pair.make("/Users", *({"userName": f"add-{n}"} for n in range(PEOPLE)))
    (group,) = await pair.make("/Groups", {"displayName": "added"})
    add = [patch({"op": "add", "path": "members", "value": [{"value": id_}]}) for id_ in people]
    replies = await pair.send([("PATCH", f"/Groups/{group}", body, {}) for body in add])
    assert {reply.status_code for reply in replies} == {200}
    for process in (0, 1):
        assert members(pair.read(process, f"/Groups/{group}")) == set(people)


async def test_adding_and_removing_at_once_touches_only_what_is_named(pair: Pair) -> None:
    people = await pair.make("/Users", *({"userName": f"mix-{n}"} for n in range(PEOPLE)))
    stay, leave, come = people[:20], people[20:40], people[40:]
    (group,) = await pair.make(
        "/Groups", {"displayName": "mixed", "members": [{"value": id_} for id_ in (*stay, *leave)]}
    )
    edits = [patch({"op": "remove", "path": f'members[value eq "{id_}"]'}) for id_ in leave]
    edits += [patch({"op": "add", "path": "members", "value": [{"value": id_}]}) for id_ in come]
    replies = await pair.send([("PATCH", f"/Groups/{group}", body, {}) for body in edits])
    assert {reply.status_code for reply in replies} == {200}
    assert members(pair.read(1, f"/Groups/{group}")) == {*stay, *come}


async def test_of_many_writers_with_one_version_exactly_one_wins(pair: Pair) -> None:
    (user,) = await pair.make("/Users", {"userName": "contested"})
    version = {"If-Match": 'W/"1"'}
    titles = [patch({"op": "replace", "path": "title", "value": f"t{n}"}) for n in range(20)]
    replies = await pair.send([("PATCH", f"/Users/{user}", body, version) for body in titles])
    assert sorted(reply.status_code for reply in replies) == [200] + [412] * 19
    (winner,) = (reply.json() for reply in replies if reply.status_code == 200)
    assert pair.read(0, f"/Users/{user}") | {"meta": None} == winner | {"meta": None}


async def test_of_many_creates_with_one_user_name_exactly_one_wins(pair: Pair) -> None:
    replies = await pair.send([("POST", "/Users", {"userName": name}, {}) for name in ["twin", "TWIN"] * 10])
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 19
    assert pair.read(1, '/Users?filter=userName eq "twin"')["totalResults"] == 1

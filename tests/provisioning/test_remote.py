"""Another SCIM server as a source."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scimbridge.adapters.sqlite.database import Database
from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused
from scimbridge.provisioning.sources.remote import RemotePeople

from .engine_target import FakeTarget
from .import_site import ImportSite

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ADA: dict[str, Any] = {
    "id": "t1",
    "userName": "ada@example.test",
    "externalId": "theirs",
    "name": {"givenName": "Ada", "familyName": "Moss"},
    "emails": [{"value": "home@x.test", "type": "home"}, {"value": "ada@x.test", "primary": True, "type": "work"}],
    "active": False,
    "title": "Countess",
    "groups": [{"value": "g1"}],
    "meta": {"version": 'W/"7"'},
    ENTERPRISE: {"department": "Math"},
}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "directory.db")
    yield database
    await database.close()


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget({"t1": dict(ADA)}, {"g1": {"id": "g1", "displayName": "Blue"}}, {"g1": {"t1", "elsewhere"}})


@pytest.fixture
async def site(database: Database, target: FakeTarget) -> ImportSite:
    connection = Connection("https://old.example.test/scim/v2")
    return await ImportSite(database, RemotePeople(target, with_groups=True), scim=connection).begin()


async def test_people_and_groups_are_here_as_they_are_there_without_what_is_the_servers_own(site: ImportSite) -> None:
    assert (await site.run()).problems == []
    ada = site.find("ada@example.test")
    assert {key: ada[key] for key in ("name", "active", "title", ENTERPRISE)} == {
        "name": {"givenName": "Ada", "familyName": "Moss"},
        "active": False,
        "title": "Countess",
        ENTERPRISE: {"department": "Math"},
    }
    assert ada["emails"] == [
        {"primary": True, "value": "ada@x.test", "type": "work"},
        {"value": "home@x.test", "type": "home"},
    ]
    assert {"externalId", "groups", "meta"}.isdisjoint(ada)
    assert await site.members("Blue") == {"ada@example.test"}
    assert (await site.plan()).items == []


async def test_changes_and_leavers_follow(site: ImportSite, target: FakeTarget) -> None:
    target.users["t2"] = {"id": "t2", "userName": "bo"}
    await site.run()
    del target.users["t2"], target.users["t1"]["title"]
    target.users["t1"]["active"] = True
    assert (await site.run()).done == {"update user": 1, "deactivate user": 1}
    ada = site.find("ada@example.test")
    assert (ada["active"], "title" in ada, site.find("bo")["active"]) == (True, False, False)


async def test_a_server_that_does_not_tell_members_takes_nobody_out(site: ImportSite, target: FakeTarget) -> None:
    await site.run()

    def refuse(event: str) -> None:
        if event.startswith("members"):
            raise TargetRefused("The target does not tell who is in a group.")

    target.fail = refuse
    target.joined["g1"] = set()
    plan = await site.plan()
    assert (plan.items, plan.notes) == ([], ["The target does not tell who is in a group."])


async def test_pages_that_do_not_add_up_import_nothing(site: ImportSite, target: FakeTarget) -> None:
    def refuse(_: str) -> None:
        raise TargetMisbehaved("The list Users says that there are 7, and gives 3.")

    target.fail = refuse
    with pytest.raises(TargetMisbehaved):
        await site.run()
    assert await site.everybody() == 0


async def test_groups_may_be_left_out(target: FakeTarget) -> None:
    reading = await RemotePeople(target, with_groups=False).read("")
    assert [row.type for row in reading.rows] == ["User"]
    assert target.calls == ["list User"]

"""People and teams of a realm that change all the time, and what is to be at a target because of them."""

import asyncio
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.directory.ports import Actor, AddMembers, Change, New, RemoveMembers
from scimbridge.scim.core import CORE
from scimbridge.wiring.sources import new_id, now

EVERYBODY, TEAM = "everybody", "team"
_ACTOR = Actor("staff")
_USER, _GROUP = (f"urn:ietf:params:scim:schemas:core:2.0:{kind}" for kind in ("User", "Group"))
# Few, so that what is changed is often changed back before anybody knows that it was.
_NAMES = ("Ada", "Bo")


class Staff:
    """Changes the directory of a realm at random, each time the same for the same seed, as another process would.

    `people`: what each has by id; `teams`: names by id, and `members` the ids in each. All of it as it is now.
    """

    def __init__(self, database: Path, realm: str, seed: int) -> None:
        self._file, self._realm = database, realm
        self._chance = random.Random(seed)  # noqa: S311 (no secret)
        self._hired = 0
        self._everybody = ""
        self.people: dict[str, dict[str, Any]] = {}
        self.teams: dict[str, str] = {}
        self.members: dict[str, set[str]] = {}

    def begin(self, people: int, teams: int) -> None:
        asyncio.run(self._in_directory(lambda directory: self._begin(directory, people, teams)))

    def change(self, hired: int) -> None:
        """So many come; some are renamed, leave, come back, change teams; a team gets another name."""
        asyncio.run(self._in_directory(lambda directory: self._change(directory, hired)))

    async def _in_directory(self, work: Any) -> None:
        database = Database(self._file)
        try:
            realm = SqliteAccessStore(database).realm(self._realm)
            assert realm is not None
            await work(SqliteDirectory(database, realm.id, CORE, clock=now, ids=new_id))
        finally:
            await database.close()

    async def _begin(self, directory: SqliteDirectory, people: int, teams: int) -> None:
        self._everybody = await self._group(directory, EVERYBODY)
        for number in range(teams):
            id_ = await self._group(directory, f"{TEAM}-{number}")
            self.teams[id_], self.members[id_] = f"{TEAM}-{number}", set()
        await self._hire(directory, people)

    async def _group(self, directory: SqliteDirectory, name: str) -> str:
        return (await directory.create(New("Group", {"schemas": [_GROUP], "displayName": name}), _ACTOR)).id

    async def _hire(self, directory: SqliteDirectory, count: int) -> None:
        come = []
        for number in range(self._hired, self._hired + count):
            document = {
                "schemas": [_USER],
                "userName": f"person-{number}",
                "displayName": _NAMES[0],
                "active": True,
                "emails": [{"value": f"person-{number}@example.test", "type": "work", "primary": True}],
            }
            record = await directory.create(New("User", document), _ACTOR)
            self.people[record.id] = document
            come.append(record.id)
        self._hired += count
        await self._move(directory, self._everybody, come, ())
        for team in self.teams:
            await self._join(directory, team, [id_ for id_ in come if self._chance.random() < 0.4])

    async def _change(self, directory: SqliteDirectory, hired: int) -> None:
        for id_ in self._some(12):
            await self._set(directory, id_, displayName=self._chance.choice(_NAMES))
        for id_ in self._some(6):
            await self._set(directory, id_, active=not self.people[id_]["active"])
        for id_ in self._some(3):
            name = self.people[id_]["userName"]
            await self._set(directory, id_, userName=name.removesuffix("-x") if name.endswith("-x") else f"{name}-x")
        for team in self.teams:
            toggled = self._some(4)
            gone = [id_ for id_ in toggled if id_ in self.members[team]]
            await self._move(directory, team, [id_ for id_ in toggled if id_ not in gone], gone)
            self.members[team] ^= set(toggled)
        await self._rename(directory, self._chance.choice(list(self.teams)))
        for id_ in self._some(1):
            assert await directory.delete("User", id_, lambda _: None, _ACTOR)
            del self.people[id_]
            for members in self.members.values():
                members.discard(id_)
        await self._hire(directory, hired)

    def _some(self, count: int) -> list[str]:
        return self._chance.sample(list(self.people), count)

    async def _set(self, directory: SqliteDirectory, id_: str, **attributes: Any) -> None:
        document = self.people[id_] | attributes
        assert await directory.update("User", id_, lambda _: Change(document | {"id": id_}), _ACTOR)
        self.people[id_] = document

    async def _rename(self, directory: SqliteDirectory, team: str) -> None:
        name = self.teams[team]
        name = name.removesuffix("-x") if name.endswith("-x") else f"{name}-x"
        document = {"schemas": [_GROUP], "id": team, "displayName": name}
        assert await directory.update("Group", team, lambda _: Change(document), _ACTOR)
        self.teams[team] = name

    async def _join(self, directory: SqliteDirectory, team: str, ids: Iterable[str]) -> None:
        come = list(ids)
        await self._move(directory, team, come, ())
        self.members[team] |= set(come)

    @staticmethod
    async def _move(directory: SqliteDirectory, group: str, come: Iterable[str], gone: Iterable[str]) -> None:
        changes = (AddMembers(list(come)), RemoveMembers(list(gone)))
        await directory.update("Group", group, lambda _: Change(members=changes), _ACTOR)


def check_target(staff: Staff, users: Iterable[Mapping[str, Any]], groups: Iterable[Mapping[str, Any]]) -> None:
    """A target has each active person once, as they are here, nobody else who is active, and each team once.

    Whoever is not active stays in the teams there (Okta sends nothing about them), and whoever never was there need not
    be in one.
    """
    found = {user["externalId"]: user for user in users}
    for id_, person in staff.people.items():
        there = found.get(id_)
        if person["active"]:
            assert there is not None, f"{person['userName']} is missing"
            shown = {name: there.get(name) for name in ("userName", "displayName", "active")}
            assert shown == {name: person[name] for name in shown}
        else:
            assert there is None or not there["active"], f"{person['userName']} still has access"
    assert not [user["userName"] for id_, user in found.items() if id_ not in staff.people and user["active"]]
    sources = {user["id"]: id_ for id_, user in found.items()}
    teams = {group["displayName"]: {sources[entry["value"]] for entry in group.get("members", ())} for group in groups}
    assert sorted(teams) == sorted(staff.teams.values())
    for id_, name in staff.teams.items():
        wanted, there_now = staff.members[id_], teams[name]
        assert {person for person in wanted if staff.people[person]["active"]} <= there_now <= wanted, name

"""Whatever happens in the directory, by whatever way it is pushed: at the end the target has what is to be there."""

import random

import orjson
import pytest

from scimbridge.directory.ports import Record
from scimbridge.provisioning.application import PushGroup

from .engine import Site
from .test_crash import Cut, restore

ALLOWED = ("deactivations", "empty-source")


class Life:
    """Things that happen in a realm, by chance; names are few, so that they meet."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.chance = random.Random(seed)  # noqa: S311 (the same each time)
        self.people: list[Record] = []
        self.groups: list[Record] = []

    async def begin(self) -> None:
        await self.site.push_group(PushGroup("red", value="red"))
        for _ in range(6):
            await self.hire()
        for _ in range(3):
            await self.found()

    async def happen(self) -> None:
        things = (
            self.hire, self.fire, self.rename, self.retitle, self.suspend, self.assign, self.unassign,
            self.found, self.dissolve, self.call, self.join, self.leave, self.assign_group,
        )  # fmt: skip
        await self.chance.choice(things)()

    def free(self, kind: str, name: str) -> str:
        """The name, or one that nobody has here."""
        while self.site.directory.lookup(kind, name) is not None:
            name += "x"
        return name

    def person(self) -> Record:
        return self.chance.choice(self.people)

    def group(self) -> Record:
        return self.chance.choice(self.groups)

    async def hire(self) -> None:
        self.people.append(await self.site.user(self.free("User", f"user{self.chance.randint(1, 9)}")))

    async def fire(self) -> None:
        if len(self.people) > 2:
            await self.site.delete(self.people.pop(self.chance.randrange(len(self.people))))

    async def rename(self) -> None:
        await self.site.change(self.person(), userName=self.free("User", f"user{self.chance.randint(1, 9)}"))

    async def retitle(self) -> None:
        await self.site.change(self.person(), title=self.chance.choice(["Lead", "Boss", None]))

    async def suspend(self) -> None:
        await self.site.change(self.person(), active=self.chance.random() < 0.5)

    async def assign(self) -> None:
        await self.site.assign(self.person())

    async def unassign(self) -> None:
        await self.site.unassign(self.person())

    async def found(self) -> None:
        members = [person for person in self.people if self.chance.random() < 0.5]
        name = self.free("Group", f"{self.chance.choice(['red', 'blue'])}-{self.chance.randint(1, 5)}")
        self.groups.append(await self.site.group(name, *members))

    async def dissolve(self) -> None:
        if len(self.groups) > 1:
            await self.site.delete(self.groups.pop(self.chance.randrange(len(self.groups))))

    async def call(self) -> None:
        name = self.free("Group", f"{self.chance.choice(['red', 'blue'])}-{self.chance.randint(1, 5)}")
        await self.site.change(self.group(), displayName=name)

    async def join(self) -> None:
        await self.site.join(self.group(), self.person())

    async def leave(self) -> None:
        await self.site.leave(self.group(), self.person())

    async def assign_group(self) -> None:
        group = self.group()
        await (self.site.assign(group) if self.chance.random() < 0.5 else self.site.unassign(group))


async def require_equal(life: Life) -> None:
    """Who is to be there is there and active, everybody else is not; pushed groups have whoever of them is there."""
    site = life.site
    await site.require_agreement()
    wanted = {}
    for candidate in await site.ledger.candidates(site.application.revision, everything=True):
        record = site.directory.get("User", candidate.source)
        if record is not None and candidate.active and candidate.assignment is not None:
            document = orjson.loads(record.document)
            wanted[candidate.source] = (document["userName"], document.get("title"))
    there = {
        user["externalId"]: (user["userName"], user.get("title"))
        for user in site.target.users.values()
        if user["active"]
    }
    assert there == wanted
    active = {user["userName"] for user in site.target.users.values() if user["active"]}
    for group in life.groups:
        name = orjson.loads(group_now(site, group).document)["displayName"]
        link = site.ledger.link("Group", group.id)
        assert (link is not None) == name.startswith("red")
        if link is not None:
            assert site.target.groups[link.target]["displayName"] == name
            members = {member.id for member in await site.directory.members(group.id)}
            inside = {site.target.users[member]["userName"] for member in site.target.joined[link.target]}
            assert inside & active == {there[source][0] for source in members & there.keys()}


def group_now(site: Site, group: Record) -> Record:
    found = site.directory.get("Group", group.id)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(30))
async def test_the_target_ends_as_it_is_to_be(site: Site, seed: int) -> None:
    life = Life(site, seed)
    await life.begin()
    for _ in range(life.chance.randint(2, 8)):
        for _ in range(life.chance.randint(1, 8)):
            await life.happen()
        match life.chance.choice(["events", "push", "crash", "nothing"]):
            case "events":
                await site.events()
            case "push":
                await site.pushed(*ALLOWED)
            case "crash":
                await Cut(site, life.chance.randint(1, 6), after=life.chance.random() < 0.5).push(*ALLOWED)
                restore(site)
                site.restarted()
    for _ in range(3):
        await site.pushed(*ALLOWED)
        site.later(700)
    await require_equal(life)

"""Pushes that end in the middle, anywhere: what they leave is completed, and nothing is done twice."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import orjson
import pytest

from scimbridge.directory.ports import Record
from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.errors import TargetUnavailable

from .engine import Site

RED = PushGroup("red", value="red")


class Cut:
    """Ends a push at one of its requests to the target: before it has an effect, or after and before it is answered."""

    def __init__(self, site: Site, number: int, *, after: bool) -> None:
        self._site = site
        self._left = number
        self._task: asyncio.Task[object] | None = None
        self.happened = False
        hook = "fail_after" if after else "fail"
        setattr(site.target, hook, self._count)

    async def push(self, *allow: str) -> None:
        self._task = asyncio.create_task(self._site.restarted().push(allow=frozenset(allow)))
        with suppress(asyncio.CancelledError):
            await self._task

    def _count(self, _: str) -> None:
        self._left -= 1
        if self._left == 0 and self._task is not None:
            self.happened = True
            self._task.cancel()
        if self._left <= 0:
            raise asyncio.CancelledError  # nobody is there any more to hear an answer


async def build(site: Site) -> tuple[Sequence[Record], Sequence[Record]]:
    people = await site.people(*(f"user{number}" for number in range(40)))
    groups = [await site.group(f"red-{number}", *people[number * 10 : number * 10 + 12]) for number in range(4)]
    await site.push_group(RED)
    return people, groups


def restore(site: Site) -> None:
    site.target.fail = site.target.fail_after = lambda _: None


async def require_whole(site: Site, people: Sequence[Record], groups: Sequence[Record]) -> None:
    """The target has each once, as it is here, and the ledger knows it."""
    await site.require_agreement()
    assert sorted(user["externalId"] for user in site.target.users.values()) == sorted(person.id for person in people)
    for person in people:
        link, record = site.ledger.link("User", person.id), site.directory.get("User", person.id)
        assert link is not None
        assert record is not None
        assert site.target.users[link.target]["userName"] == orjson.loads(record.document)["userName"]
    assert len(site.target.groups) == len(groups)
    for group in groups:
        wanted = sorted(member.display or name(site, member.id) for member in await site.directory.members(group.id))
        assert site.target.members_of(orjson.loads(group.document)["displayName"]) == wanted


def name(site: Site, source: str) -> str:
    record = site.directory.get("User", source)
    assert record is not None
    found: str = orjson.loads(record.document)["userName"]
    return found


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("number", [1, 2, 9, 25, 40, 41, 43, 44])
@pytest.mark.parametrize("on_match", ["link", "task"])
async def test_the_next_push_completes_it(site: Site, number: int, on_match: str, *, after: bool) -> None:
    await site.set(on_match=on_match)
    people, groups = await build(site)
    cut = Cut(site, number, after=after)
    await cut.push()
    assert cut.happened
    restore(site)
    site.restarted()
    await site.pushed()
    await require_whole(site, people, groups)


@pytest.mark.parametrize("seed", range(20))
async def test_so_does_the_queue_alone_after_any_number_of_ends(site: Site, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test's chance is to be the same each time)
    people, groups = await build(site)
    for _ in range(chance.randint(1, 5)):
        await Cut(site, chance.randint(1, 30), after=chance.random() < 0.5).push()
        restore(site)
        person = chance.choice(people)
        await site.change(person, title=f"title {chance.random()}")
        if chance.random() < 0.3:
            await site.change(person, userName=f"renamed{chance.random()}")
    site.restarted()
    for _ in range(3):
        await site.events()
        site.later(60)
    await require_whole(site, people, groups)


async def lost(site: Site, name: str = "ada") -> Record:
    """Somebody who was created there, and nobody here knows."""
    (person,) = await site.people(name)
    await Cut(site, 1, after=True).push()
    restore(site)
    site.restarted()
    assert site.ledger.link("User", person.id) is None
    return person


async def test_a_create_that_nobody_knows_of_is_found_under_its_former_name(site: Site) -> None:
    ada = await lost(site)
    await site.change(ada, userName="ada2")
    assert await site.events() == ["update ada"]
    assert [user["userName"] for user in site.target.users.values()] == ["ada2"]
    await site.require_agreement()


@pytest.mark.parametrize("how", ["unassigned", "deactivated", "deleted"])
async def test_and_deactivated_if_they_are_not_to_be_there_any_more(site: Site, how: str) -> None:
    ada = await lost(site)
    match how:
        case "unassigned":
            await site.unassign(ada)
        case "deactivated":
            await site.change(ada, active=False)
        case _:
            await site.delete(ada)
    assert await site.events() == ["deactivate ada"]
    assert site.target.named("ada")["active"] is False
    await site.require_agreement()


async def test_but_the_account_of_somebody_else_under_that_name_is_left_alone(site: Site) -> None:
    ada = await lost(site)
    site.target.named("ada")["externalId"] = "somebody else"
    await site.unassign(ada)
    assert await site.events() == []
    assert site.target.named("ada")["active"] is True


async def test_a_group_that_was_made_without_our_knowing_is_found_under_its_former_name(site: Site) -> None:
    (ada,) = await site.people("ada")
    await site.events()
    red = await site.group("red-team", ada)
    await site.push_group(RED)
    await Cut(site, 1, after=True).push()
    restore(site)
    site.restarted()
    await site.change(red, displayName="red-crew")
    assert await site.events() == ["push now red-team"]
    assert site.target.members_of("red-crew") == ["ada"]
    await site.require_agreement()


@pytest.mark.parametrize("how", ["cut", "no answer", "no answer, and the server ended"])
@pytest.mark.parametrize("wish", ["removed with --delete", "deleted here"])
async def test_a_group_that_was_made_without_our_knowing_and_is_not_to_be_there_is_deleted(
    site: Site, how: str, wish: str
) -> None:
    red = await site.group("red-team")
    await site.push_group(RED)
    if how == "cut":
        await Cut(site, 1, after=True).push()
    else:
        site.target.fail_after = no_answer
        await site.provisioner.drain()
    restore(site)
    if how != "no answer":
        site.restarted()
    assert site.ledger.link("Group", red.id) is None
    await (site.drop_push_group("red", delete=True) if wish == "removed with --delete" else site.delete(red))
    site.later(60)
    assert await site.events() == ["delete group red-team"]
    assert site.target.groups == {}
    await site.require_agreement()


def no_answer(_: str) -> None:
    raise TargetUnavailable("it did not answer")


async def test_a_group_of_somebody_else_under_that_name_is_not_deleted(site: Site) -> None:
    await site.group("red-team")
    await site.push_group(RED)
    cut = Cut(site, 1, after=False)
    await cut.push()
    restore(site)
    site.target.groups["g1"] = {"id": "g1", "displayName": "red-team", "meta": {"created": "2020-01-01T00:00:00Z"}}
    await site.drop_push_group("red", delete=True)
    site.restarted()
    assert await site.events() == []
    assert list(site.target.groups) == ["g1"]
    await site.require_agreement()


async def test_what_others_have_is_not_taken_for_a_create_of_ours_that_was_cut(site: Site) -> None:
    """The intent was noted, the request never sent: an account of that name is still somebody else's."""
    await site.set(on_match="task")
    site.target.add_user("user7", externalId="somebody else")
    await build(site)
    cut = Cut(site, 1, after=False)
    await cut.push()
    restore(site)
    site.restarted()
    await site.pushed()
    assert await site.tasks() == [("user7", '"user7" is there already.')]
    assert site.target.named("user7")["externalId"] == "somebody else"

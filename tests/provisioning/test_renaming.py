"""People who take each other's userNames: at the target somebody has to make room first."""

import random
from collections.abc import Sequence

import pytest

from scimbridge.directory.ports import Record
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.mapping import Mapped

from .engine import Site
from .test_crash import Cut, restore


async def swap(site: Site, people: Sequence[Record], names: Sequence[str]) -> None:
    """Each gets the name of the one before; here too somebody has to make room for that."""
    await site.change(people[0], userName="between")
    for person, name in zip(people[1:], names, strict=False):
        await site.change(person, userName=name)
    await site.change(people[0], userName=names[-1])


def there(site: Site) -> dict[str, str]:
    """Who has which name at the target."""
    return {user["externalId"]: user["userName"] for user in site.target.users.values()}


async def require_swapped(site: Site, people: Sequence[Record], names: Sequence[str]) -> None:
    assert there(site) == {person.id: names[number - 1] for number, person in enumerate(people)}
    assert await site.tasks() == []
    await site.require_agreement()


@pytest.mark.parametrize("number", [2, 3, 6])
async def test_a_push_gives_each_their_name(site: Site, number: int) -> None:
    names = [f"user{one}" for one in range(number)]
    people = await site.people(*names)
    await site.pushed()
    await swap(site, people, names)
    await site.pushed()
    await require_swapped(site, people, names)
    assert max(map(len, there(site).values())) == len("user0"), "somebody kept the name for the moment"


async def test_so_do_events_as_they_happen(site: Site) -> None:
    names = ["ada@example.test", "bo@example.test"]
    people = await site.people(*names)
    await site.pushed()
    await swap(site, people, names)
    heard: list[str] = []
    site.target.fail_after = heard.append
    for _ in range(4):
        await site.events()
        site.later(2)
    await require_swapped(site, people, names)
    momentary = [call for call in heard if call.removeprefix("update ") not in names]
    assert len(momentary) == 1
    assert momentary[0].endswith("@example.test"), "the form of the name may be a rule there"


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
async def test_a_push_that_is_ended_in_the_middle_is_completed(site: Site, number: int, *, after: bool) -> None:
    names = ["ada", "bo"]
    people = await site.people(*names)
    await site.pushed()
    await swap(site, people, names)
    await Cut(site, number, after=after).push()
    restore(site)
    site.restarted()
    site.later(5)
    await site.pushed()
    await require_swapped(site, people, names)
    assert site.ledger.left_open() == []


async def test_where_the_target_takes_no_other_name_there_is_one_task_that_says_what_to_do(site: Site) -> None:
    names = ["ada", "bo"]
    people = await site.people(*names)
    await site.pushed()
    await swap(site, people, names)

    def refuse(mapped: Mapped) -> None:
        if mapped.document["userName"] not in names:
            raise TargetRefused("userName must be one that payroll knows.")

    site.target.refuse = refuse
    await site.pushed()
    [(_, reason)] = await site.tasks()
    assert "are to take each other's names" in reason
    assert '"ada"' in reason
    assert '"bo"' in reason
    assert "userName must be one that payroll knows. Rename one of them there by hand, and retry this task." in reason
    assert sorted(there(site).values()) == names
    await site.pushed()
    assert len(await site.tasks()) == 1, "a second push makes no second task of it"


async def test_a_name_of_somebody_who_stays_is_a_task_in_the_targets_words(site: Site) -> None:
    (ada,) = await site.people("ada")
    await site.pushed()
    site.target.add_user("bo")
    await site.change(ada, userName="bo")
    await site.pushed()
    assert await site.tasks() == [("bo", "This userName is taken.")]


async def test_a_long_row_of_people_who_move_up_ends_well(site: Site) -> None:
    """Each waits for the next, the last for nobody."""
    names = [f"user{one}" for one in range(9)]
    people = await site.people(*names)
    await site.pushed()
    await site.change(people[-1], userName="last")
    for person, name in reversed([*zip(people, names[1:], strict=False)]):
        await site.change(person, userName=name)
    await site.pushed()
    assert there(site) == {person.id: name for person, name in zip(people, [*names[1:], "last"], strict=True)}
    await site.require_agreement()


@pytest.mark.parametrize("seed", range(12))
async def test_any_exchange_of_names_ends_well_however_often_the_push_is_ended(site: Site, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test's chance is to be the same each time)
    names = [f"user{one}" for one in range(8)]
    people = await site.people(*names)
    await site.pushed()
    wanted = chance.sample(names, len(names))
    for person in people:
        await site.change(person, userName=f"between-{person.id}")
    for person, name in zip(people, wanted, strict=True):
        await site.change(person, userName=name)
    for _ in range(chance.randint(0, 4)):
        await Cut(site, chance.randint(1, 12), after=chance.random() < 0.5).push()
        restore(site)
        site.later(2)
    site.restarted()
    await site.pushed()
    assert there(site) == {person.id: name for person, name in zip(people, wanted, strict=True)}
    await site.require_agreement()

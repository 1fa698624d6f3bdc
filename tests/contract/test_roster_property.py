"""A property: who is to be where is what a few lines of Python make of the same people, groups and links."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.provisioned import SLACK, Provisioned, provision
from scimbridge.adapters.sqlite.database import Database
from scimbridge.directory.ports import AddMembers, Record
from scimbridge.provisioning.application import Assignment, PushGroup

pytestmark = pytest.mark.slow

PEOPLE, GROUPS = [f"p{number}" for number in range(4)], [f"g{number}" for number in range(4)]


class World(NamedTuple):
    """`active`: people who are. `members`: people and groups in each group, circles too.

    `assigned`: with what title as override. `links`: people, their state there and the title that was pushed.
    `pushed`: which of them each group, which all are pushed, was last given there; None = it is not there.
    """

    active: Mapping[str, bool]
    members: Mapping[str, Sequence[str]]
    assigned: Mapping[str, tuple[int, str]]
    links: Mapping[str, tuple[str, str]]
    pushed: Mapping[str, Sequence[str] | None]

    def inside(self, group: str) -> set[str]:
        """Everybody in a group, and in groups in it."""
        found, left = set[str](), [group]
        while left:
            for member in self.members[left.pop()]:
                if member not in found:
                    found.add(member)
                    left += [member] if member in GROUPS else []
        return found.intersection(PEOPLE)

    def title(self, person: str) -> str | None:
        """The override of the assignment that counts, None if none does."""
        if person in self.assigned:
            return self.assigned[person][1]
        through = [group for group in GROUPS if group in self.assigned and person in self.inside(group)]
        return self.assigned[min(through, key=lambda group: self.assigned[group][0])][1] if through else None

    def needs_something(self, person: str) -> bool:
        state, pushed = self.links.get(person, (None, None))
        title = self.title(person)
        if title is None or not self.active[person]:
            return state == "active"
        return (state, pushed) != ("active", title)

    def changes(self, group: str) -> tuple[set[str], set[str]]:
        """Who is to come and who to go."""
        pushed, inside = set(self.pushed[group] or ()), self.inside(group)
        wanted = {person for person in inside if self.links.get(person, ("",))[0] == "active"}
        return wanted - pushed, pushed - inside


titles = st.sampled_from(["x", "y"])
worlds = st.builds(
    World,
    active=st.fixed_dictionaries(dict.fromkeys(PEOPLE, st.booleans())),
    members=st.fixed_dictionaries(dict.fromkeys(GROUPS, st.lists(st.sampled_from(PEOPLE + GROUPS), unique=True))),
    assigned=st.dictionaries(st.sampled_from(PEOPLE + GROUPS), st.tuples(st.integers(-1, 1), titles)),
    links=st.dictionaries(
        st.sampled_from(PEOPLE), st.tuples(st.sampled_from(["active", "inactive", "gone"]), titles), min_size=1
    ),
    pushed=st.fixed_dictionaries(dict.fromkeys(GROUPS, st.none() | st.lists(st.sampled_from(PEOPLE), unique=True))),
).map(lambda world: world._replace(pushed=_of_linked(world)))


def _of_linked(world: World) -> dict[str, Sequence[str] | None]:
    """Only who has a link can have been pushed."""
    return {
        group: None if members is None else [member for member in members if member in world.links]
        for group, members in world.pushed.items()
    }


async def build(acme: Provisioned, world: World) -> dict[str, Record]:
    """The resources of a world by name; there is nothing that is not up to date but for what the world says."""
    made = {name: await acme.user(name, active=world.active[name]) for name in PEOPLE}
    made |= {name: await acme.group(name) for name in GROUPS}
    for name, members in world.members.items():
        changed = await acme.change(made[name], None, AddMembers([made[member].id for member in members]))
        made[name] = changed or made[name]
    for name, (priority, title) in world.assigned.items():
        await acme.assign(made[name], priority=priority, title=title)
    await acme.push(PushGroup("all", operator="contains", value="g"))
    for name, (state, title) in world.links.items():
        await acme.link(made[name], state=state, assignment=Assignment("User", "", overrides={"title": title}).digest)
    for name, pushed in world.pushed.items():
        if pushed is not None:
            await acme.pushed(made[name], *(made[member] for member in pushed))
    return made


async def told(acme: Provisioned, made: Mapping[str, Record], world: World) -> None:
    ledger, names = acme.ledger, {record.id: name for name, record in made.items()}
    known = {person for person in PEOPLE if world.title(person) is not None or person in world.links}
    everybody = await ledger.candidates(1, everything=True)
    assert [names[found.source] for found in everybody] == sorted(known)
    for found in everybody:
        title = None if found.assignment is None else found.assignment.overrides["title"]
        assert title == world.title(names[found.source])
        assert ledger.candidate(found.source) == found
        assert ledger.candidates_of([found.source])[found.source] == found._replace(settled=True)
    needing = [names[found.source] for found in await ledger.candidates(1)]
    assert needing == [person for person in PEOPLE if world.needs_something(person)]
    assert await ledger.assigned_count() == sum(
        world.active[person] and world.title(person) is not None for person in PEOPLE
    )
    differing = {names[found.source]: (found.added, found.removed) for found in await ledger.group_candidates()}
    for group in GROUPS:
        added, removed = [
            {names[one.source] for one in change} for change in await ledger.member_changes(made[group].id)
        ]
        assert (added, removed) == world.changes(group)
        up_to_date = world.pushed[group] is not None and not added and not removed
        assert differing.get(group) == (None if up_to_date else (len(added), len(removed)))


def test_the_roster_is_what_the_model_says(tmp_path: Path) -> None:
    numbers = itertools.count(1)
    with asyncio.Runner() as runner:
        database = runner.run(opened(tmp_path / "scimbridge.db"))

        @given(worlds)
        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        def check(world: World) -> None:
            runner.run(compare(database, world, next(numbers)))

        try:
            check()
        finally:
            runner.run(database.close())


async def compare(database: Database, world: World, number: int) -> None:
    acme = await provision(database, realm=f"realm-{number}", applications=[replace(SLACK, id=f"app-{number}")])
    await told(acme, await build(acme, world), world)


async def opened(path: Path) -> Database:
    return Database(path)

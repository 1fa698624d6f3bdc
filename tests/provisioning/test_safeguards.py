"""Safeguards: what a plan may not do unasked, and what is held that nobody planned."""

import pytest

from scimbridge.provisioning.application import PushGroup, Safeguards
from scimbridge.provisioning.ports import Work
from scimbridge.provisioning.safeguards import objections

from .engine import Site

DEFAULT = Safeguards()


@pytest.mark.parametrize(
    ("safeguards", "losing", "linked", "names"),
    [
        (DEFAULT, 0, 0, []),
        (DEFAULT, 20, 100, []),
        (DEFAULT, 21, 100, ["deactivations"]),
        (DEFAULT, 10, 10, []),
        (DEFAULT, 11, 11, ["deactivations"]),
        (Safeguards(deactivations=1.0), 500, 500, []),
        (Safeguards(deactivations=1.0, deactivations_count=5), 5, 500, []),
        (Safeguards(deactivations=1.0, deactivations_count=5), 6, 500, ["deactivations"]),
    ],
)
def test_access_is_not_taken_from_too_many(safeguards: Safeguards, losing: int, linked: int, names: list[str]) -> None:
    assert list(objections(safeguards, losing=losing, linked=linked, assigned=1)) == names


@pytest.mark.parametrize(
    ("safeguards", "linked", "assigned", "names"),
    [
        (DEFAULT, 1, 0, ["empty-source"]),
        (DEFAULT, 1, 1, []),
        (DEFAULT, 0, 0, []),
        (Safeguards(empty_source=False), 1, 0, []),
    ],
)
def test_an_empty_source_takes_nothing_away(
    safeguards: Safeguards, linked: int, assigned: int, names: list[str]
) -> None:
    assert list(objections(safeguards, losing=0, linked=linked, assigned=assigned)) == names


def test_the_sentence_has_the_numbers() -> None:
    found = objections(Safeguards(deactivations_count=100), losing=1200, linked=2000, assigned=800)
    assert found == {
        "deactivations": "1,200 people lose access, of 2,000 who are provisioned: more than 20% and more than 100."
    }


class TestMembers:
    async def test_people_who_are_taken_out_of_groups_count_once(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        groups = [await site.group(f"red-{number}", *people) for number in range(3)]
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        for group in groups:
            await site.leave(group, *people[:12])
        plan = await site.provisioner.plan()
        assert plan.losing == 12
        assert list(plan.refused) == ["deactivations"]

    async def test_a_group_that_is_deleted_takes_access_from_all_in_it(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        group = await site.group("red-team", *people)
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        await site.delete(group)
        assert (await site.provisioner.plan()).losing == 20


class TestEvents:
    async def test_a_few_lose_access_as_it_happens(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        for person in people[:10]:
            await site.change(person, active=False)
        assert len(await site.events()) == 10

    async def test_many_at_once_are_held_until_a_push_lets_them_pass(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        staff = await site.group("staff", *people)
        await site.assign(staff)
        for person in people:
            await site.unassign(person)
        await site.events()
        await site.leave(staff, *people[:15])
        await site.provisioner.follow()
        summary = await site.provisioner.drain()
        assert len(site.target.calls) == 20
        assert "15 people lose access" in summary.held
        assert (summary.waiting, list(site.ledger.tasks())) == (15, [])
        assert (await site.provisioner.drain()).held == ""
        assert len(await site.pushed("deactivations")) == 15
        await site.require_agreement()

    async def test_a_source_that_comes_back_to_its_senses_takes_nothing_away(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        for person in people[:15]:
            await site.change(person, active=False)
        assert await site.events() == []
        for person in people[:15]:
            await site.change(person, active=True)
        await site.events()
        site.later(601)
        assert await site.events() == []
        await site.require_agreement()

    async def test_a_steady_trickle_that_takes_too_many_is_held_as_well(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        sent = 0
        for person in people:
            await site.change(person, active=False)
            sent += len(await site.events())
            site.later(20)
        assert sent == 10

    @pytest.mark.parametrize("how", ["emptied", "deleted"])
    async def test_a_group_that_loses_everybody_is_held_as_one_change_of_many_people(
        self, site: Site, how: str
    ) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        red = await site.group("red-team", *people)
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        await (site.leave(red, *people) if how == "emptied" else site.delete(red))
        assert await site.events() == []
        assert site.target.members_of("red-team") != []
        assert len(await site.pushed("deactivations")) == 1
        await site.require_agreement()

    async def test_an_empty_group_may_be_deleted(self, site: Site) -> None:
        await site.people("ada")
        red = await site.group("red-team")
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        await site.delete(red)
        assert await site.events() == ["delete group red-team"]

    async def test_a_group_that_somebody_has_deleted_there_by_name_holds_nothing(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        old = await site.group("red-old", ada, bo)
        red = await site.group("red-team", ada, bo)
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        await site.ledger.enqueue([Work("Group", old.id, "red-old", "delete")])
        assert (await site.provisioner.drain()).held == ""
        await site.leave(red, ada)
        await site.provisioner.follow()
        assert (await site.provisioner.drain()).held == ""
        assert site.target.members_of("red-team") == ["bo"]

    async def test_what_is_few_of_many_is_not_held(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(100)))
        await site.pushed()
        for person in people[:15]:
            await site.change(person, active=False)
        assert len(await site.events()) == 15

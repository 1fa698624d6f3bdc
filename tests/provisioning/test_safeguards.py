"""Safeguards: what a plan may not do unasked, and what is held that nobody planned."""

import pytest

from scimbridge.provisioning.application import PushGroup, Safeguards
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


class TestWhoLosesAccess:
    async def test_who_leaves_groups_keeps_the_application(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        groups = [await site.group(f"red-{number}", *people) for number in range(3)]
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        for group in groups[:2]:
            await site.leave(group, *people)
        await site.delete(groups[2])
        plan = await site.provisioner.plan()
        assert (plan.losing, plan.refused) == (0, {})
        assert len(await site.events()) == 3
        await site.require_agreement()

    async def test_people_without_a_link_have_nothing_to_lose(self, site: Site) -> None:
        """The members of an assigned group, most of whom never got there."""
        staff = await site.group("staff", *[await site.user(f"user{number}") for number in range(20)])
        await site.assign(staff)
        await site.push_group(PushGroup("staff", group=staff.id))
        await site.pushed()
        strangers = [await site.user(f"stranger{number}") for number in range(83)]
        await site.join(staff, *strangers)
        await site.provisioner.follow()
        await site.leave(staff, *strangers)
        await site.change((await site.people("zoe"))[0], active=False)
        plan = await site.provisioner.plan()
        assert (plan.linked, plan.losing, plan.refused) == (20, 0, {})

    async def test_of_those_who_are_there_no_more_than_all_can_lose_it(self, site: Site) -> None:
        """Who was deactivated before does not lose it once more when they are deleted here."""
        await site.set(on_unassign="delete")
        people = await site.people(*(f"user{number}" for number in range(20)))
        red = await site.group("red-team", *people)
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        await site.set(on_unassign="deactivate")
        for person in people[:8]:
            await site.unassign(person)
        await site.pushed()
        await site.set(on_unassign="delete")
        await site.delete(red)
        for person in people:
            await site.delete(person)
        plan = await site.provisioner.plan()
        assert (plan.linked, plan.losing) == (12, 12)
        assert "12 people lose access, of 12 who are provisioned" in plan.refused["deactivations"]


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
    async def test_an_assigned_group_that_loses_everybody_is_held_as_the_people_it_takes_access_from(
        self, site: Site, how: str
    ) -> None:
        people = [await site.user(f"user{number}") for number in range(20)]
        red = await site.group("red-team", *people)
        await site.assign(red)
        await site.push_group(PushGroup("red", value="red"))
        await site.pushed()
        await (site.leave(red, *people) if how == "emptied" else site.delete(red))
        await site.provisioner.follow()
        held = (await site.provisioner.drain()).held
        assert "20 people lose access, of 20 who are provisioned" in held
        assert [call for call in site.target.calls if call.startswith("deactivate")] == []
        assert len(await site.pushed("deactivations", "empty-source")) == 20
        await site.require_agreement()

    async def test_what_is_few_of_many_is_not_held(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(100)))
        await site.pushed()
        for person in people[:15]:
            await site.change(person, active=False)
        assert len(await site.events()) == 15

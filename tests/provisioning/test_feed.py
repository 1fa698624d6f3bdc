"""What changes in the directory reaches the target as it happens."""

import pytest

from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.errors import PlanRefused

from .engine import Site

RED = PushGroup("red", value="red")


class TestUsers:
    async def test_each_change_is_sent_once(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        assert await site.events() == ["provision ada"]
        assert await site.events() == []
        await site.change(ada, title="Lead")
        assert await site.events() == ["update ada"]
        await site.change(ada, active=False)
        assert await site.events() == ["deactivate ada"]
        await site.change(ada, active=True)
        assert await site.events() == ["reactivate ada"]
        await site.delete(ada)
        assert await site.events() == ["deactivate ada"]
        await site.require_agreement()

    async def test_several_changes_of_one_person_are_one_update(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.events()
        for title in ("a", "b", "c"):
            await site.change(ada, title=title)
        assert await site.events() == ["update ada"]
        assert site.target.named("ada")["title"] == "c"

    async def test_people_who_do_not_concern_the_application_queue_nothing(self, site: Site) -> None:
        await site.user("ada")
        await site.group("staff")
        assert await site.provisioner.follow() == 0

    async def test_a_new_assignment_is_an_event_and_so_is_its_end(self, site: Site) -> None:
        ada = await site.user("ada")
        await site.assign(ada)
        assert await site.events() == ["provision ada"]
        await site.unassign(ada)
        assert await site.events() == ["deactivate ada"]

    async def test_whoever_joins_a_group_that_is_assigned_comes_and_goes_with_it(self, site: Site) -> None:
        ada = await site.user("ada")
        staff = await site.group("staff")
        await site.assign(staff)
        await site.events()
        await site.join(staff, ada)
        assert await site.events() == ["provision ada"]
        await site.leave(staff, ada)
        assert await site.events() == ["deactivate ada"]

    async def test_so_does_everybody_in_a_group_within(self, site: Site) -> None:
        crew = await site.group("crew", await site.user("ada"), await site.user("bo"))
        staff = await site.group("staff")
        await site.assign(staff)
        await site.events()
        await site.join(staff, crew)
        assert sorted(await site.events()) == ["provision ada", "provision bo"]
        await site.delete(crew)
        assert sorted(await site.events()) == ["deactivate ada", "deactivate bo"]

    async def test_what_a_push_has_planned_is_not_looked_at_again_as_an_event(self, site: Site) -> None:
        ada, *_ = await site.people("ada", "bo", "cy")
        await site.pushed()
        await site.change(ada, title="Lead")
        await site.pushed()
        assert await site.provisioner.follow() == 0
        await site.change(ada, title="Boss")
        assert await site.events() == ["update ada"]

    async def test_a_push_that_is_refused_leaves_events_to_come(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        for person in people[:15]:
            await site.change(person, active=False)
        with pytest.raises(PlanRefused):
            await site.pushed()
        assert await site.provisioner.follow() == 15


class TestGroups:
    async def test_a_group_follows_its_members_and_its_name(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        await site.events()
        await site.push_group(RED)
        red = await site.group("red-team", ada)
        assert await site.events() == ["push group red-team"]
        await site.join(red, bo)
        assert await site.events() == ["change members red-team"]
        await site.change(red, displayName="red-crew")
        assert await site.events() == ["rename group red-team"]
        await site.change(red, displayName="blue-crew")
        assert await site.events() == []
        assert site.ledger.link("Group", red.id) is None

    async def test_a_member_who_comes_to_be_there_joins(self, site: Site) -> None:
        ada = await site.user("ada")
        await site.group("red-team", ada)
        await site.group("other", ada)
        await site.push_group(RED)
        assert await site.events() == ["push group red-team"]
        await site.assign(ada)
        assert await site.events() == ["provision ada", "change members red-team"]
        assert site.target.members_of("red-team") == ["ada"]
        await site.require_agreement()

    async def test_a_change_in_a_group_within_reaches_the_one_around_it(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        crew = await site.group("crew", ada)
        await site.group("red-team", crew)
        await site.push_group(RED)
        await site.events()
        await site.join(crew, bo)
        assert await site.events() == ["change members red-team"]
        assert site.target.members_of("red-team") == ["ada", "bo"]

    async def test_somebody_who_was_made_anew_there_is_put_back_into_their_groups(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.group("red-team", ada)
        await site.push_group(RED)
        await site.events()
        await site.target.delete_user(site.target.named("ada")["id"])
        await site.change(ada, title="Lead")
        assert await site.events() == ["update nobody", "provision ada", "change members red-team"]
        assert site.target.members_of("red-team") == ["ada"]
        await site.require_agreement()

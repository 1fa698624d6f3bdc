"""Plans: what they say, in which order, and that they write nothing anywhere."""

import sqlite3
from dataclasses import replace

import pytest

from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.provisioning.mapping import DEFAULT_MAPPINGS, AttributeMapping
from scimbridge.provisioning.plan import Plan

from .engine import ALL, Site, lines

RED = PushGroup("red", value="red")


def contents(site: Site) -> list[str]:
    """Everything in the database."""
    with sqlite3.connect(site.database.path) as connection:
        return list(connection.iterdump())


async def changes(site: Site, plan: Plan) -> list[tuple[str, object, object]]:
    """Each line of a plan as described."""
    described = [await site.provisioner.describe(item) for item in plan.items]
    return [(f"{item.action} {item.name}", before, after) for item, before, after in described]


class TestPlan:
    async def test_it_says_what_a_push_would_do_and_a_push_does_that(self, site: Site) -> None:
        ada, bo, cy, dee = await site.people("ada", "bo", "cy", "dee")
        red = await site.group("red-team", ada, bo)
        old = await site.group("red-old", ada)
        await site.push_group(RED)
        await site.pushed()
        await site.change(ada, title="Lead")
        await site.change(bo, userName="bob")
        await site.unassign(cy)
        await site.people("eve")
        await site.leave(red, ada)
        await site.join(red, dee)
        await site.group("red-new", dee)
        await site.delete(old)
        plan = await site.provisioner.plan()
        assert lines(plan) == [
            "rename bob",
            "deactivate cy",
            "create eve",
            "update ada",
            "create group red-new",
            "change members red-team",
            "delete group red-old",
        ]
        assert (plan.linked, plan.assigned, plan.losing) == (4, 4, 1)
        assert await changes(site, plan) == [
            ("rename bob", {"userName": "bo"}, {"userName": "bob"}),
            ("deactivate cy", {"active": True}, {"active": False}),
            ("create eve", {}, {"userName": "eve", "externalId": plan.items[2].source}),
            ("update ada", {}, {"title": "Lead"}),
            ("create group red-new", {}, {"displayName": "red-new", "members": ["dee"]}),
            ("change members red-team", {"members": ["ada"]}, {"members": ["dee"]}),
            ("delete group red-old", {"displayName": "red-old"}, {}),
        ]
        assert len(await site.pushed()) == len(plan.items)
        await site.require_agreement()

    async def test_it_writes_nothing_and_asks_the_target_nothing(self, site: Site) -> None:
        people = await site.people("ada", "bo")
        await site.group("red-team", *people)
        await site.push_group(RED)
        before = contents(site)
        plan = await site.provisioner.plan()
        for item in plan.items:
            await site.provisioner.describe(item)
        assert contents(site) == before
        assert site.target.calls == []

    async def test_it_foresees_who_joins_the_groups_of_those_who_come(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        bo = await site.user("bo")
        await site.group("red-team", ada, bo)
        await site.push_group(RED)
        await site.pushed()
        await site.assign(bo)
        plan = await site.provisioner.plan()
        assert [item.why for item in plan.items] == ["assigned", "1 of its members come to be there"]

    async def test_a_group_that_is_renamed_and_has_other_members_has_two_lines(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        red = await site.group("red-team")
        await site.push_group(RED)
        await site.pushed()
        await site.change(red, displayName="red-crew")
        await site.join(red, ada)
        plan = await site.provisioner.plan()
        assert await changes(site, plan) == [
            ("rename group red-crew", {"displayName": "red-team"}, {"displayName": "red-crew"}),
            ("change members red-crew", {}, {"members": ["ada"]}),
        ]

    async def test_who_cannot_be_mapped_is_seen_before_anything_is_sent(self, site: Site) -> None:
        await site.people("ada")
        await site.pushed()
        await site.set(mappings=(*DEFAULT_MAPPINGS, AttributeMapping("nickName", "Convert.toInt(user.login)")))
        (item,) = (await site.provisioner.plan()).items
        assert item.why.startswith("fails: the mapping of nickName: ")

    async def test_what_no_action_allows_is_not_in_it(self, site: Site) -> None:
        await site.people("ada")
        await site.set(actions=replace(ALL, push_new_users=False))
        assert lines(await site.provisioner.plan()) == []

    async def test_everything_compares_also_who_was_up_to_date(self, site: Site) -> None:
        """Time passes, groups change: an expression may give something else for a profile that has not changed."""
        await site.set(
            mappings=(*DEFAULT_MAPPINGS, AttributeMapping("nickName", 'isMemberOfGroupName("x") ? "in" : "out"'))
        )
        (ada,) = await site.people("ada")
        await site.pushed()
        await site.group("x", ada)
        assert lines(await site.provisioner.plan()) == []
        assert lines(await site.provisioner.plan(everything=True)) == ["update ada"]

    async def test_it_says_which_safeguards_object_and_is_refused_unless_they_are_named(self) -> None:
        plan = Plan("slack", [], refused={"deactivations": "too many.", "empty-source": "nobody."})
        with pytest.raises(PlanRefused, match=r"too many\. nobody\."):
            plan.allow(frozenset())
        with pytest.raises(PlanRefused) as refused:
            plan.allow(frozenset({"deactivations"}))
        assert list(refused.value.reasons) == ["empty-source"]
        plan.allow(frozenset({"deactivations", "empty-source"}))

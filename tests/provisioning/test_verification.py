"""What others change at the target is found by reading it, and healed by an ordinary push."""

from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.errors import TargetRefused

from .engine import Site, lines

RED = PushGroup("red", value="red")


async def whys(site: Site) -> list[tuple[str, str]]:
    plan = await site.provisioner.plan(verify=True)
    return [(f"{item.action} {item.name}", item.why) for item in plan.items]


async def heal(site: Site) -> list[str]:
    """What a push that verifies sends, apart from its reading."""
    before = len(site.target.calls)
    await site.provisioner.push(verify=True)
    return [call for call in site.target.calls[before:] if call.split()[0] not in ("list", "members")]


class TestUsers:
    async def test_a_target_that_is_as_we_left_it_needs_nothing(self, site: Site) -> None:
        people = await site.people("ada", "bo")
        await site.group("red-team", *people)
        await site.push_group(RED)
        await site.pushed()
        assert await whys(site) == []
        assert await heal(site) == []

    async def test_what_others_changed_is_put_back(self, site: Site) -> None:
        ada = await site.user("ada", title="Lead")
        await site.assign(ada)
        await site.pushed()
        site.target.named("ada")["title"] = "Boss"
        assert await whys(site) == [("update ada", "changed there by somebody else: title")]
        assert await heal(site) == ["update ada"]
        assert site.target.named("ada")["title"] == "Lead"
        await site.require_agreement()

    async def test_what_we_never_pushed_is_theirs(self, site: Site) -> None:
        await site.people("ada")
        await site.pushed()
        site.target.named("ada")["nickName"] = "A"
        assert await whys(site) == []

    async def test_what_the_target_never_kept_is_not_pushed_for_ever(self, site: Site) -> None:
        site.target.dropped = ("title",)
        await site.assign(await site.user("ada", title="Lead"))
        await site.pushed()
        assert await whys(site) == []

    async def test_who_was_deleted_there_is_made_again(self, site: Site) -> None:
        await site.people("ada", "bo")
        await site.pushed()
        await site.target.delete_user(site.target.named("ada")["id"])
        assert await whys(site) == [("create ada", "deleted there by somebody else")]
        assert await heal(site) == ["provision ada"]
        await site.require_agreement()

    async def test_who_was_deactivated_there_is_activated(self, site: Site) -> None:
        await site.people("ada")
        await site.pushed()
        site.target.named("ada")["active"] = False
        assert await whys(site) == [("reactivate ada", "deactivated there by somebody else")]
        assert await heal(site) == ["reactivate ada"]
        await site.require_agreement()

    async def test_who_was_activated_there_is_deactivated(self, site: Site) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        await site.unassign(ada)
        await site.pushed()
        site.target.named("ada")["active"] = True
        assert await whys(site) == [("deactivate ada", "activated there by somebody else")]
        assert await heal(site) == ["deactivate ada"]
        await site.require_agreement()

    async def test_the_profile_of_who_is_inactive_is_theirs(self, site: Site) -> None:
        ada = await site.user("ada", title="Lead")
        await site.assign(ada)
        await site.people("bo")
        await site.pushed()
        await site.unassign(ada)
        await site.pushed()
        site.target.named("ada")["title"] = "Boss"
        assert await whys(site) == []

    async def test_a_list_that_leaves_somebody_out_is_not_believed(self, site: Site) -> None:
        await site.people("ada", "bo")
        await site.pushed()
        hidden = site.target.named("ada")["id"]
        site.target.unlisted = {hidden}
        assert await whys(site) == []


class TestGroups:
    async def test_members_that_others_put_in_or_took_out_are_put_right(self, site: Site) -> None:
        ada, bo, cy = await site.people("ada", "bo", "cy")
        await site.group("red-team", ada, bo)
        await site.push_group(RED)
        await site.pushed()
        (members,) = site.target.joined.values()
        members.remove(site.target.named("ada")["id"])
        members.add(site.target.named("cy")["id"])
        why = "members changed there by somebody else: 1 taken out, 1 put in"
        assert await whys(site) == [("push now red-team", why)]
        assert await heal(site) == ["push now red-team"]
        assert site.target.members_of("red-team") == ["ada", "bo"]
        assert cy.id
        await site.require_agreement()

    async def test_what_changed_on_both_sides_is_sent_once_as_a_whole(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        red = await site.group("red-team", ada)
        await site.push_group(RED)
        await site.pushed()
        site.target.joined[next(iter(site.target.groups))].clear()
        await site.join(red, bo)
        assert [line for line, _ in await whys(site)] == ["push now red-team"]
        assert await heal(site) == ["push now red-team"]
        assert site.target.members_of("red-team") == ["ada", "bo"]
        await site.require_agreement()

    async def test_a_group_that_was_deleted_or_renamed_there_comes_back(self, site: Site) -> None:
        await site.group("red-a")
        await site.group("red-b")
        await site.push_group(RED)
        await site.pushed()
        a, b = (
            next(id_ for id_, group in site.target.groups.items() if group["displayName"] == name)
            for name in ("red-a", "red-b")
        )
        del site.target.groups[a]
        site.target.groups[b]["displayName"] = "other"
        assert sorted(await heal(site)) == ["push group red-a", "push now other"]
        assert sorted(group["displayName"] for group in site.target.groups.values()) == ["red-a", "red-b"]
        await site.require_agreement()

    async def test_a_target_that_tells_no_members_is_compared_as_far_as_it_tells(self, site: Site) -> None:
        await site.group("red-team")
        await site.push_group(RED)
        await site.pushed()

        def fail(call: str) -> None:
            if call.startswith("members"):
                raise TargetRefused("The target does not tell who is in a group.")

        site.target.fail = fail
        assert await whys(site) == []

    async def test_a_paused_group_is_not_healed(self, site: Site) -> None:
        red = await site.group("red-team")
        await site.push_group(RED)
        await site.pushed()
        await site.push_group(PushGroup("red", value="red", active=False))
        site.target.joined[next(iter(site.target.groups))].add("stranger")
        assert await heal(site) == []
        assert red.id


async def test_a_plan_that_verifies_writes_nothing(site: Site) -> None:
    await site.people("ada")
    await site.pushed()
    site.target.users.clear()
    assert lines(await site.provisioner.plan(verify=True)) == ["create ada"]
    assert lines(await site.provisioner.plan()) == []


async def test_who_is_deactivated_is_still_in_the_groups_there_and_that_is_no_change(site: Site) -> None:
    ada, bo, *_ = await site.people("ada", "bo", *(f"user{number}" for number in range(20)))
    await site.group("red-team", ada, bo)
    await site.push_group(PushGroup("red", value="red"))
    await site.pushed()
    await site.change(bo, active=False)
    await site.pushed()
    assert site.target.members_of("red-team") == ["ada", "bo"]
    assert lines(await site.provisioner.plan(verify=True)) == []

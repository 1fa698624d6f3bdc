"""Pushes: what reaches the target, what the ledger keeps of it, and what becomes of what goes wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import orjson
import pytest

from scimbridge.adapters.sqlite.errors import DatabaseError
from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.backoff import MAX_TRIES
from scimbridge.provisioning.errors import (
    PlanRefused,
    ProvisioningError,
    PushOccupied,
    TargetMisbehaved,
    TargetRefused,
    TargetUnavailable,
)
from scimbridge.provisioning.mapping import DEFAULT_MAPPINGS, AttributeMapping

from .engine import ALL, Site

RED = PushGroup("red", value="red")


def failing(event: str, error: Callable[[], ProvisioningError], times: int = 1_000_000) -> Callable[[str], None]:
    """What a target does that answers an event with an error, so many times."""
    left = [times]

    def fail(call: str) -> None:
        if call.startswith(event) and left[0] > 0:
            left[0] -= 1
            raise error()

    return fail


def unavailable() -> TargetUnavailable:
    return TargetUnavailable("503 Service Unavailable", retry_after=5)


class TestUsers:
    async def test_a_person_who_is_assigned_is_created_once(self, site: Site) -> None:
        await site.people("ada", "bo")
        await site.user("cy")
        assert sorted(await site.pushed()) == ["provision ada", "provision bo"]
        assert await site.pushed() == []
        await site.require_agreement()

    async def test_a_create_carries_the_mapped_profile_and_a_random_password(self, site: Site) -> None:
        ada = await site.user("ada", name={"givenName": "Ada", "familyName": "Moss"}, title="Lead")
        await site.assign(ada)
        await site.pushed()
        found = site.target.named("ada")
        assert found["name"] == {"givenName": "Ada", "familyName": "Moss"}
        assert found["title"] == "Lead"
        assert found["externalId"] == ada.id
        assert len(site.target.passwords[found["id"]]) == 24

    async def test_a_change_is_an_update_with_what_differs_in_the_journal(self, site: Site) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        await site.change(ada, title="Lead")
        assert await site.pushed() == ["update ada"]
        assert site.target.named("ada")["title"] == "Lead"
        entry = site.ledger.journal(newest=True, count=1)[0]
        assert (entry.action, entry.before, entry.after) == ("update", {}, {"title": "Lead"})
        await site.require_agreement()

    async def test_a_value_that_is_gone_here_goes_there(self, site: Site) -> None:
        ada = await site.user("ada", title="Lead")
        await site.assign(ada)
        await site.pushed()
        await site.change(ada, title=None)
        assert await site.pushed() == ["update ada"]
        assert "title" not in site.target.named("ada")

    async def test_a_change_of_what_is_not_mapped_sends_nothing_and_is_not_looked_at_again(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.pushed()
        await site.change(ada, ims=[{"value": "ada", "type": "xmpp"}])
        assert await site.pushed() == []
        assert list(await site.ledger.candidates(site.application.revision)) == []

    async def test_who_is_not_assigned_any_more_is_deactivated_and_comes_back_to_the_same_account(
        self, site: Site
    ) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        account = site.target.named("ada")["id"]
        await site.unassign(ada)
        assert await site.pushed() == ["deactivate ada"]
        assert site.target.named("ada")["active"] is False
        await site.require_agreement()
        await site.change(ada, title="Lead")
        await site.assign(ada)
        assert await site.pushed() == ["reactivate ada"]
        assert site.target.named("ada") | {"title": "Lead", "active": True, "id": account} == site.target.named("ada")
        await site.require_agreement()

    async def test_who_is_deactivated_here_is_deactivated_there(self, site: Site) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        await site.change(ada, active=False)
        assert await site.pushed() == ["deactivate ada"]
        await site.require_agreement()

    async def test_who_is_deleted_here_is_deactivated_there_and_then_forgotten(self, site: Site) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        await site.delete(ada)
        assert await site.pushed() == ["deactivate ada"]
        assert site.ledger.link("User", ada.id) is None
        await site.require_agreement()

    @pytest.mark.parametrize(("rule", "calls"), [("delete", ["delete ada"]), ("leave", [])])
    async def test_the_application_says_what_becomes_of_them(self, site: Site, rule: str, calls: list[str]) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        await site.set(on_unassign=rule)
        await site.unassign(ada)
        assert await site.pushed() == calls
        assert site.ledger.link("User", ada.id) is None
        await site.require_agreement()

    @pytest.mark.parametrize("action", ["push_new_users", "push_profile_updates", "deactivate_users"], ids=str)
    async def test_an_action_that_is_off_sends_nothing(self, site: Site, action: str) -> None:
        ada, bo = await site.people("ada", "bo")
        await site.pushed()
        await site.set(actions=replace(ALL, **{action: False}))
        await site.change(ada, title="Lead")
        await site.unassign(bo)
        await site.people("cy")
        events = {"push_new_users": "provision", "push_profile_updates": "update", "deactivate_users": "deactivate"}
        sent = {call.split()[0] for call in await site.pushed()}
        assert sent == set(events.values()) - {events[action]}

    async def test_the_override_of_an_assignment_wins_and_a_change_of_it_is_pushed(self, site: Site) -> None:
        ada = await site.user("ada", title="Lead")
        await site.assign(ada, title="Guest")
        await site.pushed()
        assert site.target.named("ada")["title"] == "Guest"
        await site.assign(ada, title="Visitor")
        assert await site.pushed() == ["update ada"]
        assert site.target.named("ada")["title"] == "Visitor"
        await site.require_agreement()

    async def test_a_group_assigns_whoever_is_in_it(self, site: Site) -> None:
        ada, bo = await site.user("ada"), await site.user("bo")
        staff = await site.group("staff", ada)
        await site.assign(staff)
        assert await site.pushed() == ["provision ada"]
        await site.join(staff, bo)
        await site.leave(staff, ada)
        assert sorted(await site.pushed()) == ["deactivate ada", "provision bo"]

    async def test_names_become_free_before_others_take_them(self, site: Site) -> None:
        ada, _ = await site.people("ada", "zoe")
        await site.pushed()
        await site.change(ada, userName="ada2")
        await site.people("ada")
        assert await site.pushed() == ["update ada", "provision ada"]
        assert await site.tasks() == []
        await site.require_agreement()

    async def test_a_chain_of_renames_ends_well_in_whatever_order_it_is_tried(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        await site.pushed()
        await site.change(bo, userName="bo2")
        await site.change(ada, userName="bo")
        await site.pushed()
        assert {user["externalId"]: user["userName"] for user in site.target.users.values()} == {
            ada.id: "bo",
            bo.id: "bo2",
        }
        await site.require_agreement()

    async def test_a_rename_is_not_pushed_where_usernames_are_excluded(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.pushed()
        await site.set(exclude_username_updates=True)
        await site.change(ada, userName="ada2", title="Lead")
        assert await site.pushed() == ["update ada"]
        assert site.target.named("ada")["title"] == "Lead"
        await site.require_agreement()

    async def test_what_applies_on_create_only_is_never_sent_again(self, site: Site) -> None:
        mappings = tuple(mapping for mapping in DEFAULT_MAPPINGS if mapping.target != "title")
        await site.set(mappings=(*mappings, AttributeMapping("title", "user.title", "create")))
        ada = await site.user("ada", title="Lead")
        await site.assign(ada)
        await site.pushed()
        assert site.target.named("ada")["title"] == "Lead"
        await site.change(ada, title="Boss", nickName="A")
        await site.pushed()
        assert site.target.named("ada")["title"] == "Lead"
        assert site.target.named("ada")["nickName"] == "A"
        await site.require_agreement()

    async def test_other_mappings_reach_everybody(self, site: Site) -> None:
        await site.people("ada", "bo")
        await site.pushed()
        await site.set(mappings=(*DEFAULT_MAPPINGS[:-1], AttributeMapping("nickName", '"N"')))
        assert sorted(await site.pushed()) == ["update ada", "update bo"]
        await site.require_agreement()

    async def test_who_cannot_be_mapped_is_a_task_and_keeps_nobody_from_the_rest(self, site: Site) -> None:
        await site.set(mappings=(*DEFAULT_MAPPINGS, AttributeMapping("nickName", "Convert.toInt(user.title)")))
        ada = await site.user("ada", title="many")
        await site.assign(ada)
        await site.people("bo")
        assert await site.pushed() == ["provision bo"]
        ((name, reason),) = await site.tasks()
        assert name == "ada"
        assert "nickName" in reason

    async def test_what_the_target_does_not_keep_is_told_once(self, site: Site) -> None:
        site.target.dropped = ("title",)
        ada = await site.user("ada", title="Lead")
        await site.assign(ada)
        summary = await site.provisioner.push()
        assert summary.dropped == {"title": 1}
        assert site.ledger.journal()[-1].reason == "The target does not keep title."
        site.target.dropped = ("title", "nickName")
        await site.change(ada, title="Boss", nickName="A")
        assert (await site.provisioner.push()).dropped == {"nickName": 1}
        link = site.ledger.link("User", ada.id)
        assert link is not None
        assert link.dropped == ("title", "nickName")
        await site.require_agreement()


class TestMatches:
    async def test_what_is_there_under_the_same_name_is_taken_over(self, site: Site) -> None:
        account = site.target.add_user("ADA", title="old")
        (ada,) = await site.people("ada")
        await site.pushed()
        link = site.ledger.link("User", ada.id)
        assert link is not None
        assert link.target == account
        assert site.ledger.journal()[-1].reason.startswith("It was there already")

    async def test_or_left_alone_and_made_a_task(self, site: Site) -> None:
        account = site.target.add_user("ada", title="old")
        await site.set(on_match="task")
        await site.people("ada")
        await site.pushed()
        assert await site.tasks() == [("ada", '"ada" is there already.')]
        assert site.target.users[account]["title"] == "old"

    async def test_two_people_never_share_an_account(self, site: Site) -> None:
        await site.people("ada")
        await site.pushed()
        other = await site.user("bo")
        await site.assign(other, userName="ada")
        await site.pushed()
        ((name, reason),) = await site.tasks()
        assert (name, reason) == ("bo", '"ada" there is linked to somebody else here already.')
        assert site.ledger.link("User", other.id) is None

    async def test_a_create_whose_answer_was_lost_is_ours_whatever_the_rule(self, site: Site) -> None:
        await site.set(on_match="task")
        site.target.fail_after = failing("provision", unavailable, times=1)
        await site.people("ada")
        await site.pushed()
        assert len(site.target.users) == 1
        await site.require_agreement()

    async def test_but_not_if_it_has_another_external_id(self, site: Site) -> None:
        await site.set(on_match="task")
        site.target.fail = failing("provision", unavailable, times=1)
        site.target.add_user("ada", externalId="somebody")
        await site.people("ada")
        await site.pushed()
        assert await site.tasks() == [("ada", '"ada" is there already.')]


class TestGone:
    async def test_who_was_deleted_there_is_made_again(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.pushed()
        site.target.users.clear()
        await site.change(ada, title="Lead")
        assert await site.pushed() == ["update nobody", "provision ada"]
        assert site.target.named("ada")["title"] == "Lead"
        await site.require_agreement()

    async def test_who_was_deleted_there_and_is_not_to_be_there_is_left_so(self, site: Site) -> None:
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        del site.target.users[site.target.named("ada")["id"]]
        await site.unassign(ada)
        assert await site.pushed() == ["deactivate nobody"]
        await site.require_agreement()
        await site.assign(ada)
        assert await site.pushed() == ["provision ada"]

    async def test_a_group_that_was_deleted_there_is_made_again_with_its_members(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        red = await site.group("red-team", ada)
        await site.push_group(RED)
        await site.pushed()
        site.target.groups.clear()
        await site.join(red, bo)
        assert await site.pushed() == ["change members none", "push group red-team"]
        assert site.target.members_of("red-team") == ["ada", "bo"]
        await site.require_agreement()


class TestGroups:
    async def test_a_pushed_group_has_the_members_who_are_there(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        await site.group("red-team", ada, bo, await site.user("cy"))
        await site.group("blue-team", ada)
        await site.push_group(RED)
        assert (await site.pushed())[2:] == ["push group red-team"]
        assert site.target.members_of("red-team") == ["ada", "bo"]
        await site.require_agreement()

    async def test_only_the_difference_is_sent(self, site: Site) -> None:
        ada, bo, cy = await site.people("ada", "bo", "cy")
        red = await site.group("red-team", ada, bo)
        await site.push_group(RED)
        await site.pushed()
        await site.join(red, cy)
        await site.leave(red, ada)
        assert await site.pushed() == ["change members red-team"]
        assert site.target.members_of("red-team") == ["bo", "cy"]
        assert site.ledger.journal(newest=True, count=1)[0].before == {"members": ["ada"]}
        await site.require_agreement()

    async def test_who_comes_to_be_there_joins_their_groups(self, site: Site) -> None:
        ada, _ = await site.people("ada", "bo")
        bo = await site.user("dee")
        await site.group("red-team", ada, bo)
        await site.push_group(RED)
        await site.pushed()
        await site.assign(bo)
        assert await site.pushed() == ["provision dee", "change members red-team"]
        await site.require_agreement()

    async def test_who_is_deactivated_stays_in_their_groups_there(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        await site.group("red-team", ada, bo)
        await site.push_group(RED)
        await site.pushed()
        await site.unassign(ada)
        assert await site.pushed() == ["deactivate ada"]
        assert site.target.members_of("red-team") == ["ada", "bo"]
        await site.assign(ada)
        assert await site.pushed() == ["reactivate ada"]
        await site.require_agreement()

    async def test_a_wizard_application_sends_the_groups_of_who_comes_back(self, site: Site) -> None:
        assert site.application.connection is not None
        await site.set(connection=replace(site.application.connection, style="wizard"))
        ada, bo = await site.people("ada", "bo")
        await site.group("red-team", ada, bo)
        await site.group("other", ada)
        await site.push_group(RED)
        await site.pushed()
        await site.unassign(ada)
        await site.pushed()
        await site.assign(ada)
        assert await site.pushed() == ["reactivate ada", "change members red-team"]
        await site.require_agreement()

    async def test_a_group_is_renamed_and_gets_its_members(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        red = await site.group("red-team", ada)
        await site.push_group(PushGroup("red-team", group=red.id))
        await site.pushed()
        await site.change(red, displayName="crew")
        await site.join(red, bo)
        assert await site.pushed() == ["rename group red-team", "change members crew"]
        assert site.target.members_of("crew") == ["ada", "bo"]
        await site.require_agreement()

    async def test_a_name_that_does_not_follow_stays(self, site: Site) -> None:
        red = await site.group("red-team")
        await site.push_group(PushGroup("red-team", group=red.id, rename=False))
        await site.pushed()
        await site.change(red, displayName="crew")
        assert await site.pushed() == []
        await site.provisioner.push_now(red.id)
        assert [group["displayName"] for group in site.target.groups.values()] == ["red-team"]
        await site.require_agreement()

    async def test_a_group_becomes_one_that_is_there_under_another_name(self, site: Site) -> None:
        site.target.groups["g1"] = {"id": "g1", "displayName": "Sales"}
        site.target.joined["g1"] = {site.target.add_user("stranger")}
        ada, _ = await site.people("ada", "bo")
        red = await site.group("red-team", ada)
        await site.push_group(PushGroup("red-team", group=red.id, link_to="Sales"))
        await site.pushed()
        assert site.target.members_of("Sales") == ["ada"]
        await site.require_agreement()

    async def test_a_paused_group_sends_nothing_until_it_goes_on(self, site: Site) -> None:
        ada, bo = await site.people("ada", "bo")
        red = await site.group("red-team", ada)
        await site.push_group(RED)
        await site.pushed()
        await site.push_group(replace(RED, active=False))
        await site.join(red, bo)
        assert await site.pushed() == []
        await site.push_group(RED)
        assert await site.pushed() == ["change members red-team"]

    async def test_a_group_that_is_not_pushed_any_more_is_left(self, site: Site) -> None:
        red = await site.group("red-team")
        await site.push_group(RED)
        await site.pushed()
        await site.drop_push_group("red")
        assert await site.pushed() == []
        assert site.ledger.link("Group", red.id) is None
        assert [group["displayName"] for group in site.target.groups.values()] == ["red-team"]
        await site.require_agreement()

    async def test_a_group_that_is_deleted_here_is_deleted_there(self, site: Site) -> None:
        red = await site.group("red-team")
        await site.push_group(RED)
        await site.pushed()
        await site.delete(red)
        assert await site.pushed() == ["delete group red-team"]
        await site.require_agreement()

    async def test_push_now_sends_all_of_it(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        red = await site.group("red-team", ada)
        await site.push_group(RED)
        await site.pushed()
        site.target.joined[next(iter(site.target.groups))] = {"stranger"}
        summary = await site.provisioner.push_now(red.id)
        assert summary.counts == {("push now", "done"): 1}
        assert site.target.members_of("red-team") == ["ada"]

    async def test_a_group_that_is_unlinked_and_to_be_deleted_there_is(self, site: Site) -> None:
        red = await site.group("red-team")
        await site.push_group(RED)
        await site.pushed()
        await site.drop_push_group("red", delete=True)
        assert await site.events() == ["delete group red-team"]
        assert site.target.groups == {}
        assert site.ledger.link("Group", red.id) is None
        await site.require_agreement()

    async def test_what_is_deleted_while_its_create_is_under_way_is_deleted_when_that_is_over(self, site: Site) -> None:
        await site.people("ada")
        await site.group("red-team")
        await site.push_group(RED)

        async def drop(call: str) -> None:
            if call == "push group red-team":
                await site.drop_push_group("red", delete=True)

        site.target.pause = drop
        await site.provisioner.drain()
        assert site.target.calls == ["provision ada", "push group red-team", "delete group red-team"]
        assert site.target.groups == {}
        await site.require_agreement()

    async def test_what_another_push_group_wants_there_is_made_again(self, site: Site) -> None:
        red = await site.group("red-team")
        await site.push_group(PushGroup("by name", group=red.id))
        await site.push_group(RED)
        await site.pushed()
        await site.drop_push_group("by name", delete=True)
        assert await site.events() == ["delete group red-team", "push group red-team"]
        await site.require_agreement()


class TestFailures:
    async def test_a_refusal_is_a_task_at_once_in_the_targets_words(self, site: Site) -> None:
        site.target.fail = failing("provision bo", lambda: TargetRefused("userName must be an e-mail address"))
        await site.people("ada", "bo")
        summary = await site.provisioner.push()
        assert summary.counts == {("create", "done"): 1, ("create", "refused"): 1}
        assert [failure[3:] for failure in summary.failures] == [("bo", "userName must be an e-mail address")]
        assert await site.tasks() == [("bo", "userName must be an e-mail address")]

    async def test_no_answer_is_tried_again_and_not_before_the_target_asked_for_it(self, site: Site) -> None:
        site.target.fail = failing("provision", lambda: TargetUnavailable("503", retry_after=7), times=2)
        await site.people("ada")
        summary = await site.provisioner.push()
        assert summary.counts == {("create", "done"): 1}
        assert summary.retried == 2
        assert site.slept >= 14
        await site.require_agreement()

    async def test_after_ten_tries_it_is_a_task(self, site: Site) -> None:
        site.target.fail = failing("provision", unavailable)
        await site.people("ada")
        assert await site.pushed() == ["provision ada"] * MAX_TRIES
        assert await site.tasks() == [("ada", "503 Service Unavailable")]

    async def test_what_asks_for_too_much_patience_stays_in_the_queue(self, site: Site) -> None:
        site.target.fail = failing("provision", lambda: TargetUnavailable("503", retry_after=3600), times=1)
        await site.people("ada")
        summary = await site.provisioner.push()
        assert (summary.waiting, summary.done) == (1, 0)
        site.later(3600)
        assert await site.events() == ["provision ada"]

    async def test_a_throttled_target_is_left_alone_altogether(self, site: Site) -> None:
        site.target.fail = failing(
            "provision", lambda: TargetUnavailable("429", retry_after=30, throttled=True), times=1
        )
        await site.people("ada")
        await site.provisioner.push()
        assert site.pace.paused_for == [30]

    async def test_and_nobody_stands_in_line_for_it(self, site: Site) -> None:
        """An hour is more than a command or a stopping server waits: it goes back to the queue, and no try is lost."""
        throttled = partial(TargetUnavailable, "429", retry_after=3600, throttled=True)
        site.target.fail = failing("provision", throttled, times=1)
        await site.people(*(f"user{number}" for number in range(100)))
        summary = await site.provisioner.push()
        assert len(site.target.calls) < 20
        assert site.slept < 60
        assert summary.waiting == 100 - summary.done
        assert summary.quarantined == ""
        assert await site.events() == []
        assert [work.attempts for work in await site.ledger.claim("9", 100)].count(0) >= summary.waiting - 1
        site.later(3700)
        await site.events()
        await site.require_agreement()

    async def test_what_the_ledger_cannot_write_ends_the_push_with_its_own_words(self, site: Site) -> None:
        await site.people("ada")

        async def pause(_: str) -> None:
            await site.database.close()

        site.target.pause = pause
        with pytest.raises(DatabaseError, match="closed"):
            await site.provisioner.push()

    async def test_nonsense_is_a_task(self, site: Site) -> None:
        site.target.fail = failing("provision", lambda: TargetMisbehaved("an HTML page in place of SCIM"))
        await site.people("ada")
        await site.pushed()
        assert await site.tasks() == [("ada", "an HTML page in place of SCIM")]

    async def test_an_error_of_ours_is_a_task_and_stops_nobody_else(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(call: str) -> None:
            if call == "provision ada":
                raise KeyError("secret-value")

        site.target.fail = fail
        await site.people("ada", "bo")
        await site.pushed()
        ((name, reason),) = await site.tasks()
        assert name == "ada"
        assert "scimbridge (KeyError)" in reason
        assert "secret-value" not in reason
        assert "Traceback" in caplog.text
        assert site.target.named("bo")

    async def test_a_task_that_is_tried_again_and_works_is_none_any_more(self, site: Site) -> None:
        site.target.fail = failing("provision", lambda: TargetRefused("no"), times=1)
        (ada,) = await site.people("ada")
        await site.pushed()
        assert await site.ledger.retry("User", ada.id, "reconcile", site.environment().now())
        assert await site.events() == ["provision ada"]
        await site.require_agreement()

    async def test_a_task_that_nobody_needs_any_more_goes_with_the_next_push(self, site: Site) -> None:
        site.target.fail = failing("provision", lambda: TargetRefused("no"))
        ada, *_ = await site.people("ada", "bo")
        await site.pushed()
        site.target.fail = lambda _: None
        await site.delete(ada)
        await site.pushed()
        await site.require_agreement()

    async def test_a_create_that_went_wrong_half_way_is_completed_not_repeated(self, site: Site) -> None:
        def fail(_: str) -> None:
            if len(site.target.calls) == 1:
                error = TargetUnavailable("no answer to the second request")
                error.written = site.target.named("ada")["id"]
                raise error

        site.target.fail_after = fail
        await site.people("ada")
        assert await site.pushed() == ["provision ada", "update ada"]
        assert len(site.target.users) == 1
        await site.require_agreement()


class TestPasswords:
    async def test_a_password_that_is_known_goes_with_the_create(self, site: Site) -> None:
        await site.set(passwords="sync")
        ada = await site.user("ada", password="correct horse")
        await site.assign(ada)
        assert await site.events() == ["provision ada"]
        assert list(site.target.passwords.values()) == ["correct horse"]
        assert site.ledger.password(ada.id) is None

    async def test_one_that_waits_for_a_create_that_fails_at_first_is_not_lost(self, site: Site) -> None:
        await site.set(passwords="sync")
        site.target.fail = failing("provision", unavailable, times=1)
        ada = await site.user("ada", password="correct horse")
        await site.assign(ada)
        assert await site.events() == ["provision ada"]
        site.later(10)
        assert await site.events() == ["provision ada"]
        assert list(site.target.passwords.values()) == ["correct horse"]

    async def test_who_was_deleted_there_gets_it_with_the_new_account(self, site: Site) -> None:
        await site.set(passwords="sync")
        (ada,) = await site.people("ada")
        await site.events()
        await site.target.delete_user(site.target.named("ada")["id"])
        await site.set_password(ada, "battery staple")
        await site.events()
        assert site.target.passwords[site.target.named("ada")["id"]] == "battery staple"
        await site.require_agreement()

    async def test_one_that_is_set_later_follows(self, site: Site) -> None:
        await site.set(passwords="sync")
        (ada,) = await site.people("ada")
        await site.events()
        await site.set_password(ada, "battery staple")
        assert await site.events() == ["password ada"]
        assert list(site.target.passwords.values()) == ["battery staple"]
        assert site.ledger.password(ada.id) is None

    async def test_no_journal_and_no_task_has_it(self, site: Site) -> None:
        await site.set(passwords="sync")
        (ada,) = await site.people("ada")
        await site.events()
        site.target.fail = failing("password", lambda: TargetRefused("too weak"))
        await site.set_password(ada, "battery staple")
        await site.events()
        assert "battery" not in repr([*site.ledger.journal(), *site.ledger.tasks()])
        assert site.ledger.journal()[-1].password

    async def test_where_there_are_to_be_none_a_create_has_none(self, site: Site) -> None:
        await site.set(passwords="none")
        await site.people("ada")
        await site.pushed()
        assert site.target.passwords == {}


class TestSafeguards:
    async def test_a_plan_that_takes_access_from_many_is_refused_and_can_be_let_pass_once(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        for person in people[:15]:
            await site.unassign(person)
        with pytest.raises(PlanRefused) as refused:
            await site.pushed()
        assert list(refused.value.reasons) == ["deactivations"]
        assert site.target.calls[20:] == []
        assert len(await site.pushed("deactivations")) == 15
        await site.require_agreement()

    async def test_nobody_assigned_any_more_is_refused(self, site: Site) -> None:
        people = await site.people("ada", "bo")
        await site.pushed()
        for person in people:
            await site.unassign(person)
        with pytest.raises(PlanRefused, match="empty by mistake"):
            await site.pushed()

    async def test_a_refused_comparison_is_a_task_until_a_push_is_let_pass(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        await site.pushed()
        for person in people[:15]:
            await site.unassign(person)
        assert await site.provisioner.compare() is None
        assert len([reason for _, reason in await site.tasks() if "15 people lose access" in reason]) == 1
        await site.pushed("deactivations")
        await site.require_agreement()


class TestLease:
    async def test_only_one_pushes_at_a_time_and_says_who(self, site: Site) -> None:
        await site.people("ada")
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def pause(_: str) -> None:
            inside.set()
            await go_on.wait()

        site.target.pause = pause
        pushing = asyncio.create_task(site.provisioner.push())
        await inside.wait()
        with pytest.raises(PushOccupied, match="test:1"):
            await site.restarted().drain()
        go_on.set()
        await pushing
        assert site.target.calls == ["provision ada"]

    async def test_who_has_lost_it_begins_nothing_more(self, site: Site) -> None:
        """A machine that slept: when it wakes up another one has been pushing for long."""
        await site.people(*(f"user{number}" for number in range(50)))
        slept = False

        async def pause(_: str) -> None:
            nonlocal slept
            if not slept:
                slept = True
                site.later(3600)
                now = site.environment()
                assert await site.ledger.acquire("somebody else", now.now(), now.later(3600)) is None

        site.target.pause = pause
        await site.provisioner.push()
        assert len(site.target.calls) <= 8
        assert site.ledger.waiting() == 50 - len(site.target.calls)

    async def test_the_lease_of_a_process_that_died_runs_out(self, site: Site) -> None:
        await site.people("ada")
        now = site.environment()
        assert await site.ledger.acquire("the dead", now.now(), now.later(20)) is None
        assert await site.pushed() == ["provision ada"]


class TestPasses:
    async def test_as_many_at_a_time_as_the_application_allows(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(50)))
        await site.pushed()
        assert site.target.most_under_way == 8

    async def test_people_are_there_before_groups_and_what_takes_away_comes_last(self, site: Site) -> None:
        people = await site.people(*(f"user{number}" for number in range(20)))
        old = await site.group("red-old")
        await site.push_group(RED)
        await site.pushed()
        await site.delete(old)
        await site.group("red-new", *people)
        await site.people("zoe")
        await site.change(people[0], title="x")
        await site.unassign(people[1])
        assert await site.pushed() == [
            "deactivate user1",
            "provision zoe",
            "update user0",
            "push group red-new",
            "delete group red-old",
        ]

    async def test_progress_counts_to_the_end(self, site: Site) -> None:
        await site.people("ada", "bo", "cy")
        seen: list[tuple[int, int]] = []
        await site.provisioner.push(progress=lambda done, total: seen.append((done, total)))
        assert seen == [(1, 3), (2, 3), (3, 3)]

    async def test_progress_never_counts_more_than_there_is(self, site: Site) -> None:
        """Groups come along because of who came to be there."""
        bo = await site.user("bo")
        await site.group("red-team", *await site.people("ada"), bo)
        await site.push_group(RED)
        await site.pushed()
        await site.assign(bo)
        seen: list[tuple[int, int]] = []
        await site.provisioner.push(progress=lambda done, total: seen.append((done, total)))
        assert len(seen) == 2
        assert all(done <= total for done, total in seen)

    async def test_stopped_in_the_middle_nothing_is_lost_or_done_twice(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(100)))

        def fail(_: str) -> None:
            if len(site.target.calls) == 30:
                site.provisioner.stop()

        site.target.fail = fail
        await site.provisioner.push()
        assert len(site.target.calls) < 50
        assert site.ledger.waiting() == 100 - len(site.target.calls)
        site.target.fail = lambda _: None
        site.restarted()
        await site.events()
        assert sorted(site.target.calls) == sorted(f"provision user{number}" for number in range(100))
        await site.require_agreement()

    async def test_a_change_while_its_work_is_under_way_is_not_lost(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.events()
        await site.change(ada, title="Lead")
        changed = False

        async def pause(call: str) -> None:
            nonlocal changed
            if call == "update ada" and not changed:
                changed = True
                await site.change(ada, title="Boss")
                await site.provisioner.follow()

        site.target.pause = pause
        assert await site.events() == ["update ada", "update ada"]
        assert site.target.named("ada")["title"] == "Boss"
        await site.require_agreement()

    async def test_a_link_has_the_version_of_what_was_read_for_it(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The user may change between two reads: the link must not say that the change was pushed."""
        ada, _ = await site.people("ada", "bo")
        await site.pushed()
        await site.change(ada, title="Lead")
        older = site.directory.get("User", ada.id)
        await site.change(ada, title="Boss")
        monkeypatch.setattr(site.directory, "get", lambda *_: older)
        await site.pushed()
        monkeypatch.undo()
        assert site.target.named("ada")["title"] == "Lead"
        assert await site.pushed() == ["update ada"]
        assert site.target.named("ada")["title"] == "Boss"

    async def test_the_link_holds_what_was_pushed(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.pushed()
        link = site.ledger.link("User", ada.id)
        assert link is not None
        assert orjson.loads(link.pushed)["userName"] == "ada"
        assert (link.name, link.state, link.version, link.revision) == ("ada", "active", 1, site.application.revision)

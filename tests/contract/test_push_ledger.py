"""What an application's ledger promises (provisioning/ports.py)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Literal

import pytest

from contract.conftest import ACTOR, group, ticking, user
from contract.provisioned import LATER, NOW, SLACK, Provisioned, event, linked, provision, there
from scimbridge.adapters.sqlite import functions, push_groups, roster
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.pushes import SqlitePushLedger
from scimbridge.directory.ports import AddMembers, Change, New, Password, Record, RemoveMembers
from scimbridge.provisioning.application import Assignment, PushGroup
from scimbridge.provisioning.ports import Candidate, Entry, Membership, Outcome, Standing, Work, WorkKind
from scimbridge.provisioning.target import Member

NOBODY = "00000000-0000-4000-8000-999999999999"
TEAMS = PushGroup("teams", value="team ")


@pytest.fixture
async def acme(database: Database) -> Provisioned:
    return await provision(database)


def work(record: Record, **different: Any) -> Work:
    return Work(record.type, record.id, record.id[-3:], due=NOW)._replace(**different)


def entry(record: Record, action: str = "create", run: str = "") -> Entry:
    return Entry(0, NOW, run, action, record.type, record.id, "x", "", {}, {"userName": "x"}, "assigned")


def member(record: Record, display: str) -> Membership:
    return Membership(record.id, Member(there(record), display))


class TestCandidates:
    async def test_who_is_assigned_directly_or_through_a_group_or_a_group_in_it_is_one(self, acme: Provisioned) -> None:
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        await acme.user("dan")
        inner = await acme.group("Inner", [cy.id])
        outer = await acme.group("Outer", [bo.id, inner.id])
        await acme.assign(ada, outer)
        assert await acme.names() == ["ada", "bo", "cy"]
        assert await acme.ledger.assigned_count() == 3

    async def test_groups_in_a_circle_are_walked_once(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        one = await acme.group("One", [ada.id])
        two = await acme.group("Two", [one.id])
        await acme.change(one, None, AddMembers([two.id]))
        await acme.assign(two)
        assert await acme.names() == ["ada"]

    async def test_a_group_that_is_nobodys_id_reaches_nobody(self, acme: Provisioned) -> None:
        await acme.applications.assign(SLACK.id, [Assignment("Group", NOBODY), Assignment("User", NOBODY)], event())
        assert await acme.names(everything=True) == []

    async def test_who_is_up_to_date_is_none(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        await acme.assign(ada, bo)
        await acme.link(ada)
        assert await acme.names() == ["bo"]
        assert await acme.names(everything=True) == ["ada", "bo"]

    async def test_who_changed_here_is_one(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.assign(ada)
        await acme.link(ada)
        await acme.change(ada, user("ada", title="Lead"))
        assert await acme.names() == ["ada"]

    async def test_a_change_of_the_applications_settings_makes_everybody_one(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.assign(ada)
        await acme.link(ada)
        assert await acme.names(revision=2) == ["ada"]

    async def test_other_overrides_make_one_and_the_same_ones_from_elsewhere_do_not(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        team = await acme.group("Team", [ada.id])
        await acme.assign(ada, title="Guest")
        await acme.link(ada, assignment=Assignment("User", ada.id, overrides={"title": "Guest"}).digest)
        assert await acme.names() == []
        await acme.assign(team, priority=5, title="Guest")
        await acme.applications.unassign(SLACK.id, "User", ada.id, event())
        assert await acme.names() == []
        await acme.assign(team, priority=5, title="Host")
        assert await acme.names() == ["ada"]

    @pytest.mark.parametrize("state", ["active", "inactive", "gone"])
    @pytest.mark.parametrize("wanted", [True, False])
    async def test_the_state_here_and_there_decides(self, acme: Provisioned, state: str, wanted: bool) -> None:
        """Wanted: unless it is active there. Not wanted: only if it is."""
        ada = await acme.user("ada", active=wanted)
        await acme.assign(ada)
        await acme.link(ada, state=state)
        assert await acme.names() == (["ada"] if wanted != (state == "active") else [])

    async def test_who_was_never_pushed_and_is_not_active_is_none(self, acme: Provisioned) -> None:
        await acme.assign(await acme.user("ada", active=False))
        assert await acme.names() == []

    @pytest.mark.parametrize(("state", "names"), [("active", ["ada"]), ("inactive", []), ("gone", [])])
    async def test_who_is_linked_and_assigned_no_more_is_one_while_active_there(
        self, acme: Provisioned, state: str, names: list[str]
    ) -> None:
        ada = await acme.user("ada")
        await acme.link(ada, state=state)
        assert await acme.names() == names
        [found] = await acme.ledger.candidates(1, everything=True)
        assert found.assignment is None

    @pytest.mark.parametrize("state", ["active", "inactive", "gone"])
    async def test_who_was_deleted_here_is_one_until_unlinked(self, acme: Provisioned, state: str) -> None:
        ada = await acme.user("ada")
        await acme.assign(ada)
        await acme.link(ada, state=state)
        await acme.directory.delete("User", ada.id, lambda _: None, ACTOR)
        [found] = await acme.ledger.candidates(1)
        assert (found.source, found.name, found.version, found.active, found.assignment) == (
            ada.id,
            "ada",
            0,
            False,
            None,
        )
        await acme.ledger.record([Outcome(Work("User", ada.id, "ada"), "done", unlinked=ada.id)])
        assert await acme.ledger.candidates(1) == []

    async def test_they_come_in_order_of_creation(self, acme: Provisioned) -> None:
        people = [await acme.user(name) for name in ("zoe", "ada", "max")]
        await acme.assign(*reversed(people))
        assert await acme.names() == ["zoe", "ada", "max"]

    async def test_another_realms_people_are_none(self, acme: Provisioned, database: Database) -> None:
        other = await provision(database, realm="other", applications=[replace(SLACK, id="app-2")])
        stranger = await other.user("stranger")
        await acme.applications.assign(SLACK.id, [Assignment("User", stranger.id)], event())
        assert await acme.names(everything=True) == []

    async def test_one_alone_is_told_as_among_all(self, acme: Provisioned) -> None:
        """Whatever a user's case, `candidate`, `candidates_of` and `candidates` agree."""
        ada, bo, cy, dan = [await acme.user(name) for name in ("ada", "bo", "cy", "dan")]
        inner = await acme.group("Inner", [cy.id])
        await acme.assign(ada, await acme.group("Outer", [bo.id, ada.id, inner.id]), title="x")
        await acme.link(ada, bo, dan)
        everybody = await acme.ledger.candidates(1, everything=True)
        assert len(everybody) == 4
        assert [acme.ledger.candidate(found.source) for found in everybody] == everybody
        several = acme.ledger.candidates_of([found.source for found in everybody])
        assert [several[found.source] for found in everybody] == [found._replace(settled=True) for found in everybody]

    async def test_nobodys_id_is_a_candidate_with_nothing(self, acme: Provisioned) -> None:
        found = acme.ledger.candidate(NOBODY)
        assert found == Candidate(NOBODY, "", 0, active=False, assignment=None, link=None)
        assert acme.ledger.candidates_of([NOBODY]) == {NOBODY: found._replace(settled=True)}

    @pytest.mark.parametrize(
        ("outcome", "settled"), [("done", True), ("nothing", True), ("", False), ("unavailable", False)]
    )
    async def test_one_is_settled_when_all_that_was_begun_is_over(
        self, acme: Provisioned, outcome: str, *, settled: bool
    ) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        first, second = await acme.ledger.begin([entry(ada, "update"), entry(ada, "update")])
        await acme.ledger.record([Outcome(work(ada), "done", second)])
        if outcome:
            await acme.ledger.record([Outcome(work(ada), outcome, first)])
        found = acme.ledger.candidates_of([ada.id, bo.id])
        assert (found[ada.id].settled, found[bo.id].settled) == (settled, True)


class TestPriority:
    async def test_a_direct_assignment_wins_over_a_groups(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.assign(await acme.group("Team", [ada.id]), priority=-5, title="team")
        await acme.assign(ada, priority=9, title="own")
        assert await self._title(acme) == "own"

    async def test_of_groups_the_lowest_priority_counts_also_through_a_group_in_it(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        inner = await acme.group("Inner", [ada.id])
        await acme.assign(inner, priority=2, title="inner")
        await acme.assign(await acme.group("Outer", [inner.id]), priority=1, title="outer")
        assert await self._title(acme) == "outer"

    async def test_an_assignment_put_again_takes_the_place_of_the_old_one(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.assign(ada, priority=1, title="old")
        await acme.assign(ada, priority=2, title="new")
        assert await self._title(acme) == "new"
        assert len(acme.applications.assignments(SLACK.id)) == 1

    @staticmethod
    async def _title(acme: Provisioned) -> object:
        [found] = await acme.ledger.candidates(1)
        assert found.assignment is not None
        assert acme.ledger.candidate(found.source).assignment == found.assignment
        return found.assignment.overrides["title"]


class TestGroupCandidates:
    @pytest.mark.parametrize(
        ("push_group", "names"),
        [
            (PushGroup("r", value="team "), ["TEAM blue", "Team red"]),
            (PushGroup("r", operator="endsWith", value="RED"), ["Infra red", "Team red"]),
            (PushGroup("r", operator="contains", value="a r"), ["Infra red"]),
            (PushGroup("r", operator="equals", value="team blue"), ["TEAM blue"]),
            (PushGroup("r", operator="equals", value="team"), []),
            (PushGroup("r", attribute="description", operator="contains", value="COLOUR"), ["Infra red"]),
            (PushGroup("r", operator="contains", value="%"), []),
        ],
    )
    async def test_a_rule_compares_without_regard_to_case(
        self, acme: Provisioned, push_group: PushGroup, names: list[str]
    ) -> None:
        for name in ("Team red", "TEAM blue"):
            await acme.group(name)
        await acme.group("Infra red", (), **{"urn:example:Group": {"description": "A colour"}})
        await acme.push(push_group)
        assert await acme.group_names() == names

    async def test_a_push_group_that_names_the_group_counts_before_a_rule(self, acme: Provisioned) -> None:
        red = await acme.group("Team red")
        await acme.push(TEAMS)
        await acme.push(PushGroup("zebra", group=red.id, link_to="reds"))
        [found] = await acme.ledger.group_candidates()
        assert found.push_group is not None
        assert found.push_group.link_to == "reds"

    async def test_a_paused_one_sends_nothing_and_is_not_taken_for_one_that_is_pushed_no_more(
        self, acme: Provisioned
    ) -> None:
        red = await acme.group("Team red")
        await acme.push(replace(TEAMS, active=False))
        assert await acme.group_names() == []
        await acme.pushed(red)
        assert await acme.group_names() == []
        assert await acme.group_names(everything=True) == ["Team red"]

    async def test_an_active_rule_counts_before_a_paused_one(self, acme: Provisioned) -> None:
        await acme.group("Team red")
        await acme.push(PushGroup("a", value="team", active=False))
        await acme.push(PushGroup("b", value="team"))
        [found] = await acme.ledger.group_candidates()
        assert found.push_group is not None
        assert found.push_group.name == "b"

    async def test_members_count_who_are_linked_and_active_there(self, acme: Provisioned) -> None:
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        red = await acme.group("Team red", [ada.id, bo.id, cy.id])
        await acme.push(TEAMS)
        await acme.link(ada)
        await acme.link(bo, state="inactive")
        [found] = await acme.ledger.group_candidates()
        assert (found.source, found.link, found.added, found.removed) == (red.id, None, 1, 0)

    async def test_one_that_was_pushed_as_it_is_is_none(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        inner = await acme.group("Inner", [ada.id])
        red = await acme.group("Team red", [inner.id])
        await acme.push(TEAMS)
        await acme.link(ada)
        await acme.pushed(red, ada)
        assert await acme.group_names() == []

    async def test_who_joins_a_group_in_it_makes_it_one(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        inner = await acme.group("Inner", [ada.id])
        red = await acme.group("Team red", [inner.id])
        await acme.push(TEAMS)
        await acme.link(ada, bo)
        await acme.pushed(red, ada)
        await acme.change(inner, None, AddMembers([bo.id]), RemoveMembers([ada.id]))
        [found] = await acme.ledger.group_candidates()
        assert (found.added, found.removed) == (1, 1)
        assert await acme.ledger.member_changes(red.id) == ([member(bo, "bo")], [member(ada, "ada")])

    async def test_a_new_name_makes_one_unless_renames_do_not_follow(self, acme: Provisioned) -> None:
        red = await acme.group("Team red")
        await acme.push(TEAMS)
        await acme.pushed(red)
        await acme.change(red, group("Team crimson"))
        assert await acme.group_names() == ["Team crimson"]
        await acme.push(replace(TEAMS, rename=False))
        assert await acme.group_names() == []

    async def test_a_linked_one_that_is_pushed_no_more_or_deleted_here_is_one(self, acme: Provisioned) -> None:
        red, blue = [await acme.group(name) for name in ("Team red", "Team blue")]
        await acme.pushed(red)
        await acme.pushed(blue)
        await acme.directory.delete("Group", blue.id, lambda _: None, ACTOR)
        found = {one.source: one for one in await acme.ledger.group_candidates()}
        assert {source: (one.name, one.push_group) for source, one in found.items()} == {
            red.id: ("Team red", None),
            blue.id: ("", None),
        }

    async def test_one_alone_is_told_as_among_all(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        red, blue = [await acme.group(name, [ada.id]) for name in ("Team red", "Team blue")]
        old = await acme.group("Old", [ada.id])
        await acme.push(TEAMS)
        await acme.link(ada)
        await acme.pushed(red)
        await acme.pushed(blue, ada)
        await acme.pushed(old, ada)
        everything = await acme.ledger.group_candidates(everything=True)
        assert len(everything) == 3
        assert [await acme.ledger.group_candidate(found.source) for found in everything] == everything

    async def test_one_that_nobody_pushes_is_told_with_its_name(self, acme: Provisioned) -> None:
        red = await acme.group("Team red")
        assert await acme.ledger.group_candidate(red.id) == (red.id, "Team red", None, None, 0, 0)
        assert await acme.ledger.group_candidate(NOBODY) == (NOBODY, "", None, None, 0, 0)


class TestMembers:
    async def test_they_are_those_who_are_linked_and_active_in_order_of_joining(self, acme: Provisioned) -> None:
        ada, bo, cy, dan = [await acme.user(name) for name in ("ada", "bo", "cy", "dan")]
        inner = await acme.group("Inner", [ada.id])
        red = await acme.group("Team red", [dan.id, bo.id, cy.id])
        await acme.change(red, None, AddMembers([inner.id, ada.id]))
        await acme.link(ada, bo, dan)
        assert await acme.ledger.members(red.id) == [member(ada, "ada"), member(dan, "dan"), member(bo, "bo")]

    async def test_who_is_only_deactivated_stays_and_who_left_is_removed(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        red = await acme.group("Team red", [ada.id, bo.id])
        await acme.link(ada, bo)
        await acme.pushed(red, ada, bo)
        await acme.link(ada, bo, state="inactive")
        assert await acme.ledger.member_changes(red.id) == ([], [])
        await acme.change(red, None, RemoveMembers([bo.id]))
        assert await acme.ledger.member_changes(red.id) == ([], [member(bo, "bo")])

    async def test_who_was_deleted_here_and_unlinked_is_still_removed(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        red = await acme.group("Team red", [ada.id])
        await acme.link(ada)
        await acme.pushed(red, ada)
        await acme.directory.delete("User", ada.id, lambda _: None, ACTOR)
        await acme.ledger.record([Outcome(Work("User", ada.id, "ada"), "done", unlinked=ada.id)])
        assert await acme.ledger.member_changes(red.id) == ([], [member(ada, "")])

    async def test_who_was_made_anew_there_is_added_again(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        red = await acme.group("Team red", [ada.id])
        await acme.push(TEAMS)
        await acme.link(ada)
        await acme.pushed(red, ada)
        await acme.link(ada, target="anew")
        assert await acme.ledger.member_changes(red.id) == ([Membership(ada.id, Member("anew", "ada"))], [])
        assert await acme.group_names() == ["Team red"]

    async def test_what_was_recorded_is_not_pushed_again(self, acme: Provisioned) -> None:
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        red = await acme.group("Team red", [ada.id, bo.id])
        await acme.link(ada, bo, cy)
        await acme.pushed(red, cy)
        outcome = Outcome(work(red), "done", joined=[ada.id, bo.id], left=[cy.id])
        await acme.ledger.record([outcome])
        assert await acme.ledger.member_changes(red.id) == ([], [])

    async def test_the_members_of_a_group_are_forgotten_with_its_link(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        red = await acme.group("Team red", [ada.id])
        await acme.link(ada)
        await acme.pushed(red, ada)
        await acme.ledger.record([Outcome(work(red), "done", unlinked=red.id)])
        assert await acme.ledger.member_changes(red.id) == ([member(ada, "ada")], [])


class TestLinks:
    async def test_a_link_is_found_by_its_source_and_by_what_it_leads_to(self, acme: Provisioned) -> None:
        ada, red = await acme.user("ada"), await acme.group("Red")
        await acme.link(ada, dropped=("title", "nickName"))
        await acme.pushed(red)
        link = linked(ada)._replace(dropped=("title", "nickName"))
        assert acme.ledger.link("User", ada.id) == link
        assert acme.ledger.linked("User", there(ada)) == link
        assert acme.ledger.link("Group", ada.id) is None
        assert acme.ledger.linked("Group", there(ada)) is None
        assert await acme.ledger.links("User") == [link]
        assert await acme.ledger.links("Group") == [linked(red)]

    async def test_a_link_is_found_by_the_name_there_unless_nobody_has_it_any_more(self, acme: Provisioned) -> None:
        ada, bo, red = await acme.user("Ada"), await acme.user("bo"), await acme.group("Bo")
        await acme.link(ada, state="inactive")
        await acme.link(bo, state="gone")
        await acme.pushed(red)
        assert await acme.ledger.named("User", "aDA") == linked(ada)._replace(state="inactive")
        assert await acme.ledger.named("User", "bo") is None
        assert await acme.ledger.named("Group", "bo") == linked(red)
        assert await acme.ledger.named("User", "cy") is None

    async def test_only_active_users_are_counted(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        await acme.link(ada, bo)
        await acme.link(bo, state="inactive")
        await acme.pushed(await acme.group("Red"))
        assert acme.ledger.linked_count() == 1

    async def test_what_is_there_belongs_to_whoever_was_linked_to_it_last(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        await acme.link(ada)
        await acme.link(bo, target=there(ada))
        assert acme.ledger.link("User", ada.id) is None
        assert acme.ledger.linked("User", there(ada)) == linked(bo)._replace(target=there(ada))


class TestQueue:
    async def test_the_lowest_phase_comes_first_then_the_longest_waiting(self, acme: Provisioned) -> None:
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        await acme.ledger.enqueue([work(ada, phase=3), work(bo, phase=1), work(cy, phase=3)])
        claimed = await acme.ledger.claim(NOW, 10)
        assert [one.source for one in claimed] == [bo.id, ada.id, cy.id]
        assert await acme.ledger.claim(NOW, 2) == claimed[:2]

    async def test_what_is_not_due_waits(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada, due=LATER)])
        assert await acme.ledger.claim(NOW, 10) == []
        assert len(await acme.ledger.claim(LATER, 10)) == 1
        assert acme.ledger.waiting() == 1

    async def test_a_run_is_claimed_alone(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        await acme.ledger.enqueue([work(ada, run="r1"), work(bo)])
        assert [one.source for one in await acme.ledger.claim(NOW, 10, run="r1")] == [ada.id]
        assert (acme.ledger.waiting(), acme.ledger.waiting("r1"), acme.ledger.waiting("r2")) == (2, 1, 0)

    async def test_what_is_queued_twice_is_done_once(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada), work(ada, kind="password"), work(ada, why="again", run="r1")])
        claimed = await acme.ledger.claim(NOW, 10)
        assert [(one.kind, one.why, one.run) for one in claimed] == [("reconcile", "again", "r1"), ("password", "", "")]

    async def test_what_was_done_is_queued_no_more(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada), work(ada, kind="password")])
        [first, _] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.record([Outcome(first, "done")])
        assert await acme.waiting() == [("User", "password", "001")]

    async def test_what_is_queued_again_while_it_is_done_is_done_again(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        [claimed] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.enqueue([work(ada)])
        await acme.ledger.record([Outcome(claimed, "done")])
        [again] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.record([Outcome(again, "done")])
        assert await acme.ledger.claim(NOW, 10) == []

    async def test_what_failed_for_now_waits_until_it_is_due_and_keeps_count(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        [claimed] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.record([Outcome(claimed, "unavailable", reason="503", settled=False, due=LATER)])
        assert await acme.ledger.claim(NOW, 10) == []
        [later] = await acme.ledger.claim(LATER, 10)
        assert (later.attempts, later.reason, later.state) == (1, "503", "waiting")
        await acme.ledger.enqueue([work(ada)])
        [now] = await acme.ledger.claim(NOW, 10)
        assert now.attempts == 1

    async def test_a_delay_does_not_hold_what_was_queued_meanwhile(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        [claimed] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.enqueue([work(ada)])
        await acme.ledger.record([Outcome(claimed, "refused", reason="no", settled=False)])
        [again] = await acme.ledger.claim(NOW, 10)
        assert (again.attempts, again.reason) == (1, "no")

    async def test_what_failed_for_good_is_a_task_until_retried(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        [claimed] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.record([Outcome(claimed, "refused", reason="userName is taken", settled=False)])
        assert await acme.ledger.claim(LATER, 10) == []
        assert acme.ledger.waiting() == 0
        [task] = acme.ledger.tasks()
        assert (task.state, task.reason, task.attempts) == ("failed", "userName is taken", 1)
        assert await acme.ledger.retry("User", ada.id, "reconcile", NOW)
        assert acme.ledger.tasks() == []
        [again] = await acme.ledger.claim(NOW, 10)
        assert again.attempts == 0

    async def test_a_task_is_cancelled_and_what_is_none_cannot_be(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        assert await acme.ledger.cancel("User", ada.id, "reconcile")
        assert not await acme.ledger.cancel("User", ada.id, "reconcile")
        assert not await acme.ledger.retry("User", ada.id, "reconcile", NOW)
        assert acme.ledger.waiting() == 0

    async def test_what_was_cancelled_while_it_was_done_does_not_come_back(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        [claimed] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.cancel("User", ada.id, "reconcile")
        await acme.ledger.record([Outcome(claimed, "refused", settled=False)])
        assert acme.ledger.tasks() == []

    async def test_what_was_never_queued_becomes_a_task_when_it_fails(self, acme: Provisioned) -> None:
        """As it is on demand."""
        ada = await acme.user("ada")
        await acme.ledger.record([Outcome(work(ada), "refused", reason="no", settled=False)])
        [task] = acme.ledger.tasks()
        assert (task.source, task.reason, task.attempts) == (ada.id, "no", 1)

    async def test_what_was_done_on_demand_leaves_what_is_queued(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)])
        await acme.ledger.record([Outcome(work(ada), "done")])
        assert acme.ledger.waiting() == 1

    async def test_what_follows_is_queued_with_the_outcome(self, acme: Provisioned) -> None:
        ada, red = await acme.user("ada"), await acme.group("Red")
        await acme.ledger.record([Outcome(work(ada), "done", follow=[work(red)])])
        assert [one.source for one in await acme.ledger.claim(NOW, 10)] == [red.id]

    async def test_the_cursor_moves_with_what_is_queued_and_never_back(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.ledger.enqueue([work(ada)], cursor=7)
        await acme.ledger.enqueue([work(ada)], cursor=5)
        await acme.ledger.enqueue([work(ada)])
        assert acme.ledger.standing().cursor == 7


class TestTouch:
    async def touch(self, acme: Provisioned, users: Sequence[str] = (), groups: Sequence[str] = ()) -> list[str]:
        """The names of what that queues."""
        await acme.clear()
        count = await acme.ledger.touch(users, groups, now=NOW, cursor=1)
        waiting = [name for _, _, name in await acme.waiting()]
        assert count == len(waiting)
        return sorted(waiting)

    async def test_users_concern_an_application_when_assigned_or_linked(self, acme: Provisioned) -> None:
        ada, bo, cy, dan = [await acme.user(name) for name in ("ada", "bo", "cy", "dan")]
        inner = await acme.group("Inner", [bo.id])
        await acme.assign(ada, await acme.group("Outer", [inner.id]))
        await acme.link(cy)
        assert await self.touch(acme, [ada.id, bo.id, cy.id, dan.id, NOBODY]) == ["ada", "bo", "cy"]

    async def test_a_group_among_the_users_stands_for_everybody_in_it(self, acme: Provisioned) -> None:
        """A group came into an assigned one, or left it: its members came or left."""
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        inner = await acme.group("Inner", [bo.id])
        team = await acme.group("Team", [ada.id, inner.id, cy.id])
        await acme.link(ada, bo)
        assert await self.touch(acme, [team.id]) == ["ada", "bo"]

    async def test_groups_concern_it_when_pushed_or_linked_also_those_that_a_touched_one_is_in(
        self, acme: Provisioned
    ) -> None:
        inner, other = await acme.group("Inner"), await acme.group("Other")
        await acme.group("Team red", [inner.id])
        old = await acme.group("Old", [inner.id])
        await acme.group("Unpushed", [inner.id])
        await acme.push(TEAMS)
        await acme.pushed(old)
        assert await self.touch(acme, [], [inner.id, other.id, NOBODY]) == ["Old", "Team red"]

    async def test_what_is_gone_here_concerns_it_while_linked(self, acme: Provisioned) -> None:
        ada, red, bo = await acme.user("ada"), await acme.group("Red"), await acme.user("bo")
        await acme.link(ada)
        await acme.pushed(red)
        for record in (ada, red, bo):
            await acme.directory.delete(record.type, record.id, lambda _: None, ACTOR)
        assert await self.touch(acme, [ada.id, bo.id], [red.id]) == ["Red", "ada"]

    async def test_a_paused_push_group_is_not_touched(self, acme: Provisioned) -> None:
        red = await acme.group("Team red")
        await acme.push(replace(TEAMS, active=False))
        assert await self.touch(acme, [], [red.id]) == []

    async def test_a_run_that_goes_on_keeps_what_is_touched_again(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await acme.link(ada)
        await acme.ledger.enqueue([work(ada, run="r1", phase=1, why="unassigned")])
        await acme.ledger.touch([ada.id], [], now=NOW, cursor=1)
        [claimed] = await acme.ledger.claim(NOW, 10, run="r1")
        assert (claimed.phase, claimed.why, claimed.ticket) == (1, "unassigned", 2)

    async def test_the_cursor_moves_also_if_nothing_concerns_it(self, acme: Provisioned) -> None:
        assert await acme.ledger.touch([NOBODY], [NOBODY], now=NOW, cursor=41) == 0
        assert acme.ledger.standing().cursor == 41


class TestJournal:
    async def test_an_intent_is_told_and_then_its_outcome(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        [sequence] = await acme.ledger.begin([entry(ada)])
        [told] = acme.ledger.journal()
        assert told == entry(ada)._replace(sequence=sequence)
        await acme.ledger.record([Outcome(work(ada), "refused", sequence, target="t1", reason="no")])
        [told] = acme.ledger.journal()
        assert (told.outcome, told.reason, told.target) == ("refused", "no", "t1")
        assert told.finished.startswith("2026-01-01T00:00:00")

    async def test_it_is_read_in_pages_by_resource_and_by_run(self, acme: Provisioned) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        made = await acme.ledger.begin([entry(ada, run="r1"), entry(bo), entry(ada, "update"), entry(bo, run="r1")])

        def told(**query: object) -> list[int]:
            return [made.index(line.sequence) for line in acme.ledger.journal(**query)]  # type: ignore[arg-type]

        assert told() == [0, 1, 2, 3]
        assert told(count=2) == [0, 1]
        assert told(count=2, newest=True) == [2, 3]
        assert told(after=made[1]) == [2, 3]
        assert told(source=ada.id) == [0, 2]
        assert told(run="r1") == [0, 3]
        assert told(run="r1", source=bo.id) == [3]

    @pytest.mark.parametrize(
        ("history", "is_open"),
        [
            ([], False),
            ([("create", "")], True),
            ([("create", "done")], False),
            ([("create", "unavailable")], True),
            ([("create", "misbehaved")], True),
            ([("create", "refused")], False),
            ([("create", "unavailable"), ("create", "refused")], True),
            ([("create", "unavailable"), ("create", "done")], False),
            ([("create", "done"), ("create", "")], True),
            ([("update", "")], False),
            ([("create group", "")], True),
        ],
    )
    async def test_a_create_is_open_until_one_is_done(
        self, acme: Provisioned, history: list[tuple[str, str]], is_open: bool
    ) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        for action, outcome in history:
            [sequence] = await acme.ledger.begin([entry(ada, action)])
            if outcome:
                await acme.ledger.record([Outcome(work(ada), outcome, sequence)])
        assert acme.ledger.has_open_intent("User", ada.id) is is_open
        assert not acme.ledger.has_open_intent("Group", ada.id)
        assert not acme.ledger.has_open_intent("User", bo.id)

    @pytest.mark.parametrize(
        ("history", "actions"),
        [
            ([], set()),
            ([("update", "")], {"update"}),
            ([("update", "done")], set()),
            ([("update", "refused")], set()),
            ([("update", "nothing")], set()),
            ([("update", "unavailable"), ("deactivate", "misbehaved")], {"update", "deactivate"}),
            ([("update", ""), ("update", "refused")], {"update"}),
            ([("update", ""), ("password", "done")], {"update"}),
            ([("password", "")], set()),
            ([("update", ""), ("reactivate", "done")], set()),
        ],
    )
    async def test_what_was_begun_is_in_doubt_until_something_is_done(
        self, acme: Provisioned, history: list[tuple[str, str]], actions: set[str]
    ) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        for action, outcome in history:
            [sequence] = await acme.ledger.begin([entry(ada, action)])
            if outcome:
                await acme.ledger.record([Outcome(work(ada), outcome, sequence)])
        assert acme.ledger.in_doubt("User", ada.id) == actions
        assert not acme.ledger.in_doubt("Group", ada.id)
        assert not acme.ledger.in_doubt("User", bo.id)

    async def test_so_is_what_was_refused_of_a_group_which_may_be_of_several_requests(self, acme: Provisioned) -> None:
        red = await acme.group("red")
        [sequence] = await acme.ledger.begin([entry(red, "change members")])
        await acme.ledger.record([Outcome(work(red), "refused", sequence)])
        assert acme.ledger.in_doubt("Group", red.id) == {"change members"}


class TestLeftOpen:
    """Lines of a process that ended, settled with the next outcome of the same resource."""

    @pytest.mark.parametrize(
        ("former", "kind", "outcomes"),
        [
            ("", "reconcile", {}),
            ("done", "reconcile", {"create": "done", "update": "abandoned"}),
            ("abandoned", "reconcile", {"create": "abandoned", "update": "abandoned"}),
            ("abandoned", "password", {"password": "abandoned"}),
        ],
    )
    async def test_they_become_what_the_outcome_says_of_them(
        self, acme: Provisioned, former: Literal["", "done"], kind: WorkKind, outcomes: dict[str, str]
    ) -> None:
        ada, bo = [await acme.user(name) for name in ("ada", "bo")]
        actions = ["create", "update", "password"]
        await acme.ledger.begin([entry(who, action) for who in (ada, bo) for action in actions])
        await acme.ledger.record([Outcome(work(ada, kind=kind), "nothing", former=former)])
        lines = acme.ledger.journal(source=ada.id)
        assert {line.action: line.outcome for line in lines if line.outcome} == outcomes
        assert all(bool(line.finished) == bool(line.outcome) == bool(line.reason) for line in lines)
        left = [line for line in actions if line not in outcomes] + actions
        assert [line.action for line in acme.ledger.left_open()] == left

    async def test_what_nobody_looks_at_is_queued_and_nothing_else_is_touched(self, acme: Provisioned) -> None:
        ada, bo, red = await acme.user("ada"), await acme.user("bo"), await acme.group("red")
        await acme.ledger.enqueue([work(ada, kind="password", why="set"), work(red, kind="delete", why="asked")])
        await acme.ledger.enqueue_missing([work(who, why="missing") for who in (ada, bo, red)])
        await acme.ledger.enqueue_missing([work(ada, kind="password", why="missing")])
        found = await acme.ledger.claim(LATER, 9)
        assert [(each.source, each.kind, each.why, each.ticket) for each in found] == [
            (ada.id, "password", "set", 1),
            (red.id, "delete", "asked", 1),
            (ada.id, "reconcile", "missing", 1),
            (bo.id, "reconcile", "missing", 1),
        ]


class TestStanding:
    async def test_it_is_changed_in_one_piece(self, acme: Provisioned) -> None:
        assert acme.ledger.standing() == Standing()
        await acme.ledger.stand(lambda old: old._replace(quarantined=LATER, reason="9 of 20 failed", strikes=1))
        await acme.ledger.stand(lambda old: old._replace(strikes=old.strikes + 1, compared=NOW))
        assert acme.ledger.standing() == Standing(0, LATER, "9 of 20 failed", 2, NOW)

    async def test_one_process_at_a_time_has_the_lease(self, acme: Provisioned) -> None:
        ledger = acme.ledger
        assert await ledger.acquire("host:1", NOW, LATER) is None
        assert await ledger.acquire("host:2", NOW, LATER) == "host:1"
        assert await ledger.acquire("host:1", NOW, LATER) is None
        await ledger.release("host:2")
        assert await ledger.acquire("host:2", NOW, LATER) == "host:1"
        await ledger.release("host:1")
        assert await ledger.acquire("host:2", NOW, LATER) is None

    async def test_a_lease_that_is_over_is_anybodys(self, acme: Provisioned) -> None:
        await acme.ledger.acquire("host:1", NOW, LATER)
        assert await acme.ledger.acquire("host:2", LATER, "2026-11-24T13:00:00.000Z") is None

    async def test_a_lease_is_free_at_once_when_its_process_has_ended_and_not_while_it_lives(
        self, acme: Provisioned, database: Database
    ) -> None:
        process = Database(database.path)
        ledger = SqlitePushLedger(process, "r-acme", acme.application.id, clock=ticking())
        try:
            assert await ledger.acquire("host:2", NOW, LATER) is None
            assert await acme.ledger.acquire("host:1", NOW, LATER) == "host:2"
        finally:
            await process.close()  # lets go of no lease, as a kill
        assert await acme.ledger.acquire("host:1", NOW, LATER) is None

    async def test_a_lease_of_a_former_version_runs_out(self, acme: Provisioned, database: Database) -> None:
        sql = "UPDATE push_standing SET holder = 'host:2', until = ?, presence = ''"
        assert await database.write(lambda connection: connection.execute(sql, (LATER,)).rowcount)
        assert await acme.ledger.acquire("host:1", NOW, LATER) == "host:2"
        assert await acme.ledger.acquire("host:1", LATER, "2026-11-24T13:00:00.000Z") is None

    async def test_the_lease_and_the_standing_leave_each_other_alone(self, acme: Provisioned) -> None:
        await acme.ledger.stand(lambda old: old._replace(cursor=3))
        await acme.ledger.acquire("host:1", NOW, LATER)
        await acme.ledger.stand(lambda old: old._replace(strikes=1))
        assert acme.ledger.standing() == Standing(3, strikes=1)
        assert await acme.ledger.acquire("host:2", NOW, LATER) == "host:1"

    async def test_it_begins_where_the_realms_journal_is_when_the_application_is_made(self, database: Database) -> None:
        early = await provision(database)
        await early.user("ada")
        await early.applications.add(replace(SLACK, id="app-late", name="late"), event())
        late = SqlitePushLedger(database, "r-acme", "app-late", clock=lambda: event().time)
        assert late.standing().cursor == await early.sequence()


class TestPasswords:
    @pytest.fixture
    async def acme(self, database: Database) -> Provisioned:
        """With two applications that sync passwords."""
        syncing = replace(SLACK, passwords="sync")
        return await provision(database, applications=[syncing, replace(syncing, id="app-2", name="two")])

    @staticmethod
    async def set(acme: Provisioned, record: Record, sealed: bytes) -> int:
        """A password; the sequence of the journal's line about it."""
        change = Change(password=Password("$argon2id$x", sealed=sealed))
        await acme.directory.update("User", record.id, lambda _: change, ACTOR)
        return await acme.sequence()

    @pytest.fixture
    def other(self, database: Database) -> SqlitePushLedger:
        return SqlitePushLedger(database, "r-acme", "app-2", clock=lambda: event().time)

    async def test_it_waits_until_every_application_has_followed_the_journal(
        self, acme: Provisioned, other: SqlitePushLedger
    ) -> None:
        ada = await acme.directory.create(New("User", user("ada"), password=Password("h", sealed=b"one")), ACTOR)
        assert acme.ledger.password(ada.id) == b"one"
        sequence = await self.set(acme, ada, b"two")
        await acme.ledger.touch([], [], now=NOW, cursor=sequence)
        assert acme.ledger.password(ada.id) == b"two"
        await other.touch([], [], now=NOW, cursor=sequence - 1)
        assert acme.ledger.password(ada.id) == b"two"
        await other.touch([], [], now=NOW, cursor=sequence)
        assert acme.ledger.password(ada.id) is None

    async def test_it_waits_until_the_work_with_it_is_done_or_cancelled(
        self, acme: Provisioned, other: SqlitePushLedger
    ) -> None:
        ada = await acme.user("ada")
        await acme.link(ada)
        sequence = await self.set(acme, ada, b"sealed")
        await other.touch([], [], now=NOW, cursor=sequence)
        await acme.ledger.touch([ada.id], [], now=NOW, cursor=sequence, passwords=[ada.id])
        assert await acme.waiting() == [("User", "reconcile", "ada"), ("User", "password", "ada")]
        [_, password] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.record([Outcome(password, "refused", reason="too short", settled=False)])
        assert acme.ledger.password(ada.id) == b"sealed"
        await acme.ledger.cancel("User", ada.id, "password")
        assert acme.ledger.password(ada.id) is None

    async def test_it_is_gone_once_it_was_pushed(self, acme: Provisioned, other: SqlitePushLedger) -> None:
        ada = await acme.user("ada")
        await acme.link(ada)
        sequence = await self.set(acme, ada, b"sealed")
        await other.touch([], [], now=NOW, cursor=sequence)
        await acme.ledger.touch([], [], now=NOW, cursor=sequence, passwords=[ada.id])
        [password] = await acme.ledger.claim(NOW, 10)
        await acme.ledger.record([Outcome(password, "done")])
        assert acme.ledger.password(ada.id) is None

    async def test_it_is_gone_when_nobody_syncs_any_more(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await self.set(acme, ada, b"sealed")
        await acme.applications.delete("two", event())
        assert acme.ledger.password(ada.id) == b"sealed"
        await acme.applications.update("slack", lambda old: replace(old, enabled=False), event())
        assert acme.ledger.password(ada.id) is None

    async def test_a_later_password_that_nobody_waits_for_takes_it_away(self, acme: Provisioned) -> None:
        ada = await acme.user("ada")
        await self.set(acme, ada, b"sealed")
        await self.set(acme, ada, b"")
        assert acme.ledger.password(ada.id) is None

    async def test_it_goes_with_its_user(self, acme: Provisioned, database: Database) -> None:
        ada = await acme.user("ada")
        await self.set(acme, ada, b"sealed")
        await acme.directory.delete("User", ada.id, lambda _: None, ACTOR)
        assert database.reader.execute("SELECT count(*) FROM waiting_password").fetchone() == (0,)


PEOPLE = 100_000
# What the whole comparison may cost for each person who is up to date, in operations of SQLite's virtual machine.
STEPS = 150


class TestManyPeople:
    """Counts, not times: they are the same on every machine."""

    @pytest.fixture
    async def crowd(self, database: Database) -> Provisioned:
        """Everybody is up to date, through one group; a hundred groups of a hundred are pushed."""
        acme = await provision(database)
        await database.write(_fill)
        await acme.applications.assign(SLACK.id, [Assignment("Group", "g0")], event())
        await acme.push(PushGroup("teams", value="team"))
        return acme

    @pytest.fixture
    def connection(self, database: Database) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(database.path)) as connection:
            functions.register(connection)
            yield connection

    @pytest.mark.slow
    async def test_of_those_who_are_up_to_date_nothing_is_held_and_each_costs_little(
        self, crowd: Provisioned, database: Database, connection: sqlite3.Connection
    ) -> None:
        await database.write(
            lambda writing: writing.execute("UPDATE resource SET version = 2 WHERE type = 'User' AND seq % 10000 = 7")
        )
        about: dict[str, str | int] = {"realm": "r-acme", "application": SLACK.id, "revision": 1, "everything": 0}
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1000

        connection.set_progress_handler(count, 1000)
        assert len(roster.candidates(connection, about)) == 10
        assert steps < PEOPLE * STEPS
        assert crowd.ledger.linked_count() == PEOPLE
        steps = 0
        assert push_groups.group_candidates(connection, about) == []
        assert steps < 100 * 100 * STEPS


def _fill(connection: sqlite3.Connection) -> None:
    moment = "2026-01-01T00:00:00.000Z"
    people = [f"u{number}" for number in range(PEOPLE)]
    groups = [f"g{number}" for number in range(101)]
    connection.executemany(
        "INSERT INTO resource (realm, type, id, name, name_key, display, active, version, created, modified)"
        " VALUES ('r-acme', ?1, ?2, ?3, ?3, ?3, 1, 1, ?4, ?4)",
        [("User", one, one, moment) for one in people]
        + [("Group", one, f"team {one}" if one != "g0" else "all", moment) for one in groups],
    )
    seqs = dict(connection.execute("SELECT id, seq FROM resource").fetchall())
    connection.executemany(
        "INSERT INTO membership (group_seq, member_seq) VALUES (?, ?)",
        [(seqs["g0"], seqs[one]) for one in people]
        + [(seqs[f"g{number // 100 + 1}"], seqs[f"u{number}"]) for number in range(10_000)],
    )
    connection.executemany(
        "INSERT INTO pushed_link (application, type, source, target, name, state, version, revision, assignment,"
        " digest, confirmed, dropped, pushed) VALUES ('app-slack', ?, ?2, 't-' || ?2, ?, 'active', 1, 1, '', '', '',"
        " '', ?)",
        [("User", one, one, "x" * 400) for one in people] + [("Group", one, f"team {one}", "") for one in groups[1:]],
    )
    connection.executemany(
        "INSERT INTO pushed_member VALUES ('app-slack', ?, ?2, 't-' || ?2)",
        [(f"g{number // 100 + 1}", f"u{number}") for number in range(10_000)],
    )

"""What every ledger of a bridge promises (bridge/ports.py), over memory and SQLite."""

from typing import TYPE_CHECKING

import pytest

from scim.truth import TYPES
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.adapters.memory.ledger import MemoryLedger
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.links import SqliteLedger
from scimbridge.bridge.ports import Intent, Ledger, Link, Place, Task
from scimbridge.directory.ports import Change, Directory, New, Record, Taken

from .conftest import ACTOR, counting, group, ticking, user

if TYPE_CHECKING:
    from scimbridge.adapters.sqlite.database import Database

ADA = Link("User", "ada", "kc-ada", "managed", "2026-01-01T00:00:00.000Z", '{"userName":"ada"}')
BO = Link("User", "bo", "kc-bo", "seen", "2026-01-01T00:00:01.000Z")
TEAM = Link("Group", "team", "kc-team", "managed", "2026-01-01T00:00:02.000Z")


def switch(ledger: Ledger, group_roles: str, request: pytest.FixtureRequest) -> Ledger:
    """The ledger once the realm's setting says so."""
    if isinstance(ledger, MemoryLedger):
        ledger.group_roles = group_roles
        return ledger
    database: Database = request.getfixturevalue("database")
    return SqliteLedger(database, "r-acme", group_roles)


INTENT = Intent(
    0,
    "2026-01-01T00:00:00.000Z",
    "change",
    "Group",
    "team",
    "Team",
    '{"displayName":"Team"}',
    ("ada",),
    ("bo",),
    "kc-team",
)


def waiting(id_: str, due: str = "2026-01-01T00:00:00.000Z") -> Task:
    return Task(0, "2026-01-01T00:00:00.000Z", "change", "User", id_, id_.title(), due, password="$argon2id$x")


@pytest.fixture(params=["memory", "sqlite"])
def ledgers(request: pytest.FixtureRequest) -> tuple[Ledger, Ledger]:
    """Those of two realms in one store."""
    if request.param == "memory":
        return MemoryLedger(), MemoryLedger()
    database: Database = request.getfixturevalue("database")
    return SqliteLedger(database, "r-acme"), SqliteLedger(database, "r-other")


@pytest.fixture
def local(ledger: Ledger, request: pytest.FixtureRequest) -> Directory:
    """The directory that the first realm's ledger is of."""
    if isinstance(ledger, MemoryLedger):
        return MemoryDirectory(TYPES, realm="r-acme", clock=ticking(), ids=counting())
    database: Database = request.getfixturevalue("database")
    return SqliteDirectory(database, "r-acme", TYPES, clock=ticking(), ids=counting())


@pytest.fixture
def ledger(ledgers: tuple[Ledger, Ledger]) -> Ledger:
    return ledgers[0]


class TestLinks:
    async def test_a_link_is_found_by_its_id_and_by_what_it_leads_to(self, ledger: Ledger) -> None:
        for link in (ADA, BO, TEAM):
            await ledger.put_link(link)
        assert ledger.link("ada") == ADA
        assert ledger.linked("Group", "kc-team") == TEAM
        assert ledger.links(["bo", "nobody", "ada"]) == {"ada": ADA, "bo": BO}

    async def test_an_id_leads_nowhere_until_it_is_linked(self, ledger: Ledger) -> None:
        await ledger.put_link(ADA)
        assert ledger.link("kc-ada") is None
        assert ledger.linked("Group", "kc-ada") is None
        assert ledger.links([]) == {}

    async def test_a_link_put_again_takes_the_place_of_the_old_one(self, ledger: Ledger) -> None:
        await ledger.put_link(ADA)
        await ledger.put_link(ADA._replace(target="kc-new"))
        assert ledger.linked("User", "kc-ada") is None
        assert ledger.linked("User", "kc-new") == ADA._replace(target="kc-new")

    async def test_a_target_belongs_to_whoever_was_linked_to_it_last(self, ledger: Ledger) -> None:
        await ledger.put_link(ADA)
        await ledger.put_link(BO._replace(target="kc-ada"))
        assert ledger.link("ada") is None
        assert ledger.linked("User", "kc-ada") == BO._replace(target="kc-ada")

    @pytest.mark.parametrize("last", ["kc-ada", "bo"])
    async def test_a_target_belongs_to_one_also_if_it_is_somebody_s_own_id(self, ledger: Ledger, last: str) -> None:
        links = [ADA._replace(id="kc-ada"), BO._replace(target="kc-ada")]
        for link in sorted(links, key=lambda link: link.id == last):
            await ledger.put_link(link)
        assert ledger.linked("User", "kc-ada") == next(link for link in links if link.id == last)
        assert list(ledger.links(["kc-ada", "bo"])) == [last]

    async def test_a_user_and_a_group_may_have_the_same_id_there(self, ledger: Ledger) -> None:
        links = [BO._replace(target="kc-team"), TEAM]
        for link in links:
            await ledger.put_link(link)
        assert [ledger.linked(link.type, "kc-team") for link in links] == links

    async def test_a_dropped_link_is_gone_and_may_be_dropped_again(self, ledger: Ledger) -> None:
        await ledger.put_link(ADA)
        await ledger.drop_link("ada")
        await ledger.drop_link("ada")
        assert ledger.link("ada") is None

    async def test_stale_links_are_those_confirmed_before_then_the_longest_ago_first(self, ledger: Ledger) -> None:
        for link in (TEAM, BO, ADA):
            await ledger.put_link(link)
        assert await ledger.stale_links(TEAM.confirmed, 10) == [ADA, BO]
        assert await ledger.stale_links("2027", 2) == [ADA, BO]

    async def test_a_group_is_unlinked_once_groups_are_something_else_there(
        self, ledger: Ledger, request: pytest.FixtureRequest
    ) -> None:
        for link in (ADA, TEAM):
            await ledger.put_link(link)
        assert await ledger.displaced_links() == []
        switched = switch(ledger, "portal", request)
        assert switched.link("ada") == ADA
        assert switched.link("team") is None
        assert switched.linked("Group", "kc-team") is None
        assert switched.links(["ada", "team"]) == {"ada": ADA}
        assert await switched.stale_links("2027", 10) == [ADA]
        assert await switched.displaced_links() == [TEAM]
        now = TEAM._replace(target="kc-role")
        await switched.put_link(now)
        assert switched.link("team") == now
        assert await switched.displaced_links() == []
        back = switch(switched, "", request)
        assert await back.displaced_links() == [now]
        await back.drop_link("team")
        assert await back.displaced_links() == []

    async def test_a_realm_has_no_part_in_another_s_links(self, ledgers: tuple[Ledger, Ledger]) -> None:
        acme, other = ledgers
        await acme.put_link(ADA)
        await other.put_link(ADA._replace(target="kc-other"))
        await other.drop_link("bo")
        assert acme.link("ada") == ADA
        assert acme.linked("User", "kc-other") is None
        assert await other.stale_links("2027", 10) == [ADA._replace(target="kc-other")]


class TestResourcesWithLinks:
    async def test_a_resource_comes_with_its_link_and_its_groups(self, ledger: Ledger, local: Directory) -> None:
        for name in ("ada", "bo"):
            await local.create(New("User", user(name), id=name), ACTOR)
        await local.create(New("Group", group("Team"), ["ada"], id="team"), ACTOR)
        await local.create(New("Group", group("Crew"), ["team"], id="crew"), ACTOR)
        await ledger.put_link(ADA)
        for type_, id_ in (("User", "ada"), ("User", "bo"), ("Group", "team"), ("Group", "crew")):
            record = local.get(type_, id_)
            assert record is not None
            assert ledger.find(local, type_, id_) == (record, ADA if id_ == "ada" else None)

    async def test_nobody_s_id_or_one_of_another_type_is_no_resource(self, ledger: Ledger, local: Directory) -> None:
        await local.create(New("User", user("ada"), id="ada"), ACTOR)
        await ledger.put_link(BO)
        assert ledger.find(local, "Group", "ada") is None
        assert ledger.find(local, "User", "bo") is None
        assert ledger.places(local, "team", ["bo"]) == {}

    @pytest.mark.parametrize("asked", [["ada"], ["bo"], ["ada", "nobody", "bo", "deep", "team"]])
    async def test_places_are_direct_memberships_of_one_group(
        self, ledger: Ledger, local: Directory, asked: list[str]
    ) -> None:
        for name in ("ada", "bo", "deep"):
            await local.create(New("User", user(name), id=name), ACTOR)
        for name, members in (("crew", ["deep"]), ("team", ["ada", "crew"]), ("others", ["bo"])):
            await local.create(New("Group", group(name), members, id=name), ACTOR)
        for link in (ADA, TEAM):
            await ledger.put_link(link)
        expected = {
            "ada": Place(is_in=True, link=ADA),
            "bo": Place(is_in=False, link=None),
            "deep": Place(is_in=False, link=None),
            "team": Place(is_in=False, link=TEAM),
        }
        assert ledger.places(local, "team", asked) == {id_: expected[id_] for id_ in asked if id_ in expected}
        assert not any(place.is_in for place in ledger.places(local, "nobody", asked).values())

    async def test_a_group_that_was_something_else_before_has_no_link(
        self, ledger: Ledger, local: Directory, request: pytest.FixtureRequest
    ) -> None:
        await local.create(New("Group", group("Team"), id="team"), ACTOR)
        await ledger.put_link(TEAM)
        switched = switch(ledger, "portal", request)
        found = switched.find(local, "Group", "team")
        assert found is not None
        assert found.link is None
        assert switched.places(local, "crew", ["team"]) == {"team": Place(is_in=False, link=None)}


class TestIntents:
    async def test_an_intent_is_open_until_it_is_settled(self, ledger: Ledger) -> None:
        first, second = await ledger.begin(INTENT), await ledger.begin(INTENT._replace(operation="delete"))
        assert await ledger.open_intents() == [
            INTENT._replace(sequence=first),
            INTENT._replace(sequence=second, operation="delete"),
        ]
        await ledger.settle(first)
        await ledger.settle(first)
        assert [intent.sequence for intent in await ledger.open_intents()] == [second]

    async def test_settling_keeps_a_link_or_drops_one(self, ledger: Ledger) -> None:
        first, second = await ledger.begin(INTENT), await ledger.begin(INTENT)
        await ledger.settle(first, link=ADA)
        assert ledger.link("ada") == ADA
        await ledger.settle(second, unlinked="ada")
        assert ledger.link("ada") is None
        assert await ledger.open_intents() == []

    async def test_a_write_here_settles_its_intent_or_neither_is_done(self, ledger: Ledger, local: Directory) -> None:
        def refuse(_: Record) -> Change:
            raise PermissionError

        sequences = [await ledger.begin(INTENT) for _ in range(4)]
        made = await ledger.settling(local, sequences[0], link=ADA).create(New("User", user("ada"), id="ada"), ACTOR)
        for failing in (
            ledger.settling(local, sequences[1], unlinked="ada").create(New("User", user("ADA")), ACTOR),
            ledger.settling(local, sequences[1], unlinked="ada").update("User", made.id, refuse, ACTOR),
        ):
            with pytest.raises((Taken, PermissionError)):
                await failing
        assert ledger.link("ada") == ADA
        assert [intent.sequence for intent in await ledger.open_intents()] == sequences[1:]
        again = Change(user("ada", title="Boss"))
        await ledger.settling(local, sequences[1]).update("User", made.id, lambda _: again, ACTOR)
        assert await ledger.settling(local, sequences[2], unlinked="ada").delete("User", made.id, lambda _: None, ACTOR)
        assert await ledger.settling(local, sequences[3]).update("User", made.id, lambda _: again, ACTOR) is None
        assert ledger.link("ada") is None
        assert await ledger.open_intents() == []

    async def test_a_realm_has_no_part_in_another_s_intents(self, ledgers: tuple[Ledger, Ledger]) -> None:
        acme, other = ledgers
        sequence = await acme.begin(INTENT)
        await other.begin(INTENT)
        assert len(await acme.open_intents()) == 1
        await acme.settle(sequence)
        assert len(await other.open_intents()) == 1


class TestTasks:
    async def test_only_the_oldest_task_of_each_resource_is_next(self, ledger: Ledger) -> None:
        first = await ledger.enqueue(waiting("ada"))
        second = await ledger.enqueue(waiting("ada")._replace(joined=("x",), left=("y", "z")))
        other = await ledger.enqueue(waiting("bo"))
        found = await ledger.next_tasks("2026-01-02", 10)
        assert found == [waiting("ada")._replace(sequence=first), waiting("bo")._replace(sequence=other)]
        assert await ledger.next_tasks("2026-01-02", 1) == found[:1]
        await ledger.finish(first)
        await ledger.finish(first)
        assert (await ledger.next_tasks("2026-01-02", 1))[0] == waiting("ada")._replace(
            sequence=second, joined=("x",), left=("y", "z")
        )

    async def test_a_task_that_is_not_due_keeps_the_later_ones_of_its_resource_waiting(self, ledger: Ledger) -> None:
        first = await ledger.enqueue(waiting("ada"))
        await ledger.enqueue(waiting("ada"))
        await ledger.retry_later(first, "2026-01-03", "no answer")
        assert await ledger.next_tasks("2026-01-02", 10) == []
        (again,) = await ledger.next_tasks("2026-01-03", 10)
        assert again == waiting("ada")._replace(sequence=first, due="2026-01-03", attempts=1, reason="no answer")

    async def test_a_failed_task_waits_for_a_person_and_lets_the_next_one_pass(self, ledger: Ledger) -> None:
        first, second = await ledger.enqueue(waiting("ada")), await ledger.enqueue(waiting("ada"))
        await ledger.fail(first, "refused")
        assert [task.sequence for task in await ledger.next_tasks("2026-01-02", 10)] == [second]
        failed = next(task for task in await ledger.tasks() if task.sequence == first)
        assert (failed.state, failed.attempts, failed.reason) == ("failed", 1, "refused")
        await ledger.retry_later(first, "2026-01-01", "")
        assert [task.sequence for task in await ledger.next_tasks("2026-01-02", 10)] == [first]

    async def test_a_resource_waits_as_long_as_a_task_of_it_does(self, ledger: Ledger) -> None:
        assert not ledger.is_waiting("ada")
        sequence = await ledger.enqueue(waiting("ada"))
        assert ledger.is_waiting("ada")
        assert not ledger.is_waiting("bo")
        await ledger.fail(sequence, "refused")
        assert not ledger.is_waiting("ada")

    async def test_a_realm_has_no_part_in_another_s_tasks(self, ledgers: tuple[Ledger, Ledger]) -> None:
        acme, other = ledgers
        sequence = await acme.enqueue(waiting("ada"))
        await other.finish(sequence)
        assert await other.tasks() == []
        assert len(await acme.tasks()) == 1

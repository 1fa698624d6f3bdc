"""Imports into the directory: what becomes of those who are new, changed, gone, bad, or somebody else's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scimbridge.adapters.csv_people import CsvPeople
from scimbridge.adapters.sqlite.database import Database
from scimbridge.directory.ports import Actor, AddMembers, Change, JournalQuery
from scimbridge.provisioning.errors import ImportOccupied, PlanRefused
from scimbridge.provisioning.mapping import AttributeMapping
from scimbridge.provisioning.sources.ports import Problem, Row
from scimbridge.provisioning.sources.source import CsvFile, Removals, Source

from .import_site import EVENT, Fake, ImportSite, person, team


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "directory.db")
    yield database
    await database.close()


@pytest.fixture
def fake() -> Fake:
    return Fake([person("ada", firstName="Ada"), person("bo")])


@pytest.fixture
async def site(database: Database, fake: Fake) -> ImportSite:
    return await ImportSite(database, fake).begin()


async def test_people_of_a_source_become_users(site: ImportSite) -> None:
    imported = await site.run()
    assert imported.done == {"create user": 2}
    ada = site.find("ada@example.test")
    assert (ada["name"], ada["active"]) == ({"givenName": "Ada"}, True)


async def test_a_plan_writes_nothing(site: ImportSite) -> None:
    plan = await site.plan()
    assert [(item.action, item.name, item.after["name.givenName"]) for item in plan.items[:1]] == [
        ("create", "ada@example.test", "Ada")
    ]
    assert (plan.counts, await site.everybody(), site.store.links("s1")) == ({"create user": 2}, 0, [])


async def test_a_second_import_of_the_same_does_nothing(site: ImportSite, fake: Fake) -> None:
    fake.rows.append(team("blue", "ada"))
    await site.run()
    assert (await site.plan(everything=True)).items == []


async def test_the_journal_names_the_source(site: ImportSite) -> None:
    await site.run()
    entries = await site.directory.journal(JournalQuery())
    assert {entry.actor.principal for entry in entries} == {"source:hr"}


async def test_what_changed_there_changes_here_and_what_no_mapping_names_stays(site: ImportSite, fake: Fake) -> None:
    await site.run()
    record = site.directory.lookup("User", "ada@example.test")
    assert record is not None
    document = site.find("ada@example.test") | {"nickName": "A"}
    await site.directory.update("User", record.id, lambda _: Change(document), Actor("by hand"))
    fake.rows[0] = person("ada", firstName="Augusta", title="Countess", email="ada@example.test")
    plan = await site.plan()
    assert [(item.action, dict(item.before), dict(item.after)) for item in plan.items] == [
        (
            "update",
            {"name.givenName": "Ada"},
            {
                "name.givenName": "Augusta",
                "title": "Countess",
                'emails[type eq "work"].primary': True,
                'emails[type eq "work"].value': "ada@example.test",
            },
        )
    ]
    await site.run()
    ada = site.find("ada@example.test")
    assert (ada["name"]["givenName"], ada["title"], ada["nickName"]) == ("Augusta", "Countess", "A")


async def test_a_value_that_is_gone_there_goes_here(site: ImportSite, fake: Fake) -> None:
    fake.rows[0] = person("ada", firstName="Ada", title="Countess", email="a@example.test")
    await site.run()
    fake.rows[0] = person("ada", firstName="", title="", email="")
    await site.run()
    assert {"name", "title", "emails"}.isdisjoint(site.find("ada@example.test"))


async def test_a_new_name_follows_the_key(site: ImportSite, fake: Fake) -> None:
    await site.run()
    fake.rows[0] = person("ada")._replace(values={"login": "lovelace@example.test"})
    assert (await site.run()).done == {"update user": 1}
    assert site.has("lovelace@example.test")
    assert not site.has("ada@example.test")


@pytest.mark.parametrize("names", [["cy", "ada"], ["bo", "ada"], ["bo", "cy", "ada"], ["cy", "ada", "bo"]])
async def test_people_whose_names_go_round_all_get_their_new_ones(
    site: ImportSite, fake: Fake, names: list[str]
) -> None:
    fake.rows = [person("ada"), person("bo"), person("cy")][: len(names)]
    await site.run()
    before = [site.find(str(row.values["login"]))["id"] for row in fake.rows]
    fake.rows = [row._replace(values={"login": name}) for row, name in zip(fake.rows, names, strict=True)]
    assert (await site.run()).problems == []
    assert [site.find(name)["id"] for name in names] == before


async def test_a_name_that_somebody_gives_up_is_free_for_who_is_new(site: ImportSite, fake: Fake) -> None:
    await site.run()
    fake.rows[0] = fake.rows[0]._replace(values={"login": "lovelace@example.test"})
    fake.rows.append(Row("User", "new", "line 9", {"login": "ada@example.test"}))
    assert (await site.run()).done == {"update user": 1, "create user": 1}


class TestLeaving:
    async def test_who_left_is_deactivated_and_who_returns_is_active_again(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        gone = fake.rows.pop()
        assert (await site.run()).done == {"deactivate user": 1}
        assert site.find("bo@example.test")["active"] is False
        assert (await site.plan()).items == []
        fake.rows.append(gone)
        assert (await site.run()).done == {"return user": 1}
        assert site.find("bo@example.test")["active"] is True

    async def test_who_left_is_deleted_if_the_source_says_so(self, site: ImportSite, fake: Fake) -> None:
        await site.change(on_leave="delete")
        await site.run()
        fake.rows.pop()
        assert (await site.run()).done == {"delete user": 1}
        assert not site.has("bo@example.test")
        assert [link.key for link in site.store.links("s1")] == ["ada"]

    async def test_who_left_stays_if_the_source_says_so(self, site: ImportSite, fake: Fake) -> None:
        await site.change(on_leave="leave")
        await site.run()
        fake.rows.pop()
        assert (await site.run()).done == {"unlink user": 1}
        assert site.find("bo@example.test")["active"] is True

    async def test_a_group_that_left_loses_the_members_that_came_from_the_source(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows.append(team("blue", "ada", "bo"))
        await site.run()
        guest = await site.user("guest@example.test")
        blue = site.directory.lookup("Group", "Blue")
        assert blue is not None
        await site.directory.update("Group", blue.id, lambda _: Change(None, [AddMembers([guest.id])]), Actor("x"))
        fake.rows.pop()
        assert (await site.run()).done == {"empty group": 1}
        assert await site.members("Blue") == {"guest@example.test"}

    async def test_nobody_leaves_while_part_of_the_source_cannot_be_read(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        fake.rows.pop()
        fake.problems = [Problem("line 3", "unreadable")]
        plan = await site.plan()
        assert plan.items == []
        assert "1 who came from the source were not found in it and are kept" in plan.notes[0]

    async def test_who_stands_in_a_bad_row_has_not_left(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        fake.rows[1] = person("bo", active="perhaps")
        imported = await site.run()
        assert imported.done == {}
        assert [(problem.where, problem.key) for problem in imported.problems] == [('line of bo, "active"', "bo")]
        assert site.find("bo@example.test")["active"] is True


class TestSafeguards:
    async def test_an_import_that_many_leave_is_refused_until_it_is_let_pass_by_name(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows = [person(f"p{number}") for number in range(50)]
        await site.run()
        fake.rows = fake.rows[:39]
        with pytest.raises(PlanRefused) as refused:
            await site.run()
        assert refused.value.reasons == {
            "removals": "11 of the 50 people who came from the source are not in it any more: more than 20%."
        }
        assert site.find("p49@example.test")["active"] is True
        assert (await site.run("removals")).done == {"deactivate user": 11}

    async def test_a_number_of_people_may_be_the_limit(self, site: ImportSite, fake: Fake) -> None:
        await site.change(safeguards=Removals(share=1.0, count=1))
        fake.rows = [person(f"p{number}") for number in range(5)]
        await site.run()
        fake.rows = fake.rows[:3]
        with pytest.raises(PlanRefused, match=r"2 of the 5 people .* more than 1\."):
            await site.run()

    async def test_an_empty_source_is_refused(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        fake.rows = []
        with pytest.raises(PlanRefused, match="The source holds nobody, although 2 people came from it"):
            await site.run()
        assert (await site.run("empty-source")).done == {"deactivate user": 2}


class TestOwnership:
    async def test_who_was_here_before_is_left_alone_and_reported(self, site: ImportSite) -> None:
        await site.user("ADA@example.test", title="Boss")
        imported = await site.run()
        assert imported.done == {"create user": 1}
        assert imported.problems[0].reason.startswith('There is a user "ada@example.test" already')
        assert site.find("ada@example.test")["title"] == "Boss"

    async def test_who_was_here_before_is_taken_over_if_the_source_says_so(self, site: ImportSite) -> None:
        await site.change(on_match="link")
        record = await site.user("ADA@example.test", title="Boss", nickName="A")
        assert (await site.run()).done == {"link user": 1, "create user": 1}
        ada = site.find("ada@example.test")
        assert (ada["id"], ada["nickName"], ada["name"]) == (record.id, "A", {"givenName": "Ada"})

    async def test_who_belongs_to_another_source_is_never_taken(self, site: ImportSite) -> None:
        await site.change(on_match="link")
        await site.run()
        await site.store.add(Source("s2", "other", csv=CsvFile("x"), on_match="link"), EVENT)
        site.source = Source("s2", "other", csv=CsvFile("x"), on_match="link")
        imported = await site.run()
        assert {problem.reason for problem in imported.problems} == {
            'The user "ada@example.test" belongs to the source "hr".',
            'The user "bo@example.test" belongs to the source "hr".',
        }

    async def test_a_person_whose_key_changed_is_found_by_name(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        record = site.find("ada@example.test")
        fake.rows[0] = fake.rows[0]._replace(key="ada-2")
        assert (await site.run()).done == {"link user": 1}
        assert site.find("ada@example.test")["id"] == record["id"]
        assert (await site.plan()).items == []

    async def test_a_group_that_names_the_former_key_of_a_member_loses_them_at_once(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows.append(team("blue", "ada", "bo"))
        await site.run()
        fake.rows[0] = fake.rows[0]._replace(key="ada-2")
        assert [(item.joined, item.left) for item in (await site.plan()).items[1:]] == [([], ["ada-2"])]
        await site.run()
        assert await site.members("Blue") == {"bo@example.test"}
        assert (await site.plan()).items == []

    async def test_two_rows_with_one_name_are_one_person_and_one_problem(self, site: ImportSite, fake: Fake) -> None:
        fake.rows.append(Row("User", "ada2", "line 9", {"login": "Ada@example.test"}))
        imported = await site.run()
        assert imported.problems == [
            Problem("line 9", 'The userName "Ada@example.test" is that of line of ada too.', "ada2")
        ]
        assert await site.everybody() == 2

    async def test_a_person_who_was_deleted_here_is_made_again(self, site: ImportSite) -> None:
        await site.run()
        record = site.directory.lookup("User", "bo@example.test")
        assert record is not None
        await site.directory.delete("User", record.id, lambda _: None, Actor("by hand"))
        assert (await site.run()).done == {"create user": 1}


class TestGroups:
    async def test_groups_come_with_their_members_and_nested_ones_with_groups(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows += [team("all", "blue", "bo"), team("blue", "ada")]
        imported = await site.run()
        assert imported.done == {"create user": 2, "create group": 2, "change members group": 2}
        assert (await site.members("All"), await site.members("Blue")) == (
            {"Blue", "bo@example.test"},
            {"ada@example.test"},
        )

    async def test_only_the_difference_of_members_is_written(self, site: ImportSite, fake: Fake) -> None:
        fake.rows.append(team("blue", "ada"))
        await site.run()
        fake.rows[-1] = team("blue", "bo")
        plan = await site.plan()
        assert [(item.action, item.joined, item.left, item.why) for item in plan.items] == [
            ("change members", ["bo"], ["ada"], "1 join, 1 leave")
        ]
        await site.run()
        assert await site.members("Blue") == {"bo@example.test"}

    async def test_a_member_whose_row_is_bad_stays_and_is_no_reason_for_a_plan(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows.append(team("blue", "ada", "bo", "nobody"))
        await site.run()
        fake.rows[1] = person("bo", active="perhaps")
        fake.rows[-1] = team("blue", "ada", "nobody")
        assert (await site.plan()).items == []

    async def test_a_renamed_group_stays_the_same(self, site: ImportSite, fake: Fake) -> None:
        fake.rows.append(team("blue", "ada"))
        await site.run()
        fake.rows[-1] = team("blue", "ada")._replace(values={"displayName": "Navy", "description": "at sea"})
        assert (await site.run()).done == {"update group": 1}
        assert await site.members("Navy") == {"ada@example.test"}


class TestChangesOnly:
    async def test_the_next_import_goes_on_from_the_last_one(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        fake.rows[0] = person("ada", firstName="Augusta")
        fake.later = fake.reading(fake.rows[0], cursor="c2")
        assert (await site.run()).done == {"update user": 1}
        await site.run()
        assert fake.cursors == ["", "c1", "c2"]

    async def test_everything_is_read_where_somebody_comes_into_sight_whom_no_change_shows(
        self, site: ImportSite, fake: Fake
    ) -> None:
        await site.run()
        fake.rows.append(person("cy"))
        fake.later = fake.reading(fake.rows[0])
        assert (await site.run()).done == {"create user": 1}
        assert fake.cursors == ["", "c1", ""]

    async def test_everything_is_read_again_when_the_settings_changed(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        await site.change(mappings=(AttributeMapping("userName", "String.toUpperCase(appuser.login)"),))
        assert (await site.run()).done == {}  # only the case of the names differs
        assert fake.cursors == ["", ""]

    async def test_what_could_not_be_imported_is_passed_listed_and_asked_for_again_by_its_key(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows.append(person("cy", active="perhaps"))
        await site.run()
        for number in (2, 3):
            fake.later = fake.reading(fake.rows[0], cursor=f"c{number}")
            imported = await site.run()
            assert fake.again == ["cy"]
            assert [problem.key for problem in imported.problems] == ["cy"]
            assert site.store.refused("s1") == imported.problems
        assert fake.cursors == ["", "c1", "c2"], "one bad row keeps nothing from moving on"

    async def test_once_it_can_be_everything_is_read_for_the_groups_that_name_it(
        self, site: ImportSite, fake: Fake
    ) -> None:
        fake.rows += [person("cy", active="perhaps"), team("blue", "ada", "cy")]
        await site.run()
        assert await site.members("Blue") == {"ada@example.test"}
        fake.rows[-2] = person("cy")
        fake.later = fake.reading(fake.rows[0], cursor="c2")
        assert (await site.run()).done == {"create user": 1}
        assert site.store.refused("s1") == []
        assert (await site.run()).done == {"change members group": 1}
        assert await site.members("Blue") == {"ada@example.test", "cy@example.test"}
        await site.run()
        assert fake.cursors == ["", "c1", "", "c1"]

    async def test_a_name_that_is_free_here_again_is_enough(self, site: ImportSite, fake: Fake) -> None:
        """Nothing has changed in the source."""
        other = await site.user("cy@example.test")
        fake.rows.append(person("cy"))
        assert len((await site.run()).problems) == 1
        fake.later = fake.reading(fake.rows[0], cursor="c2")
        assert len((await site.run()).problems) == 1
        await site.directory.delete("User", other.id, lambda _: None, Actor("tester"))
        assert (await site.run()).done == {"create user": 1}

    async def test_what_has_left_the_source_is_refused_no_more(self, site: ImportSite, fake: Fake) -> None:
        fake.rows.append(person("cy", active="perhaps"))
        await site.run()
        del fake.rows[-1]
        fake.later = fake.reading(fake.rows[0], cursor="c2")
        assert (await site.run()).problems == []
        assert site.store.refused("s1") == []
        await site.run()
        assert fake.cursors == ["", "c1", "c2"]

    async def test_of_very_many_nobody_asks_one_by_one(self, site: ImportSite, fake: Fake) -> None:
        await site.run()
        bad = [person(f"p{number}", active="perhaps") for number in range(501)]
        fake.rows += bad
        fake.later = fake.reading(*bad, cursor="c2")
        await site.run()
        await site.run()
        assert fake.cursors == ["", "c1", "c1"]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"login": ""}, Problem('line 7, "login"', 'Attribute "userName" is required.', "k")),
        (
            {"login": "x", "active": "perhaps"},
            Problem('line 7, "active"', "", "k"),
        ),
    ],
)
async def test_a_row_that_is_no_user_is_named_with_what_it_is_made_from(
    site: ImportSite, fake: Fake, values: dict[str, Any], problem: Problem
) -> None:
    fake.rows = [Row("User", "k", "line 7", values), person("bo")]
    imported = await site.run()
    (told,) = imported.problems
    assert told._replace(reason=problem.reason or told.reason) == problem._replace(reason=problem.reason or told.reason)
    assert imported.done == {"create user": 1}


async def test_one_process_at_a_time_imports_from_a_source(site: ImportSite) -> None:
    now, later = "2026-01-01T00:00:00.000Z", "2026-01-01T00:02:00.000Z"
    assert await site.store.acquire("s1", "there", now, later) is None
    with pytest.raises(ImportOccupied, match="there is importing"):
        await site.run()
    await site.store.release("s1", "there")
    assert (await site.run()).done == {"create user": 2}


async def test_a_link_that_a_crash_left_without_its_resource_is_filled(site: ImportSite) -> None:
    plan = await site.plan()
    intake = site.intake()
    await site.run()
    record = site.directory.lookup("User", "bo@example.test")
    assert record is not None
    await site.directory.delete("User", record.id, lambda _: None, Actor("crash"))
    assert plan.counts == {"create user": 2}
    assert (await intake.run()).done == {"create user": 1}
    assert len(site.store.links("s1")) == 2


async def test_a_csv_file_is_imported_with_its_groups_and_bad_rows_are_told(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "id,login,firstName,active,teams\n"
        "1,ada@example.test,Ada,true,Blue;Red\n"
        "2,,Bo,true,Blue\n"
        "3,cy@example.test,Cy,false,Red\n"
    )
    settings = CsvFile(str(path), key="id", groups="teams")
    site = await ImportSite(database, CsvPeople(settings), csv=settings).begin()
    imported = await site.run()
    assert imported.problems == [Problem('people.csv, line 3, "login"', 'Attribute "userName" is required.', "2")]
    assert site.find("cy@example.test")["active"] is False
    assert (await site.members("Blue"), await site.members("Red")) == (
        {"ada@example.test"},
        {"ada@example.test", "cy@example.test"},
    )
    assert (await site.plan()).items == []

"""What every store of the directory promises (directory/ports.py): reads and writes, over memory and SQLite."""

import asyncio
from collections.abc import Callable

import orjson
import pytest

from scim.truth import TYPES
from scimbridge.directory.ports import (
    AddMembers,
    Change,
    Document,
    JournalQuery,
    Member,
    Membership,
    New,
    Password,
    Query,
    Record,
    RemoveMembers,
    RemoveMembersWhere,
    ReplaceMembers,
    Taken,
    UnknownMembers,
)
from scimbridge.scim.filter import bind_element, parse
from scimbridge.scim.schema import Attribute, Target

from .conftest import ACTOR, USER, Realms, Site, group, user


class TestReading:
    async def test_a_new_resource_has_id_version_and_times_and_keeps_what_was_sent(self, acme: Site) -> None:
        made = await acme.user("Ada", title="Engineer")
        assert made == Record(
            type="User",
            id="00000000-0000-4000-8000-000000000001",
            document=b'{"schemas":["%s"],"id":"00000000-0000-4000-8000-000000000001","userName":"Ada","title":"Engineer"}'
            % USER.encode(),
            version=1,
            created="2026-01-01T00:00:00.001Z",
            modified="2026-01-01T00:00:00.001Z",
        )
        assert acme.directory.get("User", made.id) == made

    async def test_lookup_finds_by_name_without_regard_to_case(self, acme: Site) -> None:
        made = await acme.user("Straße@Example.test")
        assert acme.directory.lookup("User", "STRASSE@example.TEST") == made
        assert acme.directory.lookup("Group", "Straße@Example.test") is None
        assert acme.directory.lookup("User", "nobody") is None

    @pytest.mark.parametrize("id_", ["", "nobody", "' OR 1=1 --", "00000000-0000-4000-8000-000000000002", "\x00"])
    async def test_an_id_that_is_nobody_s_finds_nothing(self, acme: Site, id_: str) -> None:
        await acme.user("ada")
        assert acme.directory.get("User", id_) is None
        assert acme.directory.password(id_) is None
        assert await acme.directory.members(id_) == []
        assert not acme.directory.outnumbers(id_, 0)

    async def test_a_resource_is_not_found_as_another_type(self, acme: Site) -> None:
        made = await acme.user("ada")
        assert acme.directory.get("Group", made.id) is None

    async def test_members_come_in_order_of_joining_up_to_the_limit(self, acme: Site) -> None:
        ada, bo, team = await acme.user("ada", displayName="Ada Moss"), await acme.user("bo"), await acme.group("team")
        crew = await acme.group("crew", [bo.id, team.id])
        await acme.change(crew, None, AddMembers([ada.id]))
        expected = [Member(bo.id, "User", ""), Member(team.id, "Group", "team"), Member(ada.id, "User", "Ada Moss")]
        assert await acme.directory.members(crew.id) == expected
        assert await acme.directory.members(crew.id, 2) == expected[:2]
        assert await acme.directory.members(crew.id, 0) == []

    async def test_a_group_outnumbers_less_than_its_direct_members(self, acme: Site) -> None:
        ada, team = await acme.user("ada"), await acme.group("team")
        crew = await acme.group("crew", [ada.id, team.id])
        await acme.change(team, None, AddMembers([ada.id]))
        assert [acme.directory.outnumbers(crew.id, number) for number in (0, 1, 2, 3)] == [True, True, False, False]

    async def test_the_members_of_a_big_group_are_all_there_in_order(self, acme: Site) -> None:
        people = [(await acme.user(f"user{number}")).id for number in range(250)]
        crew = await acme.group("crew", people[::-1])
        assert await acme.members(crew) == people[::-1]
        for limit in (99, 100, 101, 102, 200, 250, 300):
            assert [member.id for member in await acme.directory.members(crew.id, limit)] == people[::-1][:limit]

    async def test_groups_are_listed_direct_ones_first_then_through_others(self, acme: Site) -> None:
        ada = await acme.user("ada")
        late, early = await acme.group("late"), await acme.group("early", [ada.id])
        upper = await acme.group("upper", [early.id])
        await acme.group("top", [upper.id, early.id])
        await acme.change(late, None, AddMembers([ada.id]))
        assert acme.groups(ada) == [("early", True), ("late", True), ("upper", False), ("top", False)]
        assert acme.groups(early) == [("upper", True), ("top", True)]

    async def test_groups_in_a_circle_are_listed_once(self, acme: Site) -> None:
        ada = await acme.user("ada")
        one = await acme.group("one", [ada.id])
        two = await acme.group("two", [one.id])
        await acme.change(one, None, AddMembers([two.id]))
        assert acme.groups(ada) == [("one", True), ("two", False)]
        assert acme.groups(one) == [("two", True)]
        assert acme.groups(two) == [("one", True)]

    async def test_a_group_may_be_in_itself(self, acme: Site) -> None:
        one = await acme.group("one")
        changed = await acme.change(one, None, AddMembers([one.id]))
        assert changed is not None
        assert changed.groups == (Membership(one.id, "one", direct=True),)
        renamed = await acme.change(one, group("uno"))
        assert renamed is not None
        assert renamed.groups == (Membership(one.id, "uno", direct=True),)
        assert await acme.directory.delete("Group", one.id, lambda _: None, ACTOR)


class TestUniqueness:
    async def test_a_name_is_taken_whatever_its_case(self, acme: Site) -> None:
        await acme.user("Straße")
        with pytest.raises(Taken) as caught:
            await acme.user("STRASSE")
        assert caught.value.attribute == "userName"
        assert (await acme.directory.search(Query({"User": None}))).total == 1

    async def test_types_do_not_share_names(self, acme: Site) -> None:
        await acme.user("team")
        assert (await acme.group("team")).version == 1
        with pytest.raises(Taken) as caught:
            await acme.group("Team")
        assert caught.value.attribute == "displayName"

    async def test_a_rename_to_a_taken_name_changes_nothing(self, acme: Site) -> None:
        await acme.user("ada")
        bo = await acme.user("bo", title="x")
        with pytest.raises(Taken):
            await acme.change(bo, user("ADA", title="y"))
        assert acme.directory.get("User", bo.id) == bo

    async def test_one_s_own_name_in_another_case_is_free(self, acme: Site) -> None:
        ada = await acme.user("ada")
        changed = await acme.change(ada, user("ADA"))
        assert changed is not None
        assert changed.version == 2
        assert acme.directory.lookup("User", "ada") == changed

    async def test_a_name_is_free_again_after_deletion_and_rename(self, acme: Site) -> None:
        ada, bo = await acme.user("ada"), await acme.user("bo")
        await acme.change(bo, user("cy"))
        await acme.directory.delete("User", ada.id, lambda _: None, ACTOR)
        assert {(await acme.user("ada")).id, (await acme.user("bo")).id}.isdisjoint({ada.id, bo.id})


class TestChanging:
    async def test_a_change_sees_the_latest_state_and_answers_with_what_is_stored(self, acme: Site) -> None:
        ada = await acme.user("ada", title="a", active=True)
        seen: list[Record] = []

        def change(record: Record) -> Change:
            seen.append(record)
            return Change(orjson.loads(record.document) | {"title": "b"})

        changed = await acme.directory.update("User", ada.id, change, ACTOR)
        assert seen == [ada]
        assert changed is not None
        assert orjson.loads(changed.document) == orjson.loads(ada.document) | {"title": "b"}
        assert (changed.version, changed.created) == (2, ada.created)
        assert changed.modified > ada.modified
        assert acme.directory.get("User", ada.id) == changed

    async def test_a_changed_document_keeps_its_id_behind_schemas(self, acme: Site) -> None:
        ada = await acme.user("ada")
        changed = await acme.change(ada, user("ada", title="x"))
        assert changed is not None
        assert list(orjson.loads(changed.document)) == ["schemas", "id", "userName", "title"]

    @pytest.mark.parametrize(
        "document",
        [
            None,
            user("ada", name={"givenName": "Ada", "familyName": "Moss"}, active=True),
            {"active": True, "name": {"familyName": "Moss", "givenName": "Ada"}, "userName": "ada", "schemas": [USER]},
        ],
    )
    async def test_a_change_that_changes_nothing_leaves_version_and_journal(
        self, acme: Site, document: Document | None
    ) -> None:
        ada = await acme.user("ada", name={"givenName": "Ada", "familyName": "Moss"}, active=True)
        assert await acme.change(ada, document) == ada
        assert len(await acme.directory.journal(JournalQuery())) == 1

    @pytest.mark.parametrize(("before", "after"), [(True, 1), (1, 1.0), ([True], [1]), ({"a": 0}, {"a": False})])
    async def test_values_that_only_python_takes_for_equal_are_a_change(
        self, acme: Site, before: object, after: object
    ) -> None:
        ada = await acme.user("ada", custom=before)
        changed = await acme.change(ada, user("ada", custom=after))
        assert changed is not None
        assert changed.version == 2
        assert orjson.dumps(orjson.loads(changed.document)["custom"]) == orjson.dumps(after)

    async def test_what_a_change_raises_passes_through_and_nothing_is_written(self, acme: Site) -> None:
        ada = await acme.user("ada")

        def refuse(record: Record) -> Change:
            raise LookupError(record.id)

        with pytest.raises(LookupError, match=ada.id):
            await acme.directory.update("User", ada.id, refuse, ACTOR)
        assert acme.directory.get("User", ada.id) == ada

    async def test_there_is_nothing_to_change_or_delete_in_a_resource_that_is_not_there(self, acme: Site) -> None:
        team = await acme.group("team")
        assert await acme.directory.update("User", team.id, lambda _: Change(user("x")), ACTOR) is None
        assert not await acme.directory.delete("User", team.id, lambda _: None, ACTOR)
        assert acme.directory.get("Group", team.id) == team

    async def test_changes_at_the_same_time_lose_nothing(self, acme: Site) -> None:
        ada = await acme.user("ada", visits=[])

        def visit(number: int) -> Callable[[Record], Change]:
            def change(record: Record) -> Change:
                document = orjson.loads(record.document)
                return Change(document | {"visits": [*document["visits"], number]})

            return change

        await asyncio.gather(*(acme.directory.update("User", ada.id, visit(number), ACTOR) for number in range(40)))
        latest = acme.directory.get("User", ada.id)
        assert latest is not None
        assert latest.version == 41
        assert sorted(orjson.loads(latest.document)["visits"]) == list(range(40))


class TestPasswords:
    async def test_a_password_is_kept_apart_and_may_be_changed(self, acme: Site) -> None:
        made = await acme.directory.create(New("User", user("ada"), password=Password("$argon2id$1")), ACTOR)
        assert b"argon2" not in made.document
        assert acme.directory.password(made.id) == "$argon2id$1"
        changed = await acme.directory.update(
            "User", made.id, lambda _: Change(password=Password("$argon2id$2")), ACTOR
        )
        assert changed is not None
        assert (changed.version, changed.document) == (2, made.document)
        assert acme.directory.password(made.id) == "$argon2id$2"

    async def test_a_change_without_password_keeps_it_and_deletion_takes_it(self, acme: Site) -> None:
        made = await acme.directory.create(New("User", user("ada"), password=Password("$argon2id$1")), ACTOR)
        await acme.change(made, user("ada", title="x"))
        assert acme.directory.password(made.id) == "$argon2id$1"
        await acme.directory.delete("User", made.id, lambda _: None, ACTOR)
        assert acme.directory.password(made.id) is None


class TestMembers:
    async def test_members_are_added_once_and_taken_out(self, acme: Site) -> None:
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        crew = await acme.group("crew", [ada.id, ada.id, bo.id])
        await acme.change(crew, None, AddMembers([cy.id, ada.id, cy.id]), RemoveMembers([bo.id, "nobody", bo.id]))
        assert await acme.members(crew) == [ada.id, cy.id]

    async def test_replacing_writes_the_difference_only(self, acme: Site) -> None:
        ada, bo, cy = [await acme.user(name) for name in ("ada", "bo", "cy")]
        crew = await acme.group("crew", [ada.id, bo.id])
        await acme.change(crew, None, ReplaceMembers([cy.id, ada.id]))
        assert await acme.members(crew) == [ada.id, cy.id]
        entry = (await acme.directory.journal(JournalQuery(newest=True, count=1)))[0]
        assert (entry.members_added, entry.members_removed) == ((cy.id,), (bo.id,))
        await acme.change(crew, None, ReplaceMembers([]))
        assert await acme.members(crew) == []

    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ('type eq "group"', "ada bo"),
            ('display sw "ADA"', "bo team"),
            ('value pr and not (display eq "bo")', "bo"),
            ("$ref pr", "ada bo team"),
        ],
    )
    async def test_members_that_match_a_filter_are_taken_out(self, acme: Site, text: str, left: str) -> None:
        people = {"ada": await acme.user("ada", displayName="Ada Moss"), "bo": await acme.user("bo", displayName="Bo")}
        people["team"] = await acme.group("team")
        crew = await acme.group("crew", [person.id for person in people.values()])
        members = Target(None, _members())
        await acme.change(crew, None, RemoveMembersWhere(bind_element(parse(text), members)))
        assert await acme.members(crew) == [people[name].id for name in left.split()]

    async def test_a_changed_member_set_is_a_new_version_of_the_group_and_of_nobody_else(self, acme: Site) -> None:
        ada = await acme.user("ada")
        crew = await acme.group("crew")
        changed = await acme.change(crew, None, AddMembers([ada.id]))
        assert changed is not None
        assert (changed.version, changed.document) == (2, crew.document)
        assert changed.modified > crew.modified
        found = acme.directory.get("User", ada.id)
        assert found is not None
        assert (found.version, found.modified) == (1, ada.modified)

    @pytest.mark.parametrize("kind", ["add", "replace", "out and in", "in and out"])
    async def test_an_equal_member_set_is_no_change(self, acme: Site, kind: str) -> None:
        ada, bo = await acme.user("ada"), await acme.user("bo")
        crew = await acme.group("crew", [ada.id])
        edits = {
            "add": (AddMembers([ada.id]), RemoveMembers(["nobody"])),
            "replace": (ReplaceMembers([ada.id, ada.id]),),
            "out and in": (RemoveMembers([ada.id]), AddMembers([ada.id])),
            "in and out": (AddMembers([bo.id]), RemoveMembers([bo.id])),
        }
        assert await acme.change(crew, None, *edits[kind]) == crew
        assert len(await acme.directory.journal(JournalQuery())) == 3

    async def test_unknown_members_are_all_named_and_nothing_is_written(self, acme: Site) -> None:
        ada = await acme.user("ada")
        crew = await acme.group("crew", [ada.id])
        with pytest.raises(UnknownMembers) as caught:
            await acme.change(crew, group("crew2"), RemoveMembers([ada.id]), AddMembers(["x", ada.id, "y", "x"]))
        assert caught.value.ids == ("x", "y")
        assert acme.directory.get("Group", crew.id) == crew
        assert await acme.members(crew) == [ada.id]
        with pytest.raises(UnknownMembers):
            await acme.group("crew3", ["z"])
        assert acme.directory.lookup("Group", "crew3") is None

    async def test_unknown_members_are_left_out_where_the_realm_says_so(self, acme: Site) -> None:
        ada = await acme.user("ada")
        crew = await acme.directory.create(New("Group", group("crew"), ["x", ada.id], skip_unknown=True), ACTOR)
        assert await acme.members(crew) == [ada.id]
        change = Change(members=(ReplaceMembers(["y"]),), skip_unknown=True)
        await acme.directory.update("Group", crew.id, lambda _: change, ACTOR)
        assert await acme.members(crew) == []

    async def test_concurrent_changes_of_one_group_lose_no_member(self, acme: Site) -> None:
        people = [await acme.user(f"user{number}") for number in range(60)]
        crew = await acme.group("crew", [person.id for person in people[:20]])
        await asyncio.gather(
            *(acme.change(crew, None, AddMembers([person.id])) for person in people[20:]),
            *(acme.change(crew, None, RemoveMembers([person.id])) for person in people[:20]),
        )
        assert sorted(await acme.members(crew)) == sorted(person.id for person in people[20:])
        latest = acme.directory.get("Group", crew.id)
        assert latest is not None
        assert latest.version == 61


class TestDeleting:
    async def test_a_deleted_resource_leaves_its_groups_and_they_have_a_new_version(self, acme: Site) -> None:
        ada, bo = await acme.user("ada", emails=[{"value": "a@x.test"}]), await acme.user("bo")
        crew = await acme.group("crew", [ada.id, bo.id])
        assert await acme.directory.delete("User", ada.id, lambda _: None, ACTOR)
        assert acme.directory.get("User", ada.id) is None
        assert await acme.members(crew) == [bo.id]
        latest = acme.directory.get("Group", crew.id)
        assert latest is not None
        assert latest.version == 2
        assert await acme.find("User", 'emails eq "a@x.test"') == []

    async def test_a_deleted_group_leaves_its_members(self, acme: Site) -> None:
        ada = await acme.user("ada")
        crew = await acme.group("crew", [ada.id])
        await acme.group("top", [crew.id])
        assert await acme.directory.delete("Group", crew.id, lambda _: None, ACTOR)
        assert acme.groups(ada) == []
        assert acme.directory.get("User", ada.id) == ada

    async def test_a_check_may_refuse(self, acme: Site) -> None:
        ada = await acme.user("ada")
        crew = await acme.group("crew", [ada.id])

        def refuse(record: Record) -> None:
            raise LookupError(record.id)

        with pytest.raises(LookupError, match=ada.id):
            await acme.directory.delete("User", ada.id, refuse, ACTOR)
        assert acme.groups(ada) == [("crew", True)]
        assert acme.directory.get("Group", crew.id) == crew


class TestTenancy:
    async def test_realms_never_see_each_other(self, realms: Realms) -> None:
        acme, other = realms.acme, realms.other
        ada = await acme.user("ada", externalId="e", emails=[{"value": "a@x.test"}], displayName="Ada")
        crew = await acme.group("crew", [ada.id])
        assert (await other.user("ada")).version == 1
        assert other.directory.get("User", ada.id) is None
        assert other.directory.password(ada.id) is None
        assert await other.directory.members(crew.id) == []
        for text in (
            'externalId eq "e"',
            'emails eq "a@x.test"',
            f'id eq "{ada.id}"',
            'displayName eq "Ada"',
            "groups pr",
        ):
            assert await other.find("User", text) == []
        assert await other.find("Group", f'members eq "{ada.id}"') == []
        assert (await other.directory.search(Query({"User": None, "Group": None}))).total == 1

    async def test_another_realm_s_resources_can_not_be_changed_deleted_or_made_members(self, realms: Realms) -> None:
        acme, other = realms.acme, realms.other
        ada = await acme.user("ada")
        assert await other.directory.update("User", ada.id, lambda _: Change(user("x")), ACTOR) is None
        assert not await other.directory.delete("User", ada.id, lambda _: None, ACTOR)
        with pytest.raises(UnknownMembers):
            await other.group("crew", [ada.id])
        crew = await other.group("crew")
        with pytest.raises(UnknownMembers):
            await other.change(crew, None, AddMembers([ada.id]))
        assert acme.directory.get("User", ada.id) == ada


def _members() -> Attribute:
    attribute = TYPES.by_name["Group"].schema.attribute("members")
    assert attribute is not None
    return attribute

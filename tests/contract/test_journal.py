"""The journal tells of every change, and of nothing else, over both stores."""

import asyncio
import itertools
from dataclasses import replace

import orjson
import pytest

from scimbridge.directory.ports import Actor, AddMembers, Change, JournalQuery, New, Password, RemoveMembers, Taken

from .conftest import ACTOR, Realms, Site, group, user


async def told(site: Site, query: JournalQuery | None = None) -> list[tuple[str, str]]:
    """What was done to whom, by name."""
    return [(entry.operation, entry.name) for entry in await site.directory.journal(query or JournalQuery())]


async def test_creation_is_told_whole(acme: Site) -> None:
    ada = await acme.user("ada", title="Engineer")
    crew = await acme.group("crew", [ada.id])
    first, second = await acme.directory.journal(JournalQuery())
    assert (first.operation, first.type, first.id, first.name) == ("create", "User", ada.id, "ada")
    assert (first.realm, first.actor, first.time) == ("r-acme", ACTOR, ada.created)
    assert (first.before, first.after) == ({}, orjson.loads(ada.document))
    assert (second.after, second.members_added) == (orjson.loads(crew.document), (ada.id,))
    assert second.sequence > first.sequence


async def test_a_change_is_told_by_the_attributes_that_differ(acme: Site) -> None:
    ada = await acme.user("ada", title="Engineer", active=True, locale="en")
    changed = await acme.change(ada, user("ada.m", title="Boss", active=True, nickName="A"))
    assert changed is not None
    entry = (await acme.directory.journal(JournalQuery(newest=True, count=1)))[0]
    assert (entry.operation, entry.name, entry.time) == ("change", "ada.m", changed.modified)
    assert entry.before == {"userName": "ada", "title": "Engineer", "locale": "en"}
    assert entry.after == {"userName": "ada.m", "title": "Boss", "nickName": "A"}


async def test_changed_members_are_told_by_id_and_not_twice(acme: Site) -> None:
    ada, bo = await acme.user("ada"), await acme.user("bo")
    crew = await acme.group("crew", [ada.id])
    await acme.change(crew, None, AddMembers([bo.id, ada.id]), RemoveMembers([ada.id]))
    entry = (await acme.directory.journal(JournalQuery(newest=True, count=1)))[0]
    assert (entry.members_added, entry.members_removed) == ((bo.id,), (ada.id,))
    assert (entry.before, entry.after) == ({}, {})


async def test_deletion_is_told_whole_and_the_groups_that_lose_a_member_tell_of_it(acme: Site) -> None:
    ada = await acme.user("ada")
    crew = await acme.group("crew", [ada.id])
    await acme.group("top", [crew.id])
    await acme.directory.delete("User", ada.id, lambda _: None, Actor("bo", request_id="r9"))
    lost, gone = await acme.directory.journal(JournalQuery(request_id="r9"))
    assert (lost.operation, lost.id, lost.members_removed) == ("change", crew.id, (ada.id,))
    assert (gone.operation, gone.id, gone.before, gone.after) == ("delete", ada.id, orjson.loads(ada.document), {})
    assert lost.time == gone.time
    await acme.directory.delete("Group", crew.id, lambda _: None, ACTOR)
    assert await told(acme, JournalQuery(newest=True, count=2)) == [("change", "top"), ("delete", "crew")]


async def test_a_password_is_told_of_and_not_told(acme: Site) -> None:
    made = await acme.directory.create(New("User", user("ada"), password=Password("$argon2id$secret")), ACTOR)
    await acme.directory.update("User", made.id, lambda _: Change(password=Password("$argon2id$secret2")), ACTOR)
    await acme.change(made, user("ada", title="x"))
    entries = await acme.directory.journal(JournalQuery())
    assert [entry.password for entry in entries] == [True, True, False]
    assert "argon2id" not in repr(entries)


async def test_what_was_refused_is_not_told(acme: Site) -> None:
    await acme.user("ada")
    with pytest.raises(Taken):
        await acme.user("ada")
    assert await told(acme) == [("create", "ada")]


async def test_a_name_finds_who_has_it_and_who_ever_had_it(acme: Site) -> None:
    first = await acme.user("Ada")
    await acme.change(first, user("adele"))
    await acme.directory.delete("User", first.id, lambda _: None, ACTOR)
    second = await acme.user("ada")
    await acme.group("ada")
    entries = await acme.directory.journal(JournalQuery(type="User", name="ADA"))
    assert [(entry.operation, entry.id) for entry in entries] == [
        ("create", first.id),
        ("change", first.id),
        ("delete", first.id),
        ("create", second.id),
    ]
    assert await told(acme, JournalQuery(type="User", name="ADELE")) == [
        ("create", "Ada"),
        ("change", "adele"),
        ("delete", "adele"),
    ]
    assert await told(acme, JournalQuery(type="Group", name="ada")) == [("create", "ada")]
    assert await told(acme, JournalQuery(type="User", name="nobody")) == []


async def test_entries_are_chosen_by_id_request_and_place(acme: Site) -> None:
    made = []
    for number in range(5):
        actor = Actor("okta", request_id=f"req-{number % 2}")
        made.append(await acme.directory.create(New("Group", group(f"g{number}")), actor))
    everything = await acme.directory.journal(JournalQuery())
    numbers = [entry.sequence for entry in everything]
    assert [entry.name for entry in everything] == ["g0", "g1", "g2", "g3", "g4"]
    assert await told(acme, JournalQuery(id=made[3].id)) == [("create", "g3")]
    assert await told(acme, JournalQuery(request_id="req-1")) == [("create", "g1"), ("create", "g3")]
    assert await told(acme, JournalQuery(after=numbers[2])) == [("create", "g3"), ("create", "g4")]
    assert await told(acme, JournalQuery(after=numbers[0], count=2)) == [("create", "g1"), ("create", "g2")]
    assert await told(acme, JournalQuery(count=2, newest=True)) == [("create", "g3"), ("create", "g4")]
    assert await told(acme, JournalQuery(count=0, newest=True)) == []
    assert await told(acme, JournalQuery(type="User")) == []


@pytest.mark.parametrize(
    ("since", "until", "names"),
    [
        ("2026-01-01T00:00:00.002Z", None, "g1 g2 g3"),
        ("2026-01-01T01:00:00.002+01:00", None, "g1 g2 g3"),
        ("2026-01-01T00:00:00.002001Z", None, "g2 g3"),
        (None, "2026-01-01T00:00:00.003Z", "g0 g1"),
        (None, "2026-01-01T00:00:00.0031Z", "g0 g1 g2"),
        ("2026-01-01T00:00:00.002Z", "2026-01-01T00:00:00.004Z", "g1 g2"),
        ("2026", None, None),
        (None, "yesterday", None),
    ],
)
async def test_entries_are_chosen_by_time_from_since_to_before_until(
    acme: Site, since: str | None, until: str | None, names: str | None
) -> None:
    for number in range(4):
        await acme.group(f"g{number}")
    query = JournalQuery(since=since, until=until)
    if names is None:
        with pytest.raises(ValueError, match="is not a time"):
            await acme.directory.journal(query)
    else:
        assert [name for _, name in await told(acme, query)] == names.split()


async def test_the_lines_about_one_resource_are_those_of_the_whole_journal(acme: Site) -> None:
    ada, bo = await acme.user("ada"), await acme.user("bo")
    crew = await acme.group("crew", [ada.id])
    for turn in range(3):
        await acme.change(ada, user(f"ada{turn}"))
        await acme.change(bo, user("bo", title=str(turn)))
        await acme.change(crew, None, AddMembers([bo.id]), RemoveMembers([ada.id]))
        await acme.change(crew, None, AddMembers([ada.id]), RemoveMembers([bo.id]))
    await acme.directory.delete("User", ada.id, lambda _: None, Actor("hr", request_id="r9"))  # crew loses her
    await acme.directory.create(New("User", user("ada"), id=ada.id), ACTOR)
    await acme.change(ada, user("ada0"))
    everything = await acme.directory.journal(JournalQuery())
    assert len(everything) == 3 + 12 + 2 + 2
    places = [0, everything[3].sequence, everything[10].sequence, everything[-1].sequence]
    for id_, count, after, newest in itertools.product((ada.id, bo.id, crew.id), (1, 3, 100), places, (True, False)):
        expected = [entry for entry in everything if entry.id == id_ and entry.sequence > after]
        expected = expected[-count:] if newest else expected[:count]
        query = JournalQuery(id=id_, after=after, count=count, newest=newest)
        assert await acme.directory.journal(query) == expected, query
    asked = JournalQuery(id=crew.id, request_id="r9")
    assert [entry.members_removed for entry in await acme.directory.journal(asked)] == [(ada.id,)]
    named = JournalQuery(type="User", name="ada0", newest=True, count=2)
    assert await told(acme, named) == [("create", "ada"), ("change", "ada0")]
    assert await told(acme, replace(named, id=bo.id)) == []
    assert await told(acme, replace(named, since=everything[-1].time)) == [("change", "ada0")]


async def test_realms_have_their_own_journals(realms: Realms) -> None:
    ada = await realms.acme.user("ada")
    await realms.other.user("bo")
    assert await told(realms.other) == [("create", "bo")]
    assert await told(realms.other, JournalQuery(id=ada.id)) == []
    assert await told(realms.other, JournalQuery(type="User", name="ada")) == []


async def test_entries_are_in_the_order_of_the_changes_they_tell_of(acme: Site) -> None:
    await asyncio.gather(*(acme.user(f"user{number}") for number in range(50)))
    entries = await acme.directory.journal(JournalQuery())
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)
    assert [entry.sequence for entry in entries] == sorted(entry.sequence for entry in entries)

"""Searching: every store finds what the truth table says, and pages joined are the whole list."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from scim.truth import GROUP_QUESTIONS, GROUPS, ORDERS, TYPES, USER_QUESTIONS, USERS, Order, Question, fill
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.directory.ports import Directory, Document, New, Query, SearchTimeout
from scimbridge.scim.filter import bind_text
from scimbridge.scim.ordering import bind_sort

from .conftest import ACTOR, GROUP, USER, Site, counting, ids, joined_by_cursor, joined_by_index, ticking

USER_TYPE, GROUP_TYPE = TYPES.by_name["User"], TYPES.by_name["Group"]
Known = dict[str, str]


@pytest.fixture
async def known(acme: Site) -> Known:
    """The resources of the truth table, and the id of each name."""
    known: Known = {}
    for name, document in USERS.items():
        schemas = [USER, *(urn for urn in document if ":" in urn)]
        made = await acme.directory.create(New("User", {"schemas": schemas, **document}), ACTOR)
        known[name] = made.id
    for name, (group, members) in GROUPS.items():
        new = New("Group", {"schemas": [GROUP], **group}, [known[member] for member in members])
        known[name] = (await acme.directory.create(new, ACTOR)).id
    return known


@pytest.mark.parametrize(("kind", "questions"), [("User", USER_QUESTIONS), ("Group", GROUP_QUESTIONS)])
async def test_finds_exactly_what_matches(acme: Site, known: Known, kind: str, questions: Sequence[Question]) -> None:
    names = {id_: name for name, id_ in known.items()}
    found = [
        Question(filter_, " ".join(names[id_] for id_ in await acme.find(kind, fill(filter_, known))))
        for filter_, _ in questions
    ]
    assert found == questions


async def test_sorts_both_ways(acme: Site, known: Known) -> None:
    names = {id_: name for name, id_ in known.items()}
    found = []
    for by, _, _ in ORDERS:
        query = Query({"User": None}, {"User": bind_sort(by, USER_TYPE)})
        ways = (query, replace(query, descending=True))
        ascending, descending = [ids(await acme.directory.search(way)) for way in ways]
        assert [await joined_by_cursor(acme, way, 1) for way in ways] == [ascending, descending]
        found.append(Order(by, " ".join(names[id_] for id_ in ascending), " ".join(names[id_] for id_ in descending)))
    assert found == ORDERS


@pytest.mark.parametrize(
    ("by", "names"),
    [("groups.display", "cy ada bo dee"), ("groups", "ada bo cy dee"), ("meta.lastModified", "ada bo cy dee")],
)
async def test_sorts_by_what_follows_from_other_resources(acme: Site, known: Known, by: str, names: str) -> None:
    query = Query({"User": None}, {"User": bind_sort(by, USER_TYPE)})
    assert ids(await acme.directory.search(query)) == [known[name] for name in names.split()]


async def test_the_primary_value_is_sorted_by_before_the_first(acme: Site) -> None:
    ada = await acme.user("ada", emails=[{"value": "a@x.test"}, {"value": "z@x.test", "primary": True}])
    bo = await acme.user("bo", emails=[{"value": "m@x.test", "primary": False}, {"value": "b@x.test"}])
    query = Query({"User": None}, {"User": bind_sort("emails", USER_TYPE)})
    assert ids(await acme.directory.search(query)) == [bo.id, ada.id]


async def test_groups_sort_by_their_first_member(acme: Site, known: Known) -> None:
    query = Query({"Group": None}, {"Group": bind_sort("members.display", GROUP_TYPE)})
    assert ids(await acme.directory.search(query)) == [known[name] for name in ("navy", "all", "empty")]


def alternating(inner: str, other: str, levels: int, pattern: str) -> str:
    """A filter of that many levels, `and` and `or` by turns."""
    for level in range(levels):
        inner = pattern.format(inner=inner, other=other, word="or" if level % 2 else "and")
    return inner


DEEP = [
    "not (" * 49 + 'title eq "x"' + ")" * 49,
    alternating('title eq "y"', 'title eq "x"', 48, "({inner}) {word} {other}"),
    alternating('title eq "y"', 'title eq "x"', 48, "{other} {word} ({inner})"),
    alternating('title eq "y"', 'title eq "x"', 24, "{other} {word} not ({inner})"),
    alternating('title eq "x"', 'emails[type eq "x"]', 48, "{other} {word} ({inner})"),
    "emails[" + "not (" * 48 + 'type eq "x"' + ")" * 48 + "]",
    "emails[" + alternating('type eq "y"', 'value eq "x"', 47, "{other} {word} ({inner})") + "]",
    "groups[" + alternating('display eq "y"', 'value ne "x"', 47, "{other} {word} ({inner})") + "]",
    " or ".join(f'emails[type eq "{number}" and value eq "x"]' for number in range(66)),
    " and ".join(['emails.value co "x"'] * 200),
]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
async def test_the_deepest_and_longest_filters_are_answered(database: Database, text: str) -> None:
    people: list[Document] = [
        {"title": "x"},
        {"title": "y", "emails": [{"value": "x", "type": "x"}]},
        {"emails": [{"type": "7"}]},
    ]
    stores: list[Directory] = [
        MemoryDirectory(TYPES, realm="a", clock=ticking(), ids=counting()),
        SqliteDirectory(database, "a", TYPES, clock=ticking(), ids=counting()),
    ]
    found = []
    for site in map(Site, stores):
        made = [await site.user(f"user{number}", **person) for number, person in enumerate(people)]
        await site.group("y", [person.id for person in made[1:]])
        sort = {"User": bind_sort("groups.display", USER_TYPE)}
        query = Query({"User": bind_text(text, USER_TYPE), "Group": None}, sort, descending=True)
        found.append(ids(await site.directory.search(query)))
    assert found[1] == found[0]


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ({"userName": "ada"}, {"userName": "eve"}, 'userName eq "ada"', 'userName eq "EVE"'),
        ({"externalId": "a"}, {"externalId": "b"}, 'externalId eq "a"', 'externalId eq "b"'),
        ({"externalId": "a"}, {}, 'externalId eq "a"', "not (externalId pr)"),
        ({"displayName": "a"}, {"displayName": "b"}, 'displayName eq "A"', 'displayName eq "B"'),
        ({"active": True}, {"active": False}, "active eq true", "active eq false"),
        ({"title": "a"}, {"title": "b"}, 'title eq "a"', 'title eq "B"'),
        (
            {"emails": [{"value": "A@x.test"}]},
            {"emails": [{"value": "b@x.test"}]},
            'emails eq "a@x.test"',
            'emails eq "B@x.test"',
        ),
        ({"emails": [{"value": "a@x.test"}]}, {}, 'emails eq "a@x.test"', "not (emails.value pr)"),
    ],
)
async def test_a_changed_resource_is_found_by_its_new_values_only(
    acme: Site, before: Document, after: Document, old: str, new: str
) -> None:
    ada = await acme.user("ada", **before)
    assert await acme.find("User", old) == [ada.id]
    await acme.change(ada, {"schemas": [USER], "userName": "ada", **after})
    assert (await acme.find("User", old), await acme.find("User", new)) == ([], [ada.id])


async def test_alternatives_in_brackets_stay_together(acme: Site) -> None:
    ada, _ = await acme.user("ada", title="x"), await acme.user("bo")
    text = 'meta[resourceType eq "User" or version eq "none"] and title eq "x"'
    assert await acme.find("User", text) == [ada.id]


class TestPages:
    @pytest.mark.parametrize(
        ("start", "count", "expected"),
        [
            (1, 3, [0, 1, 2]),
            (3, 2, [2, 3]),
            (5, 100, [4, 5, 6]),
            (7, 1, [6]),
            (8, 10, []),
            (10**12, 10, []),
            (1, 0, []),
            (1, 10**9, [0, 1, 2, 3, 4, 5, 6]),
        ],
    )
    @pytest.mark.parametrize("text", [None, "userName pr", "id pr and not (title pr)"])
    async def test_a_page_is_a_slice_and_its_total_is_all(
        self, acme: Site, start: int, count: int, expected: list[int], text: str | None
    ) -> None:
        people = [(await acme.user(f"user{number}")).id for number in range(7)]
        await acme.group("crew")
        bound = None if text is None else bind_text(text, USER_TYPE)
        page = await acme.directory.search(Query({"User": bound}, start=start, count=count))
        assert (ids(page), page.total) == ([people[number] for number in expected], 7)

    async def test_several_types_come_in_order_of_creation(self, acme: Site) -> None:
        made = [await (acme.user if number % 3 else acme.group)(f"x{number}") for number in range(9)]
        query = Query({"User": None, "Group": None}, start=2, count=5)
        page = await acme.directory.search(query)
        assert (list(page.records), page.total) == (made[1:6], 9)
        filters = {"User": bind_text('userName sw "x"', USER_TYPE), "Group": None}
        assert ids(await acme.directory.search(Query(filters))) == [record.id for record in made]

    async def test_several_types_sort_together(self, acme: Site) -> None:
        bo = await acme.user("zz", displayName="Bo")
        team = await acme.group("alpha", externalId="x")
        ada = await acme.user("yy", displayName="ada")
        sort = {kind.name: bind_sort("displayName", kind) for kind in (USER_TYPE, GROUP_TYPE)}
        query = Query({"User": None, "Group": None}, sort)
        assert ids(await acme.directory.search(query)) == [ada.id, team.id, bo.id]
        only_users = Query({"User": None, "Group": None}, {"User": sort["User"]}, descending=True)
        assert ids(await acme.directory.search(only_users)) == [team.id, bo.id, ada.id]

    async def test_no_type_is_nothing(self, acme: Site) -> None:
        await acme.user("ada")
        page = await acme.directory.search(Query({}))
        assert (page.records, page.total, page.next) == ([], 0, None)

    @pytest.mark.parametrize("by", [None, "userName", "title"])
    @pytest.mark.parametrize("text", [None, "title pr or userName pr"])
    async def test_a_cursor_goes_on_where_the_page_ended_whatever_came_and_went(
        self, acme: Site, text: str | None, by: str | None
    ) -> None:
        people = [await acme.user(f"user{number}") for number in range(6)]
        bound = None if text is None else bind_text(text, USER_TYPE)
        query = Query({"User": bound}, {} if by is None else {"User": bind_sort(by, USER_TYPE)}, count=2)
        page = await acme.directory.search(query)
        for gone in people[:2]:
            await acme.directory.delete("User", gone.id, lambda _: None, ACTOR)
        await acme.user("user0")
        following = await acme.directory.search(replace(query, after=page.next))
        assert (ids(following), following.total) == ([people[2].id, people[3].id], 5)

    async def test_the_last_page_has_no_next(self, acme: Site) -> None:
        for number in range(4):
            await acme.user(f"user{number}")
        for text in (None, "userName pr", 'userName eq "user1" or userName sw "user"'):
            bound = None if text is None else bind_text(text, USER_TYPE)
            pages = [await acme.directory.search(Query({"User": bound}, count=count)) for count in (0, 3, 4, 5)]
            assert [page.next is None for page in pages] == [True, False, True, True]

    @pytest.mark.parametrize(
        "after",
        [
            "",
            "x",
            "null",
            "[]",
            "[1]",
            '["a"]',
            "[null,null]",
            "[null,1.5]",
            "[[],1]",
            "[true]",
            "[18446744073709551615,1]",
        ],
    )
    async def test_a_cursor_of_someone_else_is_refused(self, acme: Site, after: str) -> None:
        await acme.user("ada")
        for text in (None, "userName pr"):
            bound = None if text is None else bind_text(text, USER_TYPE)
            with pytest.raises(ValueError):  # noqa: PT011 (the port promises no more)
                await acme.directory.search(Query({"User": bound}, after=after))


class TestManyResources:
    """Over more than one block of 1024 (adapters/sqlite/listing.py), with holes, types and realms mixed."""

    async def test_pages_joined_are_the_whole_list(self, database: Database) -> None:
        clock, next_id = ticking(), counting()
        acme, other = (Site(SqliteDirectory(database, name, TYPES, clock=clock, ids=next_id)) for name in ("a", "b"))
        people = await asyncio.gather(*(acme.user(f"user{number}") for number in range(2500)))
        teams = await asyncio.gather(*(acme.group(f"team{number}") for number in range(600)))
        await other.user("somebody")
        late = await asyncio.gather(
            *(acme.user(f"late{number}") for number in range(2100))
        )  # a block of their own, too
        gone = [*people[5:1300], *people[2490:], *teams[::7], *late[-30:]]
        await asyncio.gather(*(acme.directory.delete(it.type, it.id, lambda _: None, ACTOR) for it in gone))
        left = {record.id for record in (*people, *teams, *late)} - {record.id for record in gone}
        for kinds in (["User"], ["Group"], ["User", "Group"]):
            query = Query(dict.fromkeys(kinds))
            expected = [it.id for it in (*people, *teams, *late) if it.id in left and it.type in kinds]
            assert await joined_by_index(acme, query, 97) == expected
            assert await joined_by_cursor(acme, query, 501) == expected

    async def test_an_index_that_leaves_many_is_no_less_exact(self, acme: Site) -> None:
        same = [(await acme.user(f"user{number}", externalId="same", displayName="Same")).id for number in range(130)]
        for text in ('externalId eq "same"', 'displayName eq "SAME"', 'displayName eq "same" and userName pr'):
            query = Query({"User": bind_text(text, USER_TYPE)})
            assert await joined_by_index(acme, query, 60) == same
            assert await joined_by_cursor(acme, query, 60) == same


async def test_a_search_that_takes_too_long_is_given_up(database: Database) -> None:
    directory = SqliteDirectory(database, "a", TYPES, clock=ticking(), ids=counting(), scan_timeout=0.0)
    acme = Site(directory)
    for number in range(300):
        await acme.user(f"user{number}", title="x" * 1000)
    with pytest.raises(SearchTimeout):
        await acme.find("User", 'title co "y"')
    assert len(await acme.find("User", 'userName eq "user7"')) == 1

"""A real OpenLDAP as a source: pages, changes only, those who are gone, nested groups, TLS, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import ldap3
import pytest

from scimbridge.adapters.ldap.people import LdapPeople
from scimbridge.adapters.sqlite.database import Database
from scimbridge.provisioning.errors import SourceUnreadable, TargetUnavailable
from scimbridge.provisioning.sources.drafts import attributes_of
from scimbridge.provisioning.sources.ports import Reading, Row
from scimbridge.provisioning.sources.source import LdapServer
from scimbridge.provisioning.sources.usual import LDAP_MAPPINGS

from .import_site import ImportSite
from .slapd import ADMIN, PASSWORD, PEOPLE, ROOT, TEAMS, Slapd, binary, dn, person, team

pytestmark = [
    pytest.mark.slow,
    # ldap3 2.9.1 asks Python 3.11 in its former way whether a certificate is the host's.
    pytest.mark.filterwarnings("ignore:ssl.match_hostname:DeprecationWarning"),
    pytest.mark.skipif(binary() is None, reason="there is no slapd: install the package slapd"),
]


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    folder = tmp_path / "slapd"
    folder.mkdir()
    server = Slapd(folder)
    yield server
    server.stop()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "directory.db")
    yield database
    await database.close()


def settings(slapd: Slapd, **others: object) -> LdapServer:
    values: dict[str, object] = {
        "bind_dn": ADMIN,
        "start_tls": False,
        "group_base": TEAMS,
        "page_size": 100,
        "timeout": 5.0,
    }
    return LdapServer(slapd.url, PEOPLE, **(values | others))  # type: ignore[arg-type]


def people(slapd: Slapd, password: str = PASSWORD, **others: object) -> LdapPeople:
    return LdapPeople(settings(slapd, **others), password, attributes_of(LDAP_MAPPINGS))


def users(reading: Reading) -> dict[str, Row]:
    return {str(row.values["uid"]): row for row in reading.rows if row.type == "User"}


def groups(reading: Reading) -> dict[str, Row]:
    return {row.values["displayName"]: row for row in reading.rows if row.type == "Group"}


async def test_people_have_one_text_or_several_in_each_attribute_that_mappings_read(slapd: Slapd) -> None:
    slapd.start([person("ada", givenName="Ada", mail=["ada@example.test", "a@example.test"], description="unread")])
    (row,) = (await people(slapd).read("")).rows
    assert (row.type, row.where, len(row.key)) == ("User", dn("ada"), 36)
    assert {name: value for name, value in row.values.items() if value} == {
        "uid": "ada",
        "cn": "Ada",
        "sn": "Ada",
        "givenName": "Ada",
        "mail": ["ada@example.test", "a@example.test"],
    }


async def test_groups_have_people_and_groups_as_members_however_their_names_are_written(slapd: Slapd) -> None:
    slapd.start(
        [
            person("ada"),
            person("bo"),
            team("all", f"cn=Blue, {TEAMS}".replace("dc=", "DC="), dn("bo"), description="everybody"),
            team("blue", dn("ada").upper().replace(",", " , "), dn("nobody")),
            f"dn: cn=unix,{TEAMS}\nobjectClass: posixGroup\ncn: unix\ngidNumber: 7\nmemberUid: ada\nmemberUid: root",
        ]
    )
    reading = await people(slapd).read("")
    keys = {uid: row.key for uid, row in users(reading).items()}
    found = groups(reading)
    assert found["all"].members == [found["blue"].key, keys["bo"]]
    assert found["all"].values["description"] == "everybody"
    assert (found["blue"].members, found["unix"].members) == ([keys["ada"]], [keys["ada"]])
    assert reading.notes == ["2 members of groups are outside of what is read."]


async def test_a_later_reading_has_all_keys_and_what_was_changed_in_full(
    slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scimbridge.adapters.ldap.people._OVERLAP", timedelta(seconds=-1))
    slapd.start([person("ada"), person("bo"), team("blue", dn("ada"))])
    source = people(slapd)
    first = await source.read("")
    assert (await source.read(first.cursor)).rows == []
    await asyncio.sleep(1.1)  # the server counts in whole seconds
    with slapd.admin() as admin:
        admin.modify(dn("ada"), {"title": [(ldap3.MODIFY_REPLACE, ["Countess"])]})
        admin.delete(dn("bo"))
    second = await source.read(first.cursor)
    ada = users(second)["ada"]
    assert (ada.values["title"], set(second.keys["User"])) == ("Countess", {ada.key})
    assert set(groups(second)) == {"blue"}


async def test_what_is_asked_for_again_is_read_in_full_whether_it_has_changed_or_not(
    slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scimbridge.adapters.ldap.people._OVERLAP", timedelta(seconds=-1))
    slapd.start([person("ada"), person("bo"), team("blue", dn("ada"))])
    source = people(slapd)
    first = await source.read("")
    wanted = {users(first)["bo"].key, groups(first)["blue"].key, "nobody's"}
    again = await source.read(first.cursor, wanted)
    assert {row.key: row for row in again.rows} == {row.key: row for row in first.rows if row.key in wanted}
    assert again.keys == first.keys


@pytest.mark.parametrize("way", ["ldaps", "StartTLS"])
async def test_the_way_is_encrypted_and_the_certificate_is_checked(slapd: Slapd, way: str) -> None:
    slapd.start([person("ada")])
    url = slapd.secure_url if way == "ldaps" else slapd.url
    trusted = LdapServer(url, PEOPLE, bind_dn=ADMIN, ca_file=slapd.ca_file)
    assert len((await LdapPeople(trusted, PASSWORD, ["uid"]).read("")).rows) == 1
    unknown = LdapServer(url, PEOPLE, bind_dn=ADMIN)
    with pytest.raises((SourceUnreadable, TargetUnavailable), match=r"(?i)certificate"):
        await LdapPeople(unknown, PASSWORD, ["uid"]).read("")


@pytest.mark.parametrize(
    ("others", "password", "sentence"),
    [
        ({}, "wrong", "refuses the sign-in: check the bind DN and its password"),
        ({"user_base": f"ou=none,{ROOT}"}, PASSWORD, "has no such base"),
        ({"user_filter": "(uid=*"}, PASSWORD, "the filter is malformed"),
    ],
)
async def test_what_the_server_refuses_is_said_with_what_to_do(
    slapd: Slapd, others: dict[str, object], password: str, sentence: str
) -> None:
    slapd.start([person("ada")])
    source = LdapPeople(LdapServer(**_fields(slapd) | others), password, ["uid"])  # type: ignore[arg-type]
    with pytest.raises(SourceUnreadable) as refused:
        await source.read("")
    assert sentence in refused.value.reason
    assert "wrong" not in refused.value.reason
    assert not (await source.test())[-1].good


def _fields(slapd: Slapd) -> dict[str, object]:
    return {"url": slapd.url, "user_base": PEOPLE, "bind_dn": ADMIN, "start_tls": False}


async def test_a_server_that_is_not_there_may_be_tried_again(slapd: Slapd) -> None:
    with pytest.raises(TargetUnavailable, match="cannot be reached"):
        await people(slapd).read("")


async def test_a_test_tries_the_sign_in_and_looks_for_people_and_groups(slapd: Slapd) -> None:
    slapd.start([person("ada")])
    attempts = await people(slapd).test()
    assert [(attempt.outcome, attempt.good) for attempt in attempts] == [
        ("signed in", True),
        ("there are some", True),
        ("nobody is there", False),
    ]


async def test_an_entry_that_nothing_tells_apart_is_a_problem_of_its_own(slapd: Slapd) -> None:
    slapd.start([person("ada", employeeNumber="7"), person("bo")])
    reading = await people(slapd, key="employeeNumber", group_base="").read("")
    assert [row.key for row in reading.rows] == ["7"]
    assert [problem.where for problem in reading.problems] == [dn("bo")]
    assert not reading.is_whole


async def test_thousands_are_imported_and_then_only_what_changed(slapd: Slapd, database: Database) -> None:
    """5,000 people and 200 groups, then joiners, leavers, movers, renamed ones and a new team."""
    names = [f"p{number:04}" for number in range(5000)]
    slapd.start(
        [
            *(person(name, givenName="Given", departmentNumber=f"D{number % 7}") for number, name in enumerate(names)),
            *(
                team(f"team{number:03}", *(dn(name) for name in names[number * 25 : number * 25 + 25]))
                for number in range(200)
            ),
        ]
    )
    site = await ImportSite(database, people(slapd, page_size=500), ldap=settings(slapd)).begin()
    imported = await site.run()
    assert imported.problems == []
    assert imported.done == {"create user": 5000, "create group": 200, "change members group": 200}
    assert await site.everybody() == 5000
    assert await site.members("team199") == set(names[4975:])
    assert (await site.plan()).items == []
    assert (await site.plan(everything=True)).items == []
    with slapd.admin() as admin:
        admin.modify(dn("p0000"), {"title": [(ldap3.MODIFY_REPLACE, ["Boss"])], "mail": [(ldap3.MODIFY_DELETE, [])]})
        admin.delete(dn("p0001"))
        admin.modify_dn(dn("p0002"), "uid=renamed")
        admin.add(dn("new"), "inetOrgPerson", {"cn": "New", "sn": "New", "uid": "new"})
        admin.modify(f"cn=team001,{TEAMS}", {"member": [(ldap3.MODIFY_ADD, [dn("new")])]})
        admin.add(f"cn=fresh,{TEAMS}", "groupOfNames", {"member": [dn("p0100"), f"cn=team001,{TEAMS}"]})
        admin.delete(f"cn=team002,{TEAMS}")
    done = dict((await site.run()).done)
    assert done == {
        "update user": 2,
        "create user": 1,
        "deactivate user": 1,
        "create group": 1,
        "change members group": 3,
        "empty group": 1,
    }
    boss = site.find("p0000")
    assert (boss["title"], "emails" in boss, site.find("p0001")["active"]) == ("Boss", False, False)
    assert await site.members("fresh") == {"p0100", "team001"}
    assert "renamed" not in await site.members("team000")  # the group there names a DN that is nobody's now
    assert (await site.plan()).items == []

"""Users, groups, the journal, backup and restore."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from scimbridge.cli.journal import line
from scimbridge.config import Settings
from scimbridge.directory.ports import Actor, Entry
from scimbridge.directory.service import Call
from scimbridge.wiring import Instance

from .conftest import Run

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


async def fill(database: Path) -> None:
    """Ada (with a password, then inactive) and Bo, both in the group red."""
    async with Instance.open(Settings(database=database)) as instance:
        service = instance.service(instance.administration.realms.get("acme"))
        users, groups = service.types.by_name["User"], service.types.by_name["Group"]
        call = Call("https://h/realms/acme/scim/v2", Actor("okta", "okta", "request-1"))
        name = {"givenName": "Ada", "familyName": "Moss"}
        ada = {"schemas": [USER], "userName": "ada@example.test", "password": "correct horse", "name": name}
        ids = [
            (await service.create(users, body, call)).id
            for body in (ada, {"schemas": [USER], "userName": "bo@example.test", "displayName": "Bo \x1b[31mLind"})
        ]
        members = [{"value": id_} for id_ in ids]
        await service.create(groups, {"schemas": [GROUP], "displayName": "red", "members": members}, call)
        change = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
        later = Call(call.base, Actor("okta", "okta", "request-2"))
        await service.patch(users, ids[0], change, later)


@pytest.fixture
def people(acme: Run, database: Path) -> Run:
    """As `run`, with a realm acme that has two users and a group."""
    asyncio.run(fill(database))
    return acme


def lines(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


def test_users_are_listed_with_what_an_administrator_looks_for(people: Run) -> None:
    header, ada, bo = lines(people("user", "list", "acme").out)
    assert header == ["userName", "name", "active", "groups", "password", "id"]
    assert ada[:-1] == ["ada@example.test", "Ada", "Moss", "no", "red", "stored"]
    assert bo[:-1] == ["bo@example.test", "Bo", "\N{REPLACEMENT CHARACTER}[31mLind", "yes", "red"]


def test_groups_are_listed_with_their_members(people: Run) -> None:
    header, red = lines(people("group", "list", "acme").out)
    assert header == ["displayName", "members", "id"]
    assert red[0] == "red"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("active eq false", ["ada@example.test"]),
        ('userName sw "BO"', ["bo@example.test"]),
        ("userName pr", ["ada@example.test", "bo@example.test"]),
    ],
)
def test_a_filter_chooses(people: Run, text: str, names: list[str]) -> None:
    done = people("user", "list", "acme", "--filter", text, "--json")
    assert [user["userName"] for user in json.loads(done.out)] == names


def test_json_is_the_scim_resource(people: Run) -> None:
    user = json.loads(people("user", "show", "acme", "ADA@example.test", "--json").out)
    assert user["groups"][0]["display"] == "red"
    assert user["meta"]["location"] == f"http://127.0.0.1:8080/realms/acme/scim/v2/Users/{user['id']}"
    assert "password" not in user
    assert json.loads(people("user", "show", "acme", user["id"]).out) == user
    group = json.loads(people("group", "show", "acme", "red", "--json").out)
    assert group["members"][0]["value"] == user["id"]
    assert json.loads(people("group", "list", "acme", "--json").out) == [group]


def test_deleting_a_user_takes_it_out_of_its_groups_and_is_journaled(people: Run) -> None:
    assert people("user", "delete", "acme", "ada@example.test").code == 1
    assert people("user", "delete", "acme", "ada@example.test", "--yes").code == 0
    assert len(json.loads(people("group", "show", "acme", "red", "--json").out)["members"]) == 1
    last = json.loads(people("journal", "acme", "--count", "1", "--json").out)
    assert (last["operation"], last["name"]) == ("delete", "ada@example.test")
    assert last["principal"].startswith("cli:")


def test_a_group_is_deleted_and_its_members_stay(people: Run) -> None:
    assert people("group", "delete", "acme", "red", "--yes").code == 0
    assert len(json.loads(people("user", "list", "acme", "--json").out)) == 2


@pytest.mark.parametrize(
    ("flags", "operations"),
    [
        ((), ["create User", "create User", "create Group", "change User"]),
        (("--user", "ada@example.test"), ["create User", "change User"]),
        (("--group", "red"), ["create Group"]),
        (("--request", "request-2"), ["change User"]),
        (("--count", "2"), ["create Group", "change User"]),
        (("--count", "0"), ["create User", "create User", "create Group", "change User"]),
        (("--since", "1h"), ["create User", "create User", "create Group", "change User"]),
        (("--until", "2020-01-01"), []),
    ],
)
def test_the_journal_is_chosen_from(people: Run, flags: tuple[str, ...], operations: list[str]) -> None:
    entries = [json.loads(text) for text in people("journal", "acme", *flags, "--json").out.splitlines()]
    assert [f"{entry['operation']} {entry['type']}" for entry in entries] == operations
    assert len(people("journal", "acme", *flags).out.splitlines()) == len(operations)
    assert "correct horse" not in json.dumps(entries)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"operation": "create"}, "T  create User 'ada' by okta (r1)"),
        (
            {"operation": "change", "before": {"active": True}, "after": {"active": False, "title": "x"}},
            "T  change User 'ada' by okta (r1)  active: True -> False  title: nothing -> 'x'",
        ),
        ({"operation": "change", "password": True}, "T  change User 'ada' by okta (r1)  password set"),
        (
            {"operation": "change", "members_added": ["1"], "members_removed": ["2"]},
            "T  change User 'ada' by okta (r1)  +member 1  -member 2",
        ),
    ],
)
def test_an_entry_reads_as_a_line(entry: dict[str, Any], text: str) -> None:
    fixed: dict[str, Any] = {"sequence": 1, "time": "T", "realm": "acme", "type": "User", "id": "1", "name": "ada"}
    assert line(Entry(**fixed, actor=Actor("okta", "okta", "r1"), **entry)) == text


def test_a_backup_holds_what_the_database_held(people: Run, database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert people("backup", str(copy)).out == f"{copy}\n"
    assert copy.stat().st_mode & 0o077 == 0
    assert people("backup", str(copy)).code == 1
    assert people("backup", str(copy), "--overwrite").code == 0
    people("user", "delete", "acme", "ada@example.test", "--yes")
    people("token", "create", "acme", "later")
    assert people("restore", str(copy)).code == 1
    assert people("restore", str(copy), "--yes").code == 0
    assert len(json.loads(people("user", "list", "acme", "--json").out)) == 2
    assert json.loads(people("token", "list", "acme", "--json").out) == []
    left = {path.name for path in tmp_path.iterdir()}
    assert left - {"copy.db-shm", "copy.db-wal"} == {"copy.db", database.name, f"{database.name}-lock"}


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\x00" * 4000])
def test_what_is_no_backup_is_not_restored(people: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(content)
    done = people("restore", str(file), "--yes")
    assert done.code == 1
    assert str(file) in done.err
    assert len(json.loads(people("user", "list", "acme", "--json").out)) == 2

"""Commands of sources and of imports from applications."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from scimbridge.adapters.sqlite.accounts import SqliteAccounts
from scimbridge.config import Settings
from scimbridge.provisioning.accounts import Account
from scimbridge.wiring import Instance

from .conftest import Run

PEOPLE = "id,login,firstName,teams\n1,ada@example.test,Ada,Blue\n2,bo@example.test,Bo,Blue;Red\n"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


@pytest.fixture
def hr(acme: Run, csv: Path) -> Run:
    """As `acme`, with a source hr."""
    made = acme("source", "create", "acme", "hr", "--csv", str(csv), "--csv-key", "id", "--csv-groups", "teams")
    assert made.code == 0
    return acme


def shown(run: Run, *command: str) -> Any:
    return json.loads(run(*command, "--json").out)


def test_a_source_is_made_shown_changed_and_deleted(hr: Run, csv: Path) -> None:
    assert shown(hr, "source", "show", "acme", "hr")["csv"]["key"] == "id"
    assert hr("source", "set", "acme", "hr", "--on-leave", "delete", "--max-removals", "0.5").code == 0
    document = shown(hr, "source", "show", "acme", "hr")
    assert (document["onLeave"], document["safeguards"]["share"]) == ("delete", 0.5)
    assert (document["csv"]["path"], document["revision"]) == (str(csv), 2)
    assert "csv.key" in hr("source", "show", "acme", "hr").out
    assert [row["name"] for row in shown(hr, "source", "list", "acme")] == ["hr"]
    assert hr("source", "delete", "acme", "hr", "--yes").code == 0
    assert shown(hr, "source", "list", "acme") == []


@pytest.mark.parametrize(
    ("options", "place", "value"),
    [
        (["--csv-delimiter", ";"], ("csv", "delimiter"), ";"),
        (["--no-groups"], ("importGroups",), False),
        (["--on-match", "link"], ("onMatch",), "link"),
        (["--allow-empty"], ("safeguards", "empty"), False),
        (["--schedule", "0 * * * *"], ("schedule",), "0 * * * *"),
        (
            ["--map", 'emails[type eq "work"].value=appuser.a == "=" ? "x" : "y"', "--map", "title="],
            ("mappings",),
            [
                {
                    "target": 'emails[type eq "work"].value',
                    "expression": 'appuser.a == "=" ? "x" : "y"',
                    "apply": "always",
                },
                {"target": "title", "expression": "", "apply": "always"},
            ],
        ),
    ],
)
def test_each_setting_has_an_option(hr: Run, options: list[str], place: tuple[str, ...], value: Any) -> None:
    changed = hr("source", "set", "acme", "hr", *options)
    assert (changed.code, changed.err) == (0, 'scimbridge: Source "hr" is changed.\n')
    found = shown(hr, "source", "show", "acme", "hr")
    for key in place:
        found = found[key]
    assert found == value


def test_a_password_is_read_from_a_file_and_shown_nowhere(acme: Run, tmp_path: Path, database: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush-hush\n")
    made = acme(
        *("source", "create", "acme", "ldap", "--ldap", "ldaps://ldap.example.test", "--ldap-users", "ou=people"),
        *("--ldap-bind-dn", "cn=reader", "--ldap-password-file", str(secret), "--json"),
    )
    assert made.code == 0
    everything = made.out + acme("source", "show", "acme", "ldap").out + acme("source", "list", "acme").out
    files = [file.read_bytes() for file in database.parent.glob("scimbridge.db*")]
    assert "hush" not in everything
    assert not any(b"hush" in content for content in files)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["source", "create", "acme", "x"], 'exactly one of the settings "csv", "ldap" and "scim"'),
        (["source", "create", "acme", "hr", "--csv", "x"], 'There is a source "hr" already.'),
        (["source", "show", "acme", "none"], 'There is no source "none" in the realm "acme".'),
        (["source", "show", "none", "hr"], 'There is no realm "none"'),
        (["source", "set", "acme", "hr"], "No setting was named"),
        (["source", "set", "acme", "hr", "--map", "title"], '"title" is to be ATTRIBUTE=EXPRESSION'),
        (["source", "delete", "acme", "hr"], "Nobody is there to ask: add --yes"),
        (["import", "run", "acme", "none"], 'There is no application "none"'),
    ],
)
def test_what_cannot_be_done_is_said(hr: Run, command: list[str], sentence: str) -> None:
    done = hr(*command)
    assert (done.code, done.out) == (1, "")
    assert sentence in done.err


class TestImport:
    def test_a_dry_run_shows_what_would_be_and_writes_nothing(self, hr: Run) -> None:
        done = hr("source", "import", "acme", "hr", "--dry-run")
        assert done.code == 0
        assert "create user ada@example.test (new in the source)" in done.out
        assert "change members group Blue (2 join)" in done.out
        assert shown(hr, "user", "list", "acme") == []
        plan = shown(hr, "source", "import", "acme", "hr", "--dry-run")
        assert plan["counts"] == {"create user": 2, "create group": 2, "change members group": 2}
        assert plan["items"][0]["after"]["name.givenName"] == "Ada"

    def test_an_import_brings_people_and_tells_how_many(self, hr: Run) -> None:
        assert shown(hr, "source", "import", "acme", "hr")["done"] == {
            "create user": 2,
            "create group": 2,
            "change members group": 2,
        }
        assert len(shown(hr, "user", "list", "acme")) == 2
        again = hr("source", "import", "acme", "hr")
        assert (again.code, again.out) == (0, "Nothing was to be done.\n")
        row = shown(hr, "source", "list", "acme")[0]
        assert (row["users"], row["groups"], bool(row["imported"])) == (2, 2, True)

    def test_what_differs_is_shown(self, hr: Run, csv: Path) -> None:
        hr("source", "import", "acme", "hr")
        csv.write_text(PEOPLE.replace(",Ada,", ",Augusta,"))
        done = hr("source", "import", "acme", "hr", "--dry-run")
        assert 'update user ada@example.test (changed there)  name.givenName: "Ada" -> "Augusta"' in done.out

    def test_a_bad_row_is_told_and_the_exit_code_says_so(self, hr: Run, csv: Path) -> None:
        csv.write_text(PEOPLE + "3,,Cy,\n")
        done = hr("source", "import", "acme", "hr")
        assert done.code == 1
        assert 'PROBLEM people.csv, line 4, "login": Attribute "userName" is required.' in done.out
        assert len(shown(hr, "user", "list", "acme")) == 2

    def test_a_refused_import_says_how_it_is_let_pass(self, hr: Run, csv: Path) -> None:
        hr("source", "import", "acme", "hr")
        csv.write_text("id,login,firstName,teams\n")
        dry = hr("source", "import", "acme", "hr", "--dry-run")
        assert (dry.code, "REFUSED The source holds nobody" in dry.out) == (1, True)
        refused = hr("source", "import", "acme", "hr")
        assert (refused.code, refused.out) == (1, "")
        assert "import again with --allow empty-source." in refused.err
        assert hr("source", "import", "acme", "hr", "--allow", "empty-source").code == 0

    def test_a_source_that_is_switched_off_imports_nothing(self, hr: Run) -> None:
        hr("source", "set", "acme", "hr", "--disabled")
        done = hr("source", "import", "acme", "hr")
        assert (done.code, "is switched off" in done.err) == (1, True)

    def test_a_file_that_is_not_there_is_said(self, hr: Run, csv: Path) -> None:
        csv.unlink()
        done = hr("source", "import", "acme", "hr")
        assert (done.code, "people.csv cannot be read: No such file" in done.err) == (1, True)
        assert hr("source", "test", "acme", "hr").code == 1


ACCOUNTS = (
    Account("User", "t1", "robert", "suggested", "bo@example.test", why="the same first and last name"),
    Account("User", "t2", "stranger", document='{"id": "t2", "userName": "stranger", "title": "Guest"}'),
    Account("Group", "g1", "Blue", document='{"id": "g1", "displayName": "Blue"}'),
)


@pytest.fixture
def slack(hr: Run, database: Path) -> Run:
    """As `hr`, with its people here, and an application whose last import found some accounts."""
    hr("source", "import", "acme", "hr")
    settings = ("--url", "http://127.0.0.1:9/scim/v2", "--import-users", "--import-groups", "--push-groups")
    assert hr("application", "create", "acme", "slack", *settings).code == 0

    async def find() -> None:
        async with Instance.open(Settings(database=database)) as instance:
            provisioning = instance.provisioning(instance.administration.realms.get("acme"))
            accounts = SqliteAccounts(instance.database, provisioning.administration.get("slack").id)
            bo = provisioning.find("User", "bo@example.test").id
            await accounts.keep([one._replace(person=bo if one.person else "") for one in ACCOUNTS])

    asyncio.run(find())
    return hr


def states(run: Run) -> dict[str, tuple[str, str]]:
    """State and person of each account."""
    return {row["name"]: (row["state"], row["person"]) for row in shown(run, "import", "list", "acme", "slack")}


class TestAccounts:
    def test_they_are_listed_by_state(self, slack: Run) -> None:
        listed = slack("import", "list", "acme", "slack", "--state", "suggested")
        assert listed.out.splitlines()[1].split() == [
            *("user", "robert", "suggested", "bo@example.test"),
            *("the", "same", "first", "and", "last", "name"),
        ]
        assert len(shown(slack, "import", "list", "acme", "slack")) == 3

    def test_who_was_suggested_is_confirmed(self, slack: Run) -> None:
        done = slack("import", "confirm", "acme", "slack", "robert")
        assert (done.code, '"robert" is bo@example.test from now on.' in done.err) == (0, True)
        assert states(slack)["robert"] == ("confirmed", "bo@example.test")
        (link,) = shown(slack, "application", "links", "acme", "slack")
        assert "t1" in link.values()

    def test_another_is_named_or_a_new_one_made(self, slack: Run) -> None:
        assert slack("import", "confirm", "acme", "slack", "robert", "--as", "ada@example.test").code == 0
        assert slack("import", "confirm", "acme", "slack", "t2", "--new").code == 0
        assert states(slack) == {
            "robert": ("confirmed", "ada@example.test"),
            "stranger": ("confirmed", "stranger"),
            "Blue": ("unmatched", ""),
        }
        assert "stranger" in slack("user", "list", "acme").out

    def test_a_group_becomes_a_push_group(self, slack: Run) -> None:
        assert slack("import", "confirm", "acme", "slack", "Blue", "--group", "--as", "Blue").code == 0
        assert [row["name"] for row in shown(slack, "push-group", "list", "acme", "slack")] == ["Blue"]

    def test_one_is_ignored(self, slack: Run) -> None:
        assert slack("import", "ignore", "acme", "slack", "stranger").code == 0
        assert states(slack)["stranger"] == ("ignored", "")

    @pytest.mark.parametrize(
        ("command", "sentence"),
        [
            (["confirm", "acme", "slack", "nobody"], 'There is no account "nobody"'),
            (["confirm", "acme", "slack", "stranger"], 'Nobody was suggested for "stranger": say --as NAME, or --new.'),
            (["confirm", "acme", "slack", "robert", "--as", "x"], 'There is no user "x" in realm "acme".'),
            (["confirm", "acme", "slack", "robert", "--as", "x", "--new"], "--as and --new do not go together."),
            (["confirm", "acme", "slack", "Blue", "--group", "--new"], 'Another group here has its displayName "Blue"'),
            (["ignore", "acme", "slack", "nobody"], 'There is no account "nobody"'),
            (["run", "acme", "slack"], "127.0.0.1"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, slack: Run, command: list[str], sentence: str) -> None:
        before = states(slack)
        done = slack("import", *command)
        assert (done.code, done.out) == (1, "")
        assert sentence in done.err
        assert states(slack) == before

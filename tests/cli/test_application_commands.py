"""Applications on the command line: settings, assignments, mappings, push groups, plans, tasks."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scimbridge.config import Settings
from scimbridge.directory.ports import Actor, New
from scimbridge.provisioning.ports import Link, Outcome, Standing, Work
from scimbridge.wiring import Instance

from .conftest import Done, Run

LATER = "2099-01-01T00:00:00.000Z"
# Nobody listens there.
URL = "http://127.0.0.1:1/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"

# Options of an application, where their value stands, and which it is.
OPTIONS: list[tuple[list[str], str, object]] = [
    (["--label", "Portal"], "label", "Portal"),
    (["--disabled"], "enabled", False),
    (["--preset", "keycloak-26.7"], "connection.preset", "keycloak-26.7"),
    (["--style", "wizard"], "connection.style", "wizard"),
    (["--unique-attribute", "externalId"], "connection.uniqueAttribute", "externalId"),
    (["--prefix", ""], "connection.authentication.prefix", ""),
    (["--timeout", "5"], "connection.timeout", 5.0),
    (["--ca-file", "/etc/ca.pem"], "connection.caFile", "/etc/ca.pem"),
    (["--parallel", "16"], "connection.parallel", 16),
    (["--rate", "2.5"], "connection.rate", 2.5),
    (["--no-push-new-users"], "actions.pushNewUsers", False),
    (["--import-users"], "actions.importUsers", True),
    (["--import-groups"], "actions.importGroups", True),
    (["--passwords", "sync"], "passwords", "sync"),
    (["--on-unassign", "delete"], "onUnassign", "delete"),
    (["--on-match", "task"], "onMatch", "task"),
    (["--no-push-nulls"], "pushNulls", False),
    (["--exclude-username-updates"], "excludeUsernameUpdates", True),
    (["--max-deactivations", "0.5"], "safeguards.deactivations", 0.5),
    (["--max-deactivations-count", "7"], "safeguards.deactivationsCount", 7),
    (["--allow-empty-source"], "safeguards.emptySource", False),
    (["--max-import-removals", "0.1"], "safeguards.importRemovals", 0.1),
    (["--schedule", ""], "schedule", ""),
    (["--schedule", "0 2 * * *", "--verify"], "verify", True),
    (["--import-users", "--import-schedule", "0 4 * * *"], "importSchedule", "0 4 * * *"),
    (["--import-match", "email"], "imports.match", "email"),
    (["--import-partial"], "imports.partial", True),
    (["--import-confirm", "none"], "imports.confirm", "none"),
    (["--import-create", "confirm"], "imports.create", "confirm"),
    (["--custom", "team=blue"], "custom", {"team": "blue"}),
]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "portal.token"
    path.write_text("hush-hush\n")
    return path


@pytest.fixture
def portal(acme: Run, secret: Path) -> Run:
    """As `acme`, with an application that may push everything."""
    switches = ("--push-new-users", "--push-profile-updates", "--deactivate-users", "--push-groups")
    made = acme("application", "create", "acme", "portal", "--url", URL, "--secret-file", str(secret), *switches)
    assert made.code == 0, made.err
    return acme


class Acme:
    """What tests put into the database beside the command line."""

    def __init__(self, database: Path) -> None:
        self._settings = Settings(database=database, hash_threads=1)

    def add(self, kind: str, *names: str, members: Sequence[str] = ()) -> list[str]:
        """Users or groups; their ids."""
        schema, naming = (USER, "userName") if kind == "User" else (GROUP, "displayName")

        async def work(instance: Instance) -> list[str]:
            directory = instance.directory(instance.administration.realms.get("acme"))
            documents = [{"schemas": [schema], naming: name, "active": True} for name in names]
            made = [await directory.create(New(kind, one, members), Actor("test")) for one in documents]
            return [record.id for record in made]

        ids: list[str] = self._run(work)
        return ids

    def record(self, *outcomes: Outcome, standing: Standing | None = None) -> None:
        """Into the ledger of `portal`; the work of outcomes is queued and claimed first."""

        async def work(instance: Instance) -> None:
            provisioning = instance.provisioning(instance.administration.realms.get("acme"))
            ledger = provisioning.ledger(provisioning.administration.get("portal"))
            await ledger.enqueue([outcome.work for outcome in outcomes])
            claimed = {work.source: work for work in await ledger.claim(LATER, 1000)}
            await ledger.record([outcome._replace(work=claimed[outcome.work.source]) for outcome in outcomes])
            if standing is not None:
                await ledger.stand(lambda _: standing)

        self._run(work)

    def _run(self, work: Any) -> Any:
        async def run() -> Any:
            async with Instance.open(self._settings) as instance:
                return await work(instance)

        return asyncio.run(run())


@pytest.fixture
def ground(database: Path) -> Acme:
    return Acme(database)


def link(source: str, name: str, kind: str = "User") -> Outcome:
    """That it was pushed."""
    found = Link(
        kind, source, f"there-{name}", name, "active", 1, 1, "", "", "", "2026-11-24T12:00:00.000Z", ("title",)
    )
    return Outcome(Work(kind, source, name), "done", link=found)


def shown(done: Done) -> Any:
    assert done.code == 0, done.err
    return json.loads(done.out)


class TestSettings:
    def test_an_application_lives_from_creation_to_deletion(self, portal: Run) -> None:
        document = shown(portal("application", "show", "acme", "portal", "--json"))
        assert document["connection"]["url"] == URL
        assert document["actions"]["pushGroups"] is True
        assert (document["secretSet"], document["standing"]["linked"]) == (True, 0)
        assert [row["name"] for row in shown(portal("application", "list", "acme", "--json"))] == ["portal"]
        text = portal("application", "show", "acme", "portal").out
        assert f"connection.url                      {URL}\n" in text
        assert portal("application", "set", "acme", "portal", "--label", "Portal").code == 0
        assert portal("application", "delete", "acme", "portal").code == 1, "nobody is there to ask"
        assert portal("application", "delete", "acme", "portal", "--yes").code == 0
        assert portal("application", "list", "acme").out.splitlines()[1:] == []

    def test_the_secret_is_shown_nowhere_and_is_not_in_the_file(self, portal: Run, database: Path) -> None:
        shows = (("show", "acme", "portal"), ("show", "acme", "portal", "--json"), ("list", "acme", "--json"))
        outputs = [portal("application", *words) for words in shows] + [portal("admin", "events", "--json")]
        assert not any("hush" in done.out + done.err for done in outputs)
        files = [database, database.with_name(f"{database.name}-wal")]
        assert all(b"hush" not in file.read_bytes() for file in files if file.exists())

    def test_each_setting_has_an_option(self, portal: Run) -> None:
        for options, place, value in OPTIONS:
            done = portal("application", "set", "acme", "portal", *options)
            assert done.code == 0, (options, done.err)
            found = shown(portal("application", "show", "acme", "portal", "--json"))
            for key in place.split("."):
                found = found[key]
            assert found == value, options

    def test_client_credentials_and_back_to_a_header(self, portal: Run, secret: Path) -> None:
        """What belongs to the former way to sign in goes with it."""
        oauth = ("--authentication", "oauth2", "--token-url", "https://x.example.test/token", "--username", "client")
        more = ("--scope", "scim", "--audience", "portal", "--secret-file", str(secret))
        assert portal("application", "set", "acme", "portal", *oauth, *more).code == 0
        document = shown(portal("application", "show", "acme", "portal", "--json"))
        assert document["connection"]["authentication"] == {
            "scheme": "oauth2",
            "username": "client",
            "prefix": "Bearer",
            "tokenUrl": "https://x.example.test/token",
            "scope": "scim",
            "audience": "portal",
        }
        assert portal("application", "set", "acme", "portal", "--authentication", "header").code == 0
        authentication = shown(portal("application", "show", "acme", "portal", "--json"))["connection"][
            "authentication"
        ]
        assert (authentication["scheme"], authentication["username"], authentication["tokenUrl"]) == ("header", "", "")

    def test_passwords_that_the_realm_does_not_take_cannot_follow(self, portal: Run) -> None:
        said = 'Realm "acme" takes no passwords (policy ignore): none will follow.'
        assert said not in portal("application", "set", "acme", "portal", "--passwords", "sync").err
        assert portal("realm", "set", "acme", "--password-policy", "ignore").code == 0
        assert said in portal("application", "set", "acme", "portal", "--label", "Portal").err

    def test_saml_settings_stand_beside_and_both_can_be_taken_away(self, portal: Run) -> None:
        saml = ("--sso-url", "https://p.example.test/acs", "--audience-uri", "https://p.example.test")
        assert portal("application", "set", "acme", "portal", *saml, "--name-id-format", "emailAddress").code == 0
        document = shown(portal("application", "show", "acme", "portal", "--json"))
        assert (document["saml"]["nameIdFormat"], document["connection"]["url"]) == ("emailAddress", URL)
        switched_off = ("--no-push-new-users", "--no-push-profile-updates", "--no-deactivate-users", "--no-push-groups")
        assert portal("application", "set", "acme", "portal", "--no-provisioning", *switched_off).code == 0
        assert portal("application", "set", "acme", "portal", "--no-saml").code == 0
        document = shown(portal("application", "show", "acme", "portal", "--json"))
        assert ("saml" in document, "connection" in document, document["secretSet"]) == (False, False, False)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["set", "acme", "portal"], "No setting was named"),
            (["set", "acme", "portal", "--style", "odd"], 'Setting "connection.style" must be one of'),
            (["set", "acme", "portal", "--schedule", "nightly"], 'Setting "schedule" must be a cron expression'),
            (["set", "acme", "portal", "--preset", "odd"], "There is no preset 'odd'"),
            (["set", "acme", "portal", "--url", "http://portal.example.test/scim"], "https"),
            (["set", "acme", "portal", "--secret-file", "/nowhere"], "/nowhere cannot be read"),
            (["set", "acme", "portal", "--no-provisioning", "--url", URL], "--url goes with what you take away"),
            (["create", "acme", "portal"], 'There is an application "portal" in realm "acme" already.'),
            (["show", "acme", "none"], 'There is no application "none" in realm "acme".'),
            (["show", "none", "portal"], 'There is no realm "none"'),
        ],
    )
    def test_what_does_not_fit_is_refused(self, portal: Run, words: list[str], said: str) -> None:
        done = portal("application", *words)
        assert (done.code, said in done.err) == (1, True), done.err
        assert "Traceback" not in done.err

    def test_the_connection_is_tested_and_advice_is_given(self, portal: Run) -> None:
        done = portal("application", "test", "acme", "portal")
        assert done.code == 1
        assert done.out.startswith("FAIL GET /Users?")
        assert "     Check the host and the port" in done.out
        assert json.loads(portal("application", "test", "acme", "portal", "--json").out)[0]["good"] is False

    def test_a_quarantine_is_shown_and_ended_by_hand(self, portal: Run, ground: Acme) -> None:
        ground.record(
            standing=Standing(quarantined="2099-01-01T00:00:00.000Z", reason="Most requests fail.", strikes=3)
        )
        assert "stands still until 2099-01-01T00:00:00.000Z" in portal("application", "list", "acme").out
        assert portal("application", "resume", "acme", "portal").err == 'scimbridge: Application "portal" goes on.\n'
        assert shown(portal("application", "show", "acme", "portal", "--json"))["standing"]["quarantinedUntil"] == ""


class TestAssignments:
    def test_users_and_groups_are_assigned_listed_and_taken_back(self, portal: Run, ground: Acme) -> None:
        ground.add("User", "ada")
        ground.add("Group", "Staff")
        assign = ("application", "assign", "acme", "portal")
        assert portal(*assign, "--user", "ADA", "--override", "title=Countess").err == (
            'scimbridge: 1 is assigned to "portal".\n'
        )
        assert portal(*assign, "--group", "Staff", "--priority", "2").code == 0
        rows = shown(portal("application", "assignments", "acme", "portal", "--json"))
        assert [(row["name"], row["priority"], row["overrides"]) for row in rows] == [
            ("ada", 0, {"title": "Countess"}),
            ("Staff", 2, {}),
        ]
        expression = ("--override-expression", "nickName=user.login")
        assert portal(*assign, "--user", "ada", "--override", "title=Countess", *expression).code == 0
        rows = shown(portal("application", "assignments", "acme", "portal", "--json"))
        assert rows[0]["overrides"] == {"title": "Countess", "nickName": {"expression": "user.login"}}
        table = portal("application", "assignments", "acme", "portal").out.splitlines()
        assert table[1].split()[:4] == ["user", "ada", "0", "title=Countess,"]
        assert portal("application", "unassign", "acme", "portal", "--user", "ada").code == 0
        assert len(shown(portal("application", "assignments", "acme", "portal", "--json"))) == 1

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ([], "Nobody was named; give --user or --group."),
            (["--user", "nobody"], 'There is no user "nobody" in realm "acme".'),
            (["--user", "ada", "--override", "title"], '"title" is to be NAME=VALUE.'),
            (["--user", "ada", "--override", "groups=x"], "groups is not to be set here"),
        ],
    )
    def test_what_cannot_be_assigned_is_said(self, portal: Run, ground: Acme, options: list[str], said: str) -> None:
        ground.add("User", "ada")
        done = portal("application", "assign", "acme", "portal", *options)
        assert (done.code, said in done.err) == (1, True), done.err


class TestMappings:
    def test_a_mapping_is_set_previewed_removed_and_reset(self, portal: Run, ground: Acme) -> None:
        ground.add("User", "ada")
        default = shown(portal("mapping", "list", "acme", "portal", "--json"))
        put = ("mapping", "set", "acme", "portal")
        assert portal(*put, "nickName", 'user.login + "!"', "--create-only").code == 0
        assert portal(*put, "title", '"Countess"').code == 0
        rows = {row["target"]: row for row in shown(portal("mapping", "list", "acme", "portal", "--json"))}
        assert (rows["nickName"]["apply"], rows["title"]["expression"]) == ("create", '"Countess"')
        assert len(rows) == len(default)
        values = {
            row["target"]: row["value"]
            for row in shown(portal("mapping", "preview", "acme", "portal", "ada", "--json"))
        }
        assert (values["nickName"], values["title"]) == ("ada!", "Countess")
        assert portal("mapping", "remove", "acme", "portal", "title").code == 0
        assert len(shown(portal("mapping", "list", "acme", "portal", "--json"))) == len(default) - 1
        assert portal("mapping", "reset", "acme", "portal", "--yes").code == 0
        assert shown(portal("mapping", "list", "acme", "portal", "--json")) == default
        assert "create and update" in portal("mapping", "list", "acme", "portal").out

    def test_a_misspelled_attribute_is_told_when_it_is_mapped_and_previewed(self, portal: Run, ground: Acme) -> None:
        ground.add("User", "ada")
        put = portal("mapping", "set", "acme", "portal", "title", "user.titel")
        assert (put.code, "is user.title meant?" in put.err) == (0, True)
        assert "title: Nobody here has user.titel" in portal("mapping", "preview", "acme", "portal", "ada").err
        [row] = [
            row
            for row in shown(portal("mapping", "preview", "acme", "portal", "ada", "--json"))
            if row["target"] == "title"
        ]
        assert row["note"] == "Nobody here has user.titel, so that it gives nothing: is user.title meant?"
        assert "meant" not in portal("mapping", "set", "acme", "portal", "title", "user.title").err

    def test_an_error_of_one_mapping_hides_no_other(self, portal: Run, ground: Acme) -> None:
        ground.add("User", "ada")
        assert portal("mapping", "set", "acme", "portal", "title", "Convert.toInt(user.login)").code == 0
        lines = portal("mapping", "preview", "acme", "portal", "ada").out.splitlines()
        assert any(line.startswith("title ") and "ERROR" in line for line in lines)
        assert any(line.startswith("userName ") and '"ada"' in line for line in lines)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["set", "acme", "portal", "title", "user.firstNam("], "title"),
            (["set", "acme", "portal", "groups", "user.login"], "groups"),
            (["remove", "acme", "portal", "userName"], "userName"),
            (["remove", "acme", "portal", "none"], '"none" is not mapped'),
            (["preview", "acme", "portal", "nobody"], 'There is no user "nobody" in realm "acme".'),
        ],
    )
    def test_a_mapping_that_cannot_be_is_refused_when_it_is_saved(
        self, portal: Run, words: list[str], said: str
    ) -> None:
        done = portal("mapping", *words)
        assert (done.code, said in done.err) == (1, True), done.err


class TestPushGroups:
    def test_by_name_and_by_rule_paused_and_resumed(self, portal: Run, ground: Acme) -> None:
        ground.add("Group", "blue-team")
        add = ("push-group", "add", "acme", "portal")
        assert portal(*add, "BLUE-team", "--link-to", "blues", "--no-rename").code == 0
        assert portal(*add, "engineering", "--starts-with", "eng-").code == 0
        assert portal(*add, "shared", "--contains", "shared", "--by-description").code == 0
        rows = shown(portal("push-group", "list", "acme", "portal", "--json"))
        assert [(row["name"], row["linkTo"], row["rename"], row["operator"], row["attribute"]) for row in rows] == [
            ("blue-team", "blues", False, "startsWith", "name"),
            ("engineering", "", True, "startsWith", "name"),
            ("shared", "", True, "contains", "description"),
        ]
        text = portal("push-group", "list", "acme", "portal").out
        assert "group blue-team" in text
        assert "description contains shared" in text
        for command, active in (("pause", False), ("resume", True)):
            assert portal("push-group", command, "acme", "portal", "engineering").code == 0
            rows = shown(portal("push-group", "list", "acme", "portal", "--json"))
            assert rows[1]["active"] is active
        assert portal("push-group", "remove", "acme", "portal", "engineering").code == 0
        assert len(shown(portal("push-group", "list", "acme", "portal", "--json"))) == 2

    def test_to_delete_its_groups_there_is_asked_for_and_queued(self, portal: Run, ground: Acme) -> None:
        [blue] = ground.add("Group", "blue-team")
        assert portal("push-group", "add", "acme", "portal", "blue-team").code == 0
        ground.record(link(blue, "blue-team", "Group"))
        remove = ("push-group", "remove", "acme", "portal", "blue-team", "--delete")
        asked = portal(*remove)
        assert (asked.code, "Delete 1 groups there?" in asked.err) == (1, True)
        assert portal(*remove, "--yes").code == 0
        assert shown(portal("application", "list", "acme", "--json"))[0]["standing"]["waiting"] >= 1

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["add", "acme", "portal", "none"], 'There is no group "none" in realm "acme".'),
            (["add", "acme", "portal", "x", "--starts-with", "a", "--equals", "b"], "A rule has one of"),
            (["add", "acme", "portal", "x", "--starts-with", ""], "needs exactly one of"),
            (["pause", "acme", "portal", "none"], 'Application "portal" has no push group "none".'),
            (["remove", "acme", "portal", "none"], 'Application "portal" has no push group "none".'),
        ],
    )
    def test_what_cannot_be_pushed_is_said(self, portal: Run, words: list[str], said: str) -> None:
        done = portal("push-group", *words)
        assert (done.code, said in done.err) == (1, True), done.err


class TestPlans:
    def test_a_plan_says_who_and_why_in_three_forms_and_sends_nothing(self, portal: Run, ground: Acme) -> None:
        ground.add("User", "ada", "bob")
        assert portal("application", "assign", "acme", "portal", "--user", "ada", "--user", "bob").code == 0
        text = portal("plan", "acme", "portal").out
        assert "create  2" in text
        assert "+ create  ada  (assigned)" in text
        assert portal("plan", "acme", "portal", "--markdown").out.startswith("## Plan for portal")
        document = shown(portal("plan", "acme", "portal", "--json"))
        assert document["counts"] == {"create": 2}
        assert shown(portal("plan", "acme", "portal", "--json")) == document
        assert portal("application", "journal", "acme", "portal").out == ""

    def test_a_safeguard_holds_a_push_and_says_how_to_let_it_pass(self, portal: Run, ground: Acme) -> None:
        ids = ground.add("User", *(f"user{number}" for number in range(12)))
        ground.record(*(link(id_, f"user{number}") for number, id_ in enumerate(ids)))
        done = portal("push", "acme", "portal")
        assert done.code == 1
        assert "--allow" in done.err
        assert "Nothing was sent." in done.err
        assert "Held by the safeguard" in portal("plan", "acme", "portal").out

    def test_links_and_journal_are_shown(self, portal: Run, ground: Acme) -> None:
        [ada] = ground.add("User", "ada")
        ground.record(link(ada, "ada"))
        row = portal("application", "links", "acme", "portal").out.splitlines()[1].split()
        assert (row[0], row[1], row[2], row[4]) == ("user", "ada", "active", "title")
        [document] = shown(portal("application", "links", "acme", "portal", "--json"))
        assert (document["id"], document["target"], document["dropped"]) == (ada, "there-ada", ["title"])

    def test_a_link_is_forgotten_when_it_is_meant(self, portal: Run, ground: Acme) -> None:
        [ada] = ground.add("User", "ada")
        ground.record(link(ada, "ada"))
        unlink = ("application", "unlink", "acme", "portal")
        assert portal(*unlink, "--user", "ada").code == 1, "nobody is there to ask"
        assert portal(*unlink, "--user", "ada", "--group", "x", "--yes").code == 2
        assert portal(*unlink, "--user", "ada", "--yes").err == 'scimbridge: "ada" is linked no more.\n'
        assert shown(portal("application", "links", "acme", "portal", "--json")) == []
        assert "is not linked" in portal(*unlink, "--user", "ada", "--yes").err

    def test_a_plan_is_for_an_application_or_for_a_file(self, portal: Run, tmp_path: Path) -> None:
        for words in ([], ["acme"], ["acme", "portal", "-f", str(tmp_path / "acme.yaml")]):
            done = portal("plan", *words)
            assert (done.code, done.err) == (1, "scimbridge: A plan is for REALM APPLICATION, or for -f FILE.\n")

    def test_an_application_without_a_connection_has_no_plan(self, acme: Run) -> None:
        assert acme("application", "create", "acme", "portal").code == 0
        done = acme("plan", "acme", "portal")
        assert (done.code, "has no SCIM connection" in done.err) == (1, True)


class TestTasks:
    @pytest.fixture
    def failed(self, portal: Run, ground: Acme) -> Run:
        """Two that failed, one that is tried again."""
        rows = (("ada", "No seats.", ""), ("bob", "No seats.", ""), ("eve", "Slow down.", LATER))
        ground.record(
            *(
                Outcome(Work("User", f"id-{name}", name), "refused", reason=reason, settled=False, due=due)
                for name, reason, due in rows
            )
        )
        return portal

    def test_they_are_listed_with_why(self, failed: Run) -> None:
        rows = shown(failed("task", "list", "acme", "--json"))
        assert [(row["application"], row["name"], row["reason"], row["attempts"]) for row in rows] == [
            ("portal", "ada", "No seats.", 1),
            ("portal", "bob", "No seats.", 1),
        ]
        assert shown(failed("task", "list", "acme", "--application", "portal", "--json")) == rows
        assert "No seats." in failed("task", "list", "acme").out

    @pytest.mark.parametrize("command", ["retry", "cancel"])
    def test_by_name_and_all(self, failed: Run, command: str) -> None:
        yes = ["--yes"] if command == "cancel" else []
        of = ("task", command, "acme", "--application", "portal")
        assert failed(*of, "--name", "ada", *yes).code == 0
        assert [row["name"] for row in shown(failed("task", "list", "acme", "--json"))] == ["bob"]
        assert failed(*of, "--failed", *yes).code == 0
        assert shown(failed("task", "list", "acme", "--json")) == []

    def test_what_is_none_is_said(self, failed: Run) -> None:
        of = ("task", "retry", "acme", "--application", "portal")
        assert "No task was named; give --name, or --failed" in failed(*of).err
        assert 'There is no task of "eve"' in failed(*of, "--name", "eve").err

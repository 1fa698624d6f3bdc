"""The admin API of sources, and of accounts that applications have."""

from pathlib import Path
from typing import Any

import pytest

from scimbridge.provisioning.accounts import Account
from scimbridge.wiring import Instance

from .conftest import APPLICATIONS, PORTAL, Ask, Finish, make

SOURCES = "/realms/acme/sources"
PEOPLE = "id,login,firstName,teams\n1,ada@example.test,Ada,Blue\n2,bo@example.test,Bo,Blue;Red\n"
LDAP = {"name": "ldap", "ldap": {"url": "ldaps://127.0.0.1:1", "userBase": "ou=people", "password": "hush-hush"}}


class Csv:
    """A file of people."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._file = path
        self.write(PEOPLE)

    def write(self, text: str) -> None:
        self._file.write_text(text)

    def remove(self) -> None:
        self._file.unlink()


@pytest.fixture
def csv(tmp_path: Path) -> Csv:
    return Csv(tmp_path / "people.csv")


@pytest.fixture
async def hr(ask: Ask, csv: Csv) -> str:
    """The path of a source."""
    made = await ask("POST", SOURCES, {"name": "hr", "csv": {"path": csv.path, "key": "id", "groups": "teams"}})
    assert made.status_code == 201
    return f"{SOURCES}/hr"


class TestSources:
    async def test_a_source_lives_from_creation_to_deletion(self, ask: Ask, csv: Csv) -> None:
        made = await ask("POST", SOURCES, {"name": "hr", "csv": {"path": csv.path}})
        assert (made.status_code, made.headers["Location"]) == (201, f"/admin{SOURCES}/hr")
        document = made.json()
        assert (document["kind"], document["users"], document["imported"]) == ("csv", 0, "")
        assert (await ask("GET", SOURCES)).json() == [document]
        changed = (await ask("PATCH", f"{SOURCES}/hr", {"onLeave": "delete"})).json()
        assert (changed["onLeave"], changed["revision"]) == ("delete", 2)
        assert (await ask("GET", f"{SOURCES}/hr")).json() == changed
        assert (await ask("DELETE", f"{SOURCES}/hr")).status_code == 400, "deleted without being confirmed"
        assert (await ask("DELETE", f"{SOURCES}/hr?confirm=hr")).status_code == 204
        assert (await ask("GET", f"{SOURCES}/hr")).status_code == 404

    @pytest.mark.parametrize(
        ("request_", "body", "status", "named"),
        [
            ("POST ", {"name": "x"}, 400, '"csv", "ldap" and "scim"'),
            ("POST ", {"csv": {"path": "x"}}, 400, "name"),
            ("POST ", {"name": "hr", "csv": {"path": "x"}}, 409, "hr"),
            ("PATCH /hr", {"onLeave": "shrug"}, 400, "onLeave"),
            ("PATCH /none", {}, 404, "none"),
            ("DELETE /none", None, 404, "none"),
            ("POST /none/test", {}, 404, "none"),
            ("POST /none/import", {}, 404, "none"),
            ("POST /hr/import", {"dryrun": True}, 400, "dryrun"),
            ("POST /hr/import", {"allow": [1]}, 400, "allow"),
            ("POST /hr/import", {"count": 100_000}, 400, "count"),
        ],
    )
    @pytest.mark.usefixtures("hr")
    async def test_what_makes_no_sense_is_refused_naming_what_is_wrong(
        self, ask: Ask, request_: str, body: Any, status: int, named: str
    ) -> None:
        method, path = request_.split(" ")
        response = await ask(method, SOURCES + path, body)
        assert response.status_code == status, response.text
        assert named in response.json()["error_description"]

    async def test_no_secret_is_in_any_answer(self, ask: Ask, finish: Finish) -> None:
        path = f"{SOURCES}/ldap"
        answers = [
            await ask("POST", SOURCES, LDAP),
            await ask("PATCH", path, {"ldap": {"password": "hush-hush-2"}}),
            await ask("GET", path),
            await ask("GET", SOURCES),
            await ask("POST", f"{path}/test", {}),
            await ask("GET", "/events"),
            await ask("GET", "/realms/acme/declaration"),
        ]
        assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200, 200]
        assert "hush" not in "".join(answer.text for answer in answers) + str(await finish(f"{path}/import"))

    async def test_a_source_is_tried_step_by_step(self, ask: Ask, hr: str, csv: Csv) -> None:
        assert all(attempt["good"] for attempt in (await ask("POST", f"{hr}/test", {})).json())
        csv.remove()
        attempts = (await ask("POST", f"{hr}/test", {})).json()
        assert [attempt["good"] for attempt in attempts] == [False]


class TestImport:
    async def test_a_dry_run_shows_what_would_be_and_writes_nothing(self, ask: Ask, finish: Finish, hr: str) -> None:
        job = await finish(f"{hr}/import", {"dryRun": True, "count": 1})
        assert (job["kind"], job["subject"], job["state"]) == ("import plan", "sources/hr", "done")
        assert (job["result"]["counts"]["create user"], len(job["result"]["items"])) == (2, 1)
        assert (await ask("GET", "/realms/acme/users?count=0")).json()["totalResults"] == 0
        assert (await ask("GET", hr)).json()["imported"] == ""

    async def test_people_and_groups_come_in(self, ask: Ask, finish: Finish, hr: str) -> None:
        job = await finish(f"{hr}/import")
        assert (job["kind"], job["state"], job["done"] == job["total"] > 0) == ("import", "done", True)
        assert (job["result"]["done"]["create user"], job["result"]["problems"]) == (2, [])
        source = (await ask("GET", hr)).json()
        assert (source["users"], source["groups"], source["imported"] != "") == (2, 2, True)
        listed = (await ask("GET", "/realms/acme/jobs")).json()
        assert [(one["id"], one["result"]) for one in listed] == [(job["id"], None)]

    async def test_a_safeguard_holds_it_until_it_is_named(self, ask: Ask, finish: Finish, hr: str, csv: Csv) -> None:
        await finish(f"{hr}/import")
        csv.write("id,login,firstName,teams\n")
        held = await finish(f"{hr}/import")
        assert (held["state"], list(held["result"]["refused"])) == ("failed", ["empty-source"])
        assert (await ask("GET", hr)).json()["users"] == 2
        assert (await finish(f"{hr}/import", {"allow": ["empty-source"]}))["state"] == "done"
        assert (await ask("GET", hr)).json()["users"] == 0

    async def test_a_source_that_cannot_be_read_is_told_in_its_words(self, finish: Finish, hr: str, csv: Csv) -> None:
        csv.remove()
        job = await finish(f"{hr}/import")
        assert (job["state"], csv.path in job["reason"], job["result"]) == ("failed", True, None)

    async def test_rows_that_were_refused_are_listed(self, ask: Ask, finish: Finish, hr: str, csv: Csv) -> None:
        csv.write(f"{PEOPLE}3,,Nobody,\n4,,Nobody,\n")
        problems = (await finish(f"{hr}/import"))["result"]["problems"]
        assert len(problems) == 2
        assert (await ask("GET", f"{hr}/refused")).json() == problems
        assert (await ask("GET", f"{hr}/refused?start=1&count=1")).json() == problems[1:]
        assert (await ask("GET", hr)).json()["refused"] == 2

    async def test_one_that_is_switched_off_is_not_imported(self, ask: Ask, hr: str) -> None:
        await ask("PATCH", hr, {"enabled": False})
        refused = await ask("POST", f"{hr}/import", {})
        assert (refused.status_code, "switched off" in refused.json()["error_description"]) == (409, True)


class TestAccounts:
    """Of an application whose last import found three people and a group."""

    PATH = f"{APPLICATIONS}/portal/accounts"

    @pytest.fixture(autouse=True)
    async def found(self, ask: Ask, instance: Instance) -> str:
        """The id of who was suggested for one of them."""
        await ask("POST", APPLICATIONS, PORTAL)
        robert = await make(instance, "User", "robert")
        provisioning = instance.provisioning(instance.administration.realms.get("acme"))
        document = '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "%s"}'
        await provisioning.accounts(provisioning.administration.get("portal")).keep(
            [
                Account("User", "t1", "bob", "suggested", robert, why="the same name", document=document % "bob"),
                Account("User", "t2", "stranger", document=document % "stranger"),
                Account("User", "t/3", "eve", document=document % "eve"),
                Account("Group", "g1", "Blue", document='{"displayName": "Blue"}'),
            ]
        )
        return robert

    async def names(self, ask: Ask, query: str = "") -> list[str]:
        return [account["name"] for account in (await ask("GET", f"{self.PATH}{query}")).json()]

    async def test_they_are_listed_by_type_and_state_page_by_page(self, ask: Ask) -> None:
        assert await self.names(ask) == ["bob", "eve", "stranger", "Blue"]
        assert await self.names(ask, "?type=Group") == ["Blue"]
        assert await self.names(ask, "?state=suggested") == ["bob"]
        assert await self.names(ask, "?start=1&count=2") == ["eve", "stranger"]

    async def test_who_was_suggested_is_confirmed_linked_and_assigned(self, ask: Ask, found: str) -> None:
        confirmed = (await ask("POST", f"{self.PATH}/User/t1/confirm", {})).json()
        assert (confirmed["state"], confirmed["person"], confirmed["personId"]) == ("confirmed", "robert", found)
        assert (await ask("GET", f"{self.PATH}/User/t1")).json() == confirmed
        [link] = (await ask("GET", f"{APPLICATIONS}/portal/links")).json()
        assert (link["id"], link["target"]) == (found, "t1")
        assert [one["id"] for one in (await ask("GET", f"{APPLICATIONS}/portal/assignments")).json()] == [found]

    async def test_an_account_is_somebody_elses_or_somebody_new(self, ask: Ask, instance: Instance) -> None:
        ada = await make(instance, "User", "ada")
        elses = await ask("POST", f"{self.PATH}/User/t1/confirm", {"person": "ada"})
        assert (elses.json()["personId"], elses.json()["why"]) == (ada, "confirmed by hand")
        new = (await ask("POST", f"{self.PATH}/User/t/3/confirm", {"new": True})).json()
        assert (new["state"], new["person"], new["made"]) == ("confirmed", "eve", True)

    async def test_a_group_becomes_a_push_group(self, ask: Ask, instance: Instance) -> None:
        await make(instance, "Group", "blue team")
        assert (await ask("POST", f"{self.PATH}/Group/g1/confirm", {"person": "blue team"})).status_code == 200
        [push_group] = (await ask("GET", f"{APPLICATIONS}/portal/push-groups")).json()
        assert (push_group["name"], push_group["linkTo"]) == ("blue team", "Blue")

    async def test_one_is_left_alone(self, ask: Ask) -> None:
        assert (await ask("POST", f"{self.PATH}/User/t2/ignore", {})).json()["state"] == "ignored"

    @pytest.mark.parametrize(
        ("place", "body", "status", "named"),
        [
            ("User/none/confirm", {}, 404, "none"),
            ("Group/t1/ignore", {}, 404, "t1"),
            ("User/t2/confirm", {}, 400, "Nobody was suggested"),
            ("User/t2/confirm", {"person": "nobody"}, 404, "nobody"),
            ("User/t2/confirm", {"person": "robert", "new": True}, 400, "not both"),
            ("User/t2/confirm", {"as": "robert"}, 400, "as"),
        ],
    )
    async def test_what_cannot_be_done_is_said(self, ask: Ask, place: str, body: Any, status: int, named: str) -> None:
        response = await ask("POST", f"{self.PATH}/{place}", body)
        assert (response.status_code, named in response.json()["error_description"]) == (status, True), response.text
        assert await self.names(ask, "?state=unmatched") == ["eve", "stranger", "Blue"]

    async def test_an_import_of_an_application_that_cannot_be_had_fails_in_its_words(
        self, ask: Ask, finish: Finish
    ) -> None:
        nothing = await finish(f"{APPLICATIONS}/portal/import")
        assert (nothing["state"], "actions.importUsers" in nothing["reason"]) == ("failed", True)
        await ask("PATCH", f"{APPLICATIONS}/portal", {"actions": {"importUsers": True}})
        for dry in (True, False):
            job = await finish(f"{APPLICATIONS}/portal/import", {"dryRun": dry})
            assert (job["state"], "127.0.0.1" in job["reason"]) == ("failed", True)
        await ask("POST", APPLICATIONS, {"name": "saml", "saml": {"ssoUrl": "https://p.test/acs", "audience": "p"}})
        refused = await ask("POST", f"{APPLICATIONS}/saml/import", {})
        assert (refused.status_code, "connection" in refused.json()["error_description"]) == (400, True)

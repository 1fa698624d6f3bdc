"""Who is an administrator: asked for once a minute, in every way that Keycloak gives a role, over a stand-in."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client, Parameters
from scimbridge.adapters.keycloak.protection import Holders, Protection
from scimbridge.provisioning.errors import TargetRefused, TargetUnavailable


class FakeClient(Client):
    """Answers from a table by path; what is not in it is an empty list, an exception is raised."""

    def __init__(self, realm: str, answers: Mapping[str, Any]) -> None:
        super().__init__(Keycloak(f"https://kc.example.test/realms/{realm}"), "")
        self.answers = dict(answers)
        self.asked: list[str] = []

    async def get(self, path: str, parameters: Parameters | None = None) -> Any:
        self.asked.append(path)
        if parameters and parameters.get("first", "0") != "0":
            return []
        answer = self.answers.get(path, [])
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def role(id_: str, composite: bool = False) -> dict[str, Any]:
    return {"id": id_, "name": f"name {id_}", "composite": composite}


def ids(*values: str) -> list[dict[str, str]]:
    return [{"id": value} for value in values]


CLIENTS = [{"id": "c1", "clientId": "realm-management"}, {"id": "c2", "clientId": "shop"}]
ANSWERS: dict[str, Any] = {
    "/clients": CLIENTS,
    "/clients/c1/roles": [role("manage"), role("view")],
    "/clients/c2/roles": [role("buyer"), role("keeper", composite=True)],
    "/roles": [role("plain"), role("boss", composite=True), role("default", composite=True)],
    "/roles-by-id/boss/composites": ids("keeper"),
    "/roles-by-id/keeper/composites": ids("view"),
    "/roles-by-id/default/composites": ids("plain"),
    "/clients/c1/roles/name%20manage/users": ids("direct"),
    "/clients/c2/roles/name%20keeper/users": ids("by-clients-composite"),
    "/roles/name%20boss/users": ids("by-composite-of-composite"),
    "/roles/name%20plain/users": ids("nobody"),
    "/clients/c2/roles/name%20buyer/users": ids("buyer"),
    "/clients/c1/roles/name%20view/groups": ids("g1"),
    "/groups/g1/children": ids("g2"),
    "/groups/g1/members": ids("in-group"),
    "/groups/g2/members": ids("below", "direct"),
}


async def test_a_role_counts_however_it_was_given() -> None:
    holders = await Protection(FakeClient("acme", ANSWERS), Clock()).holders()
    assert holders == Holders(
        frozenset({"direct", "by-clients-composite", "by-composite-of-composite", "in-group", "below"}),
        frozenset({"g1", "g2"}),
        frozenset({"manage", "view", "keeper", "boss"}),
    )


async def test_of_the_master_realm_the_clients_of_all_realms_count() -> None:
    answers = {
        "/clients": [{"id": "c1", "clientId": "acme-realm"}],
        "/clients/c1/roles": [role("manage")],
        "/roles": [role("other"), {"id": "admin", "name": "admin", "composite": False}],
        "/clients/c1/roles/name%20manage/users": ids("of-acme"),
        "/roles/admin/users": ids("of-all"),
        "/roles/name%20other/users": ids("of-none"),
    }
    holders = await Protection(FakeClient("master", answers), Clock()).holders()
    assert holders.accounts == {"of-acme", "of-all"}
    elsewhere = await Protection(FakeClient("acme", answers), Clock()).holders()
    assert elsewhere.accounts == set()


async def test_it_is_asked_once_a_minute() -> None:
    client, clock = FakeClient("acme", ANSWERS), Clock()
    protection = Protection(client, clock)
    await protection.check_group("other")
    asked = len(client.asked)
    clock.now = 59
    with pytest.raises(TargetRefused):
        await protection.check_account("direct")
    assert len(client.asked) == asked
    client.answers["/clients/c1/roles/name%20manage/users"] = []
    client.answers["/groups/g2/members"] = []
    clock.now = 60
    await protection.check_account("direct")
    assert len(client.asked) == 2 * asked


async def test_what_is_deleted_meanwhile_is_no_error() -> None:
    answers = ANSWERS | {"/groups/g2/members": None, "/roles-by-id/default/composites": None}
    holders = await Protection(FakeClient("acme", answers), Clock()).holders()
    assert "below" not in holders.accounts
    assert "direct" in holders.accounts


async def test_an_unreachable_keycloak_protects_by_refusing() -> None:
    client = FakeClient("acme", ANSWERS | {"/roles": TargetUnavailable("down")})
    with pytest.raises(TargetUnavailable):
        await Protection(client, Clock()).check_account("anybody")


async def test_a_service_account_without_the_role_is_told_about_once(caplog: pytest.LogCaptureFixture) -> None:
    client, clock = FakeClient("acme", {"/clients": TargetRefused("no", forbidden=True)}), Clock()
    protection = Protection(client, clock)
    with caplog.at_level(logging.WARNING):
        for clock.now in (0, 100):
            assert (await protection.holders()).accounts == set()
    assert [record.message.count("view-clients") for record in caplog.records] == [1]


FORBIDDEN = TargetRefused("no", forbidden=True)


async def test_without_the_role_the_members_of_groups_that_make_administrators_are_protected_still() -> None:
    answers = {
        "/clients": FORBIDDEN,
        "/groups": [
            {"id": "g1", "clientRoles": {"realm-management": ["realm-admin"]}, "subGroupCount": 1},
            {"id": "g2", "clientRoles": {"shop": ["buyer"]}, "realmRoles": ["admin"], "subGroupCount": 1},
        ],
        "/groups/g1/children": [{"id": "g3"}],
        "/groups/g2/children": [{"id": "g4", "clientRoles": {"realm-management": ["view-users"]}}],
        "/groups/g1/members": ids("ada"),
        "/groups/g2/members": ids("buyer"),
        "/groups/g3/members": ids("bo"),
        "/groups/g4/members": ids("cy"),
        "/roles/admin/users": ids("root"),
    }
    holders = await Protection(FakeClient("acme", answers), Clock()).holders()
    assert holders == Holders(frozenset({"ada", "bo", "cy"}), frozenset({"g1", "g3", "g4"}), frozenset())
    master = await Protection(FakeClient("master", answers), Clock()).holders()
    assert master.accounts == {"ada", "bo", "cy", "root", "buyer"}


@pytest.mark.parametrize(
    ("user", "found", "is_one"),
    [
        ({"id": "1", "username": "ada"}, [], False),
        ({"id": "1", "username": "service-account-x"}, [], True),
        ({"id": "1", "username": "service-account-x"}, ids("2"), True),
        ({"id": "1", "username": "service-account-x"}, ids("1"), False),
    ],
)
async def test_searches_tell_service_accounts_from_lookalikes(
    user: dict[str, str], found: list[dict[str, str]], is_one: bool
) -> None:
    protection = Protection(FakeClient("acme", {"/users": found}), Clock())
    assert await protection.is_service_account(user) is is_one

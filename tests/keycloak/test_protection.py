"""Who is an administrator: asked for once a minute, in every way that Keycloak gives a role, over a stand-in."""

import logging
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.keycloak.client import Client, Parameters
from scimbridge.adapters.keycloak.holders import Holders
from scimbridge.adapters.keycloak.protection import Protection
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused, TargetUnavailable


class FakeClient(Client):
    """Answers from a table by path; what is not in it is an empty list, an exception is raised."""

    def __init__(self, realm: str, answers: Mapping[str, Any]) -> None:
        super().__init__(Keycloak(f"https://kc.example.test/realms/{realm}"), "")
        self.answers = dict(answers)
        self.asked: list[str] = []

    async def access_token(self) -> str:
        claims = urlsafe_b64encode(b'{"sub": "ourselves"}').decode()
        return f".{claims}."

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


FORBIDDEN = TargetRefused("no", forbidden=True)


def offer(client: str, *roles: str) -> list[dict[str, str]]:
    return [{"id": role, "role": f"name {role}", "client": client, "clientId": f"of {client}"} for role in roles]


OFFERED = "/ui-ext/available-roles"
ALL = offer("realm-management", "manage", "view") + offer("shop", "buyer", "keeper") + offer("account", "profile")
HIDDEN: dict[str, Any] = {
    "/clients": FORBIDDEN,
    "": {"defaultRole": {"id": "default"}},
    "/roles": [role("plain"), role("boss", composite=True), role("default", composite=True)],
    "/roles/name%20boss/users": ids("by-composite"),
    "/roles/name%20default/users": ids("everybody"),
    "/roles/name%20boss/groups": ids("g5"),
    "/groups/g5/members": ids("by-composites-group"),
    f"{OFFERED}/roles/default": ALL,
    f"{OFFERED}/users/ada": offer("realm-management", "view") + ALL[2:],
    f"{OFFERED}/users/bo": ALL,
    f"{OFFERED}/users/cy": offer("realm-management", "manage", "view"),
    f"{OFFERED}/users/gone": None,
    "/groups": [
        {"id": "g1", "clientRoles": {"realm-management": ["name manage"]}, "subGroupCount": 1},
        {"id": "g2", "clientRoles": {"shop": ["name buyer"]}, "subGroupCount": 1},
    ],
    "/groups/g1/children": [{"id": "g3"}],
    "/groups/g2/children": [{"id": "g4", "clientRoles": {"realm-management": ["name view"]}}],
    "/groups/g1/members": ids("in-group"),
    "/groups/g2/members": ids("buyer"),
    "/groups/g3/members": ids("below"),
    "/groups/g4/members": ids("in-child"),
}
# Composite roles of a client, as somebody is offered them.
KEEPER = {"/users/ourselves/role-mappings/clients/of%20shop/available": [role("buyer"), role("keeper", composite=True)]}


async def test_without_the_role_those_by_groups_and_composites_are_listed_and_others_asked_about() -> None:
    protection = Protection(FakeClient("acme", HIDDEN), Clock())
    assert await protection.holders() == Holders(
        frozenset({"by-composite", "by-composites-group", "in-group", "below", "in-child"}),
        frozenset({"g1", "g3", "g4", "g5"}),
        frozenset({"boss", "manage", "view"}),
        frozenset({"manage", "view"}),
    )
    assert await protection.protected_among(["ada", "bo", "below", "gone"]) == {"ada", "below"}
    with pytest.raises(TargetRefused):
        await protection.check_account("ada")
    await protection.check_account("bo")


async def test_without_the_role_a_composite_role_of_a_client_cannot_be_judged_and_its_holders_are_protected() -> None:
    protection = Protection(FakeClient("acme", {**HIDDEN, **KEEPER}), Clock())
    assert await protection.is_protected("cy")
    assert not await protection.is_protected("bo")
    with pytest.raises(TargetRefused):
        await protection.check_role("keeper")


async def test_without_the_role_the_clients_of_all_realms_count_in_the_master_realm() -> None:
    everything = ALL + offer("acme-realm", "of-acme")
    answers = HIDDEN | {
        f"{OFFERED}/roles/default": everything,
        f"{OFFERED}/users/ada": ALL,
        f"{OFFERED}/users/bo": everything,
        "/roles": [{"id": "admin", "name": "admin", "composite": False}],
        "/roles/admin/users": ids("root"),
    }
    protection = Protection(FakeClient("master", answers), Clock())
    assert await protection.protected_among(["ada", "bo", "root"]) == {"ada", "root"}


async def test_without_the_role_each_user_is_asked_about_once_in_a_quarter_of_an_hour() -> None:
    client, clock = FakeClient("acme", HIDDEN), Clock()
    protection = Protection(client, clock)

    def asked() -> int:
        return client.asked.count(f"{OFFERED}/users/bo")

    for clock.now in (0, 100, 899):
        await protection.check_account("bo")
    assert asked() == 1
    clock.now = 900
    await protection.check_account("bo")
    assert asked() == 2
    protection.clear("new")
    await protection.check_account("new")
    assert f"{OFFERED}/users/new" not in client.asked


async def test_a_role_that_was_deleted_makes_nobody_an_administrator() -> None:
    client = FakeClient("acme", HIDDEN)
    protection = Protection(client, Clock())
    await protection.holders()
    client.answers[f"{OFFERED}/users/bo"] = client.answers[f"{OFFERED}/roles/default"] = ALL[1:]
    assert not await protection.is_protected("bo")
    assert await protection.is_protected("cy") is False


@pytest.mark.parametrize("answer", [FORBIDDEN, TargetMisbehaved("Keycloak answered 404 (HTTP 404 Not Found)."), []])
async def test_a_keycloak_that_shows_nothing_of_it_is_not_written_to(answer: object) -> None:
    protection = Protection(FakeClient("acme", HIDDEN | {f"{OFFERED}/roles/default": answer}), Clock())
    with pytest.raises(TargetRefused, match="needs the role view-clients") as refused:
        await protection.check_account("bo")
    assert refused.value.forbidden


async def test_a_service_account_without_the_role_is_told_about_once(caplog: pytest.LogCaptureFixture) -> None:
    client, clock = FakeClient("acme", HIDDEN), Clock()
    protection = Protection(client, clock)
    with caplog.at_level(logging.WARNING):
        for clock.now in (0, 100):
            await protection.holders()
    assert [record.message.count("view-clients") for record in caplog.records] == [1]


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

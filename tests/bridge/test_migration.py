"""The plan for taking over from what served SCIM before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.migration import Plan, make_plan
from scimbridge.scim.core import CORE

SETTING = Keycloak("https://kc.example.test/realms/acme", "scimbridge")
EXTERNAL = {
    "scim.authentication.mode": "EXTERNAL",
    "scim.external.issuer": "https://sts.example.test/",
    "scim.external.audience": "aud",
    "scim.external.jwks.uri": "https://sts.example.test/keys",
}


@dataclass
class FakeFormer:
    attributes: dict[str, str] = field(default_factory=dict)
    native: bool = False
    annotations: dict[str, str] = field(default_factory=dict)
    clients: tuple[str, ...] = ()
    held: tuple[str, ...] | None = None

    async def realm(self) -> Mapping[str, Any]:
        return {"realm": "acme", "attributes": self.attributes, "scimApiEnabled": self.native}

    async def profile(self) -> Mapping[str, Any]:
        plain = [{"name": "username", "annotations": {"kc.scim.schema.attribute": "userName"}}, {"name": "team"}]
        annotated = [
            {"name": name, "annotations": {"kc.scim.schema.attribute": path}} for name, path in self.annotations.items()
        ]
        return {"attributes": plain + annotated}

    async def scim_clients(self) -> Sequence[str]:
        return self.clients

    async def holders(self, role: str) -> Sequence[str] | None:
        assert role == "scim-managed"
        return self.held


async def plan(former: FakeFormer, setting: Keycloak = SETTING, issuers: Sequence[Mapping[str, Any]] = ()) -> Plan:
    return await make_plan(former, setting, CORE.by_name["User"], issuers)


async def test_without_either_there_is_nothing_to_take_over() -> None:
    assert await plan(FakeFormer(attributes={"frontendUrl": "x"})) == Plan([], [])


async def test_users_of_the_extension_are_managed_and_its_issuer_is_trusted() -> None:
    found = await plan(
        FakeFormer(EXTERNAL | {"scim.link.idp": "true", "scim.identity.provider.alias": "okta"}, held=("1", "2"))
    )
    assert found.sources == ["keycloak-scim-server"]
    assert found.managed == ("1", "2")
    assert found.change == {
        "issuers": [
            {
                "issuer": "https://sts.example.test/",
                "audience": "aud",
                "jwksUrl": "https://sts.example.test/keys",
                "roles": ["manage-users", "view-users", "query-users", "query-groups"],
            }
        ],
        "keycloak": {"identityProvider": "okta", "only": "role:scim-managed"},
    }
    assert [(step.subject, step.outcome) for step in found.steps] == [
        ("token issuer", "carried over"),
        ("identity provider", "carried over"),
        ("users", "carried over"),
        ("other users", "carried over"),
    ]


@pytest.mark.parametrize(
    ("attributes", "subject", "outcome", "words"),
    [
        ({}, "settings", "by hand", "in the environment"),
        ({"scim.authentication.mode": "KEYCLOAK"}, "authentication", "by hand", "manage-users"),
        ({"scim.external.shared.secret": "$argon2id$x"}, "shared secret", "by hand", "`scimbridge token create`"),
        (EXTERNAL | {"scim.external.issuer": "*"}, "token issuer", "by hand", "none may be left open"),
        (EXTERNAL | {"scim.external.audience": ""}, "token issuer", "by hand", "none may be left open"),
        ({"scim.basic.auth.username": "okta"}, "basic authentication", "by hand", "client create REALM okta"),
        ({"scim.link.idp": "true"}, "identity provider", "by hand", "no alias"),
        ({"scim.email.as.username": "true"}, "e-mail as user name", "by hand", "e-mail address"),
    ],
)
async def test_what_cannot_be_carried_over_is_said(
    attributes: dict[str, str], subject: str, outcome: str, words: str
) -> None:
    found = await plan(FakeFormer(attributes, held=()))
    step = next(step for step in found.steps if step.subject == subject)
    assert (step.outcome, words in step.text) == (outcome, True)
    assert found.change == {"keycloak": {"only": "role:scim-managed"}}
    assert "argon2" not in repr(found.steps)


async def test_what_is_set_already_stays() -> None:
    former = FakeFormer(EXTERNAL | {"scim.link.idp": "true", "scim.identity.provider.alias": "okta"})
    setting = Keycloak(SETTING.url, identity_provider="okta")
    found = await plan(former, setting, [{"issuer": EXTERNAL["scim.external.issuer"]}])
    assert found.change == {}
    assert [step.outcome for step in found.steps] == ["as it is"] * 3


async def test_a_limit_that_is_set_stays() -> None:
    setting = Keycloak(SETTING.url, only="group:/okta")
    found = await plan(FakeFormer(held=("1",)), setting)
    assert (found.change, found.managed) == ({}, ("1",))


async def test_native_attributes_are_mapped_and_its_clients_go_on() -> None:
    former = FakeFormer(
        native=True,
        annotations={"externalId": "externalId", "nick": "nickName", "shoe": "urn:acme:User:shoe"},
        clients=("scim-client",),
    )
    found = await plan(former)
    assert found.sources == ["Keycloak's own SCIM server"]
    assert (found.change, found.managed) == ({"keycloak": {"attributes": {"nickName": "nick"}}}, ())
    assert {step.subject: step.outcome for step in found.steps} == {
        "users and groups": "as it is",
        "client scim-client": "as it is",
        "attribute externalId": "as it is",
        "attribute nickName": "carried over",
        "attribute urn:acme:User:shoe": "by hand",
        "switch": "by hand",
    }

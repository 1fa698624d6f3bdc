"""Preflight: what it says of a realm that is set up well, and of each thing that is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from scimbridge.access.realm import DEFAULT_ATTRIBUTES, Keycloak
from scimbridge.bridge.findings import Finding, Setup
from scimbridge.bridge.preflight import preflight, repair
from scimbridge.provisioning.errors import ProvisioningError, TargetRefused, TargetUnavailable

SETTING = Keycloak("https://kc.example.test/realms/acme", client_id="bridge")
ADMIN = {"view": ["admin"], "edit": ["admin"]}


def profile(*attributes: Mapping[str, Any], policy: str = "ADMIN_EDIT") -> dict[str, Any]:
    default = [
        {"name": "username", "permissions": ADMIN},
        {"name": "email", "required": {"roles": ["user"]}, "permissions": ADMIN},
    ]
    return {"attributes": [*default, *attributes], "unmanagedAttributePolicy": policy}


GOOD = Setup(
    version="26.7",
    clock_ahead=-2.0,
    roles=frozenset({"manage-users", "view-realm", "view-clients"}),
    realm={"editUsernameAllowed": True, "duplicateEmailsAllowed": True},
    profile=profile(),
    hashes=frozenset({"argon2"}),
)


@dataclass
class FakeInspection:
    """Fulfils Inspection; `refuses` is raised by every change."""

    setup: Setup
    refuses: ProvisioningError | None = None
    changes: list[Mapping[str, Any]] = field(default_factory=list)

    async def read(self) -> Setup:
        return self.setup

    async def change_realm(self, fields: Mapping[str, Any]) -> None:
        self._change(fields)
        self.setup = self.setup._replace(realm={**self.setup.realm, **fields})

    async def change_profile(self, profile: Mapping[str, Any]) -> None:
        self._change(profile)
        self.setup = self.setup._replace(profile=profile)

    def _change(self, change: Mapping[str, Any]) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.changes.append(change)


async def findings(setup: Setup, setting: Keycloak = SETTING) -> list[Finding]:
    return [finding for finding in await preflight(FakeInspection(setup), setting) if finding.state != "good"]


async def test_a_realm_that_is_set_up_well_has_a_good_word_for_each_check() -> None:
    said = await preflight(FakeInspection(GOOD), SETTING)
    assert {finding.state for finding in said} == {"good"}
    assert len({finding.check for finding in said}) == len(said)
    assert all(finding.message for finding in said)


@pytest.mark.parametrize(
    ("realm", "roles", "words"),
    [
        ({"adminEventsEnabled": True}, {"view-events"}, "within seconds, by its admin events"),
        ({"adminEventsEnabled": True}, set(), "within seconds with the role view-events"),
        ({"adminEventsEnabled": False}, {"view-events"}, "within seconds with Realm settings"),
    ],
)
async def test_it_is_told_how_soon_changes_are_noticed(realm: dict[str, Any], roles: set[str], words: str) -> None:
    setup = GOOD._replace(realm=GOOD.realm | realm, roles=(GOOD.roles or frozenset()) | roles)  # type: ignore[operator]
    said = [finding for finding in await preflight(FakeInspection(setup), SETTING) if finding.check == "events"]
    assert [finding.state for finding in said] == ["good"]
    assert words in said[0].message


CASES: list[tuple[Setup, Keycloak, str, str, tuple[str, ...]]] = [
    (GOOD._replace(clock_ahead=90.0), SETTING, "clock", "failure", ("90 s ahead of",)),
    (GOOD._replace(clock_ahead=-90.0), SETTING, "clock", "failure", ("90 s behind",)),
    (GOOD._replace(roles=frozenset({"view-users"})), SETTING, "roles", "failure", ("lacks manage-users, view-realm",)),
    (
        GOOD._replace(roles=frozenset({"manage-users", "view-realm"})),
        SETTING,
        "roles",
        "warning",
        ("Without view-clients", "composite role"),
    ),
    (GOOD._replace(roles=None), SETTING, "roles", "warning", ("does not tell",)),
    (
        GOOD._replace(identity_providers=frozenset({"okta"})),
        Keycloak(SETTING.url, client_id="bridge", identity_provider="okta"),
        "roles",
        "failure",
        ("lacks view-identity-providers",),
    ),
    (GOOD, Keycloak(SETTING.url, client_id="bridge", group_roles="realm"), "roles", "failure", ("lacks manage-realm",)),
    (
        GOOD,
        Keycloak(SETTING.url, client_id="bridge", group_roles="portal"),
        "roles",
        "failure",
        ("lacks manage-clients",),
    ),
    (GOOD._replace(realm={"editUsernameAllowed": False}), SETTING, "rename", "failure", ("user name",)),
    (GOOD._replace(realm={"registrationEmailAsUsername": True}), SETTING, "rename", "failure", ("e-mail address",)),
    (
        GOOD._replace(profile=profile({"name": "title", "permissions": ADMIN}, policy="ADMIN_VIEW")),
        SETTING,
        "attributes",
        "failure",
        ("department, displayName, employeeNumber, externalId, phone.",),
    ),
    (
        GOOD._replace(profile=profile({"name": "title", "permissions": {"edit": ["user"]}})),
        SETTING,
        "attributes",
        "failure",
        ("may not write", "title"),
    ),
    (GOOD._replace(profile=None), SETTING, "attributes", "warning", ("cannot be read",)),
    (
        GOOD._replace(profile=profile({"name": "costCenter", "required": {}, "permissions": ADMIN})),
        SETTING,
        "required",
        "failure",
        ("every new user", "costCenter"),
    ),
    (
        GOOD._replace(
            profile=profile({"name": "lastName", "required": {"roles": ["admin", "user"]}, "permissions": ADMIN})
        ),
        SETTING,
        "required",
        "warning",
        ("without name.familyName",),
    ),
    (
        GOOD._replace(realm={"passwordPolicy": "length(12)"}),
        Keycloak(SETTING.url, credential="hashed", client_id="bridge"),
        "password",
        "warning",
        ("length(12)", "does not see"),
    ),
    (
        GOOD._replace(realm={"passwordPolicy": "length(12)"}),
        Keycloak(SETTING.url, delivery="queued", client_id="bridge"),
        "password",
        "warning",
        ("does not see",),
    ),
    (GOOD._replace(hashes=frozenset({"pbkdf2-sha512"})), SETTING, "password", "failure", ("no argon2",)),
    (
        GOOD._replace(
            roles=frozenset({"realm-admin", "manage-users", "view-realm", "view-clients", "manage-identity-providers"})
        ),
        Keycloak(SETTING.url, client_id="bridge", identity_provider="okta"),
        "identity",
        "failure",
        ("no identity provider 'okta'",),
    ),
    (
        GOOD._replace(scope_exists=False),
        Keycloak(SETTING.url, client_id="bridge", only="role:scim"),
        "scope",
        "failure",
        ("role:scim",),
    ),
]


@pytest.mark.parametrize(("setup", "setting", "check", "state", "words"), CASES)
async def test_what_would_break_later_is_said_with_what_to_do(
    setup: Setup, setting: Keycloak, check: str, state: str, words: tuple[str, ...]
) -> None:
    (found,) = await findings(setup, setting)
    assert (found.check, found.state) == (check, state)
    assert all(word in found.message for word in words), found.message
    assert found.fix


async def test_a_hash_algorithm_of_the_policy_costs_a_second_hash() -> None:
    setup = GOOD._replace(realm={"passwordPolicy": "hashAlgorithm(pbkdf2-sha512) and length(8)"})
    found = await findings(setup, Keycloak(SETTING.url, credential="hashed", client_id="bridge"))
    assert any("once more, with pbkdf2-sha512" in finding.message for finding in found)


@pytest.mark.parametrize(
    "rule",
    [{"roles": ["user"]}, {"scopes": ["email"]}],
    ids=["of users", "at sign-in with a scope"],
)
async def test_a_requirement_that_does_not_bind_administrators_is_none(rule: dict[str, Any]) -> None:
    setup = GOOD._replace(profile=profile({"name": "costCenter", "required": rule, "permissions": ADMIN}))
    assert await findings(setup) == []


async def test_native_scim_is_told_what_it_would_have_lost() -> None:
    said = await preflight(FakeInspection(GOOD._replace(realm={"scimApiEnabled": True})), SETTING)
    (native,) = [finding for finding in said if finding.check == "native"]
    assert native.state == "good"
    assert "externalId" in native.message


async def test_a_keycloak_that_cannot_be_asked_is_one_failure() -> None:
    class Silent(FakeInspection):
        async def read(self) -> Setup:
            raise TargetUnavailable("Keycloak cannot be reached.")

    (found,) = await preflight(Silent(GOOD), SETTING)
    assert (found.check, found.state, found.message) == ("reach", "failure", "Keycloak cannot be reached.")


BROKEN = GOOD._replace(realm={"editUsernameAllowed": False}, profile=profile(policy=""))


async def test_repairs_declare_what_is_sent_for_administrators_alone_and_leave_the_rest() -> None:
    inspection = FakeInspection(BROKEN)
    assert {finding.state for finding in await repair(inspection, SETTING)} == {"good"}
    assert inspection.setup.realm["editUsernameAllowed"] is True
    assert inspection.setup.profile is not None
    attributes = {attribute["name"]: attribute for attribute in inspection.setup.profile["attributes"]}
    assert set(attributes) == {"username", "email", *DEFAULT_ATTRIBUTES.values()}
    assert attributes["title"]["permissions"] == ADMIN
    assert attributes["email"]["required"] == {"roles": ["user"]}


async def test_repairs_change_nothing_where_nothing_is_wrong() -> None:
    inspection = FakeInspection(GOOD)
    await repair(inspection, SETTING)
    assert inspection.changes == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [(TargetRefused("no.", forbidden=True), "manage-realm"), (TargetRefused("the profile is odd."), "is odd")],
)
async def test_a_repair_that_is_refused_says_why(refusal: TargetRefused, words: str) -> None:
    said = await repair(FakeInspection(BROKEN, refusal), SETTING)
    broken = [finding for finding in said if finding.state == "failure"]
    assert {finding.check for finding in broken} == {"rename", "attributes"}
    assert all(words in finding.fix for finding in broken)

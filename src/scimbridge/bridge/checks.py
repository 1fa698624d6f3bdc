"""What a Keycloak realm must be for the bridge to work, as one table of checks over how it is set up."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.findings import Finding, Repair, Setup

Check = Callable[[Setup, Keycloak], Iterator[Finding]]

_ROLES: Final = ("manage-users", "view-users", "query-users", "query-groups", "view-realm")
_IMPLIED: Final[Mapping[str, tuple[str, ...]]] = {
    "manage-users": ("view-users", "query-users", "query-groups"),
    "view-users": ("query-users", "query-groups"),
    "manage-realm": ("view-realm",),
    "manage-clients": ("view-clients",),
    "manage-identity-providers": ("view-identity-providers",),
}
_ACCEPTABLE_SKEW: Final = 30.0
_FIELDS: Final = {"email": "emails", "firstName": "name.givenName", "lastName": "name.familyName"}


def check(setup: Setup, setting: Keycloak) -> list[Finding]:
    """Every check says something: that it is good, or what is not and what to do."""
    found: list[Finding] = []
    for name, run in _CHECKS.items():
        findings = list(run(setup, setting))
        found += findings or [Finding(name, "good", _GOOD[name])]
    return found


def _version(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    yield Finding("version", "good", f"Keycloak {setup.version}; tried with 26.5.6 and 26.7.4.")


def _clock(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if abs(setup.clock_ahead) > _ACCEPTABLE_SKEW:
        side = "ahead of" if setup.clock_ahead > 0 else "behind"
        yield Finding(
            "clock",
            "failure",
            f"Keycloak's clock is {abs(setup.clock_ahead):.0f} s {side} ours.",
            "Let both machines set their clocks by NTP.",
        )


def _roles(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    if setup.roles is None:
        yield Finding(
            "roles",
            "warning",
            "The access token does not tell our roles.",
            "Clients > Advanced > switch 'Use lightweight access token' off, and give it the client scope 'roles'.",
        )
        return
    held = set(setup.roles)
    for role in setup.roles:
        held |= set(_IMPLIED.get(role, ()))
    missing = [role for role in _needed(setting) if role not in held]
    if missing:
        yield Finding(
            "roles",
            "failure",
            f"The service account of client {setting.client_id!r} lacks {', '.join(missing)} of realm-management.",
            _assign(setting, ", ".join(missing)),
        )
    elif "view-clients" not in held:
        yield Finding(
            "roles",
            "warning",
            "Without view-clients Keycloak is asked about each user whether it is an administrator, and whoever holds "
            "a composite role is taken for one.",
            _assign(setting, "view-clients"),
        )


def _assign(setting: Keycloak, roles: str) -> str:
    return f"Clients > {setting.client_id} > Service accounts roles > Assign role > Client roles: {roles}."


def _needed(setting: Keycloak) -> Iterator[str]:
    yield from _ROLES
    if setting.identity_provider:
        yield "view-identity-providers"
    if setting.group_roles:
        yield "manage-realm" if setting.group_roles == "realm" else "manage-clients"


def _rename(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if setup.realm.get("editUsernameAllowed") is False:
        yield Finding(
            "rename",
            "failure",
            "Keycloak refuses every change of a user name.",
            "Realm settings > Login > Edit username: On. Users may then rename themselves in the account console.",
            Repair(realm={"editUsernameAllowed": True}),
        )
    if setup.realm.get("registrationEmailAsUsername"):
        yield Finding(
            "rename",
            "failure",
            "Keycloak takes the e-mail address as the user name and ignores the one it is sent.",
            "Realm settings > Login > Email as username: Off; or send the e-mail address as userName.",
        )


def _emails(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if setup.realm.get("duplicateEmailsAllowed") is False:
        yield Finding(
            "emails",
            "good",
            "Two users cannot have the same e-mail address there; the second one is refused with 409.",
        )


def _attributes(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    if setup.profile is None:
        yield Finding("attributes", "warning", "The user profile cannot be read.", "Give the role view-realm.")
        return
    declared = {attribute["name"]: attribute for attribute in setup.profile.get("attributes") or []}
    names = sorted(set(setting.attributes.values()))
    if setup.profile.get("unmanagedAttributePolicy") not in ("ENABLED", "ADMIN_EDIT"):
        missing = tuple(name for name in names if name not in declared)
        if missing:
            yield Finding(
                "attributes",
                "failure",
                f"Keycloak drops these user attributes without a word: {', '.join(missing)}.",
                "Realm settings > User profile > Create attribute, for each; or Realm settings > General > "
                "Unmanaged Attributes: Only administrators can write.",
                Repair(attributes=missing),
            )
    closed = [name for name in names if name in declared and "admin" not in _editors(declared[name])]
    if closed:
        yield Finding(
            "attributes",
            "failure",
            f"Administrators may not write these user attributes: {', '.join(closed)}.",
            "Realm settings > User profile > the attribute > Permission > Who can edit: Admin.",
        )


def _required(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    sent = set(setting.attributes.values())
    for attribute in (setup.profile or {}).get("attributes") or []:
        name, rule = attribute["name"], attribute.get("required")
        if rule is None or name == "username" or not _binds_administrators(rule):
            continue
        scim = _FIELDS.get(name)
        if scim or name in sent:
            yield Finding(
                "required",
                "warning",
                f"Keycloak refuses users without {scim or name}.",
                f"Always send it, or Realm settings > User profile > {name} > Required: only for users.",
            )
        else:
            yield Finding(
                "required",
                "failure",
                f"Keycloak refuses every new user: the user profile requires {name}, which is not sent.",
                f"Map a SCIM attribute to it, or Realm settings > User profile > {name} > Required: only for users.",
            )


def _password(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    policy = setup.realm.get("passwordPolicy") or ""
    hashed = (
        setting.credential == "hashed" or setting.delivery == "queued" or (setting.credential == "auto" and not policy)
    )
    if hashed and policy:
        yield Finding(
            "password",
            "warning",
            f"The password policy there ({policy}) does not see passwords that are hashed here.",
            "credential plain and delivery immediate, if it is to be kept.",
        )
    elif policy:
        yield Finding("password", "good", f"Keycloak checks passwords against its policy: {policy}.")
    if hashed and setup.hashes and "argon2" not in setup.hashes:
        yield Finding("password", "failure", "Keycloak has no argon2 there (FIPS mode).", "credential plain.")
    algorithm = re.search(r"hashAlgorithm\(([^)]*)\)", policy)
    if hashed and algorithm and algorithm[1] != "argon2":
        yield Finding(
            "password",
            "warning",
            f"Keycloak hashes each password once more, with {algorithm[1]}, at its first use.",
            "None needed.",
        )


def _identity(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    alias = setting.identity_provider
    if alias and setup.identity_providers is not None and alias not in setup.identity_providers:
        yield Finding(
            "identity",
            "failure",
            f"There is no identity provider {alias!r}; Keycloak would take the links without a word.",
            "Identity providers > Add provider, or name the alias of one that is there.",
        )


def _scope(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    if not setup.scope_exists:
        yield Finding(
            "scope", "failure", f"What this realm is limited to is not there: {setting.only}.", "Create it at Keycloak."
        )


def _native(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if setup.realm.get("scimApiEnabled"):
        yield Finding(
            "native",
            "good",
            "Keycloak's own SCIM is on, and does not disturb. Spoken to directly it would (26.7.4) lose passwords and "
            "show them in replies, drop externalId, phone numbers and addresses, refuse groups pushed with members, "
            "only add where members are replaced, and leave tokens of the deactivated alive.",
        )


def _events(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    hidden = setup.roles is not None and not setup.roles & {"view-events", "manage-events", "realm-admin"}
    if not setup.realm.get("adminEventsEnabled") or hidden:
        needed = (
            "the role view-events" if hidden else "Realm settings > Events > Admin events settings > Save events: On"
        )
        yield Finding(
            "events",
            "good",
            "What is changed in Keycloak is noticed at the next read, or within a quarter of an hour; "
            f"within seconds with {needed}.",
        )


_CHECKS: Final[Mapping[str, Check]] = {
    "version": _version,
    "clock": _clock,
    "roles": _roles,
    "rename": _rename,
    "emails": _emails,
    "attributes": _attributes,
    "required": _required,
    "password": _password,
    "identity": _identity,
    "scope": _scope,
    "native": _native,
    "events": _events,
}
_GOOD: Final[Mapping[str, str]] = {
    "version": "",
    "clock": "The clocks agree.",
    "roles": "The service account has the roles that it needs.",
    "rename": "User names can be changed.",
    "emails": "Two users may have the same e-mail address.",
    "attributes": "The user attributes are kept.",
    "required": "Nothing is required that is not sent.",
    "password": "There is no password policy; passwords are taken.",
    "identity": "The identity provider is there.",
    "scope": "What this realm is limited to is there.",
    "native": "Keycloak's own SCIM is off.",
    "events": "What is changed in Keycloak is noticed within seconds, by its admin events.",
}


def _editors(attribute: Mapping[str, Any]) -> list[str]:
    return list((attribute.get("permissions") or {}).get("edit") or [])


def _binds_administrators(rule: Mapping[str, Any]) -> bool:
    """No roles: always required. With scopes it is asked for at sign-in, not of administrators."""
    roles = rule.get("roles") or []
    return "admin" in roles or (not roles and not rule.get("scopes"))

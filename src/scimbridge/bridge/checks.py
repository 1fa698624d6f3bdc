"""What a Keycloak realm must be for the bridge to work, as one table of checks over how it is set up."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.findings import Finding, Repair, Setup, failure, good, warning
from scimbridge.bridge.profile_checks import attributes, required
from scimbridge.bridge.role_checks import roles

Check = Callable[[Setup, Keycloak], Iterator[Finding]]

_ACCEPTABLE_SKEW: Final = 30.0


def check(setup: Setup, setting: Keycloak) -> list[Finding]:
    """Every check says something: that it is good, or what is not and what to do."""
    found: list[Finding] = []
    for name, run in _CHECKS.items():
        findings = list(run(setup, setting)) or [good(_GOOD[name])]
        found += [finding._replace(check=name) for finding in findings]
    return found


def _version(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    yield good(f"Keycloak {setup.version}; tried with 26.5.6 and 26.7.4.")


def _clock(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if abs(setup.clock_ahead) > _ACCEPTABLE_SKEW:
        side = "ahead of" if setup.clock_ahead > 0 else "behind"
        yield failure(
            f"Keycloak's clock is {abs(setup.clock_ahead):.0f} s {side} ours.",
            "Let both machines set their clocks by NTP.",
        )


def _rename(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if setup.realm.get("editUsernameAllowed") is False:
        yield failure(
            "Keycloak refuses every change of a user name.",
            "Realm settings > Login > Edit username: On. Users may then rename themselves in the account console.",
            Repair(realm={"editUsernameAllowed": True}),
        )
    if setup.realm.get("registrationEmailAsUsername"):
        yield failure(
            "Keycloak takes the e-mail address as the user name and ignores the one it is sent.",
            "Realm settings > Login > Email as username: Off; or send the e-mail address as userName.",
        )


def _emails(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if setup.realm.get("duplicateEmailsAllowed") is False:
        yield good("Two users cannot have the same e-mail address there; the second one is refused with 409.")


def _password(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    policy = setup.realm.get("passwordPolicy") or ""
    hashed = (
        setting.credential == "hashed" or setting.delivery == "queued" or (setting.credential == "auto" and not policy)
    )
    if hashed and policy:
        yield warning(
            f"The password policy there ({policy}) does not see passwords that are hashed here.",
            "credential plain and delivery immediate, if it is to be kept.",
        )
    elif policy:
        yield good(f"Keycloak checks passwords against its policy: {policy}.")
    if hashed and setup.hashes and "argon2" not in setup.hashes:
        yield failure("Keycloak has no argon2 there (FIPS mode).", "credential plain.")
    algorithm = re.search(r"hashAlgorithm\(([^)]*)\)", policy)
    if hashed and algorithm and algorithm[1] != "argon2":
        yield warning(
            f"Keycloak hashes each password once more, with {algorithm[1]}, at its first use.",
            "None needed.",
        )


def _identity(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    alias = setting.identity_provider
    if alias and setup.identity_providers is not None and alias not in setup.identity_providers:
        yield failure(
            f"There is no identity provider {alias!r}; Keycloak would take the links without a word.",
            "Identity providers > Add provider, or name the alias of one that is there.",
        )


def _scope(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    if not setup.scope_exists:
        yield failure(f"What this realm is limited to is not there: {setting.only}.", "Create it at Keycloak.")


def _native(setup: Setup, setting: Keycloak) -> Iterator[Finding]:  # noqa: ARG001
    if setup.realm.get("scimApiEnabled"):
        yield good(
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
        yield good(
            "What is changed in Keycloak is noticed at the next read, or within a quarter of an hour; "
            f"within seconds with {needed}.",
        )


_CHECKS: Final[Mapping[str, Check]] = {
    "version": _version,
    "clock": _clock,
    "roles": roles,
    "rename": _rename,
    "emails": _emails,
    "attributes": attributes,
    "required": required,
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

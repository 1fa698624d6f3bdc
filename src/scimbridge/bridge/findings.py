"""How a realm of Keycloak is set up, and what preflight found about it."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

State = Literal["good", "warning", "failure"]


class Setup(NamedTuple):
    """How the realm is set up.

    `version` may be a range in words. `clock_ahead`: seconds that its clock is ahead of ours. `roles` of our service
    account in `realm-management`. `realm`, `profile`: RealmRepresentation, UPConfig. `hashes`: what it can hash with.
    None where our service account may not look, or its token does not tell.
    """

    version: str
    clock_ahead: float
    roles: frozenset[str] | None
    realm: Mapping[str, Any]
    profile: Mapping[str, Any] | None
    hashes: frozenset[str] = frozenset()
    identity_providers: frozenset[str] | None = frozenset()
    scope_exists: bool = True


class Repair(NamedTuple):
    """What to change at Keycloak: fields of the realm, or attributes to add to the user profile."""

    realm: Mapping[str, Any] = {}
    attributes: tuple[str, ...] = ()


class Finding(NamedTuple):
    """One check's outcome. `fix`: what a person does about it; `repair`: the same, as preflight can do it.

    A check leaves its name to whoever runs it.
    """

    check: str
    state: State
    message: str
    fix: str = ""
    repair: Repair | None = None


def good(message: str) -> Finding:
    return Finding("", "good", message)


def warning(message: str, fix: str) -> Finding:
    return Finding("", "warning", message, fix)


def failure(message: str, fix: str, repair: Repair | None = None) -> Finding:
    return Finding("", "failure", message, fix, repair)

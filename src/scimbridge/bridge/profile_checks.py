"""Whether the realm's user profile takes what is sent, and is sent what it requires."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.findings import Finding, Repair, Setup, failure, warning

_FIELDS: Final = {"email": "emails", "firstName": "name.givenName", "lastName": "name.familyName"}


def attributes(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    if setup.profile is None:
        yield warning("The user profile cannot be read.", "Give the role view-realm.")
        return
    declared = {attribute["name"]: attribute for attribute in setup.profile.get("attributes") or []}
    names = sorted(set(setting.attributes.values()))
    if setup.profile.get("unmanagedAttributePolicy") not in ("ENABLED", "ADMIN_EDIT"):
        missing = tuple(name for name in names if name not in declared)
        if missing:
            yield failure(
                f"Keycloak drops these user attributes without a word: {', '.join(missing)}.",
                "Realm settings > User profile > Create attribute, for each; or Realm settings > General > "
                "Unmanaged Attributes: Only administrators can write.",
                Repair(attributes=missing),
            )
    closed = [name for name in names if name in declared and "admin" not in _editors(declared[name])]
    if closed:
        yield failure(
            f"Administrators may not write these user attributes: {', '.join(closed)}.",
            "Realm settings > User profile > the attribute > Permission > Who can edit: Admin.",
        )


def required(setup: Setup, setting: Keycloak) -> Iterator[Finding]:
    sent = set(setting.attributes.values())
    for attribute in (setup.profile or {}).get("attributes") or []:
        name, rule = attribute["name"], attribute.get("required")
        if rule is None or name == "username" or not _binds_administrators(rule):
            continue
        scim = _FIELDS.get(name)
        if scim or name in sent:
            yield warning(
                f"Keycloak refuses users without {scim or name}.",
                f"Always send it, or Realm settings > User profile > {name} > Required: only for users.",
            )
        else:
            yield failure(
                f"Keycloak refuses every new user: the user profile requires {name}, which is not sent.",
                f"Map a SCIM attribute to it, or Realm settings > User profile > {name} > Required: only for users.",
            )


def _editors(attribute: Mapping[str, Any]) -> list[str]:
    return list((attribute.get("permissions") or {}).get("edit") or [])


def _binds_administrators(rule: Mapping[str, Any]) -> bool:
    """No roles: always required. With scopes it is asked for at sign-in, not of administrators."""
    roles = rule.get("roles") or []
    return "admin" in roles or (not roles and not rule.get("scopes"))

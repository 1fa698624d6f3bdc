"""What becomes of a source's attributes while its settings do not say: names that mean something are taken as such."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from scimbridge.provisioning.mapping import AttributeMapping
from scimbridge.provisioning.mapping.places import find_place

_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
_WORK: Final = 'addresses[type eq "work"].'

# Okta's names, which its own CSV template has, and SCIM's short ones.
_PATHS: Final[Mapping[str, str]] = {
    "userName": "userName",
    "login": "userName",
    "externalId": "externalId",
    "active": "active",
    "givenName": "name.givenName",
    "firstName": "name.givenName",
    "familyName": "name.familyName",
    "lastName": "name.familyName",
    "middleName": "name.middleName",
    "honorificPrefix": "name.honorificPrefix",
    "honorificSuffix": "name.honorificSuffix",
    "displayName": "displayName",
    "nickName": "nickName",
    "profileUrl": "profileUrl",
    "title": "title",
    "userType": "userType",
    "preferredLanguage": "preferredLanguage",
    "locale": "locale",
    "timezone": "timezone",
    "email": 'emails[type eq "work"].value',
    "secondEmail": 'emails[type eq "home"].value',
    "primaryPhone": 'phoneNumbers[type eq "work"].value',
    "mobilePhone": 'phoneNumbers[type eq "mobile"].value',
    "streetAddress": f"{_WORK}streetAddress",
    "city": f"{_WORK}locality",
    "state": f"{_WORK}region",
    "zipCode": f"{_WORK}postalCode",
    "countryCode": f"{_WORK}country",
    "employeeNumber": f"{_ENTERPRISE}employeeNumber",
    "costCenter": f"{_ENTERPRISE}costCenter",
    "organization": f"{_ENTERPRISE}organization",
    "division": f"{_ENTERPRISE}division",
    "department": f"{_ENTERPRISE}department",
    "managerId": f"{_ENTERPRISE}manager.value",
    "manager": f"{_ENTERPRISE}manager.displayName",
}


def _folded(name: str) -> str:
    """`First Name`, `first_name` and `firstName` are one name."""
    return re.sub(r"[\s_-]", "", name).casefold()


_BY_NAME: Final = {_folded(name): path for name, path in _PATHS.items()} | {
    _folded(path): path for path in _PATHS.values()
}


def identifier(name: str) -> str:
    """A column's name as an expression can write it: `First Name` is `First_Name`."""
    word = re.sub(r"\W+", "_", name.strip())
    return word if re.match(r"[A-Za-z_]", word) else f"_{word}"


def usual_mappings(columns: Iterable[str]) -> tuple[AttributeMapping, ...]:
    """For each column with a name of Okta's profile or of SCIM's; the first of two that mean the same."""
    found: dict[str, str] = {}
    for column in columns:
        if path := _BY_NAME.get(_folded(column)):
            found.setdefault(path, f"appuser.{identifier(column)}")
    return _with_primary(AttributeMapping(path, expression) for path, expression in found.items())


def effective(usual: Iterable[AttributeMapping], own: Iterable[AttributeMapping]) -> tuple[AttributeMapping, ...]:
    """A source's own mappings in place of the usual ones of the same target; an empty expression takes one out."""
    chosen = {find_place(mapping.target).target: mapping for mapping in (*usual, *own)}
    return tuple(mapping for mapping in chosen.values() if mapping.expression)


def _with_primary(mappings: Iterable[AttributeMapping]) -> tuple[AttributeMapping, ...]:
    """The address that has no other label is the one to write to."""
    found = []
    for mapping in mappings:
        found.append(mapping)
        if mapping.target == _PATHS["email"]:
            found.append(AttributeMapping('emails[type eq "work"].primary', "true"))
    return tuple(found)


# inetOrgPerson (RFC 2798). Several values may stand in each; SCIM's attributes take the first.
LDAP_MAPPINGS: Final = _with_primary(
    AttributeMapping(_PATHS[name], f"Arrays.get(appuser.{attribute}, 0)")
    for name, attribute in {
        "login": "uid",
        "firstName": "givenName",
        "lastName": "sn",
        "displayName": "cn",
        "email": "mail",
        "primaryPhone": "telephoneNumber",
        "mobilePhone": "mobile",
        "title": "title",
        "preferredLanguage": "preferredLanguage",
        "employeeNumber": "employeeNumber",
        "userType": "employeeType",
        "department": "departmentNumber",
        "city": "l",
        "state": "st",
        "zipCode": "postalCode",
        "streetAddress": "street",
    }.items()
)

# The profile of a user at another SCIM server has Okta's names (provisioning.profile).
SCIM_MAPPINGS: Final = usual_mappings(
    name for name in _PATHS if name not in ("login", "givenName", "familyName", "externalId")
)

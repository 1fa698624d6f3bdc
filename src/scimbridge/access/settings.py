"""A realm as a JSON document and back: the one spelling that store, command line and admin API share.

    {"id": "...", "name": "acme", "displayName": "", "enabled": true, "scimApi": true, "passwordPolicy": "store",
     "passwordRules": {"minLength": 0, "maxLength": 256, "blocklist": []}, "unknownMembers": "reject",
     "tokenLifetime": 300, "pageSize": 100, "maxPageSize": 1000,
     "extensions": [{"resourceType": "User", "schema": {...}, "required": false}],
     "issuers": [{"issuer": "https://...", "audience": "...", "jwksUrl": "https://...", "jwksFile": "",
                  "claims": {}, "roles": [], "caFile": ""}],
     "keycloak": {"url": "https://...", ...}}   access.keycloak has it; not there in a realm that stands alone

A change is a JSON merge patch of it (RFC 7396): what is named is different, null is the default, lists are replaced.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from scimbridge.access import readers
from scimbridge.access.keycloak import check_paths, read_keycloak
from scimbridge.access.policy import check_roles
from scimbridge.access.readers import list_of, number, plain, record, refuse
from scimbridge.access.realm import NAME, Extension, PasswordPolicy, PasswordRules, Realm, TrustedIssuer
from scimbridge.scim.core import CORE, SchemaError, with_extensions
from scimbridge.scim.errors import InvalidValue
from scimbridge.scim.schema import ResourceTypes

_DAY = 86_400


def realm_to_document(realm: Realm) -> dict[str, Any]:
    """All settings, defaults included."""
    document: dict[str, Any] = plain(realm)
    return document


def realm_from_document(document: Mapping[str, Any]) -> Realm:
    """A realm with defaults for what is not there; raises InvalidValue naming the key and the rule."""
    behind = document.get("keycloak") is not None
    realm = _realm({"passwordPolicy": "forward" if behind else "store", **document}, "")
    if realm.password_policy == ("store" if behind else "forward"):
        allowed = "forward, ignore or reject, as Keycloak keeps the passwords" if behind else "store, ignore or reject"
        raise InvalidValue(f'Setting "passwordPolicy" of this realm must be {allowed}.')
    if realm.page_size > realm.max_page_size:
        raise InvalidValue('Setting "pageSize" must not be greater than "maxPageSize".')
    names = [issuer.issuer for issuer in realm.issuers]
    if len(set(names)) < len(names):
        raise InvalidValue('Setting "issuers" must name each issuer once.')
    types = resource_types(realm)
    if realm.keycloak is not None:
        check_paths(realm.keycloak, types.by_name["User"])
    return realm


def change_realm(realm: Realm, change: Mapping[str, Any]) -> Realm:
    """The realm with a change applied; raises InvalidValue."""
    merged = merge_keeping(realm_to_document(realm), change, ("id",))
    if "keycloak" in change and "passwordPolicy" not in change and realm.password_policy in ("store", "forward"):
        del merged["passwordPolicy"]  # who keeps the passwords changes with what is behind the realm
    return realm_from_document(merged)


def resource_types(realm: Realm) -> ResourceTypes:
    """What the realm serves: the core schemas with its extensions. Raises InvalidValue."""
    if not realm.extensions:
        return CORE
    try:
        return with_extensions(
            CORE, [(extension.resource_type, extension.schema, extension.required) for extension in realm.extensions]
        )
    except SchemaError as error:
        raise InvalidValue(f'Setting "extensions": {error}') from None


def merge(target: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch applied (RFC 7396)."""
    merged = dict(target)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            before = merged.get(key)
            merged[key] = merge(before if isinstance(before, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def merge_keeping(document: Mapping[str, Any], change: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
    """As merge, for settings of which `kept` are nobody's to change; raises InvalidValue naming the one."""
    for key in kept:
        if key in change and change[key] != document[key]:
            raise InvalidValue(f'Setting "{key}" cannot be changed.')
    return merge(document, change) | {key: document[key] for key in kept}


def read_name(value: Any, path: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise refuse(path, "1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit")
    return value


def _roles(value: Any, path: str) -> tuple[str, ...]:
    return check_roles(list_of(readers.string)(value, path))


def _key_url(value: Any, path: str) -> str:
    """Whoever can change a key set on its way can sign in as anybody, so it is fetched over TLS."""
    return "" if value == "" else readers.secure_url(value, path)


def _issuer(value: Any, path: str) -> TrustedIssuer:
    issuer = _issuer_fields(value, path)
    if bool(issuer.jwks_url) == bool(issuer.jwks_file):
        raise InvalidValue(f'Setting "{path}" needs exactly one of "jwksUrl" and "jwksFile".')
    return issuer


def _rules(value: Any, path: str) -> PasswordRules:
    rules = _rules_fields(value, path)
    if rules.min_length > rules.max_length:
        raise InvalidValue(f'Setting "{path}.minLength" must not be greater than "{path}.maxLength".')
    return rules


_rules_fields = record(
    PasswordRules,
    {"min_length": number(0, 1024), "max_length": number(1, 1024), "blocklist": list_of(readers.filled)},
)
_issuer_fields = record(
    TrustedIssuer,
    {
        "issuer": readers.filled,
        "audience": readers.filled,
        "jwks_url": _key_url,
        "jwks_file": readers.string,
        "claims": readers.mapping,
        "roles": _roles,
        "ca_file": readers.string,
    },
)
_extension = record(
    Extension, {"resource_type": readers.filled, "schema": readers.mapping, "required": readers.boolean}
)
_realm = record(
    Realm,
    {
        "id": readers.filled,
        "name": read_name,
        "display_name": readers.string,
        "enabled": readers.boolean,
        "scim_api": readers.boolean,
        "password_policy": readers.choice(*get_args(PasswordPolicy)),
        "password_rules": _rules,
        "unknown_members": readers.choice("reject", "skip"),
        "token_lifetime": number(10, _DAY),
        "page_size": number(1, 1000),
        "max_page_size": number(1, 1000),
        "extensions": list_of(_extension),
        "issuers": list_of(_issuer),
        "keycloak": read_keycloak,
    },
)

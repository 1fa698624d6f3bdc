"""A realm as a JSON document and back: the one spelling that store, command line and admin API share.

    {"id": "...", "name": "acme", "displayName": "", "enabled": true, "scimApi": true, "passwordPolicy": "store",
     "passwordRules": {"minLength": 0, "maxLength": 256, "blocklist": []}, "unknownMembers": "reject",
     "tokenLifetime": 300, "pageSize": 100, "maxPageSize": 1000,
     "extensions": [{"resourceType": "User", "schema": {...}, "required": false}],
     "issuers": [{"issuer": "https://...", "audience": "...", "jwksUrl": "https://...", "jwksFile": "",
                  "claims": {}, "roles": []}]}

A change is a JSON merge patch of it (RFC 7396): what is named is different, null is the default, lists are replaced.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from ipaddress import ip_address
from typing import Any, TypeVar, get_args
from urllib.parse import urlsplit

from scimbridge.access.policy import check_roles
from scimbridge.access.realm import NAME, Extension, PasswordPolicy, PasswordRules, Realm, TrustedIssuer
from scimbridge.scim.errors import InvalidValue

T = TypeVar("T")
Read = Callable[[Any, str], Any]

_DAY = 86_400


def realm_to_document(realm: Realm) -> dict[str, Any]:
    """All settings, defaults included."""
    document: dict[str, Any] = _plain(realm)
    return document


def realm_from_document(document: Mapping[str, Any]) -> Realm:
    """A realm with defaults for what is not there; raises InvalidValue naming the key and the rule."""
    realm: Realm = _object(Realm)(document, "")
    if realm.page_size > realm.max_page_size:
        raise InvalidValue('Setting "pageSize" must not be greater than "maxPageSize".')
    names = [issuer.issuer for issuer in realm.issuers]
    if len(set(names)) < len(names):
        raise InvalidValue('Setting "issuers" must name each issuer once.')
    return realm


def change_realm(realm: Realm, change: Mapping[str, Any]) -> Realm:
    """The realm with a change applied; raises InvalidValue."""
    if change.get("id", realm.id) != realm.id:
        raise InvalidValue('Setting "id" cannot be changed.')
    return realm_from_document(_merge(realm_to_document(realm), change))


def _merge(target: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(target)
    for key, value in change.items():
        if value is None and key in merged:
            del merged[key]
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {_camel(field.name): _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


# Readers: a value and the path that leads to it -> the checked value, or InvalidValue.


def _refuse(path: str, rule: str) -> InvalidValue:
    return InvalidValue(f'Setting "{path}" must be {rule}.')


def _object(kind: type[T]) -> Read:
    """Reads a dataclass: its fields by their names in camel case, through the readers of _SHAPES."""

    def read(value: Any, path: str) -> T:
        if not isinstance(value, Mapping):
            raise _refuse(path, "an object")
        shape = {_camel(field): (field, reader) for field, reader in _SHAPES[kind].items()}
        prefix = f"{path}." if path else ""
        for key in value:
            if key not in shape:
                raise InvalidValue(f'There is no setting "{prefix}{key}"; there are: {", ".join(shape)}.')
        for field in fields(kind):  # type: ignore[arg-type]  # every key of _SHAPES is a dataclass
            required = field.default is MISSING and field.default_factory is MISSING
            if required and _camel(field.name) not in value:
                raise InvalidValue(f'Setting "{prefix}{_camel(field.name)}" is required.')
        return kind(**{shape[key][0]: shape[key][1](item, prefix + key) for key, item in value.items()})

    return read


def _typed(kind: type, rule: str) -> Read:
    def read(value: Any, path: str) -> Any:
        if type(value) is not kind:
            raise _refuse(path, rule)
        return value

    return read


def _number(least: int, most: int) -> Read:
    def read(value: Any, path: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _refuse(path, f"a whole number from {least} to {most}")
        return value

    return read


def _choice(*values: str) -> Read:
    def read(value: Any, path: str) -> Any:
        if value not in values:
            raise _refuse(path, "one of " + ", ".join(values))
        return value

    return read


def _list(item: Read) -> Read:
    def read(value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise _refuse(path, "a list")
        return tuple(item(element, f"{path}[{index}]") for index, element in enumerate(value))

    return read


def _name(value: Any, path: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise _refuse(path, "1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit")
    return value


def _filled(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _refuse(path, "a string that is not empty")
    return value


def _roles(value: Any, path: str) -> tuple[str, ...]:
    return check_roles(_list(_STRING)(value, path))


def is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False


def _key_url(value: Any, path: str) -> str:
    """Whoever can change the key set on its way can sign in as anybody, so it is fetched over TLS."""
    if value == "":
        return ""
    try:
        url = urlsplit(_filled(value, path))
        safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname))
    except ValueError:
        safe = False
    if not safe or not url.hostname or url.username is not None:
        raise _refuse(path, "an https URL (http only for this machine itself) without user name and password")
    return str(value)


def _issuer(value: Any, path: str) -> TrustedIssuer:
    issuer: TrustedIssuer = _object(TrustedIssuer)(value, path)
    if bool(issuer.jwks_url) == bool(issuer.jwks_file):
        raise InvalidValue(f'Setting "{path}" needs exactly one of "jwksUrl" and "jwksFile".')
    return issuer


def _rules(value: Any, path: str) -> PasswordRules:
    rules: PasswordRules = _object(PasswordRules)(value, path)
    if rules.min_length > rules.max_length:
        raise InvalidValue(f'Setting "{path}.minLength" must not be greater than "{path}.maxLength".')
    return rules


_STRING = _typed(str, "a string")
_BOOLEAN = _typed(bool, "true or false")
_OBJECT = _typed(dict, "an object")

_SHAPES: Mapping[type, Mapping[str, Read]] = {
    PasswordRules: {
        "min_length": _number(0, 1024),
        "max_length": _number(1, 1024),
        "blocklist": _list(_filled),
    },
    TrustedIssuer: {
        "issuer": _filled,
        "audience": _filled,
        "jwks_url": _key_url,
        "jwks_file": _STRING,
        "claims": _OBJECT,
        "roles": _roles,
    },
    Extension: {"resource_type": _filled, "schema": _OBJECT, "required": _BOOLEAN},
    Realm: {
        "id": _filled,
        "name": _name,
        "display_name": _STRING,
        "enabled": _BOOLEAN,
        "scim_api": _BOOLEAN,
        "password_policy": _choice(*get_args(PasswordPolicy)),
        "password_rules": _rules,
        "unknown_members": _choice("reject", "skip"),
        "token_lifetime": _number(10, _DAY),
        "page_size": _number(1, 1000),
        "max_page_size": _number(1, 1000),
        "extensions": _list(_object(Extension)),
        "issuers": _list(_issuer),
    },
}

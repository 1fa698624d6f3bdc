"""The setting `keycloak` of a realm as a document; see access.settings for the rest, and realm.Keycloak for meanings.

    {"url": "https://kc.example.com/realms/acme", "clientId": "scimbridge", "delivery": "immediate", "timeout": 10.0,
     "caFile": "", "poolSize": 16, "freshness": 60, "credential": "auto", "temporaryPassword": false,
     "attributes": {"title": "title"}, "identityProvider": "", "identity": "externalId", "adopt": ["userName"],
     "only": "role:scim-managed", "groupRoles": "", "drift": {"title": "ignore"}}

`clientSecret` may stand in a document that comes in, and is taken out of it by `split_secret`: it is sealed apart.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from scimbridge.access import readers
from scimbridge.access.readers import choice, list_of, number, record, refuse
from scimbridge.access.realm import Keycloak, Realm, TrustedIssuer
from scimbridge.scim.errors import InvalidValue, ScimError
from scimbridge.scim.filter import find_target, parse_path
from scimbridge.scim.schema import ResourceType

SECRET: Final = "clientSecret"  # noqa: S105 (a key's name)

_REALM_PATH = re.compile(r"(/[^/]+)*/realms/[^/]+")
_ONLY = re.compile(r"(role|group):.+|attribute:[^=]+=.+")
# What Keycloak keeps in fields of their own; as user attributes they would be refused or shadowed.
_ROOT_FIELDS: Final = frozenset({"username", "email", "firstName", "lastName"})
_DAY: Final = 86_400
# The client whose roles make administrators.
_MANAGEMENT: Final = "realm-management"


def split_secret(settings: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The settings without the client's secret, and the secret, if one is there. Raises InvalidValue."""
    keycloak = settings.get("keycloak")
    if not isinstance(keycloak, Mapping) or SECRET not in keycloak:
        return settings, None
    secret = readers.filled(keycloak[SECRET], f"keycloak.{SECRET}")
    rest = {key: value for key, value in keycloak.items() if key != SECRET}
    return {**settings, "keycloak": rest}, secret


def read_keycloak(value: Any, path: str) -> Keycloak | None:
    """Raises InvalidValue naming the key and the rule."""
    return None if value is None else _fields(value, path)


def check_paths(keycloak: Keycloak, user: ResourceType) -> None:
    """Raises InvalidValue for a SCIM path in the settings that leads to no text of a user."""
    paths = {f"attributes.{path}": path for path in keycloak.attributes} | {"identity": keycloak.identity}
    for key, path in paths.items():
        try:
            target = find_target(parse_path(path), user)
        except ScimError as error:
            raise InvalidValue(f'Setting "keycloak.{key}": "{path}" is no attribute path: {error.detail}') from None
        if target is None or target.leaf.type == "complex":
            raise InvalidValue(f'Setting "keycloak.{key}": "{path}" is no attribute of a user that holds a text.')


def trusted_issuers(realm: Realm) -> Mapping[str, TrustedIssuer]:
    """By the `iss` of their tokens: those that the settings name, and the Keycloak behind the realm.

    Keycloak puts the client `realm-management` into `aud` of a token that holds one of its roles: the same token is
    good for its own Admin API.
    """
    trusted = {issuer.issuer: issuer for issuer in realm.issuers}
    if realm.keycloak is not None:
        url = realm.keycloak.url
        keys = f"{url}/protocol/openid-connect/certs"
        own = TrustedIssuer(url, _MANAGEMENT, jwks_url=keys, ca_file=realm.keycloak.ca_file)
        trusted.setdefault(url, own)
    return trusted


def _url(value: Any, path: str) -> str:
    """A realm's URL. Passwords go there, so it is HTTPS wherever the way could leave the operator's own network."""
    text = readers.filled(value, path).rstrip("/")
    try:
        parts = urlsplit(text)
        good = bool(_REALM_PATH.fullmatch(parts.path)) and bool(parts.hostname) and parts.port != 0
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_near(parts.hostname or ""))
    except ValueError:
        good = safe = False
    if not good or "@" in parts.netloc or parts.query or parts.fragment:
        raise refuse(path, "the URL of a Keycloak realm, such as https://keycloak.example.com/realms/acme")
    if not safe:
        raise refuse(path, "an https URL (http only for this machine, a private address or a name without dots)")
    return text


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def _seconds(value: Any, path: str) -> float:
    if type(value) not in (int, float) or not 0 < value <= 3600:  # noqa: PLR2004 (an hour)
        raise refuse(path, "a number of seconds, more than 0 and at most 3600")
    return float(value)


def _names(value: Any, path: str) -> Mapping[str, str]:
    names = {key: readers.filled(item, f"{path}.{key}") for key, item in readers.mapping(value, path).items()}
    if root := sorted(_ROOT_FIELDS.intersection(names.values())):
        raise InvalidValue(f'Setting "{path}" must not name "{root[0]}": Keycloak keeps it as a field of its own.')
    if len(set(names.values())) < len(names):
        raise refuse(path, "an object that names each Keycloak attribute once")
    return names


def _rules(value: Any, path: str) -> Mapping[str, str]:
    rule = choice("heal", "accept", "ignore")
    return {key: rule(item, f"{path}.{key}") for key, item in readers.mapping(value, path).items()}


def _only(value: Any, path: str) -> str:
    text: str = readers.string(value, path)
    if text and not _ONLY.fullmatch(text):
        raise refuse(path, "role:NAME, group:NAME, attribute:NAME=VALUE or empty")
    return text


def _group_roles(value: Any, path: str) -> str:
    text: str = readers.string(value, path)
    if text == _MANAGEMENT:
        raise refuse(path, f"realm, the client id of a client other than {_MANAGEMENT}, or empty")
    return text


_FIELD_TYPES = Keycloak.__annotations__

_fields = record(
    Keycloak,
    {
        "url": _url,
        "client_id": readers.string,
        "delivery": choice(*get_args(_FIELD_TYPES["delivery"])),
        "timeout": _seconds,
        "ca_file": readers.string,
        "pool_size": number(1, 256),
        "freshness": number(0, _DAY),
        "credential": choice(*get_args(_FIELD_TYPES["credential"])),
        "temporary_password": readers.boolean,
        "attributes": _names,
        "identity_provider": readers.string,
        "identity": readers.filled,
        "adopt": list_of(choice("userName", "email")),
        "only": _only,
        "group_roles": _group_roles,
        "drift": _rules,
    },
)

"""The setting `connection` of an application as a document; see settings for the rest, and Connection for meanings."""

import re
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from scimbridge.access import readers
from scimbridge.access.readers import choice, number, record, refuse
from scimbridge.provisioning.application import Authentication, Connection, Style
from scimbridge.provisioning.capabilities import load_preset
from scimbridge.provisioning.mapping.places import find_place
from scimbridge.provisioning.setting_values import decimal, seconds
from scimbridge.scim.errors import InvalidValue

SECRET: Final = "secret"  # noqa: S105 (a key's name)

# What may stand in a header before a space (RFC 9110 section 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*")
# Which settings belong to which scheme, besides the secret.
OF_SCHEME: Final = {
    "basic": frozenset({"username"}),
    "header": frozenset({"prefix"}),
    "oauth2": frozenset({"username", "token_url", "scope", "audience"}),
}
_NEEDED: Final = {"basic": ("username",), "header": (), "oauth2": ("username", "token_url")}


def read_connection(value: Any, path: str) -> Connection:
    """Raises InvalidValue naming the key and the rule."""
    connection: Connection = _fields(value, path)
    return connection


def _base_url(value: Any, path: str) -> str:
    text = readers.secure_url(value, path).rstrip("/")
    parts = urlsplit(text)
    if parts.query or parts.fragment:
        raise refuse(path, "a base URL, without query or fragment, such as https://host/scim/v2")
    return text


def _token_url(value: Any, path: str) -> str:
    return "" if value == "" else readers.secure_url(value, path)


def _prefix(value: Any, path: str) -> str:
    text: str = readers.string(value, path)
    if not _TOKEN.fullmatch(text):
        raise refuse(path, "one word that may stand in a header, such as Bearer, or empty")
    return text


def _authentication(value: Any, path: str) -> Authentication:
    authentication: Authentication = _authentication_fields(value, path)
    scheme = authentication.scheme
    for field in _NEEDED[scheme]:
        if not getattr(authentication, field):
            raise InvalidValue(f'Setting "{path}.{readers.camel(field)}" is required with the scheme {scheme}.')
    for field in ("username", "token_url", "scope", "audience"):
        if getattr(authentication, field) and field not in OF_SCHEME[scheme]:
            raise InvalidValue(f'Setting "{path}.{readers.camel(field)}" must be empty with the scheme {scheme}.')
    return authentication


def _preset(value: Any, path: str) -> str:
    name: str = readers.string(value, path)
    if name:
        try:
            load_preset(name)
        except ValueError as error:
            raise InvalidValue(f'Setting "{path}": {error}') from None
    return name


def _unique_attribute(value: Any, path: str) -> str:
    try:
        return find_place(readers.filled(value, path)).target
    except ValueError as error:
        raise InvalidValue(f'Setting "{path}": {error}') from None


_authentication_fields = record(
    Authentication,
    {
        "scheme": choice(*get_args(Authentication.__annotations__["scheme"])),
        "username": readers.string,
        "prefix": _prefix,
        "token_url": _token_url,
        "scope": readers.string,
        "audience": readers.string,
    },
)
_fields = record(
    Connection,
    {
        "url": _base_url,
        "authentication": _authentication,
        "style": choice(*get_args(Style)),
        "preset": _preset,
        "unique_attribute": _unique_attribute,
        "timeout": seconds,
        "ca_file": readers.string,
        "parallel": number(1, 64),
        "rate": decimal(0, 10_000, " of requests a second"),
    },
)

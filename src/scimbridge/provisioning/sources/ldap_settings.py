"""The setting `ldap` of a source as a document; see settings for the rest, and LdapServer for meanings."""

from typing import Any
from urllib.parse import urlsplit

from scimbridge.access import readers
from scimbridge.access.readers import number, record, refuse
from scimbridge.provisioning.setting_values import seconds
from scimbridge.provisioning.sources.source import LdapServer
from scimbridge.scim.errors import InvalidValue


def _ldap_url(value: Any, path: str) -> str:
    text = readers.filled(value, path).rstrip("/")
    try:
        url = urlsplit(text)
        good = url.scheme in ("ldap", "ldaps") and bool(url.hostname) and url.port != 0 and "@" not in url.netloc
    except ValueError:
        good = False
    if not good or url.path or url.query:
        raise refuse(
            path, "the URL of an LDAP server, such as ldaps://ldap.example.com or ldap://ldap.example.com:1389"
        )
    return text


def read_ldap(value: Any, path: str) -> LdapServer:
    """Raises InvalidValue naming the key and the rule."""
    server: LdapServer = _fields(value, path)
    url = urlsplit(server.url)
    if url.scheme == "ldap" and not server.start_tls and not readers.is_loopback(url.hostname or ""):
        raise InvalidValue(
            f'Setting "{path}.startTls" must be true with {server.url}: else the password would pass in clear.'
        )
    return server


def _filter(value: Any, path: str) -> str:
    """RFC 4515; what else is wrong with it the server tells."""
    text = readers.filled(value, path).strip()
    depth, closed = 0, False
    for letter in text:
        if closed or (depth == 0 and letter != "("):
            closed = False
            break
        depth += {"(": 1, ")": -1}.get(letter, 0)
        closed = depth == 0
    if not closed:
        raise refuse(path, "an LDAP filter in one pair of parentheses, such as (objectClass=person)")
    return text


_fields = record(
    LdapServer,
    {
        "url": _ldap_url,
        "user_base": readers.filled,
        "bind_dn": readers.string,
        "start_tls": readers.boolean,
        "ca_file": readers.string,
        "user_filter": _filter,
        "group_base": readers.string,
        "group_filter": _filter,
        "group_name": readers.filled,
        "key": readers.filled,
        "page_size": number(1, 10_000),
        "timeout": seconds,
    },
)

"""A connection to an LDAP server for reading, in the thread that opened it."""

import base64
import math
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import ldap3
from ldap3.core.exceptions import LDAPException

from scimbridge.adapters.ldap.advice import PASSING, explain
from scimbridge.provisioning.errors import SourceUnreadable, TargetUnavailable
from scimbridge.provisioning.sources.source import LdapServer


class Entry(NamedTuple):
    """`values` by lower-cased attribute; those that are no UTF-8 in base64."""

    dn: str
    values: Mapping[str, Sequence[str]]

    def first(self, attribute: str) -> str:
        return next(iter(self.values.get(attribute.lower(), ())), "")


class Connection:
    """Reads entries; see `connect`."""

    def __init__(self, connection: ldap3.Connection, settings: LdapServer) -> None:
        self._connection = connection
        self._page = settings.page_size

    def search(self, base: str, filter_: str, attributes: Sequence[str], *, alone: bool = False) -> Iterator[Entry]:
        """All entries below `base`, or only that one, page by page (RFC 2696)."""
        scope = ldap3.BASE if alone else ldap3.SUBTREE
        found = self._connection.extend.standard.paged_search(
            base, filter_, scope, attributes=list(attributes), paged_size=self._page, generator=True
        )
        for entry in found:
            if entry["type"] == "searchResEntry":
                raw = entry["raw_attributes"]
                yield Entry(entry["dn"], {name.lower(): _texts(name, raw[name]) for name in raw})

    def holds(self, base: str, filter_: str) -> bool:
        """Whether there is any such entry."""
        self._connection.search(base, filter_, ldap3.SUBTREE, attributes=["1.1"], paged_size=1)
        return any(found["type"] == "searchResEntry" for found in self._connection.response or ())


@contextmanager
def connect(settings: LdapServer, password: str) -> Iterator[Connection]:
    """Signed in, over TLS where the settings say so. Raises TargetUnavailable, SourceUnreadable; so does its use."""
    where = urlsplit(settings.url)
    is_tls = where.scheme == "ldaps"
    try:
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ca_file or None)
        server = ldap3.Server(
            where.hostname or "",
            where.port or (636 if is_tls else 389),
            use_ssl=is_tls,
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=settings.timeout,
        )
        connection = _open(server, settings, password, start_tls=settings.start_tls and not is_tls)
        try:
            yield Connection(connection, settings)
        finally:
            connection.unbind()
    except PASSING as error:
        raise TargetUnavailable(f"{settings.url} {explain(error)}.") from None
    except (LDAPException, ssl.SSLError, OSError) as error:
        raise SourceUnreadable(f"{settings.url} {explain(error)}.") from None


def _open(server: ldap3.Server, settings: LdapServer, password: str, *, start_tls: bool) -> ldap3.Connection:
    credentials: dict[str, Any] = {"user": settings.bind_dn, "password": password} if settings.bind_dn else {}
    connection = ldap3.Connection(
        server,
        auto_bind=ldap3.AUTO_BIND_NONE,
        read_only=True,
        check_names=False,
        raise_exceptions=True,
        receive_timeout=math.ceil(settings.timeout),  # ldap3 packs it as whole seconds
        return_empty_attributes=False,
        auto_referrals=False,
        **credentials,
    )
    try:
        connection.open(read_server_info=False)
        if start_tls:
            connection.start_tls(read_server_info=False)
        connection.bind(read_server_info=False)
    except BaseException:
        if connection.socket is not None:  # ldap3 leaves it open
            connection.socket.close()
        raise
    return connection


def _texts(name: str, values: Sequence[bytes]) -> Sequence[str]:
    read = _guid if name.lower() == "objectguid" else _text
    return [read(value) for value in values]


def _guid(value: bytes) -> str:
    """Active Directory's key: 16 bytes in an order of its own."""
    return str(UUID(bytes_le=value))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()

"""Where a request came from, and what its client calls this server.

A proxy's X-Forwarded-* headers are believed only if the connection itself comes from a trusted network: anybody can
send them, and the public URL ends up in locations, issuers and audiences.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from scimbridge.scim.errors import InvalidSyntax
from scimbridge.web.exchange import Exchange, Line

Network = IPv4Network | IPv6Network

# RFC 9110 section 7.2; what may stand in a URL without escaping, so that it can go into JSON and headers as it is.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Origins:
    """Reads requests as seen through the trusted proxies; `hostname` is the configured public URL, if any."""

    def __init__(self, hostname: str | None, trusted: Sequence[Network]) -> None:
        self._hostname = hostname
        self._networks = tuple(trusted)
        self._trusts = lru_cache(maxsize=1024)(self._look_up)

    def url(self, exchange: Exchange) -> str:
        """The public URL without trailing slash, e.g. `https://scim.example.com`; InvalidSyntax if Host is none."""
        if self._hostname is not None:
            return self._hostname
        line, headers = exchange.line, exchange.headers
        scheme, host = line.scheme, headers.get(b"host", b"")
        if self._networks and self._trusts(line.client):
            scheme = _nearest(headers.get(b"x-forwarded-proto", b"")) or scheme
            host = _nearest(headers.get(b"x-forwarded-host", b"")).encode("latin-1") or host
        return _url(scheme, host or _listening(line))

    def address(self, exchange: Exchange) -> str:
        """The IP address of the client: the nearest hop that is not one of the trusted proxies."""
        address, hops = exchange.line.client, exchange.headers.get(b"x-forwarded-for")
        if not self._networks or hops is None or not self._trusts(address):
            return address
        for hop in reversed(hops.decode("latin-1").split(",")):
            address = _without_port(hop.strip()) or address
            if not self._trusts(address):
                break
        return address

    def _look_up(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._networks)


def _listening(line: Line) -> bytes:
    """HTTP/1.0 needs no Host: the address that the request arrived at names the server too."""
    name = f"[{line.host}]" if ":" in line.host else line.host
    return f"{name}:{line.port}".encode()


def _nearest(value: bytes) -> str:
    """What the nearest proxy wrote: the last of a list, anything before it may be the client's own."""
    return value.decode("latin-1").rpartition(",")[2].strip()


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(maxsize=1024)
def _url(scheme: str, host: bytes) -> str:
    name = host.decode("latin-1").lower()
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(name):
        raise InvalidSyntax("The Host header does not name a host.")
    return f"{scheme}://{name.removesuffix(_DEFAULT_PORTS[scheme])}"

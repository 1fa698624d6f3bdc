"""Where a server is, and whom it is to be trusted by."""

import ssl
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """A scheme, a host and a port; `name` is what errors call it."""

    scheme: str
    host: str
    port: int
    name: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        return self.name or f"{self.scheme}://{self.authority}"


def read_origin(text: str, name: str = "") -> Origin:
    """Reads `https://host:port`; ValueError with a sentence if it is not one."""
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname
    except (ValueError, UnicodeError):
        parts, port, host = urlsplit(""), None, ""
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is not the origin of a server, such as https://host or http://host:8080.")
    if parts.username is not None:
        raise ValueError("The origin of a server has no user or password in it.")
    return Origin(parts.scheme, host, port or _PORTS[parts.scheme], name)


def trust(ca_file: str = "") -> ssl.SSLContext:
    """The system's authorities, or those of a file. Raises ValueError if the file cannot be used."""
    if not ca_file:
        return _trust_of_the_system()
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"The CA file {ca_file} cannot be used: {error}.") from error
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def _trust_of_the_system() -> ssl.SSLContext:
    """One for all clients: it takes 20 ms and a megabyte."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context

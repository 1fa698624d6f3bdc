"""Where the endpoints of a Keycloak realm are, from its public URL."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

# Keycloak's own ids are UUIDs: an eighth of what quoting one costs.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")


class Address(NamedTuple):
    """Paths at `origin`. `path` is what stands before `/realms`: "" or such as `/auth`."""

    origin: str
    path: str
    realm: str

    @property
    def public(self) -> str:
        return f"{self.origin}{self.path}/realms/{self.realm}"

    @property
    def admin(self) -> str:
        return f"{self.path}/admin/realms/{self.realm}"

    @property
    def server_information(self) -> str:
        return f"{self.path}/admin/serverinfo"

    @property
    def token_endpoint(self) -> str:
        return f"{self.path}/realms/{self.realm}/protocol/openid-connect/token"


def address(url: str) -> Address:
    """Reads `https://host/realms/name`; ValueError with a sentence if it is not one."""
    parts = urlsplit(url.rstrip("/"))
    path, found, realm = quote(parts.path, safe="/%!$&'()*+,;=:@~").rpartition("/realms/")
    if parts.scheme not in ("http", "https") or not parts.netloc or not found or not realm or "/" in realm:
        raise ValueError(f"{url!r} is not the URL of a Keycloak realm, such as https://host/realms/name.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"The URL of a Keycloak realm has no user, query or fragment: {parts.hostname}.")
    return Address(f"{parts.scheme}://{parts.netloc}", path, realm)


def segment(value: str) -> str:
    """An id as one segment of a path, whatever is in it.

    "." and ".." are taken for steps by URL libraries even when escaped, and are nobody's id.
    """
    if _PLAIN.fullmatch(value):
        return value
    return "%3F" if value in ("", ".", "..") else quote(value, safe="")

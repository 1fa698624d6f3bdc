"""What a person can do when a connection test fails."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.refusals import words
from scimbridge.provisioning.replies import is_good
from scimbridge.provisioning.target import Reply

_CREDENTIALS: Final[Mapping[str, str]] = {
    "basic": "Check the user name and the password.",
    "header": "Check the token, whether it has run out, and whether the target wants the prefix that is set.",
    "oauth2": "The token endpoint gives a token that the target does not take: check scope and audience, and that both "
    "belong to the same server.",
}
_FORBIDDEN: Final = "The credential is known there and may not read users: give it the right to manage them."
_MISSING: Final = (
    "The base URL is not that of a SCIM server: it is what stands before /Users, and often ends in /scim/v2."
)
_SCHEMES: Final = ("basic", "header", "oauth2")
_SET_UP: Final[Mapping[HTTPStatus, Mapping[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: _CREDENTIALS,
    HTTPStatus.FORBIDDEN: dict.fromkeys(_SCHEMES, _FORBIDDEN),
    HTTPStatus.NOT_FOUND: dict.fromkeys(_SCHEMES, _MISSING),
}
_WAIT: Final = "The credential was not refused: wait, and test again."
_FAILED: Final = "The target itself failed: its log tells why."
_NO_SCIM: Final = (
    "Something that is no SCIM server answers there, such as a sign-in page or a proxy: check the base URL, and "
    "whether it is reachable without a browser."
)
# Of a Keycloak's own SCIM server (its guide "accessing endpoints"; seen on 26.7.4).
_KEYCLOAK: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.UNAUTHORIZED: "The access token must name the base URL in aud, letter by letter: give the client an "
    "audience mapper that has it as the included custom audience.",
    HTTPStatus.FORBIDDEN: "The client must be confidential, and its service account needs manage-users, view-users and "
    "query-groups of realm-management.",
    HTTPStatus.NOT_FOUND: "The realm does not serve SCIM: start the server with --features=scim-api, switch on "
    "the SCIM API in the realm's settings, and check the realm's name.",
}
_LONGEST_PLACE: Final = 200


def advise(reply: Reply, connection: Connection, preset_advice: str) -> str:
    """Advice on a reply that is no good list; "" if there is none.

    `preset_advice` is about what a target's administrator sets up.
    """
    status, said = reply.status, words(reply)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"Give the final URL{_place(reply)}: a credential is not sent to where a redirect leads."
    if status in _SET_UP:
        known = _of_keycloak(status, said, connection.url.rstrip("/"))
        return known or f"{_SET_UP[HTTPStatus(status)][connection.authentication.scheme]} {preset_advice}".rstrip()
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return _WAIT
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _FAILED
    return _NO_SCIM if is_good(reply) or said.startswith("an HTML page") else ""


def _of_keycloak(status: int, said: str, url: str) -> str:
    if "/realms/" not in url or not url.endswith("/scim/v2"):
        return ""
    return _KEYCLOAK[HTTPStatus(status)] if status != HTTPStatus.UNAUTHORIZED or "audience" in said else ""


def _place(reply: Reply) -> str:
    """Where a redirect leads, without what may be secret in its query."""
    found = reply.headers.get("location", "").partition("?")[0]
    return f", perhaps {found}" if found.isprintable() and 0 < len(found) < _LONGEST_PLACE else ""

"""What each answer of the Admin REST API means: a value, "not there", or a ProvisioningError."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from scimbridge.adapters.keycloak.refusals import Refusals
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable

_OK, _REDIRECT, _BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _ERROR = 200, 300, 400, 401, 404, 500
# Asked to come back later: by Keycloak itself, or by a proxy before it.
LATER: Final = frozenset({408, 429, 502, 503, 504})
# In seconds: a wrong secret or URL is put right by a person, not by trying again soon.
MISCONFIGURED_RETRY: Final = 60
_RETRY, _LONGEST_RETRY = 5, 3600
# Keycloak's words for "this resource is not there"; a 404 of a proxy, or of a realm that is gone, says nothing of it.
_GONE: Final = frozenset(
    {
        "User not found",
        "Group not found",
        "Could not find group by id",
        "Group path does not exist",
        "Client not found",
        "Could not find client",
        "Role not found",
        "Could not find role",
        "Could not find role with id",
        "Consent nor offline token not found",
    }
)


class Answer(NamedTuple):
    """A good answer: the JSON value of the body, None without one, and the last segment of `Location`."""

    body: Any = None
    created: str = ""


def read_answer(status: int, headers: Mapping[str, str], content: bytes, refusals: Refusals) -> Answer | None:
    """None if what was asked for is not there. Raises ProvisioningError for all but 2xx."""
    if _OK <= status < _REDIRECT:
        return Answer(parse(content), headers.get("location", "").rpartition("/")[2])
    if status in LATER:
        raise TargetUnavailable(f"Keycloak answered {status}.", retry_after(headers))
    if status < _OK or status >= _ERROR:
        raise TargetMisbehaved(f"Keycloak answered {status}; its log tells why.")
    if status < _BAD_REQUEST:
        raise TargetMisbehaved(f"Keycloak answered {status}, a redirect: the realm's URL is to be the final one.")
    if status == _UNAUTHORIZED:
        raise TargetUnavailable("Keycloak does not accept our access token.", MISCONFIGURED_RETRY)
    body = parse(content)
    if status == _NOT_FOUND:
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, str) and error in _GONE:
            return None
        raise TargetMisbehaved(f"Keycloak answered 404 ({error or 'not in its words'}).")
    raise refusals.read(status, body)


def parse(content: bytes) -> Any:
    """The JSON value of a body, None if there is none."""
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


def retry_after(headers: Mapping[str, str]) -> int:
    """In seconds; a date, which HTTP has too, is taken as the default."""
    value = headers.get("retry-after", "")
    return min(int(value), _LONGEST_RETRY) if value.isascii() and value.isdigit() else _RETRY

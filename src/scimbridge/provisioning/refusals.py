"""What a target's refusals mean: a ProvisioningError, with the target's own words."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from scimbridge.provisioning.errors import (
    ProvisioningError,
    TargetMisbehaved,
    TargetRefused,
    TargetUnavailable,
)
from scimbridge.provisioning.replies import is_missing, is_web_page, one_line, phrase, read_document, web_page
from scimbridge.provisioning.target import Reply

# Asked to come back later, by the server or by a proxy before it.
_LATER: Final = frozenset({408, 425, 429})
# In seconds: what a person has to put right is not tried again soon.
MISCONFIGURED_RETRY: Final = 60
_RETRY: Final = 5
# Okta waits 5 minutes where a 429 does not say how long (its SCIM FAQ).
_THROTTLED_RETRY: Final = 300
_LONGEST_RETRY: Final = 24 * 3600
# Under which names servers say what is wrong: RFC 7644, then Keycloak, OAuth and frameworks.
_WORDS: Final = ("detail", "errorMessage", "error_description", "message", "error", "title")
_ATTRIBUTE: Final = re.compile(
    r"\b(userName|displayName|externalId|password|emails|phoneNumbers|addresses|members|active"
    r"|name\.(?:givenName|familyName))\b"
)


class NotTaken(TargetRefused):
    """The target does not take this method here; another one may do."""


def refusal(reply: Reply, what: str, now: datetime) -> ProvisioningError:
    """The error that a reply to `what` outside 2xx is; `now` is needed for a `Retry-After` that is a date."""
    status, said = reply.status, words(reply)
    told = f"{phrase(reply)}: {said}" if said else f"{phrase(reply)}, without a reason"
    sentence = f"{what} was answered {told}."
    if status == HTTPStatus.UNAUTHORIZED:
        return TargetUnavailable(f"{sentence} The target does not take our credential.", MISCONFIGURED_RETRY)
    if status in _LATER or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED):
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        wait = retry_after(reply.headers, now, _THROTTLED_RETRY if throttled else _RETRY)
        return TargetUnavailable(sentence, wait, throttled=throttled)
    if status in (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED):
        return NotTaken(sentence)
    reading = next((reading for test, reading in _MISREAD if test(reply)), None)
    if reading is not None:
        return TargetMisbehaved(sentence + reading)
    attribute = _ATTRIBUTE.search(said)
    conflict = status == HTTPStatus.CONFLICT or read_document(reply).get("scimType") == "uniqueness"
    return TargetRefused(
        f"{told}.",
        attribute=attribute[0] if attribute else "",
        conflict=conflict,
        forbidden=status == HTTPStatus.FORBIDDEN,
    )


def words(reply: Reply) -> str:
    """What the target says is wrong, in one line; "" if nothing."""
    if is_web_page(reply):
        return web_page(reply)
    document = read_document(reply)
    if not document:
        return "" if reply.body[:1] in (b"{", b"[", b"") else one_line(reply.body.decode(errors="replace"))
    said = next((document[name] for name in _WORDS if isinstance(document.get(name), str) and document[name]), "")
    kind = document.get("scimType")
    line = one_line(said)
    return f"{kind}, {line}" if isinstance(kind, str) and kind and line else line or one_line(kind or "")


def retry_after(headers: Mapping[str, str], now: datetime, default: int = _RETRY) -> int:
    """Seconds to wait: `Retry-After` has them, or a date (RFC 9110 section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value), _LONGEST_RETRY)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return default
    seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(int(seconds) + 1, 1), _LONGEST_RETRY)


# What is no answer of a SCIM server to a request, and what that means.
_MISREAD: Final[Sequence[tuple[Callable[[Reply], bool], str]]] = (
    (
        lambda reply: reply.status < HTTPStatus.BAD_REQUEST,
        " Redirects are not followed: the URL is to be the final one.",
    ),
    (is_missing, " There is no such SCIM endpoint."),
    (is_web_page, ""),
)

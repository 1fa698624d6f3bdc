"""Okta's *Test connection*: two reads at most, and what they mean to a person."""

from collections.abc import Sequence

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.errors import TargetMisbehaved, TargetUnavailable
from scimbridge.provisioning.refusals import words
from scimbridge.provisioning.replies import is_good, phrase, read_page
from scimbridge.provisioning.styles.advice import advise
from scimbridge.provisioning.styles.exchange import Exchange
from scimbridge.provisioning.target import Attempted, Reply

# Recorded: users two at a time, and groups only where they are imported.
_USERS, _GROUPS = ("/Users", "startIndex=1&count=2"), ("/Groups", "startIndex=1&count=100")


async def try_connection(
    exchange: Exchange, connection: Connection, preset_advice: str, *, groups: bool
) -> Sequence[Attempted]:
    """Stops at the first that fails. Does not raise."""
    attempts: list[Attempted] = []
    for path, query in (_USERS, _GROUPS) if groups else (_USERS,):
        attempts.append(await _attempt(exchange, path, query, connection, preset_advice))
        if not attempts[-1].good:
            break
    return attempts


async def _attempt(exchange: Exchange, path: str, query: str, connection: Connection, preset_advice: str) -> Attempted:
    request = f"GET {path}?{query}"
    try:
        reply = await exchange.send("GET", path, query)
    except TargetUnavailable as error:
        return Attempted(request, error.reason, good=False, advice=error.advice)
    except TargetMisbehaved as error:
        return Attempted(request, error.reason, good=False, advice="Check that the base URL is that of an HTTP server.")
    try:
        total = read_page(reply, f"GET {path}").total if is_good(reply) else None
    except TargetMisbehaved as error:
        return Attempted(request, error.reason, good=False, advice=advise(reply, connection, preset_advice))
    if total is None:
        return Attempted(request, _outcome(reply), good=False, advice=advise(reply, connection, preset_advice))
    what = path.strip("/").lower()
    return Attempted(request, f"{reply.status}, a list; {what} in all: {total}", good=True)


def _outcome(reply: Reply) -> str:
    said = words(reply)
    return f"{phrase(reply)}: {said}" if said else phrase(reply)

"""Admin events of a Keycloak realm: who else changed users, groups, roles, and who has them, as it is saved there.

Which roles a user was given stands in an event's representation alone, and that is saved on request. Without it the
next comparison of everything finds it out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson

from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.inspection import claims
from scimbridge.adapters.keycloak.protection import Protection
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.bridge.ports import Changed, Changes
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused

# At most so many in one look: what came before is for the next comparison of everything. In one page, since Keycloak
# sorts all that match for each: a thousand cost it 28 ms of a core, five pages of 200 five times that (26.7.4, H2).
_MOST: Final = 1000
_MEMBERSHIP: Final = "GROUP_MEMBERSHIP"
_MAPPINGS: Final = ("REALM_ROLE_MAPPING", "CLIENT_ROLE_MAPPING")
_ROLES: Final = ("REALM_ROLE", "CLIENT_ROLE")
_FILTER: Final = {
    "resourceTypes": ("USER", "GROUP", _MEMBERSHIP, *_MAPPINGS, *_ROLES),
    # An ACTION (a logout, an e-mail, a new password) changes nothing that is shown here.
    "operationTypes": ("CREATE", "UPDATE", "DELETE"),
}
_PLACES: Final = {"users": "User", "groups": "Group"}


class Events:
    """`roles`: groups are roles there. `protection` is told who may be an administrator since, or no more."""

    def __init__(self, client: Client, protection: Protection, *, roles: bool) -> None:
        self._client = client
        self._protection = protection
        self._touched = _touched_with_roles if roles else _touched

    async def since(self, time: int | None) -> Changes | None:
        """As bridge.ports.Target.changes; None if our service account may not look."""
        try:
            if time is None:
                return Changes((), _latest(await self._page(1, 0), 0))
            events = await self._page(_MOST, time)
        except TargetRefused as refused:
            if not refused.forbidden:
                raise
            return None
        ourselves = claims(await self._client.access_token()).get("sub")
        others = [event for event in events if (event.get("authDetails") or {}).get("userId") != ourselves]
        for event in others:
            self._note(event)
        return Changes(tuple(self._changed(reversed(others))), _latest(events, time))

    def _note(self, event: Any) -> None:
        place, id_, *rest = _path(event)
        account = id_ if place == "users" else ""
        if event.get("resourceType") == _MEMBERSHIP:
            self._protection.note(account, rest[-1:])
        elif event.get("resourceType") in (*_MAPPINGS, *_ROLES):
            self._protection.note(account, _roles(event))

    def _changed(self, events: Iterable[Any]) -> Iterator[Changed]:
        for event in events:
            for type_, target in self._touched(event):
                yield Changed(str(event.get("id")), type_, target)

    async def _page(self, count: int, time: int) -> list[Any]:
        """The newest first."""
        parameters = {**_FILTER, "dateFrom": str(time), "first": "0", "max": str(count)}
        return as_list(await self._client.get("/admin-events", parameters))


def _touched(event: Any) -> Iterator[tuple[str, str]]:
    """`users/ID...`, `groups/ID...`; of `users/ID/groups/ID` it is the group that is different."""
    path = _path(event)
    place, id_ = path[2:4] if event.get("resourceType") == _MEMBERSHIP else path[:2]
    if place in _PLACES:
        yield _PLACES[place], id_


def _touched_with_roles(event: Any) -> Iterator[tuple[str, str]]:
    """The roles that a user was given or that were taken, and those that were made, renamed or deleted, too."""
    place, id_, *rest = _path(event)
    if place == "roles-by-id" and not rest:
        yield "Group", id_
    elif event.get("resourceType") in _ROLES or (event.get("resourceType") in _MAPPINGS and place == "users"):
        yield from (("Group", role) for role in _roles(event) or ())
    yield from _touched(event)


def _path(event: Any) -> list[str]:
    """At least two segments."""
    path = str(event.get("resourcePath") or "").split("/")
    return path if len(path) > 1 else [*path, ""]


def _roles(event: Any) -> list[str] | None:
    """Ids of the roles that it is about; None if they are not told, as where all of a client's were taken."""
    try:
        told = orjson.loads(event.get("representation") or "null")
        return [role["id"] for role in (told if isinstance(told, list) else [told])] or None
    except (KeyError, TypeError, orjson.JSONDecodeError):
        return None


def _latest(events: Sequence[Any], time: int) -> int:
    try:
        return max([int(event["time"]) for event in events], default=time)
    except (KeyError, TypeError, ValueError) as error:
        raise TargetMisbehaved("Keycloak's answer is no list of admin events.") from error

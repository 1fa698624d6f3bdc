"""Admin events of a Keycloak realm: who else changed users, groups and memberships, as it is saved there."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.inspection import claims
from scimbridge.adapters.keycloak.pages import SIZE
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.bridge.ports import Changed, Changes
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused

# At most so many pages in one look: what came before is for the next comparison of everything.
_MOST_PAGES: Final = 5
_FILTER: Final = {
    "resourceTypes": ("USER", "GROUP", "GROUP_MEMBERSHIP"),
    # An ACTION (a logout, an e-mail, a new password) changes nothing that is shown here.
    "operationTypes": ("CREATE", "UPDATE", "DELETE"),
}
_PLACES: Final = {"users": "User", "groups": "Group"}


class Events:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def since(self, time: int | None) -> Changes | None:
        """As bridge.ports.Target.changes; None if our service account may not look."""
        try:
            if time is None:
                return Changes((), _latest(await self._page(0, 1, 0), 0))
            events = await self._read(time)
        except TargetRefused as refused:
            if not refused.forbidden:
                raise
            return None
        ourselves = claims(await self._client.access_token()).get("sub")
        others = [event for event in events if (event.get("authDetails") or {}).get("userId") != ourselves]
        return Changes(tuple(_changed(reversed(others))), _latest(events, time))

    async def _read(self, time: int) -> Sequence[Any]:
        """The newest first."""
        events: list[Any] = []
        for number in range(_MOST_PAGES):
            page = await self._page(number * SIZE, SIZE, time)
            events += page
            if len(page) < SIZE:
                break
        return events

    async def _page(self, first: int, count: int, time: int) -> list[Any]:
        parameters = {**_FILTER, "dateFrom": str(time), "first": str(first), "max": str(count)}
        return as_list(await self._client.get("/admin-events", parameters))


def _changed(events: Iterator[Any]) -> Iterator[Changed]:
    """`users/ID...`, `groups/ID...`; of `users/ID/groups/ID` it is the group that is different."""
    for event in events:
        path = str(event.get("resourcePath") or "").split("/")
        place, id_ = path[2:4] if event.get("resourceType") == "GROUP_MEMBERSHIP" else path[:2]
        if place in _PLACES:
            yield Changed(str(event.get("id")), _PLACES[place], id_)


def _latest(events: Sequence[Any], time: int) -> int:
    try:
        return max([int(event["time"]) for event in events], default=time)
    except (KeyError, TypeError, ValueError) as error:
        raise TargetMisbehaved("Keycloak's answer is no list of admin events.") from error

"""Single requests about resources, and what their replies come to."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from scimbridge.provisioning.errors import ProvisioningError, TargetGone, TargetRefused, TargetUnavailable
from scimbridge.provisioning.refusals import MISCONFIGURED_RETRY, NotTaken, refusal, words
from scimbridge.provisioning.replies import Page, is_good, is_missing, is_scim_error, phrase, read_page, read_resource
from scimbridge.provisioning.styles.exchange import Exchange, without_passwords
from scimbridge.provisioning.styles.lookup import choose, lookup_query
from scimbridge.provisioning.styles.places import Operation
from scimbridge.provisioning.styles.resources import PATHS, place
from scimbridge.provisioning.target import Reply
from scimbridge.scim.patch import PATCH_OP


class Requests:
    """`clock` gives the present time in UTC. Methods raise TargetUnavailable, TargetRefused and TargetMisbehaved."""

    def __init__(self, exchange: Exchange, clock: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._clock = clock

    async def close(self) -> None:
        await self._exchange.close()

    async def read(self, type: str, id: str) -> dict[str, Any] | None:  # noqa: A002
        try:
            return await self.get(type, id)
        except TargetGone:
            return None

    async def get(self, type: str, id: str, query: str = "") -> dict[str, Any]:  # noqa: A002
        """Raises TargetGone."""
        path = place(type, id)
        reply = await self._exchange.send("GET", path, query)
        if is_missing(reply):
            raise await self._gone(type, id, reply)
        return read_resource(self._good(reply, f"GET {path}"), f"GET {path}", id)

    async def put(self, type: str, id: str, body: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: A002
        """The resource in the reply, None if there is none. Raises TargetGone, NotTaken."""
        return await self._write("PUT", type, id, body)

    async def patch(
        self,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        operations: Sequence[Operation],
        query: str = "",
    ) -> dict[str, Any] | None:
        """As put."""
        return await self._write("PATCH", type, id, {"schemas": [PATCH_OP], "Operations": operations}, query)

    async def post(self, type: str, body: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002
        what = f"POST {PATHS[type]}"
        reply = await self._exchange.send("POST", PATHS[type], "", body)
        return read_resource(self._good(reply, what, body), what)

    async def remove(self, type: str, id: str) -> None:  # noqa: A002
        """No error if it is gone already."""
        path = place(type, id)
        reply = await self._exchange.send("DELETE", path)
        if not is_missing(reply):
            self._good(reply, f"DELETE {path}")
        elif await self.read(type, id) is not None:
            raise _missing_there(reply, f"DELETE {path}")

    async def look_up(self, type: str, attribute: str, value: str, count: int) -> dict[str, Any] | None:  # noqa: A002
        """The resource with this value, None if there is none; `count`: resources asked for at most."""
        path, what = PATHS[type], f"GET {PATHS[type]}"
        reply = await self._exchange.send("GET", path, lookup_query(attribute, value, count))
        if is_missing(reply):  # some say so where RFC 7644 has an empty list; Okta takes it
            return None
        return choose(read_page(self._good(reply, what), what), attribute, value, what)

    async def page(self, type: str, start: int, count: int, query: str = "") -> Page:  # noqa: A002
        path, paging = PATHS[type], f"startIndex={start}&count={count}"
        reply = await self._exchange.send("GET", path, f"{paging}&{query}" if query else paging)
        return read_page(self._good(reply, f"GET {path}"), f"GET {path}")

    async def _write(
        self,
        method: str,
        type: str,  # noqa: A002
        id: str,  # noqa: A002
        body: Mapping[str, Any],
        query: str = "",
    ) -> dict[str, Any] | None:
        path = place(type, id)
        reply = await self._exchange.send(method, path, query, body)
        if is_missing(reply):
            await self.get(type, id)
            raise _missing_there(reply, f"{method} {path}")
        self._good(reply, f"{method} {path}", body)
        return read_resource(reply, f"{method} {path}", id) if reply.body.strip() else None

    async def _gone(self, type: str, id: str, reply: Reply) -> ProvisioningError:  # noqa: A002
        """What a 404 to the read of a resource means.

        Unless it is a SCIM error it may be the endpoint that is missing, and then everything would seem to be deleted;
        a client took it for that and created all of it again (goauthentik/authentik#16678).
        """
        is_answer = is_scim_error(reply)
        listed = reply if is_answer else await self._exchange.send("GET", PATHS[type], "startIndex=1&count=1")
        if is_answer or is_good(listed):
            return TargetGone(f"{type} {id} is not there any more.")
        if is_missing(listed):
            return TargetUnavailable(
                f"The target answers {listed.status} to everything, also to GET {PATHS[type]}.",
                MISCONFIGURED_RETRY,
                advice="Check the base URL, and whether SCIM is still switched on there.",
            )
        return refusal(listed, f"GET {PATHS[type]}", self._clock())

    def _good(self, reply: Reply, what: str, body: Any = None) -> Reply:
        if is_good(reply):
            return reply
        raise refusal(without_passwords(reply, body), what, self._clock())


def _missing_there(reply: Reply, what: str) -> TargetRefused:
    """What a 404 means if the resource is there: it misses a member, or there is no such method."""
    if is_scim_error(reply):
        return TargetRefused(f"{phrase(reply)}: {words(reply)}.")
    return NotTaken(f"{what} was answered {phrase(reply)} although the resource is there.")

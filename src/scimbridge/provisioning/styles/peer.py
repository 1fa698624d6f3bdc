"""What every style says in the same words: reads, lookups, single writes, and what their replies come to."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.capabilities import Preset
from scimbridge.provisioning.errors import ProvisioningError, TargetGone, TargetRefused, TargetUnavailable
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.replies import (
    MISCONFIGURED_RETRY,
    NotTaken,
    Page,
    is_good,
    is_missing,
    is_scim_error,
    phrase,
    read_page,
    read_resource,
    refusal,
    words,
)
from scimbridge.provisioning.styles.exchange import Exchange, without_passwords
from scimbridge.provisioning.styles.listing import list_all
from scimbridge.provisioning.styles.lookup import choose, lookup_query
from scimbridge.provisioning.styles.places import Operation, values_at
from scimbridge.provisioning.styles.trial import try_connection
from scimbridge.provisioning.target import Attempted, Member, Reply
from scimbridge.scim import core
from scimbridge.scim.patch import PATCH_OP

USER: Final = "User"
GROUP: Final = "Group"
GROUP_URN: Final = core.GROUP.id
PATHS: Final[Mapping[str, str]] = {USER: "/Users", GROUP: "/Groups"}
_NAMES: Final[Mapping[str, str]] = {USER: "userName", GROUP: "displayName"}


class Peer:
    """A target's resources, one request at a time; the styles make their events of these.

    `clock` gives the present time in UTC.
    """

    # By what users are looked up, where it is not what the connection has as the unique attribute.
    lookup_attribute: ClassVar[str] = ""

    def __init__(
        self, exchange: Exchange, connection: Connection, preset: Preset, clock: Callable[[], datetime]
    ) -> None:
        self._exchange = exchange
        self._connection = connection
        self._preset = preset
        self._capabilities = preset.capabilities
        self._clock = clock

    async def test(self, *, groups: bool) -> Sequence[Attempted]:
        return await try_connection(self._exchange, self._connection, self._preset.advice, groups=groups)

    async def close(self) -> None:
        await self._exchange.close()

    async def read(self, type: str, id: str) -> dict[str, Any] | None:  # noqa: A002
        try:
            return await self.get(type, id)
        except TargetGone:
            return None

    async def find(self, type: str, name: str) -> dict[str, Any] | None:  # noqa: A002
        attribute = self.lookup_attribute or self._connection.unique_attribute
        return await self.look_up(type, attribute if type == USER else _NAMES[type], name)

    async def members(self, id: str) -> Sequence[str]:  # noqa: A002
        if not self._capabilities.reads_members:
            raise TargetRefused("The target does not tell who is in a group.", attribute="members")
        group = await self.get(GROUP, id, self._capabilities.member_query)
        return list(dict.fromkeys(member["value"] for member in members_of(group)))

    async def list(self, type: str) -> AsyncIterator[dict[str, Any]]:  # noqa: A002
        query = self.group_query() if type == GROUP else ""

        async def fetch(start: int, count: int) -> Page:
            return await self.page(type, start, count, query)

        async for resource in list_all(fetch, self._capabilities.page_size, f"The list {PATHS[type]}"):
            resource.pop("members", None)
            yield resource

    def group_query(self) -> str:
        """Added to reads of groups whose members are of no interest."""
        return ""

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

    async def look_up(self, type: str, attribute: str, value: str) -> dict[str, Any] | None:  # noqa: A002
        path, what = PATHS[type], f"GET {PATHS[type]}"
        reply = await self._exchange.send("GET", path, lookup_query(attribute, value, self._capabilities.page_size))
        if is_missing(reply):  # some say so where RFC 7644 has an empty list; Okta takes it
            return None
        return choose(read_page(self._good(reply, what), what), attribute, value, what)

    async def page(self, type: str, start: int, count: int, query: str = "") -> Page:  # noqa: A002
        path, paging = PATHS[type], f"startIndex={start}&count={count}"
        reply = await self._exchange.send("GET", path, f"{paging}&{query}" if query else paging)
        return read_page(self._good(reply, f"GET {path}"), f"GET {path}")

    def outgoing(self, mapped: Mapped) -> Mapped:
        """What is sent of a profile. Raises TargetRefused if something is not there that the target requires."""
        for path in self._capabilities.required:
            if not any(values_at(mapped.document, path)):
                raise TargetRefused(
                    f"The target requires {path}, and the mapping gives none for this user.", attribute=path
                )
        omitted = self._capabilities.omitted
        if not any(name in mapped.document for name in omitted):
            return mapped
        return replace(mapped, document={name: value for name, value in mapped.document.items() if name not in omitted})

    def secret(self, password: str | None) -> dict[str, str]:
        """The member of a document that has the password, if there is one and the target may get it."""
        return {} if password is None or "password" in self._capabilities.omitted else {"password": password}

    def new_secret(self, password: str) -> dict[str, str]:
        """As secret; TargetRefused if the target may not get it."""
        if "password" in self._capabilities.omitted:
            raise TargetRefused("The target takes no passwords.", attribute="password")
        return {"password": password}

    def unique(self, mapped: Mapped) -> str:
        """The value by which a user is looked up."""
        path = self._connection.unique_attribute
        found = next((value for value in values_at(mapped.document, path) if isinstance(value, str) and value), None)
        if found is None:
            raise TargetRefused(
                f"Users are looked up there by {path}, and the mapping gives none for this one.", attribute=path
            )
        return found

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


def taken(type: str, name: str, found: Mapping[str, Any]) -> TargetRefused:  # noqa: A002
    """The refusal of a match that may not be taken over."""
    return TargetRefused(
        f"There is a {type} {name!r} already, {found['id']}, and this application does not take over what it finds.",
        attribute=_NAMES[type],
        conflict=True,
    )


@contextmanager
def created(id: str) -> Iterator[None]:  # noqa: A002
    """What goes wrong here does so after a create, and tells of it."""
    try:
        yield
    except ProvisioningError as error:
        error.written = id
        raise


def entries(members: Sequence[Member]) -> list[dict[str, str]]:
    """Members as Okta writes them."""
    return [{"value": member.target, "display": member.display} for member in members]


def members_of(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The members in a group's resource that have an id."""
    members = group.get("members") or []
    return [member for member in members if isinstance(member, dict) and isinstance(member.get("value"), str)]


def place(type: str, id: str) -> str:  # noqa: A002
    """The path of a resource, whatever is in its id."""
    return f"{PATHS[type]}/{quote(id, safe='')}"

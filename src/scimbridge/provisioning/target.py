"""The other end, as the engine sees it: events of Okta's kind, each a few SCIM requests in the application's style.

Three ports meet here. `Transport` carries one request (adapters/scim: HTTP, sign-in, limits). `Target` speaks SCIM over
it: provisioning/styles has one for each style. `Observer` is told of every request, for traces and tests.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from scimbridge.provisioning.mapping import Mapped


@dataclass(frozen=True, slots=True)
class Request:
    """One SCIM request. `path` is below the base URL and encoded, `query` the raw query string without "?"."""

    method: str
    path: str
    query: str = ""
    body: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """Carries requests to one target, signed in. Secrets are neither in what it raises nor in what it logs."""

    async def send(self, request: Request) -> Reply:
        """Whatever was answered, also errors.

        TargetUnavailable if nothing was, or no token is to be had; TargetMisbehaved if it is no HTTP.
        """

    async def close(self) -> None: ...


# Told of each request and its reply (None: there was none).
Observer = Callable[[Request, Reply | None], None]


class Member(NamedTuple):
    """A member of a pushed group: its id there, and what Okta sends as `display`, its userName there."""

    target: str
    display: str


# The whole list of a group's members as it is now; asked for only by styles that send it.
Members = Callable[[], Awaitable[Sequence[Member]]]


# Told what is there under the same name: whether it is to be taken over.
Adopt = Callable[[Mapping[str, Any]], bool]


class Written(NamedTuple):
    """What a write came to.

    `id`: the resource's id there. `resource`: the target's last reply about it, None if it sends none. `found`: it was
    there before and is taken over now. `dropped`: SCIM paths of this write that the target is known not to keep.
    """

    id: str
    resource: dict[str, Any] | None = None
    found: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempted:
    """One request of a connection test: what it was, what came back, and what that means to a person."""

    request: str
    outcome: str
    good: bool
    advice: str = ""


class Target(Protocol):
    """One target in one style. Every method raises ProvisioningError, with the target's own words as the reason.

    TargetRefused says no for good (a task for a person), TargetUnavailable "later" (retry), TargetMisbehaved an answer
    that is no SCIM (a task). A resource that is gone there is `TargetGone`, a TargetRefused.
    `adopt` says whether what is there under the same name is taken over, before anything of it is changed; what it says
    no to is a TargetRefused with `conflict`.
    `previous`: what was pushed before, if that is known; it saves reading what is there, and tells what is ours to
    take away.
    """

    async def test(self, *, groups: bool) -> Sequence[Attempted]:
        """Okta's *Test connection*: two reads at most. Does not raise."""

    async def provision(self, mapped: Mapped, *, password: str | None, adopt: Adopt) -> Written:
        """Assigns: lookup, then create; or what is there is linked, activated and brought up to date."""

    async def update(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        """Makes the profile there what was mapped, and leaves alone what was not."""

    async def deactivate(self, id: str, mapped: Mapped | None) -> None:  # noqa: A002
        """`mapped`: for targets that need a whole profile in a PUT."""

    async def reactivate(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        """Assigned again: activates and brings the profile up to date."""

    async def delete_user(self, id: str) -> None:  # noqa: A002
        """No error if it is gone already."""

    async def set_password(self, id: str, password: str) -> None: ...  # noqa: A002

    async def push_group(self, name: str, members: Sequence[Member], *, adopt: Adopt, resumed: bool = False) -> Written:
        """Lookup, then create with its members; or what is there is linked and given exactly these members.

        `resumed`: a create was begun before and nobody knows what became of it, so that every style looks it up.
        """

    async def rename_group(self, id: str, name: str, members: Members) -> None:  # noqa: A002
        """Whatever else differs of the group is left for its own event."""

    async def change_members(
        self,
        id: str,  # noqa: A002
        name: str,
        added: Sequence[Member],
        removed: Sequence[Member],
        members: Members,
    ) -> None:
        """Only the difference where the style allows it, in requests as large as the target takes."""

    async def push_now(self, id: str, name: str, members: Sequence[Member]) -> None:  # noqa: A002
        """The group there gets this name and exactly these members, whatever it has."""

    async def delete_group(self, id: str) -> None:  # noqa: A002
        """No error if it is gone already."""

    async def read(self, type: str, id: str) -> dict[str, Any] | None:  # noqa: A002
        """A resource by id, None if it is not there."""

    async def find(self, type: str, name: str) -> dict[str, Any] | None:  # noqa: A002
        """By userName (or what the connection has as unique attribute), or a group by displayName."""

    def list(self, type: str) -> AsyncIterator[dict[str, Any]]:  # noqa: A002
        """All of them, page by page; groups without their members. TargetMisbehaved if the pages do not add up."""

    async def members(self, id: str) -> Sequence[str]:  # noqa: A002
        """Ids of a group's members."""

    async def close(self) -> None: ...

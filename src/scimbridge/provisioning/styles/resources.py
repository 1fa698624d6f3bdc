"""Resources as they stand on the wire: their paths, their members, and what is said of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

from scimbridge.provisioning.errors import ProvisioningError, TargetRefused
from scimbridge.provisioning.target import Member
from scimbridge.scim import core

USER: Final = "User"
GROUP: Final = "Group"
GROUP_URN: Final = core.GROUP.id
PATHS: Final[Mapping[str, str]] = {USER: "/Users", GROUP: "/Groups"}
NAMES: Final[Mapping[str, str]] = {USER: "userName", GROUP: "displayName"}


def taken(type: str, name: str, found: Mapping[str, Any]) -> TargetRefused:  # noqa: A002
    """The refusal of a match that may not be taken over."""
    return TargetRefused(
        f"There is a {type} {name!r} already, {found['id']}, and this application does not take over what it finds.",
        attribute=NAMES[type],
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

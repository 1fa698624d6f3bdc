"""What a change was made from, and what must still be so when it is written."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from scimbridge.bridge.intents import Moved
from scimbridge.bridge.kinds import recorded
from scimbridge.bridge.ports import Link
from scimbridge.directory.ports import AddMembers, Change, Password, Record, RemoveMembers
from scimbridge.scim.errors import Forbidden

# More members than these are changed by one request at a time.
_FEW_PLACES = 100


class Seen(NamedTuple):
    """A resource as it was read, and what is to become of it."""

    record: Record
    link: Link | None
    wanted: Change


def places(seen: Seen | None) -> Sequence[str]:
    """The members whose places are all that is changed, if they are few: others may come and go meanwhile."""
    if seen is None or seen.wanted.document is not None or seen.wanted.password is not None:
        return ()
    named = list[str]()
    for edit in seen.wanted.members:
        if not isinstance(edit, AddMembers | RemoveMembers):
            return ()
        named += edit.ids
    return named if len(named) <= _FEW_PLACES else ()


def require_writable(link: Link) -> None:
    if recorded(link).get("protected"):
        raise Forbidden("Keycloak has this user as an administrator: provisioning does not touch it.")


def unmoved(seen: Record, wanted: Change, change: Callable[[Record], Change]) -> Callable[[Record], Change]:
    """What is wanted, as long as the resource is what that was made from, or it comes to the same now."""
    written = wanted if wanted.password is None else replace(wanted, password=noted(wanted.password))

    def checked(latest: Record) -> Change:
        if latest.version != seen.version and (wanted.document is not None or change(latest) != wanted):
            raise Moved
        return written

    return checked


def noted(password: Password | None) -> Password | None:
    """The journal says that one was set; what it is stays there, and sealed where applications wait for it."""
    return None if password is None else Password("", sealed=password.sealed)

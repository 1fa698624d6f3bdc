"""What stands between a claimed piece of work and its outcome."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.plan import Change
from scimbridge.provisioning.ports import Entry, Link, Outcome, Work

# What the journal says of a create that made nothing new.
FOUND: Final = "It was there already and is ours now."


@dataclass(frozen=True, slots=True)
class Prepared:
    """Work that has been examined: what to note before the first request, and what then sends it.

    `send` raises ProvisioningError; `gone` says what follows if the target has no such resource any more. `begun`: the
    link of what a create that went wrong half way has left there, by its id: the next attempt completes it.
    """

    work: Work
    entry: Entry
    send: Callable[[], Awaitable[Outcome]]
    gone: Callable[[str], Outcome] | None = None
    begun: Callable[[str], Link] | None = None


def new_link(type: str, source: str, target: str, name: str, environment: Environment) -> Link:  # noqa: A002
    """Of what is there now, with nothing known to be pushed yet."""
    return Link(
        type=type,
        source=source,
        target=target,
        name=name,
        state="active",
        version=0,
        revision=0,
        assignment="",
        digest="",
        pushed="",
        confirmed=environment.now(),
    )


def intent(change: Change, work: Work, environment: Environment, *, password: bool = False) -> Entry:
    """The line of the journal that goes before."""
    item = change.item
    return Entry(
        sequence=0,
        time=environment.now(),
        run=work.run,
        action=item.action,
        type=item.type,
        source=item.source,
        name=item.name,
        target=item.target,
        before=change.before,
        after=change.after,
        why=work.why or item.why,
        password=password,
    )

"""What the bridge needs: a target (the realm at the other end) and a ledger (what is known of it here).

The target speaks of accounts and groups as Keycloak keeps them; mapping.py translates to and from SCIM documents.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

from scimbridge.directory.ports import Directory, Record, Writing

Attributes = Mapping[str, Sequence[str]]

_NONE: Attributes = MappingProxyType({})


class Account(NamedTuple):
    """A user as the target has it. `created` in ms since 1970; `attributes` holds all, also what others keep there.

    `protected`: an administrator or a service account, which provisioning never touches.
    """

    id: str
    username: str
    enabled: bool
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    email_verified: bool = False
    attributes: Attributes = _NONE
    created: int = 0
    protected: bool = False


class Profile(NamedTuple):
    """What is to be true of an account. None = leave as it is; "" = no value.

    Of `attributes` only the named ones are written, an empty list clears one; the rest stays as it is there.
    """

    username: str | None = None
    enabled: bool | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    attributes: Attributes = _NONE


class Credential(NamedTuple):
    """A password to set: exactly one of `hash` (encoded argon2id, as PHC string) and `clear`."""

    hash: str = ""
    clear: str = ""
    temporary: bool = False


class TargetGroup(NamedTuple):
    """A group as the target has it; `parent` is its parent's id, "" at the top."""

    id: str
    name: str
    parent: str = ""


class Changed(NamedTuple):
    """Somebody else made, changed or deleted a resource there: `target` is its id, `event` names the occasion."""

    event: str
    type: str
    target: str


class Changes(NamedTuple):
    """The oldest first. `until`: when the latest was, ours too, in ms since 1970 by the clock there."""

    changed: Sequence[Changed]
    until: int


LookupKey = Literal["username", "email", "externalId"]


class Target(Protocol):
    """A realm of someone else's server. Every method raises ProvisioningError."""

    async def get_account(self, id: str) -> Account | None: ...  # noqa: A002

    async def find_account(self, by: LookupKey, value: str) -> Account | None:
        """Exact, without regard to case for username and email; None also if several match."""

    def accounts(self) -> AsyncIterator[Account]:
        """All of them, service accounts left out, page by page."""

    async def create_account(self, profile: Profile, password: Credential | None) -> str:
        """The id that the target gave; TargetRefused with `conflict` if the username or e-mail is taken."""

    async def update_account(self, id: str, profile: Profile, password: Credential | None = None) -> None:  # noqa: A002
        """TargetRefused if it is gone."""

    async def delete_account(self, id: str) -> None:  # noqa: A002
        """No error if it is gone already."""

    async def end_access(self, id: str) -> None:  # noqa: A002
        """Ends sessions, refresh tokens and offline tokens, for good."""

    async def link_identity(self, id: str, provider: str, identity: str, name: str) -> None:  # noqa: A002
        """Links an identity provider's user to the account; no error if it is linked so already."""

    async def get_group(self, id: str) -> TargetGroup | None: ...  # noqa: A002

    async def find_group(self, name: str) -> TargetGroup | None:
        """A group by its name, wherever it is, without regard to case as ours; None also if several match."""

    def groups(self) -> AsyncIterator[TargetGroup]:
        """All of them, parents before children."""

    async def create_group(self, name: str) -> str: ...

    async def rename_group(self, id: str, name: str) -> None: ...  # noqa: A002

    async def move_group(self, id: str, parent: str) -> None:  # noqa: A002
        """Makes it a child of `parent`; "" puts it at the top."""

    async def delete_group(self, id: str) -> None:  # noqa: A002
        """No error if it is gone already. Children are moved to the top first: they are groups of their own here."""

    async def group_members(self, id: str) -> frozenset[str]: ...  # noqa: A002

    async def join(self, account: str, group: str) -> None: ...

    async def leave(self, account: str, group: str) -> None: ...

    async def changes(self, since: int | None) -> Changes | None:
        """What others changed at `since` or later, of many only the latest; None: only when the latest was.

        The answer is None where the target does not tell.
        """

    async def close(self) -> None: ...


State = Literal["managed", "seen"]


class Link(NamedTuple):
    """What ties a resource here to one there. `target` is its id there (the same, unless delivery is queued).

    `managed`: an identity provider wrote it; `seen`: found there, shown, and not touched. `confirmed`: when it was
    last compared (RFC 3339). `actual`: the target's values at that time as mapping.snapshot gives them (JSON text).
    """

    type: str
    id: str
    target: str
    state: State
    confirmed: str
    actual: str = ""


class Linked(NamedTuple):
    """A resource here with its link, None if it is tied to nothing there."""

    record: Record
    link: Link | None


class Place(NamedTuple):
    """What a resource is to a group: whether it is a direct member here, and its link."""

    is_in: bool
    link: Link | None


class Intent(NamedTuple):
    """A write that was about to be made there: durable before the first call, settled after our own commit.

    `document` is the resource as it is to be (JSON, no password; "" = as it is). `joined`, `left`: ids of the members
    that come and go. `target`: its id there, "" on create. `id` is "" too on create, unless delivery is queued.
    """

    sequence: int
    time: str
    operation: Literal["create", "change", "delete"]
    type: str
    id: str
    name: str
    document: str = ""
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    target: str = ""


class Task(NamedTuple):
    """A change that waits to be delivered (delivery `queued`), or that failed and is to be seen to.

    Delivering makes the target what the directory is at that time; `joined` and `left` name the members whose places
    in a group are to be made so. `due`: not before (RFC 3339). `reason`: what the target said last. `password`: an
    encoded hash, never clear.
    """

    sequence: int
    time: str
    operation: Literal["create", "change", "delete"]
    type: str
    id: str
    name: str
    due: str
    attempts: int = 0
    reason: str = ""
    state: Literal["waiting", "failed"] = "waiting"
    password: str = ""
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Ledger(Protocol):
    """Links, intents and tasks of one realm, in the realm's own database; the same promises as directory.ports."""

    def link(self, id: str) -> Link | None:  # noqa: A002
        """A point read, cheap enough for the event loop."""

    def links(self, ids: Sequence[str]) -> Mapping[str, Link]:
        """Those of these ids that have one, by id."""

    def linked(self, type: str, target: str) -> Link | None:  # noqa: A002
        """The link to a resource there."""

    def find(self, local: Directory, type: str, id: str) -> Linked | None:  # noqa: A002
        """What `get` and `link` give, in one point read."""

    def places(self, local: Directory, group: str, ids: Sequence[str]) -> Mapping[str, Place]:
        """Those of these ids, a few, that are resources, by id, in one point read; `group` may be nobody's id."""

    async def put_link(self, link: Link) -> None:
        """Takes the place of what tied this id or this target before."""

    async def drop_link(self, id: str) -> None: ...  # noqa: A002

    async def stale_links(self, before: str, count: int) -> Sequence[Link]:
        """Those confirmed before then, the longest ago first."""

    async def displaced_links(self) -> Sequence[Link]:
        """Those of groups that were something else there before a setting was changed; no other method shows them."""

    async def begin(self, intent: Intent) -> int:
        """Durable when it returns; gives its sequence (the argument's own does not count).

        Raises TargetUnavailable if one of another process is open that excludes it.
        """

    async def settle(self, sequence: int, *, link: Link | None = None, unlinked: str = "") -> None:
        """Ends an intent and, in the same transaction, keeps a link or drops that of an id; no error if it is gone."""

    def settling(self, local: Writing, sequence: int, *, link: Link | None = None, unlinked: str = "") -> Writing:
        """The directory, for one write that does what `settle` does in the same transaction: both stand, or neither."""

    async def open_intents(self) -> Sequence[Intent]: ...

    async def abandoned_intents(self) -> Sequence[Intent]:
        """Those of ledgers that were closed, or whose process has ended, however that came."""

    def is_under_way(self, type: str, *, id: str = "", name: str = "") -> bool:  # noqa: A002
        """Whether an intent about this id is open in any process, or one to create under this name. A point read."""

    async def tend(self) -> bool:
        """Whether of all processes this ledger's is the one that heals, delivers and compares for the realm.

        Once it is, it stays so until `rest` or `close`, or until it ends.
        """

    async def rest(self) -> None:
        """Another process may tend the realm."""

    def close(self) -> None:
        """What is open of this ledger's is for others to heal."""

    async def enqueue(self, task: Task) -> int:
        """Durable when it returns; gives its sequence."""

    async def next_tasks(self, now: str, count: int) -> Sequence[Task]:
        """Those due, the oldest first, only the oldest of each resource: they are delivered in order."""

    def is_waiting(self, id: str) -> bool:  # noqa: A002
        """Whether a task of this resource is still to be delivered. A point read."""

    async def retry_later(self, sequence: int, due: str, reason: str) -> None:
        """One more attempt was made; it waits again, also if it had failed."""

    async def fail(self, sequence: int, reason: str) -> None:
        """One more attempt was made, the last."""

    async def finish(self, sequence: int) -> None:
        """It is done with; no error if it is gone."""

    async def tasks(self) -> Sequence[Task]:
        """All of them, the oldest first."""

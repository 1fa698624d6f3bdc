"""What the directory needs from a store: the port that every adapter fulfils, and the values that cross it.

A store is bound to one realm when it is made; no method takes a realm, so none can reach another's rows.

What a store must promise:
* a coroutine that returned has its effect on disk, whole; one that raised has none at all;
* writes to one resource happen one after the other, and `change` sees the latest state;
* ids, versions and times come from the ids and clock the store was given;
* the cost of a write does not depend on how many members a group has or how many resources the realm has, beyond
  what the change itself names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from scimbridge.scim.binding import Bound
from scimbridge.scim.schema import Target

Document = dict[str, Any]

# What a page holds a hundred of is a NamedTuple: a frozen dataclass takes four times as long to make (1.4 us).


class Actor(NamedTuple):
    """Who asks: written into the journal with every change."""

    principal: str
    client: str = ""
    request_id: str = ""


class Membership(NamedTuple):
    """A group that a resource is in; `direct` is False when it is in only through another group.

    Groups may contain each other in a circle (RFC 7644 section 3.7.1 has one made by Bulk).
    """

    id: str
    display: str
    direct: bool


class Member(NamedTuple):
    """A member of a group; `type` is the resource type's name, `display` its displayName or ""."""

    id: str
    type: str
    display: str


class Record(NamedTuple):
    """A resource as stored.

    `document` is a JSON object in UTF-8: the attributes a client wrote, in canonical spelling, and `schemas`, `id`;
    without `meta` (the fields below), `groups`, `members` (rows of their own) and password (a credential).
    `created`, `modified`: RFC 3339 in UTC with milliseconds and `Z`. `version` counts from 1.
    `groups` is filled by every read, direct ones first, each in order of joining.
    """

    type: str
    id: str
    document: bytes
    version: int
    created: str
    modified: str
    groups: tuple[Membership, ...] = ()


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Make these ids members; those that are already stay as they are."""

    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """Take these ids out; those that are not in are no error."""

    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class RemoveMembersWhere:
    """Take out the members that match: a filter over the sub-attributes of `members`."""

    filter: Bound


@dataclass(frozen=True, slots=True)
class ReplaceMembers:
    """Make the members exactly these ids; only the difference is written."""

    ids: Sequence[str]


MemberChange = AddMembers | RemoveMembers | RemoveMembersWhere | ReplaceMembers


@dataclass(frozen=True, slots=True)
class Password:
    """A credential to store with a resource: an encoded argon2id hash, "" if it is kept elsewhere and only journaled.

    `clear` is there only where someone else's server must see it (the bridge's delivery `plain`); no store keeps it.
    `sealed`: what applications are still to be sent (provisioning/passwords.py), kept until they were; b"" = nothing.
    """

    hash: str
    clear: str = field(default="", repr=False)
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class New:
    """A resource to be made. `document` has no `id` yet: the store gives one, or takes `id`, behind `schemas`.

    `skip_unknown`: members that are nobody's id are left out instead of raising UnknownMembers.
    """

    type: str
    document: Document
    members: Sequence[str] = ()
    password: Password | None = None
    skip_unknown: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different. None and () mean: as it was.

    `before`: the record's document as whoever made this change has read it, so that the store need not read it again.
    A change that leaves the document equal, the members equal and sets no password is no change: the version and
    `modified` stay, and nothing is journaled.
    """

    document: Document | None = None
    members: Sequence[MemberChange] = ()
    password: Password | None = None
    skip_unknown: bool = False
    before: Document | None = None


class Taken(Exception):  # noqa: N818 (the field's word; it is a condition, mapped to Uniqueness by the service)
    """Another resource of the realm has this value of a unique attribute."""

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.attribute = attribute


class UnknownMembers(Exception):  # noqa: N818
    """These ids are no resource of the realm."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(", ".join(ids[:5]))
        self.ids = tuple(ids)


class SearchTimeout(Exception):  # noqa: N818
    """A filter that no index serves took longer than the store allows."""


@dataclass(slots=True)  # nobody changes one; frozen, it takes 1 us more to make
class Query:
    """A search. `filters` has one entry for each type to search; its value None means all of that type.

    Without `sort` the order is that of creation. `sort` may name an attribute per type; resources without a value
    come last in ascending order and first in descending (RFC 7644 section 3.4.2.3). Ties are in order of creation.
    `start` counts from 1. With `after` (a `Page.next` of an equal query) `start` does not count.
    """

    filters: Mapping[str, Bound | None]
    sort: Mapping[str, Target] = field(default_factory=dict)
    descending: bool = False
    start: int = 1
    count: int = 100
    after: str | None = None


class Page(NamedTuple):
    """A page of a search: `total` counts all matches; `next` goes on after the last record, None at the end."""

    records: Sequence[Record]
    total: int
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal: one write to one resource.

    `operation` is create, change or delete. `before` and `after` hold the attributes that differ, by name, whole
    documents on create and delete; `members_added`, `members_removed` hold ids; `password` says that one was set.
    """

    sequence: int
    time: str
    realm: str
    actor: Actor
    operation: str
    type: str
    id: str
    name: str
    before: Document = field(default_factory=dict)
    after: Document = field(default_factory=dict)
    members_added: Sequence[str] = ()
    members_removed: Sequence[str] = ()
    password: bool = False


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """Which entries: None means any. `type` and `name` go together, so do `since` and `until` (RFC 3339).

    Entries come in order of `sequence`, only those above `after`, at most `count`; `newest` takes the last ones.
    """

    type: str | None = None
    name: str | None = None
    id: str | None = None
    request_id: str | None = None
    since: str | None = None
    until: str | None = None
    after: int = 0
    count: int = 100
    newest: bool = False


class Writing(Protocol):
    """What changes the resources of one realm."""

    async def create(self, new: New, actor: Actor) -> Record:
        """Raises Taken, UnknownMembers."""

    async def update(self, type: str, id: str, change: Callable[[Record], Change], actor: Actor) -> Record | None:  # noqa: A002
        """Reads, applies `change`, writes, in one transaction; None if there is no such resource.

        `change` is pure and may be called again; what it raises passes through and nothing is written.
        Raises Taken, UnknownMembers.
        """

    async def delete(self, type: str, id: str, check: Callable[[Record], None], actor: Actor) -> bool:  # noqa: A002
        """Deletes, takes the resource out of its groups; False if there is none. `check` may raise to refuse."""


class Directory(Writing, Protocol):
    """The resources of one realm."""

    async def confirm(self, type: str, id: str) -> None:  # noqa: A002
        """Makes sure that what `get` returns is still true; nothing to do where nobody else writes."""

    def get(self, type: str, id: str) -> Record | None:  # noqa: A002
        """A point read, cheap enough for the event loop."""

    def lookup(self, type: str, id: str) -> Record | None:  # noqa: A002
        """As get, by the naming attribute, without regard to case."""

    def password(self, id: str) -> str | None:  # noqa: A002
        """The encoded hash stored with a resource."""

    async def members(self, id: str, limit: int | None = None) -> Sequence[Member]:  # noqa: A002
        """The direct members of a group in order of joining, at most `limit`; empty for an unknown id."""

    def outnumbers(self, id: str, number: int) -> bool:  # noqa: A002
        """Whether a group has more direct members than that, at the cost of a point read; False for an unknown id."""

    async def search(self, query: Query) -> Page:
        """Raises SearchTimeout; ValueError if `query.after` is not one of this store's."""

    async def journal(self, query: JournalQuery) -> Sequence[Entry]: ...

"""What makes an account somebody's here: they are linked and assigned, made first if need be; also by hand."""

from collections.abc import Sequence
from typing import Final

import orjson

from scimbridge.access.sources import Sources
from scimbridge.directory.documents import timestamp
from scimbridge.directory.naming import name_of
from scimbridge.directory.ports import (
    Actor,
    AddMembers,
    Change,
    Directory,
    Document,
    MemberChange,
    New,
    Record,
    RemoveMembers,
    Taken,
)
from scimbridge.provisioning.account_comparison import joiners, leavers
from scimbridge.provisioning.accounts import Account, Accounts
from scimbridge.provisioning.application import Application, Assignment, PushGroup
from scimbridge.provisioning.ports import Applications, Ledger, Link, Outcome, Work
from scimbridge.scim.errors import InvalidValue, NotFound, Uniqueness
from scimbridge.scim.resource import Reader
from scimbridge.scim.schema import ResourceTypes

# What is the target's own, or its link to whoever provisions it.
_THEIRS: Final = frozenset({"id", "meta", "groups", "password", "externalId", "members"})


class Confirmation:
    """Of one application's accounts; `realm` is the realm's name, `actor` who asks."""

    def __init__(
        self,
        application: Application,
        *,
        applications: Applications,
        accounts: Accounts,
        ledger: Ledger,
        directory: Directory,
        types: ResourceTypes,
        sources: Sources,
        realm: str,
        actor: str,
    ) -> None:
        self._application = application
        self._applications = applications
        self._accounts = accounts
        self._ledger = ledger
        self._directory = directory
        self._readers = {kind.name: Reader(kind) for kind in types.types}
        self._sources = sources
        self._realm = realm
        self._actor = actor

    async def confirm(self, accounts: Sequence[Account]) -> None:
        """Users: each is its `person`'s from now on. Raises NotFound, Uniqueness, and has written nothing then."""
        for account in accounts:
            self._check(account)
        now = timestamp(self._sources.clock())
        links = [_link(account, now) for account in accounts]
        await self._ledger.record([Outcome(Work("User", link.source, link.name), "done", link=link) for link in links])
        unassigned = [link.source for link in links if self._ledger.candidate(link.source).assignment is None]
        if unassigned:
            detail = {"imported": len(unassigned)}
            event = self._sources.event(self._actor, "application.assign", self._application.name, self._realm, detail)
            assignments = [Assignment("User", id_) for id_ in unassigned]
            await self._applications.assign(self._application.id, assignments, event)
        await self._accounts.keep([account._replace(state="confirmed") for account in accounts])

    async def make(self, account: Account) -> Account:
        """A person or group here from an account; a person is to be confirmed then.

        Raises Uniqueness if the name is taken here, InvalidValue if the resource is none that can be stored.
        """
        document = self._document(account)
        try:
            record = await self._directory.create(New(account.type, document), self._by)
        except Taken as taken:
            raise Uniqueness(
                f'Another {account.type.lower()} here has its {taken.attribute} "{account.name}".'
            ) from None
        made = account._replace(person=record.id, made=True, why="made by an import")
        if account.type == "Group":
            made = made._replace(state="confirmed")
            await self._accounts.keep([made])
        return made

    async def push(self, account: Account) -> None:
        """A group there becomes what a group here, its `person`, is pushed to. Raises NotFound."""
        if self._directory.get("Group", account.person) is None:
            raise NotFound(f'There is no group "{account.person}" here.')
        name = name_of(self._directory, "Group", account.person)
        push_group = PushGroup(name, account.person, link_to=account.name, rename=False)
        event = self._sources.event(
            self._actor, "application.push-group", self._application.name, self._realm, {"group": name}
        )
        await self._applications.put_push_group(self._application.id, push_group, event)
        await self._accounts.keep([account._replace(state="confirmed", made=False)])

    async def ignore(self, account: Account) -> None:
        """Raises InvalidValue for one that is somebody's."""
        if account.state == "confirmed":
            raise InvalidValue(f'The account "{account.name}" is confirmed; unassign its person to let it go.')
        await self._accounts.keep([account._replace(state="ignored", person="", why="ignored by hand")])

    async def refresh(self, account: Account, members: Sequence[str] | None) -> None:
        """A group that was made by an import gets the name and the members that it has there."""
        here = [member.id for member in await self._directory.members(account.person)]
        changes: tuple[MemberChange, ...] = ()
        if members is not None:
            joined = joiners(self._ledger, members, here, set())
            changes = (AddMembers(joined), RemoveMembers(leavers(self._ledger, members, here)))

        def change(record: Record) -> Change:
            document = orjson.loads(record.document) | {"displayName": account.name}
            return Change(document, changes, skip_unknown=True)

        try:
            await self._directory.update("Group", account.person, change, self._by)
        except Taken:
            raise Uniqueness(f'Another group here has the name "{account.name}".') from None
        await self._accounts.keep([account])

    async def forget(self, accounts: Sequence[Account]) -> None:
        """Accounts that are not there any more: whose they were is told that they are gone."""
        links = [self._ledger.linked(account.type, account.id) for account in accounts]
        gone = [link._replace(state="gone") for link in links if link is not None and link.state == "active"]
        await self._ledger.record(
            [Outcome(Work(link.type, link.source, link.name), "done", link=link) for link in gone]
        )
        await self._accounts.keep([], accounts)

    @property
    def _by(self) -> Actor:
        return Actor(self._actor)

    def _check(self, account: Account) -> None:
        if self._directory.get("User", account.person) is None:
            raise NotFound(f'There is no user "{account.person}" here.')
        name = name_of(self._directory, "User", account.person)
        own, held = self._ledger.link("User", account.person), self._ledger.linked("User", account.id)
        if own is not None and own.state != "gone" and own.target != account.id:
            raise Uniqueness(f'"{name}" has another account there already, "{own.name}".')
        if held is not None and held.source != account.person:
            holder = name_of(self._directory, "User", held.source)
            raise Uniqueness(f'The account "{account.name}" is that of "{holder}".')

    def _document(self, account: Account) -> Document:
        resource = orjson.loads(account.document)
        read = self._readers[account.type].read({key: resource[key] for key in resource if key not in _THEIRS})
        return read.document


def _link(account: Account, now: str) -> Link:
    """One that was never pushed to: the next push finds out what differs there."""
    return Link("User", account.person, account.id, account.name, "active", 0, 0, "", "", "", now)

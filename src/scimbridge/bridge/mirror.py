"""What is there and not yet known here: local records of the target's accounts and groups.

A record made so is `seen`: shown, found, and touched only once an identity provider writes to it.
"""

from scimbridge.bridge.accounts import Accounts
from scimbridge.bridge.kinds import Kind, snapshot
from scimbridge.bridge.locks import Locks, name_key
from scimbridge.bridge.mapping import Values
from scimbridge.bridge.members import Delta
from scimbridge.bridge.ports import Account, Link, TargetGroup
from scimbridge.bridge.sides import KEYCLOAK, Sides
from scimbridge.directory.ports import Document, New, Record, Taken
from scimbridge.scim.schema import ResourceTypes


class Mirror:
    """Makes and links records of one realm."""

    def __init__(self, sides: Sides, types: ResourceTypes, accounts: Accounts, locks: Locks) -> None:
        self._sides = sides
        self._types = types
        self._accounts = accounts
        self._locks = locks

    async def account(self, account: Account) -> Record | None:
        """The record of an account; None if its name is another resource's here, or about to be.

        Waits for a create of its name that is under way: what is there may be what that has just made.
        """
        async with self._locks.of(name_key("User", account.username)):
            return await self.account_of_held_name(account)

    async def account_of_held_name(self, account: Account) -> Record | None:
        """The same for a caller that holds a name's lock."""
        mapping = self._accounts.mapping
        return await self._record("User", account.id, mapping.document(account), mapping.actual(account))

    async def group(self, group: TargetGroup) -> Record | None:
        """The record of a group; None if its name is another's: names are unique here, and there among siblings."""
        document: Document = {"schemas": [self._types.by_name["Group"].schema.id], "displayName": group.name}
        async with self._locks.of(name_key("Group", group.name)):
            return await self._record("Group", group.id, document, {"displayName": group.name})

    async def link(self, record: Record, target: str, values: Values) -> Link:
        """Ties a record that was here first to what it is there."""
        link = Link(record.type, record.id, target, "managed", self._sides.now(), snapshot(values))
        await self._sides.ledger.put_link(link)
        return link

    async def connect(self, kind: Kind, record: Record, document: Document) -> Link:
        """The link of a record that has none: to what has its name there, else to what is made for it now."""
        target, desired = await kind.find(document), kind.desired(document)
        if target is None:
            target = await kind.make(document, desired, Delta(), None)
        return await self.link(record, target, desired)

    async def _record(self, type: str, target: str, document: Document, values: Values) -> Record | None:  # noqa: A002
        local, ledger = self._sides.local, self._sides.ledger
        if ledger.is_under_way(type, name=str(document[self._types.by_name[type].naming])):
            return None  # another process makes it just now, or the end of that is not known
        link = ledger.linked(type, target)
        if link is not None:
            found = local.get(type, link.id)
            if found is not None:
                return found
        record = local.get(type, target)
        if record is None:
            try:
                record = await self._sides.unsynced.create(New(type, document, id=target), KEYCLOAK)
            except Taken:
                # By the record of another resource, or by this one's, which a lookup and a pass over all make at once.
                record = local.get(type, target)
                if record is None or ledger.linked(type, target):
                    return record
        await ledger.put_link(Link(type, record.id, target, "seen", self._sides.now(), snapshot(values)))
        return record

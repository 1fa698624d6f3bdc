"""The realm's journal as a feed: what changed in the directory is queued, and none of it is missed."""

from collections.abc import Sequence
from typing import Final

from scimbridge.directory.ports import Directory, Entry, JournalQuery
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.ports import Ledger

_PAGE: Final = 500


class Feed:
    """Follows the journal by the application's cursor, which moves in the transaction that queues."""

    def __init__(self, directory: Directory, ledger: Ledger, environment: Environment, *, passwords: bool) -> None:
        """`passwords`: whether those that are set are to follow."""
        self._directory = directory
        self._ledger = ledger
        self._environment = environment
        self._passwords = passwords

    async def follow(self) -> int:
        """How many pieces of work what is new has come to."""
        queued = 0
        while entries := await self._directory.journal(JournalQuery(after=self._ledger.standing().cursor, count=_PAGE)):
            queued += await self._take(entries)
        return queued

    async def reach(self) -> int:
        """The place in the journal up to which a plan that is made now knows everything.

        Whoever has queued that plan moves the cursor there: to look at each change by itself would be done twice.
        Passwords are in no plan: they are followed.
        """
        if self._passwords:
            await self.follow()
        newest = await self._directory.journal(JournalQuery(count=1, newest=True))
        return newest[-1].sequence if newest else 0

    async def _take(self, entries: Sequence[Entry]) -> int:
        users: dict[str, None] = {}
        groups: dict[str, None] = {}
        passwords: dict[str, None] = {}
        for entry in entries:
            if entry.type == "Group":
                groups[entry.id] = None
                # Members that came or went may be assigned by it, or not any more.
                users.update(dict.fromkeys((*entry.members_added, *entry.members_removed)))
            else:
                users[entry.id] = None
                if entry.password and self._passwords:
                    passwords[entry.id] = None
        return await self._ledger.touch(
            list(users),
            list(groups),
            now=self._environment.now(),
            cursor=entries[-1].sequence,
            passwords=list(passwords),
        )

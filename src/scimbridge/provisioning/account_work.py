"""An import from an application's target being carried out: users first, since groups consist of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from scimbridge.provisioning.account_plan import AccountItem, AccountPlan
from scimbridge.provisioning.accounts import Account, Accounts
from scimbridge.provisioning.confirmation import Confirmation
from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.provisioning.sources.ports import Problem
from scimbridge.scim.errors import ScimError

# Links and assignments that are written at once.
_BATCH: Final = 200


class AccountWork:
    """One plan's; `done` counts by action and type. `progress` is told how much of how much is done."""

    def __init__(
        self,
        confirmation: Confirmation,
        accounts: Accounts,
        plan: AccountPlan,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._confirmation = confirmation
        self._accounts = accounts
        self._plan = plan
        self._progress = progress
        self._finished = 0
        self.done: Counter[str] = Counter()
        self.problems: list[Problem] = []

    async def do(self) -> None:
        await self._accounts.keep([*self._plan.current, *(item.account for item in self._plan.items)])
        for batch in self._batches("User", "confirm"):
            await self._confirm([(item, item.account._replace(person=item.person)) for item in batch])
        for batch in self._batches("User", "create"):
            await self._confirm([(item, account) for item in batch if (account := await self._make(item))])
        for batch in self._batches("Group", "create"):
            for item in batch:
                if account := await self._make(item):
                    await self._refresh(item, account)
        for batch in self._batches("Group", "members"):
            for item in batch:
                await self._refresh(item, item.account)
        await self._confirmation.forget([item.account for item in self._plan.items if item.action == "remove"])
        for item in self._plan.items:
            if item.action in ("remove", "suggest", "hold"):
                self._count(item)

    async def _confirm(self, batch: Sequence[tuple[AccountItem, Account]]) -> None:
        """All at once, and one by one where one of them cannot be."""
        try:
            await self._confirmation.confirm([account for _, account in batch])
        except ScimError as error:
            if len(batch) == 1:
                self._refuse(batch[0][0], error)
                return
            for pair in batch:
                await self._confirm([pair])
            return
        for item, _ in batch:
            self._count(item)

    async def _make(self, item: AccountItem) -> Account | None:
        try:
            return await self._confirmation.make(item.account)
        except (ScimError, ProvisioningError) as error:
            self._refuse(item, error)
            return None

    async def _refresh(self, item: AccountItem, account: Account) -> None:
        try:
            await self._confirmation.refresh(account, item.members)
        except (ScimError, ProvisioningError) as error:
            self._refuse(item, error)
        else:
            self._count(item)

    def _batches(self, kind: str, action: str) -> Iterator[Sequence[AccountItem]]:
        items = [item for item in self._plan.items if (item.account.type, item.action) == (kind, action)]
        return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))

    def _count(self, item: AccountItem) -> None:
        self.done[f"{item.action} {item.account.type.lower()}"] += 1
        self._advance()

    def _refuse(self, item: AccountItem, error: Exception) -> None:
        account = item.account
        self.problems.append(Problem(f'{account.type.lower()} "{account.name}"', str(error), account.id))
        self._advance()

    def _advance(self) -> None:
        self._finished += 1
        if self._progress is not None:
            self._progress(self._finished, len(self._plan.items))

"""Imports from an application's target: which accounts there are whose here, a plan first, then what follows from it.

    Target.list -> AccountComparison -> AccountPlan -> safeguard -> Confirmation: made, linked, assigned, kept

As Okta: inactive users are neither imported nor counted; who is confirmed is assigned, and pushed to from then on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from scimbridge.directory.documents import timestamp
from scimbridge.directory.ports import Directory, Query
from scimbridge.provisioning.account_comparison import AccountComparison
from scimbridge.provisioning.account_plan import AccountItem, AccountPlan, objections
from scimbridge.provisioning.account_work import AccountWork
from scimbridge.provisioning.accounts import Account, Accounts
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.confirmation import Confirmation
from scimbridge.provisioning.errors import TargetGone, TargetRefused
from scimbridge.provisioning.matching import Matcher, People, needs_people
from scimbridge.provisioning.ports import Ledger
from scimbridge.provisioning.sources.ports import Problem
from scimbridge.provisioning.target import Target
from scimbridge.scim.errors import InvalidValue

_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class AccountsImported:
    """What an import came to: `done` by action and type, and what could not be made a person or group here."""

    plan: AccountPlan
    done: Mapping[str, int]
    problems: Sequence[Problem]


class AccountImport:
    """Imports of one application."""

    def __init__(
        self,
        application: Application,
        target: Target,
        *,
        accounts: Accounts,
        ledger: Ledger,
        directory: Directory,
        confirmation: Confirmation,
        clock: Callable[[], datetime],
    ) -> None:
        self._application = application
        self._target = target
        self._accounts = accounts
        self._ledger = ledger
        self._directory = directory
        self._confirmation = confirmation
        self._clock = clock

    async def plan(self) -> AccountPlan:
        """What an import would do; nothing is written. Raises ProvisioningError, InvalidValue if it is switched off."""
        application, actions = self._application, self._application.actions
        if not (actions.import_users or actions.import_groups):
            raise InvalidValue(
                f'Application "{application.name}" imports nothing: switch on its setting "actions.importUsers" or'
                ' "actions.importGroups".'
            )
        known: dict[tuple[str, str], Account] = {
            (account.type, account.id): account for account in self._accounts.all()
        }
        now = timestamp(self._clock())
        comparison = AccountComparison(
            application.imports, known, ledger=self._ledger, directory=self._directory, seen=now
        )
        notes: list[str] = []
        if actions.import_users:
            matcher = Matcher(application.imports, self._named, await self._people(), self._clock)
            async for resource in self._target.list("User"):
                comparison.take_user(resource, matcher)
        if actions.import_groups:
            for resource in [resource async for resource in self._target.list("Group")]:
                members = await self._members(resource["id"], notes) if comparison.is_new(resource) else None
                await comparison.take_group(resource, members)
        read = {"User": actions.import_users, "Group": actions.import_groups}
        gone = [account for place, account in known.items() if read[account.type] and place not in comparison.present]
        refused = objections(
            application.safeguards.import_removals,
            gone=sum(account.type == "User" for account in gone),
            known=sum(account.type == "User" for account in known.values()),
        )
        items = [*(AccountItem("remove", account) for account in gone), *comparison.items]
        return AccountPlan(application.name, items, comparison.scanned, comparison.current, notes, refused)

    async def run(
        self, *, allow: frozenset[str] = frozenset(), progress: Callable[[int, int], None] | None = None
    ) -> AccountsImported:
        """Plans, and does it. `progress` is told how much of how much is done. Raises as `plan`, and PlanRefused."""
        plan = await self.plan()
        plan.allow(allow)
        work = AccountWork(self._confirmation, self._accounts, plan, progress)
        await work.do()
        now = timestamp(self._clock())
        await self._ledger.stand(lambda standing: standing._replace(imported=now, import_failure=""))
        return AccountsImported(plan, work.done, work.problems)

    def _named(self, user_name: str) -> str | None:
        record = self._directory.lookup("User", user_name)
        return record.id if record is not None else None

    async def _people(self) -> People:
        people = People()
        after: str | None = None
        while needs_people(self._application.imports):
            page = await self._directory.search(Query({"User": None}, count=_PAGE, after=after))
            for record in page.records:
                people.add(record.id, orjson.loads(record.document))
            if (after := page.next) is None:
                break
        return people

    async def _members(self, id_: str, notes: list[str]) -> Sequence[str] | None:
        try:
            return await self._target.members(id_)
        except TargetGone:  # since it was listed
            return None
        except TargetRefused as error:
            if error.reason not in notes:
                notes.append(error.reason)
            return None

"""Who is not to be touched: administrators and service accounts, as Keycloak's native SCIM server has it.

An administrator holds a role of `realm-management`, directly, by a composite role or by a group. Asking for each user
would double every write, so the holders of all such roles are listed once a minute. Without `view-clients` each user is
asked about, by the first comparison of everything, and again when a quarter of an hour is over.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from scimbridge.adapters.keycloak.administrators import administrators
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.hidden_roles import HiddenRoles
from scimbridge.adapters.keycloak.holders import Holders
from scimbridge.adapters.keycloak.representations import as_list
from scimbridge.provisioning.errors import TargetRefused

logger = logging.getLogger(__name__)

_SECONDS: Final = 60.0
# How long somebody who was asked about is good for no administrator: 2 to 3 ms of Keycloak's CPU each time.
_CLEARED_SECONDS: Final = 900.0
_MOST_CLEARED: Final = 100_000
# So many are asked about at a time: the other connections are for requests.
_AT_ONCE: Final = 4
SERVICE_ACCOUNT: Final = "service-account-"


class Protection:
    """`clock` in seconds, monotonic."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._hidden = HiddenRoles(client)
        self._holders = Holders()
        self._until = float("-inf")
        self._reading = asyncio.Lock()
        self._warned = False
        self._cleared: dict[str, float] = {}

    async def holders(self) -> Holders:
        """As of a minute ago at most."""
        if self._clock() < self._until:
            return self._holders
        async with self._reading:
            if self._clock() >= self._until:
                asked = self._clock()
                self._holders = await self._read()
                self._until = asked + _SECONDS
        return self._holders

    async def is_protected(self, account: str) -> bool:
        holders = await self.holders()
        if account in holders.accounts:
            return True
        if not holders.hidden or self._clock() < self._cleared.get(account, 0.0):
            return False
        if await self._hidden.holds(account, holders.hidden):
            return True
        self.clear(account)
        return False

    async def protected_among(self, accounts: Sequence[str]) -> set[str]:
        holders = await self.holders()
        if not holders.hidden:
            return set(holders.accounts.intersection(accounts))
        found: set[str] = set()
        for start in range(0, len(accounts), _AT_ONCE):
            some = accounts[start : start + _AT_ONCE]
            verdicts = await asyncio.gather(*map(self.is_protected, some))
            found |= {account for account, protected in zip(some, verdicts, strict=True) if protected}
        return found

    def clear(self, account: str) -> None:
        """It holds no hidden role, as one that has just been made: it is not asked about for a while."""
        if len(self._cleared) >= _MOST_CLEARED:
            self._cleared.clear()
        self._cleared[account] = self._clock() + _CLEARED_SECONDS

    def note(self, account: str, given: Collection[str] | None) -> None:
        """Roles or groups with these ids were given to somebody or taken; None: it is not told which.

        `account`: to which user, "" if it was something else.
        """
        self._cleared.pop(account, None)
        if given is None or not (self._holders.roles | self._holders.groups).isdisjoint(given):
            self._until = float("-inf")

    async def is_service_account(self, user: Any) -> bool:
        """The representation does not say it, but searches leave service accounts out."""
        name = user.get("username", "")
        if not name.startswith(SERVICE_ACCOUNT):
            return False
        found = as_list(await self._client.get("/users", {"search": name, "exact": "true"}))
        return all(other.get("id") != user.get("id") for other in found)

    async def check_account(self, id: str) -> None:  # noqa: A002
        if await self.is_protected(id):
            raise TargetRefused("an administrator there is not touched.", forbidden=True)

    async def check_group(self, id: str) -> None:  # noqa: A002
        if id in (await self.holders()).groups:
            raise TargetRefused("a group that makes its members administrators there is not touched.", forbidden=True)

    async def check_role(self, id: str) -> None:  # noqa: A002
        if id in (await self.holders()).roles:
            raise TargetRefused("a role that makes its holders administrators there is not touched.", forbidden=True)

    async def _read(self) -> Holders:
        try:
            return await administrators(self._client)
        except TargetRefused as refused:
            if not refused.forbidden:
                raise
        if not self._warned:
            logger.warning(
                "Who is an administrator of %s is asked for each user, and whoever holds a composite role is taken "
                "for one: the service account lacks the role view-clients of realm-management",
                self._client.address.public,
            )
            self._warned = True
        return await self._hidden.read()

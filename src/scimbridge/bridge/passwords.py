"""What becomes of a password on its way to Keycloak."""

from collections.abc import Awaitable, Callable

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.refusals import refusals
from scimbridge.directory.passwords import Hasher
from scimbridge.directory.ports import Password

# Keycloak's own parameters of argon2id, so that it does not hash again at the first login: 14.7 ms of a core here,
# 38 ms there (26.5.6 and 26.7.4).
MEMORY_KIB, PASSES = 7168, 5


class ForwardedPasswords:
    """Fulfils directory.passwords.Keeper: nothing is kept here but the journal's note that one was set.

    `hashed` sends a hash, which no password policy there sees; `plain` lets Keycloak check and hash it; `auto` is
    `plain` where the realm there has a policy. `hasher` makes hashes of Keycloak's parameters.
    """

    def __init__(self, setting: Keycloak, hasher: Hasher, has_policy: Callable[[], Awaitable[bool]]) -> None:
        self._setting = setting
        self._hasher = hasher
        self._has_policy = has_policy

    async def keep(self, password: str) -> Password:
        """Raises Unavailable if it has to be asked whether there is a policy, and cannot."""
        with refusals:
            plain = await self._is_plain()
        if plain:
            return Password("", clear=password)
        return Password(await self._hasher.hash(password))

    async def _is_plain(self) -> bool:
        # A change in the queue holds no readable password.
        if self._setting.delivery == "queued":
            return False
        if self._setting.credential == "auto":
            return await self._has_policy()
        return self._setting.credential == "plain"

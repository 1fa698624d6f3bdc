"""Users as accounts of the target."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from scimbridge.bridge import paths
from scimbridge.bridge.mapping import AccountMapping, Values
from scimbridge.bridge.members import Delta
from scimbridge.bridge.ports import Account, Credential, Intent, Link
from scimbridge.bridge.sides import Sides
from scimbridge.directory.ports import Document, Password, Record
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.scim.schema import ResourceType

# How far the clocks may be apart: an account made longer before our intent than this is somebody else's.
_CLOCK_SKEW_MS = 60_000


class Accounts:
    """Fulfils bridge.kinds.Kind for users."""

    def __init__(self, sides: Sides, kind: ResourceType) -> None:
        """Raises ValueError if the realm's settings name attributes that its users have not."""
        self._sides = sides
        self._target = sides.target
        self.mapping = AccountMapping(kind, sides.setting.attributes)
        self._identity = paths.compile_path(sides.setting.identity, kind) if sides.setting.identity_provider else None

    def desired(self, document: Mapping[str, Any]) -> Values:
        return self.mapping.desired(document)

    def accept(self, document: Document, values: Values, paths: Iterable[str]) -> Document:
        return self.mapping.accept(document, values, paths)

    async def actual(self, target: str) -> Values | None:
        account = await self._target.get_account(target)
        return None if account is None else self.mapping.actual(account)

    async def make(
        self,
        document: Document,
        desired: Values,
        delta: Delta,  # noqa: ARG002
        password: Password | None,
    ) -> str:
        id_ = await self._target.create_account(self.mapping.profile(desired), self._credential(password))
        try:
            await self._link_identity(id_, document)
        except TargetRefused:
            await self._target.delete_account(id_)
            raise
        return id_

    async def push(
        self,
        link: Link,
        before: Values,
        changed: Values,
        delta: Delta,  # noqa: ARG002
        password: Password | None,
    ) -> None:
        """A password comes last, in the one call that there usually is: of all this it alone cannot be taken back."""
        if changed.get("active") is not False:
            if changed or password:
                await self._write(link.target, changed, password)
            return
        await self._write(link.target, changed, None)
        try:
            await self._target.end_access(link.target)
            if password:
                await self._write(link.target, {}, password)
        except TargetRefused:
            await self._write(link.target, {path: before[path] for path in changed if path in before}, None)
            raise

    async def restore(self, link: Link, record: Record, delta: Delta) -> None:  # noqa: ARG002
        desired = self.desired(orjson.loads(record.document))
        await self._target.update_account(link.target, self.mapping.profile(desired))
        if desired["active"] is False:
            await self._target.end_access(link.target)

    async def remove(self, target: str) -> None:
        await self._target.delete_account(target)

    async def holds(self, link: Link, changed: Values, delta: Delta) -> bool:  # noqa: ARG002
        actual = await self.actual(link.target)
        if actual is None or any(actual[path] != value for path, value in changed.items()):
            return False
        if changed.get("active") is False:
            await self._target.end_access(link.target)
        return True

    async def find_made(self, intent: Intent) -> str | None:
        account = await self._target.find_account("username", intent.name)
        if account is None or account.protected:
            return None
        begun = datetime.fromisoformat(intent.time).timestamp() * 1000
        ours = account.created > begun - _CLOCK_SKEW_MS and self._is_as_wanted(account, orjson.loads(intent.document))
        return account.id if ours else None

    async def find(self, document: Mapping[str, Any]) -> str | None:
        account = await self._target.find_account("username", document["userName"])
        return None if account is None or account.protected else account.id

    async def find_adoptable(self, document: Mapping[str, Any]) -> Account | None:
        """The account that the realm's rules let a new user take over: who holds its name, or its verified address."""
        rules, desired = self._sides.setting.adopt, self.desired(document)
        found = None
        if "userName" in rules:
            found = await self._target.find_account("username", str(desired["userName"]))
        if found is None and "email" in rules and desired["emails"]:
            found = await self._target.find_account("email", str(desired["emails"]))
            found = found if found and found.email_verified else None
        return None if found is None or found.protected else found

    def _is_as_wanted(self, account: Account, document: Document) -> bool:
        """Of what every Keycloak keeps: attributes may have been dropped by the realm's user profile."""
        actual, desired = self.mapping.actual(account), self.desired(document)
        return all(actual[path] == desired[path] for path in self.mapping.kept)

    async def _write(self, target: str, values: Values, password: Password | None) -> None:
        await self._target.update_account(target, self.mapping.profile(values), self._credential(password))

    def _credential(self, password: Password | None) -> Credential | None:
        if password is None:
            return None
        return Credential(password.hash, password.clear, temporary=self._sides.setting.temporary_password)

    async def _link_identity(self, id: str, document: Document) -> None:  # noqa: A002
        if self._identity is None:
            return
        for identity in paths.read(document, self._identity)[:1]:
            provider = self._sides.setting.identity_provider
            await self._target.link_identity(id, provider, identity, document["userName"])

"""The drift report: what the identity provider wants, what was noted last, and what is there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from scimbridge.bridge.accounts import Accounts
from scimbridge.bridge.freshness import Freshness
from scimbridge.bridge.groups import Groups
from scimbridge.bridge.kinds import Kind, recorded
from scimbridge.bridge.mapping import Values
from scimbridge.bridge.ports import Link
from scimbridge.bridge.sides import Sides


class Drift(NamedTuple):
    """One attribute of a resource that differs; `rule` is what the next comparison will do about it.

    Values are texts, booleans and lists of texts; None where there is none. A resource that is gone there has the
    attribute `id`, one that is there and not here is none of ours and not listed.
    """

    type: str
    id: str
    name: str
    attribute: str
    desired: Any
    recorded: Any
    actual: Any
    rule: str


@dataclass(frozen=True, slots=True)
class Report:
    """Compares one realm and changes nothing. Raises ProvisioningError."""

    sides: Sides
    accounts: Accounts
    groups: Groups
    freshness: Freshness

    async def differences(self) -> AsyncIterator[Drift]:
        seen: set[str] = set()
        async for account in self.sides.target.accounts():
            actual = self.accounts.mapping.actual(account)
            for drift in self._compare(self.accounts, "User", account.id, actual, seen):
                yield drift
        async for group in self.sides.target.groups():
            for drift in self._compare(self.groups, "Group", group.id, {"displayName": group.name}, seen):
                yield drift
            async for drift in self._members(group.id):
                yield drift
        for link in await self.sides.ledger.stale_links("9", 1_000_000):
            if link.id not in seen:
                yield Drift(link.type, link.id, self._name(link), "id", link.target, link.target, None, "delete")
        for link in await self.sides.ledger.displaced_links():
            rule = "heal" if link.state == "managed" else "delete"
            yield Drift(link.type, link.id, self._name(link), "id", link.target, link.target, None, rule)

    def _compare(self, kind: Kind, type: str, target: str, actual: Values, seen: set[str]) -> list[Drift]:  # noqa: A002
        link = self.sides.ledger.linked(type, target)
        record = self.sides.local.get(type, link.id) if link else None
        if link is None or record is None:
            return []
        seen.add(link.id)
        desired, known, name = kind.desired(orjson.loads(record.document)), recorded(link), self._name(link)
        return [
            Drift(type, link.id, name, path, value, known.get(path), actual[path], self.freshness.rule(path, link))
            for path, value in desired.items()
            if actual[path] != value and "protected" not in actual
        ]

    async def _members(self, target: str) -> AsyncIterator[Drift]:
        link = self.sides.ledger.linked("Group", target)
        if link is None:
            return
        there = {user.id for id_ in await self.sides.target.group_members(target) if (user := self._user(id_))}
        here = {member.id for member in await self.sides.local.members(link.id) if member.type == "User"}
        if there != here:
            rule = self.freshness.rule("members", link)
            yield Drift(
                "Group", link.id, self._name(link), "members", sorted(here - there), None, sorted(there - here), rule
            )

    def _user(self, target: str) -> Link | None:
        return self.sides.ledger.linked("User", target)

    def _name(self, link: Link) -> str:
        record = self.sides.local.get(link.type, link.id)
        document = orjson.loads(record.document) if record else {}
        return str(document.get("userName") or document.get("displayName", ""))

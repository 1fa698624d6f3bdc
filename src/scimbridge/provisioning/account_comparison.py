"""What the accounts of a target are here, one by one: nothing is written."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import orjson

from scimbridge.directory.naming import name_of
from scimbridge.directory.ports import Directory
from scimbridge.provisioning.account_plan import AccountItem
from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.application import ImportRules
from scimbridge.provisioning.matching import Match, Matcher
from scimbridge.provisioning.ports import Ledger

_CONFIRMED_BY: Final[Mapping[str, Sequence[str]]] = {"none": (), "exact": ("exact",), "partial": ("exact", "partial")}


class AccountComparison:
    """One import's. `known`: the accounts of the one before, by type and id."""

    def __init__(
        self,
        rules: ImportRules,
        known: Mapping[tuple[str, str], Account],
        *,
        ledger: Ledger,
        directory: Directory,
        seen: str,
    ) -> None:
        self._rules = rules
        self._known = known
        self._ledger = ledger
        self._directory = directory
        self._seen = seen
        self._persons: dict[str, str] = {}  # account by the person whose it becomes
        self._coming: set[str] = set()
        self.present: set[tuple[str, str]] = set()
        self.scanned: dict[str, int] = {}
        self.current: list[Account] = []
        self.items: list[AccountItem] = []

    def take_user(self, resource: Mapping[str, Any], matcher: Matcher) -> None:
        """Inactive ones are not imported; one that is known stays so."""
        account = self._found("User", resource)
        if str(resource.get("active", True)).lower() == "false":
            if ("User", account.id) in self._known:
                self.current.append(account)
            return
        self.scanned["User"] = self.scanned.get("User", 0) + 1
        link = self._ledger.linked("User", account.id)
        if link is not None and link.state != "gone":
            why = account.why if account.state == "confirmed" else "pushed from here"
            self.current.append(account._replace(state="confirmed", person=link.source, why=why))
        elif account.state == "ignored":
            self.current.append(account)
        else:
            self._match(account, self._free(matcher.match(resource)))

    async def take_group(self, resource: Mapping[str, Any], members: Sequence[str] | None) -> None:
        """`members`: ids there, None = not told."""
        account = self._found("Group", resource)
        self.scanned["Group"] = self.scanned.get("Group", 0) + 1
        link = self._ledger.linked("Group", account.id)
        if link is not None and link.state != "gone":
            self.current.append(account._replace(state="confirmed", person=link.source, why="pushed from here"))
        elif account.made and self._directory.get("Group", account.person) is not None:
            await self._refresh(account, members)
        elif account.state in ("ignored", "confirmed"):
            self.current.append(account)
        else:
            here = self._directory.lookup("Group", account.name)
            match = Match("", "none", "no group here has the same name")
            if here is not None:
                match = Match(here.id, "partial", "the same name")
            self._match(account, match, members)

    def is_new(self, resource: Mapping[str, Any]) -> bool:
        """Whether a group's members are needed to say what becomes of it."""
        known = self._known.get(("Group", resource["id"]))
        return known is None or known.made or known.state == "unmatched"

    def _found(self, kind: Literal["User", "Group"], resource: Mapping[str, Any]) -> Account:
        self.present.add((kind, resource["id"]))
        name = resource.get("userName" if kind == "User" else "displayName") or resource["id"]
        known = self._known.get((kind, resource["id"])) or Account(kind, resource["id"], "")
        return known._replace(name=str(name), document=orjson.dumps(resource).decode(), seen=self._seen)

    def _free(self, match: Match) -> Match:
        """A match with somebody who is nobody else's."""
        if not match.person:
            return match
        name = name_of(self._directory, "User", match.person)
        link = self._ledger.link("User", match.person)
        if link is not None and link.state != "gone":
            return Match("", "none", f"{match.why} as {name}, who has another account there")
        if match.person in self._persons:
            return Match("", "none", f"{match.why} as {name}, as another account has")
        return match

    def _match(self, account: Account, match: Match, members: Sequence[str] | None = None) -> None:
        before = account
        account = account._replace(state="unmatched", person="", why=match.why)
        if match.person:
            self._persons[match.person] = account.id
            name = name_of(self._directory, account.type, match.person)
            if account.type == "User" and match.how in _CONFIRMED_BY[self._rules.confirm]:
                self._coming.add(account.id)
                self.items.append(AccountItem("confirm", account, match.person, name))
                return
            account = account._replace(state="suggested", person=match.person)
            item = AccountItem("suggest", account, match.person, name)
        elif self._rules.create == "confirm":
            self._coming.add(account.id)
            self.items.append(AccountItem("create", account, members=members))
            return
        else:
            item = AccountItem("hold", account)
        is_known = (before.state, before.person, before.why) == (account.state, account.person, account.why)
        if is_known and (account.type, account.id) in self._known:
            self.current.append(account)
        else:
            self.items.append(item)

    async def _refresh(self, account: Account, members: Sequence[str] | None) -> None:
        """A group that an import made is kept as it is there."""
        name = name_of(self._directory, "Group", account.person)
        differs = name != account.name
        if members is not None:
            here = [member.id for member in await self._directory.members(account.person)]
            differs = differs or bool(joiners(self._ledger, members, here, self._coming))
            differs = differs or bool(leavers(self._ledger, members, here))
        if differs:
            self.items.append(AccountItem("members", account, account.person, name, members))
        else:
            self.current.append(account)


def joiners(ledger: Ledger, members: Sequence[str], here: Sequence[str], coming: set[str]) -> Sequence[str]:
    """Whom a group there has and the one here has not, by their ids here, or there for those who are still to come."""
    present = frozenset(here)
    found = []
    for member in members:
        link = ledger.linked("User", member)
        if link is None and member in coming:
            found.append(member)
        elif link is not None and link.source not in present:
            found.append(link.source)
    return found


def leavers(ledger: Ledger, members: Sequence[str], here: Sequence[str]) -> Sequence[str]:
    """Who has an account there and is not in the group there any more; who has none there stays in."""
    present = frozenset(members)
    links = ((person, ledger.link("User", person)) for person in here)
    return [person for person, link in links if link is not None and link.target not in present]

"""A Keycloak realm in memory: what the Admin API makes of the calls of a Target, as seen with 26.7.4 and 26.5.6."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from scimbridge.bridge.ports import Account, Changed, Changes, Credential, LookupKey, Profile, TargetGroup
from scimbridge.provisioning.errors import ProvisioningError, TargetRefused

CONFLICTS = {
    "username": ("userName", "User exists with same username"),
    "email": ("emails", "User exists with same email"),
}


@dataclass
class FakeKeycloak:
    """Fulfils bridge.ports.Target.

    `calls` lists what was asked, `credentials` what was set, `ended` whose access was ended. `fail` is called with
    the name of each call before it has an effect, `fail_after` once it has had it; what they raise is raised.
    `declared`: the user attributes that the realm's profile has, None for any. `events`: what others did,
    with its time in ms; None is a realm that does not tell.
    """

    clock: Callable[[], datetime]
    accounts_by_id: dict[str, Account] = field(default_factory=dict)
    groups_by_id: dict[str, TargetGroup] = field(default_factory=dict)
    joined: set[tuple[str, str]] = field(default_factory=set)
    identities: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fail: Callable[[str], None] = lambda _: None
    fail_after: Callable[[str], None] = lambda _: None
    pause: Callable[[str], Awaitable[None]] | None = None
    declared: frozenset[str] | None = None
    minimum: int = 0
    closed: bool = False
    events: list[tuple[int, Changed]] | None = None

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def add_account(self, username: str, **fields: object) -> Account:
        """An account that was made by somebody else."""
        account = Account(self._new_id("user"), username, True)._replace(**fields)  # type: ignore[arg-type]
        self.accounts_by_id[account.id] = account
        return account

    def add_group(self, name: str, *members: str, parent: str = "") -> TargetGroup:
        group = TargetGroup(self._new_id("group"), name, parent)
        self.groups_by_id[group.id] = group
        self.joined |= {(member, group.id) for member in members}
        return group

    def named(self, username: str) -> Account:
        return next(account for account in self.accounts_by_id.values() if account.username == username)

    def group_named(self, name: str) -> TargetGroup:
        return next(group for group in self.groups_by_id.values() if group.name == name)

    async def get_account(self, id: str) -> Account | None:  # noqa: A002
        await self._call("get_account")
        return self.accounts_by_id.get(id)

    async def find_account(self, by: LookupKey, value: str) -> Account | None:
        await self._call("find_account")
        found = [
            account
            for account in self.accounts_by_id.values()
            if (value if by == "externalId" else value.lower()) in _keys(account, by)
        ]
        return found[0] if len(found) == 1 else None

    async def accounts(self) -> AsyncIterator[Account]:
        await self._call("accounts")
        for account in list(self.accounts_by_id.values()):
            yield account

    async def create_account(self, profile: Profile, password: Credential | None) -> str:
        await self._call("create_account")
        made = Account(self._new_id("user"), "", True, created=int(self.clock().timestamp() * 1000))
        made = self._changed(made, profile)
        self._require_free(made)
        self._set(made.id, password)
        self.accounts_by_id[made.id] = made
        self.fail_after("create_account")
        return made.id

    async def update_account(self, id: str, profile: Profile, password: Credential | None = None) -> None:  # noqa: A002
        await self._call("update_account")
        present = self.accounts_by_id.get(id)
        if present is None:
            raise TargetRefused("User not found")
        changed = self._changed(present, profile)
        self._require_free(changed)
        self._set(id, password)
        self.accounts_by_id[id] = changed
        self.fail_after("update_account")

    async def delete_account(self, id: str) -> None:  # noqa: A002
        await self._call("delete_account")
        self.accounts_by_id.pop(id, None)
        self.joined = {(account, group) for account, group in self.joined if account != id}
        self.fail_after("delete_account")

    async def end_access(self, id: str) -> None:  # noqa: A002
        await self._call("end_access")
        self.ended.append(id)

    async def link_identity(self, id: str, provider: str, identity: str, name: str) -> None:  # noqa: A002
        await self._call("link_identity")
        self.identities[id] = (provider, identity, name)

    async def get_group(self, id: str) -> TargetGroup | None:  # noqa: A002
        await self._call("get_group")
        return self.groups_by_id.get(id)

    async def find_group(self, name: str) -> TargetGroup | None:
        await self._call("find_group")
        found = [group for group in self.groups_by_id.values() if _same(group.name, name)]
        return found[0] if len(found) == 1 else None

    async def groups(self) -> AsyncIterator[TargetGroup]:
        await self._call("groups")
        for group in sorted(self.groups_by_id.values(), key=lambda group: bool(group.parent)):
            yield group

    async def create_group(self, name: str) -> str:
        await self._call("create_group")
        self._require_sibling_free(TargetGroup("", name))
        made = TargetGroup(self._new_id("group"), name)
        self.groups_by_id[made.id] = made
        self.fail_after("create_group")
        return made.id

    async def rename_group(self, id: str, name: str) -> None:  # noqa: A002
        await self._call("rename_group")
        changed = self._group(id)._replace(name=name)
        self._require_sibling_free(changed)
        self.groups_by_id[id] = changed
        self.fail_after("rename_group")

    async def move_group(self, id: str, parent: str) -> None:  # noqa: A002
        await self._call("move_group")
        changed = self._group(id)._replace(parent=parent)
        self._require_sibling_free(changed)
        self.groups_by_id[id] = changed

    async def delete_group(self, id: str) -> None:  # noqa: A002
        await self._call("delete_group")
        self.groups_by_id.pop(id, None)
        self.joined = {(account, group) for account, group in self.joined if group != id}
        for child in [group for group in self.groups_by_id.values() if group.parent == id]:
            self.groups_by_id[child.id] = child._replace(parent="")
        self.fail_after("delete_group")

    async def group_members(self, id: str) -> frozenset[str]:  # noqa: A002
        await self._call("group_members")
        return frozenset(account for account, group in self.joined if group == id)

    async def join(self, account: str, group: str) -> None:
        await self._call("join")
        if account not in self.accounts_by_id:
            raise TargetRefused("User not found", attribute="members")
        self._group(group)
        self.joined.add((account, group))
        self.fail_after("join")

    async def leave(self, account: str, group: str) -> None:
        await self._call("leave")
        self.joined.discard((account, group))
        self.fail_after("leave")

    async def changes(self, since: int | None) -> Changes | None:
        await self._call("changes")
        if self.events is None:
            return None
        until = max([time for time, _ in self.events], default=0)
        return Changes([] if since is None else [event for time, event in self.events if time >= since], until)

    async def close(self) -> None:
        self.closed = True

    async def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.pause is not None:
            await self.pause(name)
        self.fail(name)

    def _new_id(self, kind: str) -> str:
        return f"kc-{kind}-{next(self._numbers)}"

    def _changed(self, account: Account, profile: Profile) -> Account:
        fields = {
            name: value for name, value in profile._asdict().items() if value is not None and name != "attributes"
        }
        attributes = {**account.attributes, **profile.attributes}
        kept = {name: list(texts) for name, texts in attributes.items() if texts and self._keeps(name)}
        changed = account._replace(**fields, attributes=kept)
        return changed._replace(username=changed.username.lower(), email=changed.email.lower())

    def _keeps(self, name: str) -> bool:
        return self.declared is None or name in self.declared

    def _set(self, id: str, password: Credential | None) -> None:  # noqa: A002
        if password is None:
            return
        if password.clear and len(password.clear) < self.minimum:
            raise TargetRefused(f"Invalid password: minimum length {self.minimum}.", attribute="password")
        self.credentials[id] = password

    def _require_free(self, account: Account) -> None:
        for other in self.accounts_by_id.values():
            for key, (attribute, message) in CONFLICTS.items():
                value = getattr(account, key)
                if other.id != account.id and value and getattr(other, key) == value:
                    raise TargetRefused(message, attribute=attribute, conflict=True)

    def _require_sibling_free(self, group: TargetGroup) -> None:
        for other in self.groups_by_id.values():
            if (other.name, other.parent) == (group.name, group.parent) and other.id != group.id:
                raise TargetRefused(
                    f"Top level group named '{group.name}' already exists.", attribute="displayName", conflict=True
                )

    def _group(self, id: str) -> TargetGroup:  # noqa: A002
        group = self.groups_by_id.get(id)
        if group is None:
            raise TargetRefused("Could not find group by id")
        return group


class Once:
    """Raises an error at the n-th call of a name, once."""

    def __init__(self, name: str, error: BaseException, nth: int = 1) -> None:
        self._name, self._error, self._left = name, error, nth

    def __call__(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                raise self._error


def always(error: ProvisioningError) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise error

    return fail


def _keys(account: Account, by: LookupKey) -> set[str]:
    if by == "externalId":
        return set(account.attributes.get("externalId", ()))
    key = account.username if by == "username" else account.email
    return {key} if key else set()


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()

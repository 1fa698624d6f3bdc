"""A target in memory: what a SCIM server would have, and what tests make it do wrong."""
# ruff: noqa: A002, ARG002 (the names of the port)

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scimbridge.provisioning.errors import TargetGone, TargetRefused
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.target import Adopt, Attempted, Member, Members, Written


@dataclass
class FakeTarget:
    """Fulfils provisioning.target.Target.

    `calls` lists what was asked, "event name". `fail` is called with each before it has an effect, `fail_after` once it
    has had it; what they raise is raised, and so is what `refuse` raises of a profile to write. `pause` is awaited in
    each. `dropped`: attributes that it does not keep; `unlisted`: ids that its lists leave out.
    """

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    joined: dict[str, set[str]] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    fail: Callable[[str], None] = lambda _: None
    fail_after: Callable[[str], None] = lambda _: None
    refuse: Callable[[Mapped], None] = lambda _: None
    pause: Callable[[str], Awaitable[None]] = lambda _: asyncio.sleep(0)
    dropped: tuple[str, ...] = ()
    unlisted: set[str] = field(default_factory=set)
    under_way: int = 0
    most_under_way: int = 0

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def named(self, name: str) -> dict[str, Any]:
        return next(user for user in self.users.values() if user["userName"] == name)

    def members_of(self, name: str) -> list[str]:
        """The userNames in a group, sorted."""
        id_ = next(id_ for id_, group in self.groups.items() if group["displayName"] == name)
        return sorted(self.users[member]["userName"] for member in self.joined[id_])

    def add_user(self, name: str, **attributes: Any) -> str:
        """An account that somebody else made."""
        id_ = f"there-{next(self._numbers)}"
        self.users[id_] = {"id": id_, "userName": name, "active": True, **attributes}
        return id_

    async def test(self, *, groups: bool) -> Sequence[Attempted]:
        return ()

    async def provision(self, mapped: Mapped, *, password: str | None, adopt: Adopt) -> Written:
        name = mapped.document["userName"]
        await self._call("provision", name)
        found = await self.find("User", name)
        if found is not None and not adopt(found):
            raise TargetRefused(f'"{name}" is there already.', conflict=True)
        id_ = found["id"] if found is not None else self.add_user(name)
        self._write(id_, mapped, active=True)
        if password is not None and found is None:
            self.passwords[id_] = password
        self.fail_after(f"provision {name}")
        return Written(id_, dict(self.users[id_]), found=found is not None, dropped=self._lost(mapped))

    async def update(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:
        user = await self._open("update", id)
        self.refuse(mapped)
        taken = await self.find("User", mapped.document["userName"])
        if taken is not None and taken["id"] != id:
            raise TargetRefused("This userName is taken.", attribute="userName", conflict=True)
        for name in (previous.document if previous else {}).keys() - mapped.document.keys():
            user.pop(name, None)
        self._write(id, mapped)
        self.fail_after(f"update {user['userName']}")
        return Written(id, dict(user), dropped=self._lost(mapped))

    async def deactivate(self, id: str, mapped: Mapped | None) -> None:
        user = await self._open("deactivate", id)
        user["active"] = False
        self.fail_after(f"deactivate {user['userName']}")

    async def reactivate(self, id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:
        user = await self._open("reactivate", id)
        self._write(id, mapped, active=True)
        self.fail_after(f"reactivate {user['userName']}")
        return Written(id, dropped=self._lost(mapped))

    async def delete_user(self, id: str) -> None:
        await self._call("delete", self.users.get(id, {}).get("userName", "nobody"))
        self.users.pop(id, None)
        for members in self.joined.values():
            members.discard(id)

    async def set_password(self, id: str, password: str) -> None:
        await self._open("password", id)
        self.passwords[id] = password

    async def push_group(self, name: str, members: Sequence[Member], *, adopt: Adopt, resumed: bool = False) -> Written:
        await self._call("push group", name)
        found = await self.find("Group", name)
        if found is not None and not adopt(found):
            raise TargetRefused(f'"{name}" is there already.', conflict=True)
        id_ = found["id"] if found is not None else f"group-{next(self._numbers)}"
        self.groups[id_] = {"id": id_, "displayName": name, "meta": {"created": "2026-11-24T12:00:00Z"}}
        self.joined[id_] = {member.target for member in members}
        self.fail_after(f"push group {name}")
        return Written(id_, found=found is not None)

    async def rename_group(self, id: str, name: str, members: Members) -> None:
        (await self._group("rename group", id))["displayName"] = name
        self.fail_after(f"rename group {name}")

    async def change_members(
        self, id: str, name: str, added: Sequence[Member], removed: Sequence[Member], members: Members
    ) -> None:
        await self._group("change members", id)
        self.joined[id] |= {member.target for member in added}
        self.joined[id] -= {member.target for member in removed}
        self.fail_after(f"change members {name}")

    async def push_now(self, id: str, name: str, members: Sequence[Member]) -> None:
        (await self._group("push now", id))["displayName"] = name
        self.joined[id] = {member.target for member in members}

    async def delete_group(self, id: str) -> None:
        await self._call("delete group", self.groups.get(id, {}).get("displayName", "none"))
        self.groups.pop(id, None)
        self.joined.pop(id, None)

    async def read(self, type: str, id: str) -> dict[str, Any] | None:
        return (self.users if type == "User" else self.groups).get(id)

    async def find(self, type: str, name: str) -> dict[str, Any] | None:
        key, those = ("userName", self.users) if type == "User" else ("displayName", self.groups)
        return next((found for found in those.values() if found[key].lower() == name.lower()), None)

    async def list(self, type: str) -> AsyncIterator[dict[str, Any]]:
        await self._call("list", type)
        for id_, resource in [*(self.users if type == "User" else self.groups).items()]:
            if id_ not in self.unlisted:
                yield dict(resource)

    async def members(self, id: str) -> Sequence[str]:
        await self._call("members", self.groups[id]["displayName"])
        return sorted(self.joined[id])

    async def close(self) -> None:
        return None

    def _lost(self, mapped: Mapped) -> tuple[str, ...]:
        return tuple(name for name in self.dropped if name in mapped.document)

    def _write(self, id: str, mapped: Mapped, **more: Any) -> None:
        kept = {name: value for name, value in mapped.document.items() if name not in (*self.dropped, "schemas")}
        for name in mapped.cleared:
            self.users[id].pop(name, None)
        self.users[id].update(kept, **more)

    async def _open(self, event: str, id: str) -> dict[str, Any]:
        await self._call(event, self.users.get(id, {}).get("userName", "nobody"))
        if id not in self.users:
            raise TargetGone("Resource not found.")
        return self.users[id]

    async def _group(self, event: str, id: str) -> dict[str, Any]:
        await self._call(event, self.groups.get(id, {}).get("displayName", "none"))
        if id not in self.groups:
            raise TargetGone("Resource not found.")
        return self.groups[id]

    async def _call(self, event: str, name: str) -> None:
        self.calls.append(f"{event} {name}")
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.pause(f"{event} {name}")
            self.fail(f"{event} {name}")
        finally:
            self.under_way -= 1

"""What others have changed at the target: it is read as a whole and compared with what the ledger believes.

Healing is not a second way of writing: what is wrongly believed is put right, and then the ordinary plan says what to
do about it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.mapping import Mapped, differences, merge
from scimbridge.provisioning.ports import Ledger, Link
from scimbridge.provisioning.target import Target

# Resources compared between two looks at what else the event loop has to do.
_AT_ONCE: Final = 100
_SHOWN: Final = 3


class Finding(NamedTuple):
    """Something there is not as we left it. `link`: what is true. `resend`: a group is to be sent as a whole."""

    link: Link
    why: str
    resend: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """By the id of the user or group here. `unread`: groups whose members the target does not tell."""

    users: Mapping[str, Finding] = field(default_factory=dict)
    groups: Mapping[str, Finding] = field(default_factory=dict)
    unread: int = 0

    @property
    def links(self) -> Sequence[Link]:
        """What the ledger is to believe from now on."""
        return [finding.link for finding in (*self.users.values(), *self.groups.values())]


NOTHING: Final = Findings()


class Verification:
    """Of one application. Raises ProvisioningError if the target cannot be read."""

    def __init__(self, ledger: Ledger, target: Target) -> None:
        self._ledger = ledger
        self._target = target

    async def run(self, *, groups: bool) -> Findings:
        users = await self._compare("User")
        if not groups:
            return Findings(users)
        found = await self._compare("Group")
        members, unread = await self._compare_members(found)
        return Findings(users, found | members, unread)

    async def _compare(self, type: str) -> dict[str, Finding]:  # noqa: A002
        links = {link.target: link for link in await self._ledger.links(type) if link.state != "gone"}
        found: dict[str, Finding] = {}
        if not links:
            return found
        seen: set[str] = set()
        async for resource in self._target.list(type):
            id_ = str(resource.get("id", ""))
            seen.add(id_)
            if id_ in links and (finding := _compared(links[id_], resource)) is not None:
                found[links[id_].source] = finding
            if len(seen) % _AT_ONCE == 0:
                await asyncio.sleep(0)
        for id_, link in links.items():
            # A list may leave something out: only a read of its own says that it is gone.
            if id_ not in seen and await self._target.read(type, id_) is None:
                gone = link._replace(state="gone", version=0)
                found[link.source] = Finding(gone, "deleted there by somebody else")
        return found

    async def _compare_members(self, known: Mapping[str, Finding]) -> tuple[dict[str, Finding], int]:
        found: dict[str, Finding] = {}
        unread = 0
        for link in await self._ledger.links("Group"):
            if link.state != "active" or (link.source in known and known[link.source].link.state == "gone"):
                continue
            try:
                there = set(await self._target.members(link.target))
            except TargetRefused:
                unread += 1
                continue
            pushed = await self._ledger.pushed_members(link.source)
            if there != pushed:
                found[link.source] = Finding(link, _counted(len(pushed - there), len(there - pushed)), resend=True)
        return found, unread


def _compared(link: Link, resource: dict[str, Any]) -> Finding | None:
    if link.type == "Group":
        renamed = str(resource.get("displayName", "")) != link.name
        return Finding(link, "renamed there by somebody else", resend=True) if renamed else None
    is_active = resource.get("active", True) is not False
    if is_active != (link.state == "active"):
        word = "activated" if is_active else "deactivated"
        believed = link._replace(state="active" if is_active else "inactive", version=0)
        return Finding(believed, f"{word} there by somebody else")
    changed = _changed(link, resource) if is_active and link.pushed else []
    if not changed:
        return None
    shown = ", ".join(changed[:_SHOWN]) + (" and more" if len(changed) > _SHOWN else "")
    return Finding(link._replace(version=0, digest="", pushed=""), f"changed there by somebody else: {shown}")


def _changed(link: Link, resource: dict[str, Any]) -> list[str]:
    """Paths of what we pushed that it has differently now, but for what it never kept."""
    ours = Mapped(orjson.loads(link.pushed))
    merged = merge(resource, ours)
    if merged is resource:
        return []
    paths = [difference.path for difference in differences(resource, merged)]
    return [path for path in paths if not any(_is_in(path, dropped) for dropped in link.dropped)]


def _is_in(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}[", f"{whole}:"))


def _counted(missing: int, extra: int) -> str:
    parts = [f"{missing:,} taken out"] if missing else []
    parts += [f"{extra:,} put in"] if extra else []
    return f"members changed there by somebody else: {', '.join(parts)}"

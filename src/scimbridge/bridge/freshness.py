"""Whether what we show of a resource is still true there, and what becomes of a difference."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from scimbridge.bridge.kinds import Kind, difference, recorded, snapshot
from scimbridge.bridge.mapping import Values
from scimbridge.bridge.members import Delta
from scimbridge.bridge.ports import Link
from scimbridge.bridge.sides import KEYCLOAK, Sides
from scimbridge.directory.ports import Change, Document, Record, Taken
from scimbridge.provisioning.errors import TargetRefused

# So many ids are remembered as confirmed; past that all are forgotten, and the ledger is read again (7 us).
_MOST_REMEMBERED = 100_000


class Freshness:
    """Compares single resources of one realm with the target, no more often than the realm's `freshness` says."""

    def __init__(self, sides: Sides, kinds: Mapping[str, Kind]) -> None:
        self._sides = sides
        self._kinds = kinds
        self._until: dict[str, float] = {}

    def is_confirmed(self, id: str) -> bool:  # noqa: A002
        """Cheap: a look into a dict for what this process confirmed."""
        now = self._sides.clock().timestamp()
        until = self._until.get(id)
        if until is not None:
            return now < until
        link = self._sides.ledger.link(id)
        if link is None:
            return True  # nothing is there to compare with
        until = datetime.fromisoformat(link.confirmed).timestamp() + self._sides.setting.freshness
        self._remember(id, until)
        return now < until

    def expire(self, id: str) -> None:  # noqa: A002
        """The ledger knows better from now on."""
        self._until.pop(id, None)

    async def reconcile(self, link: Link) -> None:
        """Asks the target and settles what differs; the caller holds the resource's lock."""
        kind = self._kinds[link.type]
        actual = await kind.actual(link.target)
        if self._sides.ledger.is_under_way(link.type, id=link.id):
            return  # in another process, or its end is not known: what is there may be what is not here yet
        record = self._sides.local.get(link.type, link.id)
        if actual is None or record is None:
            await self._sides.forget(link)
            self.expire(link.id)
            return
        await self.settle(link, record, actual)

    async def settle(self, link: Link, record: Record, actual: Values) -> None:
        """Heals, accepts or ignores each value that somebody changed there, and notes what is there now.

        A value that is as it was recorded is left: it has been seen before, and healing it did not help.
        """
        kind = self._kinds[link.type]
        document = orjson.loads(record.document)
        desired, before = kind.desired(document), recorded(link)
        if "protected" in before and "protected" not in actual:
            before = {}  # until now nothing of it was taken over
        changed = [
            path for path, value in desired.items() if actual[path] != value and actual[path] != before.get(path)
        ]
        if "protected" in actual:
            if link.state == "seen" and "protected" not in before:
                await self._accept(record, document, actual, ["userName"])
        elif changed:
            await self._accept(
                record, document, actual, [path for path in changed if self.rule(path, link) == "accept"]
            )
            healing = {path: desired[path] for path in changed if self.rule(path, link) == "heal"}
            if healing and await self._heal(kind, link, actual, healing):
                healed = await kind.actual(link.target) or actual
                # Of what was not healed the first look counts: a change since then has not been judged.
                actual = {**actual, **{path: healed[path] for path in healing}}
        text = snapshot(actual)
        now = self._sides.now()
        await self._sides.ledger.put_link(link._replace(confirmed=now, actual=text))
        self._remember(link.id, datetime.fromisoformat(now).timestamp() + self._sides.setting.freshness)

    def rule(self, path: str, link: Link) -> str:
        """By attribute, else: what an identity provider wrote is made true again, what was only seen is followed."""
        return self._sides.setting.drift.get(path) or ("heal" if link.state == "managed" else "accept")

    async def _accept(self, record: Record, document: Document, actual: Values, paths: Sequence[str]) -> None:
        if not paths:
            return
        kind = self._kinds[record.type]
        taken = kind.accept(document, actual, paths)
        try:
            await self._sides.unsynced.update(record.type, record.id, lambda _: Change(taken), KEYCLOAK)
        except Taken:
            return  # its new name is another's here: until one of them is renamed, ours stays

    async def _heal(self, kind: Kind, link: Link, actual: Values, values: Values) -> bool:
        try:
            await kind.push(link, actual, difference(actual, values), Delta(), None)
        except TargetRefused:
            return False  # it stays a difference that the drift report shows
        return True

    def _remember(self, id: str, until: float) -> None:  # noqa: A002
        if len(self._until) >= _MOST_REMEMBERED:
            self._until.clear()
        self._until[id] = until

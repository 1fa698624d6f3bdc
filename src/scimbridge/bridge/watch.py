"""What others change there, taken up within seconds: the target tells which resources they touched."""

from typing import Final

from scimbridge.bridge.ports import Target
from scimbridge.bridge.sweep import Sweep

# An event has the time when it happened, and is seen once that transaction is over: each look goes back a little.
_OVERLAP: Final = 5_000


class Watch:
    """Of one realm, from its first look on; what was before is for the comparison of everything."""

    def __init__(self, target: Target, sweep: Sweep) -> None:
        self._target = target
        self._sweep = sweep
        self._until: int | None = None
        self._seen: frozenset[str] = frozenset()

    async def look(self) -> int:
        """Compares what was changed since the last look; how many resources. Raises ProvisioningError."""
        changes = await self._target.changes(None if self._until is None else max(0, self._until - _OVERLAP))
        if changes is None:
            self._until = None
            return 0
        touched = {(change.type, change.target) for change in changes.changed if change.event not in self._seen}
        for type_, target in sorted(touched, reverse=True):  # users first: groups want them as members
            await self._sweep.visit(type_, target)
        self._until = changes.until
        self._seen = frozenset(change.event for change in changes.changed)
        return len(touched)

"""Whether what is found at the target is ours to take over.

A create whose outcome nobody knows may have left something there: under the name that was sent, which need not be the
name that it has here by now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused
from scimbridge.provisioning.ports import Entry, Ledger
from scimbridge.provisioning.target import Target

_CREATES: Final = frozenset({"create", "create group"})
_KNOWN: Final = frozenset({"done", "refused", "nothing", "abandoned"})
# Of a resource's own lines in the journal; more creates in a row than that are not left open.
_LOOKED_BACK: Final = 100
# How far the target's clock may be behind ours.
_SKEW: Final = timedelta(minutes=5)


class Adoption:
    """The rule for one user or group here, made before its next intent is noted."""

    def __init__(
        self,
        application: Application,
        ledger: Ledger,
        type: Literal["User", "Group"],  # noqa: A002
        source: str,
        *,
        settled: bool = False,
    ) -> None:
        """`settled`: as Candidate."""
        self._ledger = ledger
        self._type = type
        self._source = source
        self._links = application.on_match == "link"
        self._open = () if settled or not ledger.has_open_intent(type, source) else _open_creates(ledger, type, source)

    @property
    def is_resumed(self) -> bool:
        """Whether a create was begun before and nobody knows what became of it."""
        return bool(self._open)

    def adopt(self, found: Mapping[str, Any]) -> bool:
        """For what has the name that we are about to send. Raises TargetRefused for what is linked to somebody else."""
        link = self._ledger.linked(self._type, str(found.get("id", "")))
        if link is not None and link.source != self._source:
            raise TargetRefused(f'"{link.name}" there is linked to somebody else here already.', conflict=True)
        return self._links or (self.is_resumed and self._is_ours(found) is not False)

    def require_own(self, id: str) -> None:  # noqa: A002
        """Raises TargetMisbehaved if a create was answered with what is linked to somebody else here."""
        link = self._ledger.linked(self._type, id)
        if link is not None and link.source != self._source:
            raise TargetMisbehaved(f'The create was answered with the id of "{link.name}" there, {id}.')

    async def find_former(self, target: Target, name: str = "") -> Mapping[str, Any] | None:
        """What a create of ours has left there under another name than this, if anything proves that it did."""
        for former in dict.fromkeys(map(_sent_name, self._open)):
            found = await target.find(self._type, former) if former not in ("", name) else None
            if found is not None and self._is_ours(found) and self._ledger.linked(self._type, str(found["id"])) is None:
                return found
        return None

    def _is_ours(self, found: Mapping[str, Any]) -> bool | None:
        """None: nothing tells."""
        ours, theirs = self._open[-1].after.get("externalId"), found.get("externalId")
        if ours is not None and theirs is not None:
            return bool(ours == theirs)
        try:
            created = datetime.fromisoformat(str((found.get("meta") or {}).get("created")))
            return created + _SKEW >= datetime.fromisoformat(self._open[0].time)
        except (TypeError, ValueError):
            return None


def _open_creates(ledger: Ledger, type: str, source: str) -> Sequence[Entry]:  # noqa: A002
    """The lines of creates whose end is not known, after the last that was done."""
    entries = [
        entry
        for entry in ledger.journal(source=source, newest=True, count=_LOOKED_BACK)
        if entry.type == type and entry.action in _CREATES
    ]
    done = max((entry.sequence for entry in entries if entry.outcome == "done"), default=0)
    return [entry for entry in entries if entry.sequence > done and entry.outcome not in _KNOWN]


def _sent_name(entry: Entry) -> str:
    return str(entry.after.get("userName" if entry.type == "User" else "displayName", ""))

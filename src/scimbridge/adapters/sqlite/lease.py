"""Who has something to themselves just now, as the row of it says: a name for a person, an end, and who lives.

It is free when it was let go of, at once when its process ended, and at its end if that lives and does not renew it.
"""

from typing import NamedTuple

from scimbridge.adapters.sqlite.presence import Presence


class Lease(NamedTuple):
    """`holder` "" = nobody; `until` as RFC 3339; `presence` as Presence.hold, "" = not known."""

    holder: str
    until: str
    presence: str

    def keeps_out(self, holder: str, now: str, presence: Presence) -> bool:
        """Whether another than `holder` has it still."""
        if self.holder in {"", holder} or self.until <= now:
            return False
        return not self.presence or presence.is_alive(self.presence)

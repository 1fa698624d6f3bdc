"""Passwords on their way to the target: with a create, and when they are set later."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.performing import Prepared, intent
from scimbridge.provisioning.plan import Change, Phase
from scimbridge.provisioning.ports import Candidate, Ledger, Link, Outcome, Work
from scimbridge.provisioning.target import Target
from scimbridge.provisioning.users import item

# A server's rule for passwords is met by all four kinds of characters; the rest is chance.
_RANDOM_LENGTH, _ALL_KINDS = 20, "aA1-"
# When somebody who is still to be created is looked at again for their password; the create itself takes it along.
_LOOKED_AGAIN: Final = 3600.0


class PasswordEvents:
    """`open_password` gives the text of one that waits sealed. No outcome and no line of the journal has one in it."""

    def __init__(
        self,
        application: Application,
        ledger: Ledger,
        target: Target,
        environment: Environment,
        open_password: Callable[[bytes], str],
    ) -> None:
        self._mode = application.passwords
        self._ledger = ledger
        self._target = target
        self._environment = environment
        self._open = open_password
        self._sent: dict[str, bytes] = {}

    @property
    def go_with_creates(self) -> bool:
        return self._mode != "none"

    def waiting(self, source: str) -> bytes | None:
        """The one that is known and to be synced, sealed."""
        return self._ledger.password(source) if self._mode == "sync" else None

    def first(self, sealed: bytes | None) -> str | None:
        """What a create carries: the one that waits, else a random one, or none at all."""
        if self._mode == "none":
            return None
        if sealed is not None:
            return self._open(sealed)
        return self._environment.secret()[:_RANDOM_LENGTH] + _ALL_KINDS

    def sent(self, work: Work, sealed: bytes | None) -> Sequence[Work]:
        """A create has brought it: the work that may wait for it is to be seen to have nothing left to do."""
        if sealed is None:
            return ()
        self._sent[work.source] = sealed
        return [Work("User", work.source, work.name, "password", Phase.UPDATE, run=work.run)]

    def prepare(self, work: Work) -> Prepared | Outcome:
        candidate, sealed = self._ledger.candidate(work.source), self.waiting(work.source)
        link, sent = candidate.link, self._sent.pop(work.source, None)
        if sealed is None or sealed == sent:
            return Outcome(work, "nothing", former="abandoned")
        if link is None or link.state != "active":
            return self._put_off(work, candidate)
        change = Change(item(candidate, "password", "set here"), {}, {})
        entry = intent(change, work, self._environment, password=True)
        send = partial(self._set, work, link.target, sealed)
        return Prepared(work, entry, send, gone=partial(self._vanished, work, link))

    async def _set(self, work: Work, target: str, sealed: bytes) -> Outcome:
        await self._target.set_password(target, self._open(sealed))
        return Outcome(work, "done", target=target)

    def _put_off(self, work: Work, candidate: Candidate) -> Outcome:
        """Of somebody who is to be created it is kept; of anybody else it is of no use."""
        is_coming = candidate.link is None or candidate.link.state == "gone"
        if candidate.assignment is None or not candidate.active or not is_coming:
            return Outcome(work, "nothing", former="abandoned")
        return Outcome(work, "nothing", settled=False, due=self._environment.later(_LOOKED_AGAIN))

    def _vanished(self, work: Work, link: Link, reason: str) -> Outcome:
        """Whoever is to be there is made again, with it."""
        gone = link._replace(state="gone", confirmed=self._environment.now())
        again, kept = work._replace(kind="reconcile", due="", attempts=0), self._environment.later(_LOOKED_AGAIN)
        outcome = Outcome(work, "refused", target=link.target, reason=reason, link=gone, follow=[again])
        return outcome._replace(settled=False, due=kept)

"""New userNames that somebody else of ours has there still.

Who is in the way mostly moves in a moment: then the rename is tried again. People who take each other's names would
wait for ever: one of them, always the same, gets a name for the moment, so that the others can move. A refused rename
of Okta's is a task at once, and a person has to think of such a name.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from scimbridge.provisioning.backoff import MAX_TRIES
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.mapping import MappingFailed
from scimbridge.provisioning.plan import Phase
from scimbridge.provisioning.ports import Ledger, Link, Outcome, Work
from scimbridge.provisioning.users import Gone, UserDraft, Users

# Of a name that is somebody's whom we do not know to move: that may be under way.
_TRIES, _PAUSE = 3, 1.0
_MARK: Final = 8


class Queue(NamedTuple):
    """`links`: of who has the name, of who has the name which that one is to get, and so on; none if one of them stays.

    `is_round`: the last one is who asked.
    """

    links: Sequence[Link] = ()
    is_round: bool = False

    @property
    def chosen(self) -> Link:
        """Who of a round gets a name for the moment."""
        return min(self.links, key=lambda link: link.source)


class Renaming:
    """Of the people of one application."""

    def __init__(self, ledger: Ledger, users: Users, environment: Environment) -> None:
        self._ledger = ledger
        self._users = users
        self._environment = environment

    async def rename(
        self,
        work: Work,
        draft: UserDraft,
        update: Callable[[], Awaitable[Outcome]],
        put_name: Callable[[str], Awaitable[None]],
    ) -> Outcome:
        """`update` sends the profile, `put_name` the same under a name for the moment. Raises what they raise."""
        if draft.candidate.link is None or draft.outline is None:
            raise AssertionError("only who is there can be renamed")
        link, queue, reason = draft.candidate.link, Queue(), ""
        for _ in range(2):  # once more at once if nobody of ours has it any more by now
            try:
                return await update()
            except TargetRefused as refusal:
                if not refusal.conflict:
                    raise
                reason = refusal.reason
            if (queue := await self._queue(work.source, draft.outline.name)).links:
                break
        if not queue.is_round:
            return self._again(work, link.target, reason, queue)
        if queue.chosen.source != work.source:
            return self._left_to(work, link.target, queue.chosen)
        return await self._make_room(work, link, queue, put_name)

    async def _queue(self, source: str, name: str) -> Queue:
        """Who is in the way of somebody who is to have this name there."""
        links: list[Link] = []
        while (link := await self._ledger.named("User", name)) is not None and link not in links:
            wanted = self._wanted(link)
            if wanted is None or wanted.casefold() == name.casefold():
                return Queue()
            links.append(link)
            if link.source == source:
                return Queue(links, is_round=True)
            name = wanted
        return Queue(links)

    def _again(self, work: Work, target: str, reason: str, queue: Queue) -> Outcome:
        """The rename was refused, and is tried once more, unless there is no hope: then it is a task."""
        is_hopeful = work.attempts + 1 < (MAX_TRIES if queue.links else _TRIES)
        due = self._environment.later(_PAUSE) if is_hopeful else ""
        return Outcome(work, "refused", target=target, reason=reason, settled=False, due=due)

    def _left_to(self, work: Work, target: str, chosen: Link) -> Outcome:
        """Nothing more to be done until who was chosen has made room; if that fails there is one task, theirs."""
        reason = f'It is the name of "{chosen.name}" there, or waits for it; that one makes room first.'
        return Outcome(work, "nothing", target=target, reason=reason, follow=[self._look(work, chosen)])

    async def _make_room(
        self, work: Work, link: Link, queue: Queue, put_name: Callable[[str], Awaitable[None]]
    ) -> Outcome:
        """Who was chosen gets a name for the moment; the others move, the last in the queue first, and then they do."""
        name = _momentary(link.name, work.source)
        try:
            await put_name(name)
        except TargetRefused as refusal:
            raise TargetRefused(_advice(queue, name, refusal.reason), attribute="userName") from None
        held = link._replace(name=name, version=0, digest="", pushed="", confirmed=self._environment.now())
        others = [self._look(work, other) for other in reversed(queue.links[:-1])]
        reason = f'Others take the name "{link.name}" first: it is "{name}" for the moment.'
        outcome = Outcome(work, "done", target=link.target, reason=reason, link=held, follow=others)
        return outcome._replace(settled=False, due=self._environment.later(_PAUSE))

    def _look(self, work: Work, link: Link) -> Work:
        """At somebody else of the round, now, as part of the same push."""
        return Work("User", link.source, link.name, phase=Phase.RENAME, due=self._environment.now(), run=work.run)

    def _wanted(self, link: Link) -> str | None:
        """Their name there as it is to be; None if they are not to be there, or nobody can tell."""
        try:
            draft: UserDraft = self._users.draft(self._ledger.candidate(link.source))
        except (MappingFailed, Gone):
            return None
        return draft.outline.name if draft.outline is not None else None


def _advice(queue: Queue, name: str, reason: str) -> str:
    names = ", ".join(f'"{link.name}"' for link in queue.links)
    return (
        f'{names} are to take each other\'s names, and the target refuses one that is free for the moment, "{name}":'
        f" {reason} Rename one of them there by hand, and retry this task."
    )


def _momentary(name: str, source: str) -> str:
    """A name that nobody has: the same each time, and an e-mail address if the old one is, as that may be a rule."""
    local, at, domain = name.partition("@")
    return f"{local}-{source[-_MARK:]}{at}{domain}"

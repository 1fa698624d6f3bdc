"""What would be done at the target now, in order; nothing is written anywhere."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from scimbridge.directory.ports import Directory
from scimbridge.provisioning import groups as group_lines
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.examination import examine_group
from scimbridge.provisioning.groups import Groups
from scimbridge.provisioning.mapping import MappingFailed
from scimbridge.provisioning.plan import Change, Item, Plan
from scimbridge.provisioning.ports import Candidate, GroupCandidate, Ledger, Link
from scimbridge.provisioning.safeguards import objections, takes_access
from scimbridge.provisioning.users import Gone, Users, item
from scimbridge.provisioning.verification import NOTHING, Finding, Findings

# Candidates between two looks at what else the event loop has to do: 5 ms at 50 us each.
_AT_ONCE: Final = 100


class Planner:
    """Plans for one application. `unchanged` of the last plan: links of people who need nothing, as they are now."""

    def __init__(
        self, application: Application, ledger: Ledger, directory: Directory, users: Users, groups: Groups
    ) -> None:
        self._application = application
        self._ledger = ledger
        self._directory = directory
        self._users = users
        self._groups = groups
        self.unchanged: list[Link] = []

    async def plan(
        self, *, everything: bool = False, findings: Findings = NOTHING, before: int = 0, foresee: bool = False
    ) -> Plan:
        """`everything`: also who was up to date when last compared. `findings`: what others changed there.

        `before`: how many have lost access lately already. `foresee`: also what follows once this is done, for a
        person who reads it; what is queued queues that itself.
        """
        people = await self._people(findings, everything=everything)
        coming = await self._coming(people) if foresee else Counter[str]()
        pushed = await self._pushed_groups(coming, findings, everything=everything)
        items = sorted([*people, *pushed], key=lambda line: line.phase)
        losing = sum(takes_access(line.action, line.type, line.source, self._ledger) for line in items)
        linked, assigned = self._ledger.linked_count(), await self._ledger.assigned_count()
        refused = objections(
            self._application.safeguards, losing=losing + before, linked=linked + before, assigned=assigned
        )
        return Plan(self._application.name, items, linked, assigned, losing, refused)

    async def describe(self, line: Item) -> Change:
        """What differs. The state of now: what has been done since is not in it."""
        nothing = Change(line, {}, {})
        if line.type == "User":
            try:
                change = self._users.draft(self._ledger.candidate(line.source)).change
            except (MappingFailed, Gone):
                return nothing
        else:
            change = await self._groups.describe(await self._ledger.group_candidate(line.source), line.action)
        return change._replace(item=line) if change is not None else nothing

    async def _people(self, findings: Findings, *, everything: bool) -> list[Item]:
        items: list[Item] = []
        self.unchanged.clear()
        candidates = await self._ledger.candidates(self._application.revision, everything=everything)
        for number, candidate in enumerate(candidates, start=1):
            found = self._glance(candidate) if candidate.source not in findings.users else None
            if isinstance(found, Item):
                items.append(found)
            elif found is not None:
                self.unchanged.append(found)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        for source, finding in findings.users.items():
            found = self._glance(self._ledger.candidate(source)._replace(link=finding.link))
            if isinstance(found, Item):
                items.append(found._replace(why=finding.why))
        return items

    def _glance(self, candidate: Candidate) -> Item | Link | None:
        try:
            return self._users.glance(candidate)
        except MappingFailed as error:
            return item(candidate, "update", f"fails: the mapping of {error}")
        except Gone:
            return None

    async def _pushed_groups(self, coming: Counter[str], findings: Findings, *, everything: bool) -> list[Item]:
        if not self._application.actions.push_groups:
            return []
        candidates = await self._ledger.group_candidates(everything=everything)
        known = {candidate.source for candidate in candidates} | findings.groups.keys()
        items = [
            self._with(coming, line)
            for candidate in candidates
            if candidate.source not in findings.groups
            for line in self._groups.glance(candidate)
        ]
        for source, finding in findings.groups.items():
            items += self._healed(await self._ledger.group_candidate(source), finding)
        for source in coming.keys() - known:
            items += self._grown(await self._ledger.group_candidate(source), coming[source])
        return items

    async def _coming(self, people: Sequence[Item]) -> Counter[str]:
        """How many of each group come to be there by this plan."""
        coming: Counter[str] = Counter()
        arriving = [line for line in people if line.action in ("create", "reactivate")]
        for number, line in enumerate(arriving, start=1):
            record = self._directory.get("User", line.source)
            coming.update(group.id for group in record.groups) if record is not None else None
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return coming

    def _with(self, coming: Counter[str], line: Item) -> Item:
        number = coming[line.source]
        if not number or line.action not in ("create group", "change members"):
            return line
        return line._replace(why=f"{line.why}, {number:,} of its members come to be there")

    def _healed(self, candidate: GroupCandidate, finding: Finding) -> Sequence[Item]:
        pushed = candidate.push_group
        if finding.resend and pushed is not None and pushed.active:
            return [group_lines.item(candidate, "push now", finding.why)]
        lines = self._groups.glance(candidate._replace(link=finding.link))
        return [line._replace(why=finding.why) for line in lines]

    def _grown(self, candidate: GroupCandidate, number: int) -> Sequence[Item]:
        """Of a group that lacks nothing yet."""
        pushed, link = candidate.push_group, candidate.link
        if pushed is None or not pushed.active or link is None or examine_group(candidate, self._application):
            return ()
        return [group_lines.item(candidate, "change members", f"{number:,} of its members come to be there")]

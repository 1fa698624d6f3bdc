"""Okta's two styles are what was recorded of Okta: order, methods, paths, queries, bodies, repetitions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import UTC, datetime

import pytest

from scimbridge.interop.suite_file import load_bundled
from scimbridge.provisioning.application import Connection, Style
from scimbridge.provisioning.mapping import Mapped
from scimbridge.provisioning.styles import open_target
from scimbridge.provisioning.target import Member, Members, Target
from scimbridge.web.site import Options
from web.conftest import USER, Site, Tenant

from .recording import InProcess, Recording

PASSWORD = "Xq7PlaceholderPw"


def clock() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def person(given: str, family: str, external_id: str, *, login: str = "", mail: str = "") -> Mapped:
    name = login or f"{given}.{family}@example.test".lower()
    return Mapped(
        {
            "schemas": [USER],
            "userName": name,
            "name": {"givenName": given, "familyName": family},
            "emails": [{"primary": True, "value": mail or name, "type": "work"}],
            "displayName": f"{given} {family}",
            "locale": "en-US",
            "externalId": external_id,
        }
    )


@pytest.fixture
async def acme() -> AsyncIterator[Tenant]:
    site = Site(Options())
    yield await site.realm()
    await site.http.aclose()


ADA = person("Ada", "Moss", "00u1ada0moss00000001")
BO = person("Bo", "Lind", "00u1bo0lind000000002")
CAI = person("Cai", "Reyes", "00u1cai0reyes0000003")


class Play:
    """An application in one style, played against our own service beside the recording of it."""

    def __init__(self, tenant: Tenant, style: Style, suite: str, *, knows_groups: bool = False) -> None:
        self._transport = InProcess(tenant)
        connection = Connection("https://id.example.test/scim/v2", style=style)
        self.target: Target = open_target(connection, self._transport, clock, knows_groups=knows_groups)
        self.recording = Recording(load_bundled(suite))

    async def event(self, *events: Awaitable[object]) -> None:
        """One event, or several at once, sends what comes next in the recording."""
        await asyncio.gather(*events)
        self.recording.compare(self._transport.take(), together=len(events) > 1)

    async def provision(self, *people: Mapped) -> None:
        await self.event(
            *(self.target.provision(who, password=PASSWORD, adopt=lambda _: True) for who in people),
        )

    async def push_group(self, name: str, *members: str) -> None:
        await self.event(self.target.push_group(name, self.members(*members), adopt=lambda _: True))

    def members(self, *names: str) -> Sequence[Member]:
        full = {"ada": "ada.moss", "bo": "bo.lind", "cai": "cai.reyes"}
        return [Member(self.id(name), f"{full[name]}@example.test") for name in names]

    def all_of(self, *names: str) -> Members:
        async def members() -> Sequence[Member]:
            return self.members(*names)

        return members

    def id(self, name: str) -> str:
        return self.recording.saved[name]

    def change(
        self, group: str, name: str, *, added: Sequence[str] = (), removed: Sequence[str] = (), now: Members
    ) -> Awaitable[None]:
        return self.target.change_members(self.id(group), name, self.members(*added), self.members(*removed), now)


async def test_an_application_made_with_the_wizard_speaks_as_recorded(acme: Tenant) -> None:
    play = Play(acme, "wizard", "okta-wizard")
    target = play.target
    for _ in range(3):
        await play.event(target.test(groups=False))
    await play.provision(ADA)
    await play.provision(BO, CAI)
    await play.push_group("red-team", "bo")
    await play.push_group("stale-name", "bo", "ada")
    await play.event(target.delete_group(play.id("stale")))
    await play.push_group("blue-team", "bo", "ada")
    await play.event(target.rename_group(play.id("blue"), "navy-team", play.all_of("bo", "ada")))
    await play.push_group("new-team", "ada")
    await play.event(play.change("new", "new-team", added=["bo"], now=play.all_of("bo", "ada")))
    await play.event(play.change("new", "new-team", removed=["ada"], now=play.all_of("bo")))
    # Two jobs at a time on one group.
    await play.event(*(target.push_now(play.id("red"), "red-team", play.members("bo")) for _ in range(2)))
    await play.event(target.update(play.id("bo"), BO, previous=BO))
    await play.event(target.deactivate(play.id("bo"), BO))
    await play.event(target.reactivate(play.id("bo"), BO, previous=BO))
    # All groups of who was reactivated are pushed again.
    await play.event(
        play.change("new", "new-team", added=["bo"], now=play.all_of("bo")),
        play.change("red", "red-team", added=["bo"], now=play.all_of("bo")),
        play.change("blue", "navy-team", added=["bo"], now=play.all_of("bo", "ada")),
    )
    assert play.recording.rest == []


async def test_an_application_of_the_catalogue_speaks_as_recorded(acme: Tenant) -> None:
    play = Play(acme, "catalogue", "okta-catalogue", knows_groups=True)
    target = play.target
    good, acme.headers = acme.headers, {"Authorization": "Bearer wrong"}
    await play.event(target.test(groups=True))
    acme.headers = good
    await play.event(target.test(groups=False))
    for _ in range(2):
        await play.event(target.test(groups=True))
    await play.provision(ADA, BO, CAI)
    await play.event(target.update(play.id("bo"), BO, previous=BO))
    await play.event(target.deactivate(play.id("bo"), BO))
    await play.event(target.reactivate(play.id("bo"), BO, previous=BO))
    await play.push_group("blue-team", "cai", "ada")
    await play.push_group("empty-team")
    await play.event(target.rename_group(play.id("blue"), "navy-team", play.all_of()))
    await play.event(play.change("blue", "navy-team", added=["bo"], now=play.all_of("cai", "ada", "bo")))
    await play.event(play.change("blue", "navy-team", removed=["ada"], now=play.all_of("cai", "bo")))
    await play.event(target.push_now(play.id("blue"), "navy-team", play.members("cai", "bo")))
    await play.event(target.push_now(play.id("empty"), "empty-team", []))
    await play.event(target.rename_group(play.id("empty"), "empty-team", play.all_of()))
    await play.event(target.delete_group(play.id("empty")))
    await play.event(target.read("Group", play.id("empty")))
    await play.push_group("empty-team")
    renamed = person(
        "Bo", "Lind", "00u1bo0lind000000002", login="bo.lindqvist@example.test", mail="bo.lind@example.test"
    )
    await play.event(target.update(play.id("bo"), renamed, previous=BO))
    moved = person("Bo", "Lind", "00u1bo0lind000000002", login="bo.lindqvist@example.test")
    await play.event(target.update(play.id("bo"), moved, previous=renamed))
    assert play.recording.rest == []


async def test_a_password_is_synchronized_as_documented(acme: Tenant) -> None:
    play = Play(acme, "catalogue", "okta-password")
    await play.provision(ADA)
    await play.event(play.target.set_password(play.id("ada"), "Sync-2-Placeholder-kX81mQz0"))
    as_wizard = Play(acme, "wizard", "okta-password")
    as_wizard.recording = play.recording
    await as_wizard.event(as_wizard.target.set_password(play.id("ada"), "Sync-3-Placeholder-kX81mQz0"))
    ray = person("Ada", "Moss", "00u1ada0moss00000001")
    ray.document["name"] = {"givenName": "Ada", "familyName": "Moss-Ray"}
    await as_wizard.event(as_wizard.target.update(play.id("ada"), ray, previous=ADA))
    assert play.recording.rest == []


@pytest.mark.parametrize("style", ["wizard", "catalogue"])
async def test_an_import_reads_page_after_page_without_a_filter(acme: Tenant, style: Style) -> None:
    for number in range(130):
        await acme.user(f"user{number}@example.test")
    transport = InProcess(acme)
    target = open_target(Connection("https://id.example.test/scim/v2", style=style), transport, clock)
    assert len([user async for user in target.list("User")]) == 130
    assert [group async for group in target.list("Group")] == []
    sent = [(request.path, request.query) for request, _ in transport.take()]
    steps = {step.number: (step.path, step.query) for step in load_bundled("okta-import").steps}
    assert sent == [steps[1], steps[2], steps[4]]  # 3 is beyond the end, which a test of Okta's asks for

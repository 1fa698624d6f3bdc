"""Imports that a server runs on a schedule."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scimbridge.adapters.sqlite.import_schedules import count_failures
from scimbridge.config import Settings
from scimbridge.directory.ports import Query
from scimbridge.wiring import Instance
from scimbridge.wiring.import_worker import ImportWorker

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Site:
    """A realm in a server whose clock stands still until a test moves it."""

    instance: Instance
    folder: Path
    time: datetime = START

    def __post_init__(self) -> None:
        sources = replace(self.instance.sources, clock=lambda: self.time)
        self.worker = ImportWorker(replace(self.instance, sources=sources))

    @property
    def csv(self) -> Path:
        return self.folder / "people.csv"

    async def begin(self) -> None:
        await self.instance.administration.realms.create("acme", {}, actor="test")
        await self.write("ada")

    async def write(self, *names: str) -> None:
        self.csv.write_text("\n".join(["login", *names]) + "\n")

    async def source(self, **settings: Any) -> None:
        document = {"csv": {"path": str(self.csv)}, "schedule": "*/5 * * * *", **settings}
        await self.administration.create("hr", document, actor="test")

    @property
    def administration(self) -> Any:
        realm = self.instance.administration.realms.get("acme")
        return self.instance.provisioning(realm).sources

    async def people(self) -> int:
        realm = self.instance.administration.realms.get("acme")
        return (await self.instance.directory(realm).search(Query({"User": None}, count=1))).total

    def events(self, operation: str) -> list[tuple[str, str, Any]]:
        """Actor, subject and detail of what the administration was told."""
        found = self.instance.administration.events("acme")
        return [(event.actor, event.subject, event.detail) for event in found if event.operation == operation]

    async def later(self, minutes: float) -> int:
        """How many people there are once the worker has looked at that time."""
        self.time += timedelta(minutes=minutes)
        await self.worker.look()
        return await self.people()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Instance.open(Settings(database=tmp_path / "scimbridge.db")) as instance:
        site = Site(instance, tmp_path)
        await site.begin()
        yield site


async def test_a_source_is_imported_whenever_its_schedule_says(site: Site) -> None:
    await site.source()
    assert await site.later(0) == 0
    assert await site.later(5) == 1
    await site.write("ada", "bo")
    assert await site.later(4) == 1
    assert await site.later(1) == 2


@pytest.mark.parametrize("settings", [{"schedule": ""}, {"enabled": False}])
async def test_a_source_without_a_schedule_or_switched_off_is_left_alone(site: Site, settings: dict[str, Any]) -> None:
    await site.source(**settings)
    await site.later(0)
    assert await site.later(60) == 0


async def test_a_changed_schedule_is_taken_up(site: Site) -> None:
    await site.source(schedule="0 0 1 1 *")
    assert await site.later(60) == 0
    await site.administration.change("hr", {"schedule": "* * * * *"}, actor="test")
    assert await site.later(1) == 0
    assert await site.later(1) == 1


async def test_what_cannot_be_imported_is_in_the_log_and_the_next_time_is_another_chance(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await site.source()
    await site.later(0)
    await site.write("ada", "ada")
    with caplog.at_level(logging.INFO, logger="scimbridge"):
        assert await site.later(5) == 1
    assert 'Source hr of realm acme: people.csv, line 3, column "login": the same value as in line 2' in caplog.text
    site.csv.unlink()
    assert await site.later(5) == 1
    assert "Source hr of realm acme cannot be imported just now" in caplog.text
    await site.write("ada", "bo")
    assert await site.later(5) == 2


async def test_a_refused_import_is_seen_where_people_look_until_one_is_done(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await site.source()
    await site.later(0)
    await site.later(5)
    await site.write()
    for _ in range(3):
        assert await site.later(5) == 1
    assert "the import is refused" in caplog.text
    failure = site.administration.standing(site.administration.get("hr")).failure
    assert failure.endswith(
        'Nothing was imported. "scimbridge source import acme hr --dry-run" shows what would be; if it is right, import'
        " it with --allow empty-source."
    )
    assert count_failures(site.instance.database) == 1
    assert site.events("source.import") == [("schedule", "hr", {"failure": failure})]
    await site.write("ada", "bo")
    assert await site.later(5) == 2
    assert site.administration.standing(site.administration.get("hr")).failure == ""
    assert count_failures(site.instance.database) == 0


async def test_a_source_that_cannot_be_read_is_seen_there_too(site: Site) -> None:
    await site.source()
    await site.later(0)
    site.csv.unlink()
    await site.later(5)
    failure = site.administration.standing(site.administration.get("hr")).failure
    assert "people.csv" in failure
    assert failure.endswith("It is tried again when the schedule says so.")
    await site.administration.change("hr", {"schedule": ""}, actor="test")
    assert count_failures(site.instance.database) == 0, "nobody waits for what is on no schedule"


async def test_so_is_an_applications_import_that_fails(site: Site) -> None:
    realm = site.instance.administration.realms.get("acme")
    provisioning = site.instance.provisioning(realm)
    connection, actions = {"url": "http://127.0.0.1:9/scim/v2"}, {"importUsers": True}
    settings = {"connection": connection, "actions": actions, "importSchedule": "*/5 * * * *"}
    made = await provisioning.administration.create("slack", settings, actor="test")
    await site.later(0)
    await site.later(5)
    ledger = provisioning.ledger(made)
    assert ledger.standing().import_failure.endswith("It is tried again when the schedule says so.")
    assert count_failures(site.instance.database) == 1
    assert [subject for _, subject, _ in site.events("application.import")] == ["slack"]


async def test_the_server_looks_by_itself_until_it_ends(site: Site) -> None:
    await site.source()
    await site.later(0)
    site.time += timedelta(minutes=5)
    site.worker.start()
    async with asyncio.timeout(10):
        while await site.people() == 0:  # noqa: ASYNC110 (the worker tells nobody)
            await asyncio.sleep(0.01)
    await site.worker.close()

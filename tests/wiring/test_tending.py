"""One application in a server: what is noticed, when it is pushed, when everything is compared."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from provisioning.engine import Site
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.provisioned import latest_sequence
from scimbridge.provisioning.errors import PushOccupied, TargetUnavailable
from scimbridge.wiring.tending import Tending
from scimbridge.wiring.timetable import Timetable

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    database = Database(tmp_path / "scimbridge.db")
    yield await Site(database).open()
    await database.close()


def tend(site: Site, schedule: str = "") -> Tending:
    return Tending(
        site.provisioner,
        "slack",
        schedule,
        latest=partial(latest_sequence, site.database, "acme"),
        environment=site.environment(),
        tally=Counter(),
    )


async def test_what_changes_in_the_directory_is_pushed_and_counted(site: Site) -> None:
    tending = tend(site)
    [ada] = await site.people("ada")
    await tending.look()
    assert site.target.named("ada")["active"] is True
    await site.change(ada, title="Countess")
    await tending.look()
    assert site.target.named("ada")["title"] == "Countess"
    assert tending.tally == {"done": 2}


async def test_a_look_at_nothing_new_writes_nothing(site: Site) -> None:
    tending = tend(site)
    await site.people("ada")
    await tending.look()
    before = site.database.reader.execute("PRAGMA data_version").fetchone()
    await tending.look()
    assert site.database.reader.execute("PRAGMA data_version").fetchone() == before


async def test_in_quarantine_nothing_is_sent_though_changes_are_noticed(site: Site) -> None:
    tending = tend(site)
    [ada] = await site.people("ada")
    until = (NOON + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    await site.ledger.stand(lambda standing: standing._replace(quarantined=until))
    await tending.look()
    assert site.target.calls == []
    site.later(61)
    await site.change(ada, title="Countess")
    await tending.look()
    assert site.target.named("ada")["title"] == "Countess"


async def test_while_another_process_pushes_it_says_who(site: Site) -> None:
    await site.people("ada")
    await site.ledger.acquire("other:7", "2026-11-24T12:00:00.000Z", "2026-11-24T12:01:00.000Z")
    with pytest.raises(PushOccupied, match="other:7"):
        await tend(site).look()
    assert site.target.calls == []


async def test_everything_is_compared_when_the_schedule_says_so(site: Site) -> None:
    tending = tend(site, schedule="0 3 * * *")
    await site.people("ada")
    await tending.look()
    compared = []
    for hours in (14, 1.5, 1, 72, 0.1):
        site.later(hours * 3600)
        await tending.look()
        compared.append(site.ledger.standing().compared[:13])
    assert compared == ["", "2026-11-25T03", "2026-11-25T03", "2026-11-28T04", "2026-11-28T04"]


async def test_a_comparison_that_a_safeguard_holds_is_a_task_and_waits_for_its_next_time(site: Site) -> None:
    people = await site.people("ada", "bob")
    tending = tend(site, schedule="0 3 * * *")
    await tending.look()
    for record in people:
        await site.unassign(record)
    for work in await site.ledger.claim(site.environment().now(), 10):
        await site.ledger.cancel(work.type, work.source, work.kind)
    site.later(16 * 3600)
    await tending.look()
    [(_, reason)] = await site.tasks()
    assert "nobody" in reason.lower()
    assert site.ledger.standing().compared == ""
    await tending.look()
    assert [user["active"] for user in site.target.users.values()] == [True, True]


async def test_it_goes_on_after_whatever_went_wrong_and_stops_when_it_is_told(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    looks = asyncio.Semaphore(0)

    def latest() -> int:
        looks.release()
        raise TargetUnavailable("The database hiccups.")

    tending = Tending(site.provisioner, "slack", "", latest=latest, environment=site.environment(), tally=Counter())
    tending.start()
    await looks.acquire()
    await asyncio.wait_for(tending.stop(5), 5)
    assert "slack cannot be provisioned just now: The database hiccups." in caplog.text


@pytest.mark.parametrize(
    ("expression", "last", "minutes", "due"),
    [
        ("", "", 10_000, False),
        ("0 13 * * *", "", 59, False),
        ("0 13 * * *", "", 60, True),
        ("0 3 * * *", "2026-11-24T03:00:01.000Z", 0, False),
        ("0 3 * * *", "2026-11-23T03:00:01.000Z", 0, True),
    ],
)
def test_a_timetable_counts_from_the_last_time(expression: str, last: str, minutes: int, due: bool) -> None:
    now = NOON
    timetable = Timetable(expression, last, lambda: now)
    now += timedelta(minutes=minutes)
    assert timetable.take() is due


def test_of_several_times_that_were_missed_one_is_made_up() -> None:
    timetable = Timetable("0 * * * *", "2026-11-20T00:00:00.000Z", lambda: NOON)
    assert [timetable.take(), timetable.take()] == [True, False]

"""What the store of jobs promises, and the jobs over it (provisioning/jobs.py)."""

import asyncio
import logging
from typing import Any

import orjson
import pytest

from contract.conftest import counting, ticking
from scimbridge.adapters.sqlite.access import SqliteAccessStore
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.jobs import SqliteJobs
from scimbridge.provisioning.errors import PlanRefused, TargetUnavailable
from scimbridge.provisioning.jobs import STOPPED, Advance, Job, Jobs, Running, stop
from scimbridge.scim.errors import Conflict, InvalidValue, NotFound, TooManyRequests

PUSH = Job("j1", "push", "applications/portal", "admin:ada", "2026-11-24T12:00:00.000Z")
DONE = PUSH._replace(state="done", finished="2026-11-24T12:00:01.000Z", done=3, total=3, result='{"run":"r"}')
PORTAL = "applications/portal"


@pytest.fixture
def store(database: Database) -> SqliteJobs:
    return SqliteJobs(database, "r1")


class TestStore:
    async def test_a_job_is_what_was_put_in_and_what_it_came_to(self, store: SqliteJobs) -> None:
        assert await store.begin(PUSH) is None
        assert store.find("j1") == PUSH
        await store.advance("j1", 1, 3)
        assert store.find("j1") == PUSH._replace(done=1, total=3)
        await store.end(DONE)
        assert store.find("j1") == DONE
        await store.advance("j1", 1, 3)
        assert store.find("j1") == DONE, "progress that comes late is none"

    async def test_the_list_has_the_newest_first_and_no_results(self, store: SqliteJobs) -> None:
        await store.begin(PUSH)
        await store.end(DONE)
        await store.begin(PUSH._replace(id="j2"))
        assert store.all() == [PUSH._replace(id="j2"), DONE._replace(result="null")]

    async def test_another_realm_does_not_see_it(self, store: SqliteJobs, database: Database) -> None:
        await store.begin(PUSH)
        other = SqliteJobs(database, "r2")
        assert (other.find("j1"), other.all()) == (None, [])
        await other.end(DONE)
        assert store.find("j1") == PUSH
        assert await other.begin(PUSH._replace(id="j2")) is None

    async def test_the_same_is_begun_once_at_a_time(self, store: SqliteJobs) -> None:
        await store.begin(PUSH)
        assert await store.begin(PUSH._replace(id="j2")) == "j1"
        assert store.find("j2") is None
        assert await store.begin(PUSH._replace(id="j3", kind="plan")) is None
        assert await store.begin(PUSH._replace(id="j4", subject="applications/crm")) is None
        await store.end(DONE)
        assert await store.begin(PUSH._replace(id="j5")) is None

    async def test_one_whose_process_has_ended_has_failed_and_keeps_nobody_out(
        self, store: SqliteJobs, database: Database
    ) -> None:
        dead = Database(database.path)
        await SqliteJobs(dead, "r1").begin(PUSH)
        assert store.find("j1") == PUSH, "another process does it"
        await dead.close()
        failed = PUSH._replace(state="failed", reason=STOPPED)
        assert (store.find("j1"), store.all()) == (failed, [failed])
        assert await store.begin(PUSH._replace(id="j2")) is None
        assert store.find("j1") == failed

    async def test_of_many_the_latest_are_kept_and_those_under_way(self, store: SqliteJobs) -> None:
        await store.begin(PUSH)
        for number in range(60):
            plan = PUSH._replace(id=f"p{number}", kind="plan")
            await store.begin(plan)
            await store.end(plan._replace(state="done"))
        kept = [job.id for job in store.all()]
        assert kept == [*(f"p{number}" for number in range(59, 59 - len(kept) + 1, -1)), "j1"]
        assert 50 <= len(kept) <= 52

    async def test_they_go_with_their_realm(self, store: SqliteJobs, database: Database) -> None:
        await store.begin(PUSH)
        other = SqliteJobs(database, "r2")
        await other.begin(PUSH._replace(id="j2"))
        await database.write(lambda connection: connection.execute("INSERT INTO deleted_realm VALUES ('r1')"))
        await SqliteAccessStore(database).purge()
        assert (store.all(), [job.id for job in other.all()]) == ([], ["j2"])


class Site:
    """Jobs of a realm, and work that waits to be told how to end."""

    def __init__(self, store: SqliteJobs) -> None:
        self.running: Running = {}
        self.jobs = Jobs(store, self.running, clock=ticking(), ids=counting())
        self.ending = asyncio.Event()

    async def work(self, advance: Advance) -> Any:
        advance(1, 2)
        await self.ending.wait()
        advance(2, 2)
        return {"pushed": 2}

    async def attempt(self, error: Exception) -> Job:
        """The end of a job whose work fails so."""

        async def fail(_: Advance) -> Any:
            raise error

        job = await self.jobs.begin("push", PORTAL, "admin:ada", fail)
        return await self.jobs.find(job.id, 30)


@pytest.fixture
def site(store: SqliteJobs) -> Site:
    return Site(store)


class TestJobs:
    async def test_a_job_is_begun_waited_for_and_asked_for_later(self, site: Site) -> None:
        begun = await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        assert (begun.state, begun.kind, begun.subject, begun.actor) == ("running", "push", PORTAL, "admin:ada")
        assert (await site.jobs.find(begun.id)).state == "running"
        waiting = asyncio.create_task(site.jobs.find(begun.id, 30))
        site.ending.set()
        ended = await waiting
        assert (ended.state, ended.done, ended.total) == ("done", 2, 2)
        assert orjson.loads(ended.result) == {"pushed": 2}
        assert ended.finished > ended.started
        assert (await site.jobs.find(begun.id), site.running) == (ended, {})

    async def test_who_does_not_wait_long_enough_sees_it_under_way(self, site: Site) -> None:
        begun = await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        assert (await site.jobs.find(begun.id, 0.01)).state == "running"
        site.ending.set()
        assert (await site.jobs.find(begun.id, 30)).state == "done"

    async def test_nobody_waits_once_it_is_over(self, site: Site) -> None:
        begun = await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        over = iter([False, True])
        async with asyncio.timeout(20):
            assert (await site.jobs.find(begun.id, 30, lambda: next(over))).state == "running"
        await stop(site.running)

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (InvalidValue("Not so."), "Not so."),
            (TargetUnavailable("Nobody answers."), "Nobody answers."),
            (PlanRefused({"removals": "Too many.", "empty": "Nobody left."}), "Too many. Nobody left."),
        ],
    )
    async def test_what_is_refused_is_told_in_its_words(self, site: Site, error: Exception, reason: str) -> None:
        ended = await site.attempt(error)
        assert (ended.state, ended.reason) == ("failed", reason)

    async def test_safeguards_are_told_by_name(self, site: Site) -> None:
        ended = await site.attempt(PlanRefused({"removals": "Too many."}))
        assert orjson.loads(ended.result) == {"refused": {"removals": "Too many."}}

    async def test_a_bug_is_in_the_log_under_the_jobs_name_and_not_in_the_reason(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR):
            ended = await site.attempt(KeyError("hush-hush"))
        assert (ended.state, ended.id in ended.reason, "hush" in ended.reason) == ("failed", True, False)
        assert ended.id in caplog.text

    async def test_the_same_is_refused_while_it_is_under_way_naming_which(self, site: Site) -> None:
        begun = await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        with pytest.raises(Conflict, match=begun.id):
            await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        site.ending.set()
        await site.jobs.find(begun.id, 30)

    async def test_more_than_a_few_at_once_are_refused(self, site: Site) -> None:
        for number in range(4):
            await site.jobs.begin("push", f"applications/{number}", "admin:ada", site.work)
        with pytest.raises(TooManyRequests) as refused:
            await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        assert refused.value.headers["Retry-After"].isdigit()
        await stop(site.running)
        assert (await site.jobs.begin("push", PORTAL, "admin:ada", site.work)).state == "running"
        await stop(site.running)

    async def test_a_server_that_stops_tells_so(self, site: Site) -> None:
        begun = await site.jobs.begin("push", PORTAL, "admin:ada", site.work)
        await asyncio.sleep(0)
        await stop(site.running)
        ended = await site.jobs.find(begun.id)
        assert (ended.state, ended.reason, ended.done) == ("failed", STOPPED, 1)

    async def test_one_that_is_not_there_is_not_found(self, site: Site) -> None:
        for wait in (0.0, 30.0):
            with pytest.raises(NotFound, match="nothing"):
                await site.jobs.find("nothing", wait)

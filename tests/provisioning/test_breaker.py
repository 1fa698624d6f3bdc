"""The circuit breaker: when nothing more is sent, for how long, and what lifts it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from scimbridge.provisioning.breaker import Breaker, quarantine, release
from scimbridge.provisioning.errors import ProvisioningError, TargetRefused, TargetUnavailable
from scimbridge.provisioning.ports import Standing

from .engine import Site

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def tripped(*failures: bool) -> list[bool]:
    breaker = Breaker()
    return [breaker.note(failed=failed) for failed in failures]


class TestBreaker:
    def test_few_failures_tell_nothing(self) -> None:
        assert not any(tripped(*[True] * 19))

    def test_the_twentieth_of_nothing_but_failures_trips_it(self) -> None:
        assert tripped(*[True] * 20) == [False] * 19 + [True]

    def test_forty_of_a_hundred_are_borne(self) -> None:
        assert not any(tripped(*[False, False, False, True, True] * 40))

    def test_more_than_forty_are_not(self) -> None:
        assert any(tripped(*[True, False] * 20))

    def test_what_is_long_ago_does_not_count(self) -> None:
        assert not any(tripped(*[True] * 8, *[False] * 50, *[True] * 20))

    def test_it_counts_anew_after_it_has_tripped(self) -> None:
        assert tripped(*[True] * 40).count(True) == 2


@pytest.mark.parametrize(
    ("strikes", "until"), [(0, "12:01:00"), (1, "12:02:00"), (3, "12:08:00"), (6, "13:00:00"), (400, "13:00:00")]
)
def test_a_quarantine_doubles_up_to_an_hour(strikes: int, until: str) -> None:
    standing = quarantine(Standing(cursor=7, strikes=strikes), NOON, "503")
    assert standing == Standing(7, f"2026-11-24T{until}.000Z", "503", strikes + 1)
    assert release(standing) == Standing(7)


def answering(error: Callable[[], ProvisioningError]) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise error()

    return fail


class TestQuarantine:
    async def test_a_target_that_is_down_is_left_alone_after_twenty_failures(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(200)))
        site.target.fail = answering(lambda: TargetUnavailable("connection refused"))
        summary = await site.provisioner.push()
        assert 20 <= len(site.target.calls) < 30
        assert summary.quarantined == "2026-11-24T12:01:00.000Z"
        assert summary.reason.endswith("connection refused")
        assert summary.waiting == 200
        assert await site.events() == []

    async def test_when_it_is_over_one_request_decides(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(60)))
        site.target.fail = answering(lambda: TargetUnavailable("connection refused"))
        await site.provisioner.push(patience=0)
        site.later(61)
        assert len(await site.events()) == 1
        assert site.ledger.standing().quarantined == "2026-11-24T12:03:01.000Z"
        site.later(121)
        site.target.fail = lambda _: None
        await site.events()
        assert site.ledger.standing() == Standing(
            site.ledger.standing().cursor, compared=site.ledger.standing().compared
        )
        await site.require_agreement()

    async def test_a_person_can_lift_it(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(60)))
        site.target.fail = answering(lambda: TargetUnavailable("connection refused"))
        await site.provisioner.push(patience=0)
        site.target.fail = lambda _: None
        await site.ledger.stand(release)
        site.later(10)
        await site.events()
        await site.require_agreement()

    async def test_refusals_for_what_stands_in_the_resource_are_no_reason(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(60)))
        site.target.fail = answering(lambda: TargetRefused("userName must be an e-mail address"))
        summary = await site.provisioner.push()
        assert summary.counts == {("create", "refused"): 60}
        assert summary.quarantined == ""

    async def test_a_target_that_asks_for_patience_is_none(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(60)))
        asked: set[str] = set()

        def fail(call: str) -> None:
            if call not in asked:
                asked.add(call)
                raise TargetUnavailable("429", retry_after=1, throttled=True)

        site.target.fail = fail
        summary = await site.provisioner.push()
        assert (summary.retried, summary.quarantined) == (60, "")
        await site.require_agreement()

    async def test_a_credential_that_is_not_taken_is_one(self, site: Site) -> None:
        await site.people(*(f"user{number}" for number in range(60)))
        site.target.fail = answering(lambda: TargetRefused("401", forbidden=True))
        summary = await site.provisioner.push()
        assert summary.quarantined
        assert len(await site.tasks()) < 30

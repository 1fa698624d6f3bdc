"""A target that answers badly, as an administrator sees it: a task that can be read, and a retry that then works."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

import pytest

from scimbridge.provisioning.target import Reply, Request

from .conftest import Ours
from .site import ACTIONS, APPLICATION, REALM, Site
from .tap import SILENCE, faithful

pytestmark = pytest.mark.slow

HTML = b"<!doctype html><html><head><title>Sign in to Contoso</title></head></html>"
JSON = {"content-type": "application/scim+json"}
MOST_TRIES = 10

Spoil = Callable[[Reply], Reply]


class Case(NamedTuple):
    """What a create is answered with instead; the outcome and words in its reason.

    `made`: the target has made the user all the same, so that a second create would be one too many.
    """

    spoil: Spoil
    outcome: str
    words: str = ""
    made: bool = False


CASES: Mapping[str, Case] = {
    "page": Case(lambda _: Reply(200, HTML, {"content-type": "text/html"}), "misbehaved", "Sign in to Contoso"),
    "nothing": Case(lambda _: Reply(201, b"", JSON), "misbehaved", "201 Created with nothing"),
    "no-id": Case(lambda _: Reply(201, b'{"id": ".."}', JSON), "misbehaved", "has no id"),
    "moved": Case(lambda _: Reply(302, b"", {"location": "https://x/"}), "misbehaved", "Redirects are not followed"),
    "refused": Case(
        lambda _: Reply(400, b'{"status": "400", "scimType": "invalidValue", "detail": "No such town."}', JSON),
        "refused",
        "No such town.",
    ),
    "broken": Case(
        lambda _: Reply(500, b'{"status": "500", "detail": "The disk is full."}', JSON),
        "unavailable",
        "The disk is full.",
    ),
    "broken-later": Case(lambda _: Reply(500, b"", JSON), "unavailable", "500", made=True),
    "half": Case(
        lambda reply: Reply(201, reply.body[:40], {"content-length": str(len(reply.body)), "connection": "close"}),
        "unavailable",
        made=True,
    ),
    "silence": Case(lambda _: SILENCE, "unavailable", made=True),
    "page-later": Case(lambda _: Reply(201, HTML, {"content-type": "text/html"}), "done", made=True),
}


class Wrong:
    """A fault of the tap: replies to the creates of those who are named in CASES."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()

    def __call__(self, request: Request, ask: Callable[[], Reply]) -> Reply:
        if request.method != "POST" or request.path != "/Users":
            return ask()
        name = request.body["userName"]
        case = CASES.get(name)
        if case is not None and not case.made:
            return case.spoil(Reply(0, b""))
        reply = ask()
        self.made[name] += reply.status == 201
        return reply if case is None else case.spoil(reply)


def people(*names: str) -> list[dict[str, str]]:
    return [{"id": name, "login": name, "firstName": "Ada", "lastName": "Moss", "groups": "staff"} for name in names]


@pytest.fixture
def staff(site: Site, ours: Ours) -> Site:
    """With an application that waits for its people."""
    site.begin(ours.tap.url, ours.token, *ACTIONS)
    return site


def names_there(ours: Ours) -> list[str]:
    return sorted(user["userName"] for user in ours.there.all("Users"))


def test_every_bad_answer_is_a_task_that_can_be_read_and_tried_again(staff: Site, ours: Ours) -> None:
    wrong = ours.tap.fault = Wrong()
    good = [f"good{number}" for number in range(40)]
    staff.keep_people(people(*CASES, *good))
    staff.assign(groups=["staff"])
    first = staff.push("--wait", "0s")
    assert first.done.returncode == 1
    tried = {entry["name"]: entry for entry in reversed(entries(staff))}  # a slow machine has tried again by now
    assert {name: tried[name]["outcome"] for name in CASES} == {name: case.outcome for name, case in CASES.items()}
    for name, case in CASES.items():
        assert case.words in tried[name]["reason"], tried[name]

    # What may be a passing weakness is tried again. Who is there by now is found; the rest are tasks in the end.
    for _ in range(MOST_TRIES):
        if staff.standing()["waiting"] == 0:
            break
        staff.push("--wait", "0s")
    assert staff.standing()["waiting"] == 0
    tasks = {task["name"]: task["reason"] for task in staff.tasks()}
    lasting = {name: case for name, case in CASES.items() if not case.made}
    assert tasks.keys() == lasting.keys()
    shown = staff.command("task", "list", REALM, "--application", APPLICATION)
    for name, case in lasting.items():
        assert case.words in tasks[name], tasks[name]
        assert name in shown
        assert case.words in shown

    ours.tap.fault = faithful
    staff.command("task", "retry", REALM, "--application", APPLICATION, "--failed")
    assert staff.push().counts["create"] == len(lasting)
    assert (staff.tasks(), staff.push().counts) == ([], {})
    assert names_there(ours) == sorted([*CASES, *good])
    assert set(wrong.made.values()) == {1}


@pytest.mark.parametrize("way", ["seconds", "date"])
def test_a_target_that_asks_for_patience_gets_it(staff: Site, ours: Ours, way: str) -> None:
    asked: list[datetime] = []
    resumed: list[datetime] = []

    def busy(request: Request, ask: Callable[[], Reply]) -> Reply:
        """Says 429 to the first create."""
        if request.method == "POST" and not asked:
            asked.append(datetime.now(UTC))
            when = asked[0] + timedelta(seconds=3)
            after = "3" if way == "seconds" else format_datetime(when, usegmt=True)
            return Reply(429, b"", {"retry-after": after})
        if asked:
            resumed.append(datetime.now(UTC))
        return ask()

    ours.tap.fault = busy
    staff.keep_people(people("ada", "bo", "cai", "dee"))
    staff.set("--parallel", "1")
    staff.assign(groups=["staff"])
    pushed = staff.push()
    assert (pushed.counts, pushed.summary["retried"]) == ({"create": 4}, 1)
    assert min(resumed) - asked[0] >= timedelta(seconds=2)
    assert names_there(ours) == ["ada", "bo", "cai", "dee"]


def test_a_credential_that_ends_stops_everything_until_somebody_looks(staff: Site, ours: Ours) -> None:
    made = 0

    def expiring(request: Request, ask: Callable[[], Reply]) -> Reply:
        """Takes thirty people, then nobody."""
        nonlocal made
        if made >= 30:
            return Reply(401, b'{"status": "401", "detail": "The token has expired."}', JSON)
        made += request.method == "POST"
        return ask()

    ours.tap.fault = expiring
    staff.keep_people(people(*(f"p{number:03}" for number in range(120))))
    staff.assign(groups=["staff"])
    stopped = staff.push("--wait", "0s")
    assert stopped.done.returncode == 1
    assert "The token has expired." in stopped.summary["reason"]
    standing = staff.standing()
    assert (standing["linked"], bool(standing["quarantinedUntil"])) == (30, True)
    assert "The token has expired." in standing["reason"]

    # Nothing is sent as long as it stands still; then the rest comes, and nobody twice.
    ours.tap.take()
    staff.push("--wait", "0s")
    assert ours.tap.take() == []
    ours.tap.fault = faithful
    staff.of_application("application", "resume")
    staff.push()
    assert names_there(ours) == [f"p{number:03}" for number in range(120)]


def test_two_people_who_get_one_id_do_not_become_one(staff: Site, ours: Ours) -> None:
    first: list[bytes] = []

    def mixing(request: Request, ask: Callable[[], Reply]) -> Reply:
        """Answers every create with the first user that was made."""
        reply = ask()
        if request.method != "POST":
            return reply
        first.append(reply.body)
        return Reply(reply.status, first[0], reply.headers)

    ours.tap.fault = mixing
    staff.keep_people(people("ada", "bo", "cai"))
    staff.set("--parallel", "1")
    staff.assign(groups=["staff"])
    pushed = staff.push("--wait", "0s")
    assert pushed.outcomes["create", "done"] == 1, pushed.summary
    tasks = staff.tasks()
    assert len(tasks) == 2
    assert all("ada" in task["reason"] for task in tasks)
    ours.tap.fault = faithful
    staff.command("task", "retry", REALM, "--application", APPLICATION, "--failed")
    staff.push()
    assert len({link["target"] for link in staff.links()}) == 3
    assert names_there(ours) == ["ada", "bo", "cai"]


def entries(site: Site) -> list[dict[str, Any]]:
    """The application's journal."""
    lines = site.of_application("application", "journal", "--count", "1000", "--json").splitlines()
    return [json.loads(line) for line in lines]

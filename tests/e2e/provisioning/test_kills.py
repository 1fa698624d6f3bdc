"""kill -9 of a provisioner and of its target at random moments: in the end the target is as it is to be, nothing twice.

SCIMBRIDGE_TEST_KILLS is how often the provisioner is killed; its target a fifth of that.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from e2e.server import Installation, Server, start

from .site import ACTIONS, LIMIT, Directory
from .staff import EVERYBODY, TEAM, Staff, check_target

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("SCIMBRIDGE_TEST_KILLS", "5"))
APPLICATIONS = min(8, KILLS)
# Seconds after which a push with nothing to do would have waited for a lease of the dead, which ran out after 20.
AT_ONCE = 10.0
REALM = "acme"
PEOPLE, TEAMS = 80, 5
# Seconds from the first change that is noted; on a machine with nothing else to do all of them take a third of one.
MOMENTS = (0.0, 0.2)
SEED = 20_261_124


@dataclass(slots=True)
class Copy:
    """An application, and what has come of its pushes."""

    name: str
    token: str
    hits: int = 0


@dataclass(slots=True)
class Stage:
    """A directory here with several applications, and a server that has a realm for each."""

    here: Installation
    there: Installation
    target: Server
    staff: Staff
    copies: list[Copy] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 (moments, no secret)

    def add(self, name: str) -> None:
        self.there.command("realm", "create", name, "--password-policy", "ignore")
        token = self.there.command("token", "create", name, "provisioner")
        secret = self.here.folder / "secret"
        secret.write_text(token)
        connection = ("--url", self.target.scim(name), "--secret-file", str(secret), "--parallel", "4")
        # The staff changes as no staff does.
        self.here.command("application", "create", REALM, name, *connection, *ACTIONS, "--max-deactivations", "1")
        self.here.command("application", "assign", REALM, name, "--group", EVERYBODY)
        self.here.command("push-group", "add", REALM, name, "teams", "--starts-with", TEAM)
        self.copies.append(Copy(name, token))

    def start_push(self, copy: Copy, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "scimbridge", "push", REALM, copy.name, "--json", "--allow", "deactivations"]
        return subprocess.Popen(  # noqa: S603 (our own program)
            [*command, *options],
            env=self.here.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def push(self, copy: Copy, *options: str) -> dict[str, int]:
        """What was done, by action; all of it must be."""
        process = self.start_push(copy, *options)
        output, errors = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, f"{copy.name}: {output} {errors}"
        return {row["action"]: row["count"] for row in json.loads(output)["counts"]}

    def begun(self) -> int:
        """Changes that were noted before they were sent, so far."""
        with sqlite3.connect(f"file:{self.here.database}?mode=ro", uri=True) as connection:
            count: int = connection.execute("SELECT coalesce(max(sequence), 0) FROM push_journal").fetchone()[0]
        connection.close()
        return count

    def wait_for_more(self, begun: int, process: "subprocess.Popen[Any]") -> None:
        """Returns when more is noted than that, or the process has ended; then a moment later."""
        deadline = time.monotonic() + LIMIT
        while process.poll() is None and self.begun() == begun:
            assert time.monotonic() < deadline, "nothing is pushed"
            time.sleep(0.002)
        time.sleep(self.chance.uniform(*MOMENTS))

    def check(self) -> None:
        """Of every copy: the target is as it is to be, each was made once, and the journal knows of all."""
        tasks = json.loads(self.here.command("task", "list", REALM, "--json"))
        assert tasks == []
        for copy in self.copies:
            there = Directory(self.target, copy.name, copy.token)
            check_target(self.staff, there.all("Users"), there.all("Groups"))
            there.close()
            check_creates(self.there, copy.name)
            check_journal(self.here, copy.name)


def check_creates(installation: Installation, realm: str) -> None:
    """Nobody, and no team, was ever made twice there: people by who they are here, teams by their number."""
    lines = [json.loads(line) for line in installation.command("journal", realm, "--count", "0", "--json").splitlines()]
    created = [line for line in lines if line["operation"] == "create"]
    people = Counter(line["after"]["externalId"] for line in created if line["type"] == "User")
    assert {id_: count for id_, count in people.items() if count > 1} == {}
    assert len([line for line in created if line["type"] == "Group"]) == TEAMS


def check_journal(installation: Installation, application: str) -> None:
    """Whatever was begun has an outcome; what ended in no answer was taken up again."""
    words = ("application", "journal", REALM, application, "--count", "1000000", "--json")
    lines = [json.loads(line) for line in installation.command(*words).splitlines()]
    assert [line for line in lines if not line["outcome"]] == []
    last = {(line["type"], line["id"]): number for number, line in enumerate(lines) if line["outcome"] in KNOWN}
    left = [
        (line["action"], line["name"], line["outcome"])
        for number, line in enumerate(lines)
        if line["outcome"] not in KNOWN and last.get((line["type"], line["id"]), -1) < number
    ]
    assert left == []


KNOWN = ("done", "nothing", "abandoned")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    here, there = (Installation(tmp_path / name) for name in ("here", "there"))
    here.folder.mkdir()
    there.folder.mkdir()
    here.command("realm", "create", REALM)
    there.command("realm", "create", "first")
    staff = Staff(here.database, REALM, SEED)
    staff.begin(PEOPLE, TEAMS)
    stage = Stage(here, there, start(there), staff)
    yield stage
    if stage.target.process.poll() is None:
        stage.target.stop()


def test_a_push_that_is_killed_again_and_again(stage: Stage) -> None:
    for number in range(APPLICATIONS):
        stage.add(f"copy-{number}")
    for turn in range(4 * KILLS):
        if sum(copy.hits for copy in stage.copies) == KILLS:
            break
        copy = stage.copies[turn % APPLICATIONS]
        if turn >= APPLICATIONS:
            stage.staff.change(hired=stage.chance.randint(2, 10))
        begun = stage.begun()
        process = stage.start_push(copy)
        stage.wait_for_more(begun, process)
        copy.hits += process.poll() is None
        process.kill()
        process.communicate()
    for copy in stage.copies:
        stage.push(copy)
        assert stage.push(copy, "--everything", "--verify") == {}, "the target is not as it is believed to be"
    stage.check()
    assert sum(copy.hits for copy in stage.copies) == KILLS, "too few were at work when they were killed"


def test_a_push_begins_at_once_where_another_was_killed(stage: Stage) -> None:
    stage.add("copy")
    (copy,) = stage.copies
    process = stage.start_push(copy)
    stage.wait_for_more(0, process)
    assert process.poll() is None, "it was over before it was killed"
    process.kill()
    process.communicate()
    started = time.monotonic()
    stage.push(copy)
    assert time.monotonic() - started < AT_ONCE
    stage.check()


def test_a_server_that_is_killed_while_it_pushes(stage: Stage) -> None:
    for number in range(min(3, APPLICATIONS)):
        stage.add(f"copy-{number}")
    for turn in range(KILLS):
        if turn:
            stage.staff.change(hired=stage.chance.randint(2, 10))
        begun = stage.begun()
        server = start(stage.here)
        try:
            stage.wait_for_more(begun, server.process)
            stage.staff.change(hired=stage.chance.randint(2, 10))
            time.sleep(stage.chance.uniform(*MOMENTS))
        finally:
            server.kill()
    for copy in stage.copies:
        stage.push(copy)
        assert stage.push(copy) == {}, "the second push has something to do"
    stage.check()


def test_a_target_that_is_killed_while_it_is_pushed_to(stage: Stage) -> None:
    stage.add("copy")
    (copy,) = stage.copies
    port = urlsplit(stage.target.url).port
    for turn in range(max(2, KILLS // 5)):
        if turn:
            stage.staff.change(hired=stage.chance.randint(2, 10))
        begun = stage.begun()
        process = stage.start_push(copy, "--wait", "0s")
        stage.wait_for_more(begun, process)
        stage.target.kill()
        stage.target = start(stage.there, port=port)
        process.communicate(timeout=LIMIT)
        if turn % 2:  # the others go on from what the first left
            stage.here.attempt("application", "resume", REALM, copy.name)
            stage.push(copy)
    stage.here.attempt("application", "resume", REALM, copy.name)
    stage.push(copy)
    assert stage.push(copy) == {}, "the second push has something to do"
    stage.check()

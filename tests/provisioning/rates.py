"""How fast a push is against the same requests sent by a bare load generator, in one run, to one server.

    uv run --directory tests python -m provisioning.rates

A scimbridge server runs here as a process of its own, on a database in a temporary folder, with its usual settings;
its realms ignore passwords, whose hashing would be all that is measured. `scimbridge push` is another process on
another database. The bare load is the product's own generator (scimbridge bench): a lookup that finds nothing and a
create for each user, then the same for each group with its members; the bodies are those of the push. With --pin the
server has one processor and whoever sends another, as in docs/reference/performance.md; else all share them all. The
ratio counts, not the rate. With --large it also tells what a plan for ten changes among so many people takes.
"""

import argparse
import itertools
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from e2e.server import Installation, Server, running
from processors import pin
from scimbridge.adapters.load import LoadDriver
from scimbridge.interop.bench import Measurement, Request
from scimbridge.web.server import run as run_on_uvloop

from .crowd import EVERYBODY, TEAM, change, fill, user_name

# What a group of the size that is pushed here has beside its members.
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Of a server's own making, in what it answers.
ANSWERED = ("id", "meta", "groups")


class Spent(NamedTuple):
    """Wall seconds, and those of a processor: in the server, and in whoever sent. `requests`: answered."""

    seconds: float
    server: float
    sender: float
    requests: int


class Pushed(NamedTuple):
    """`engine`: seconds by the push's own account, without the start of the process. `peak`: MiB of its memory."""

    spent: Spent
    engine: float
    counts: Sequence[dict[str, Any]]
    peak: float


class Rig:
    """A server with realms to push to, and a directory with people to push."""

    def __init__(self, folder: Path, there: Installation, server: Server, parallel: int) -> None:
        self.folder, self.there, self.server, self.parallel = folder, there, server, parallel
        (folder / "here").mkdir()
        self.here = Installation(folder / "here")
        self._numbers = itertools.count(1)
        self._names = itertools.count(1)

    def new_realm(self) -> tuple[str, str]:
        """A realm there, and a token for it."""
        name = f"there-{next(self._names)}"
        self.there.command("realm", "create", name, "--password-policy", "ignore")
        return name, self.there.command("token", "create", name, "rates")

    def new_application(self, realm: str, there: str, token: str) -> str:
        """An application that everybody of a realm here is assigned to, with every team pushed."""
        name, secret = f"application-{there}", self.folder / "secret"
        secret.write_text(token)
        settings = ("--url", self.server.scim(there), "--secret-file", str(secret), "--parallel", str(self.parallel))
        actions = ("--push-new-users", "--push-profile-updates", "--deactivate-users", "--push-groups")
        self.here.command("application", "create", realm, name, *settings, *actions, "--passwords", "none")
        self.here.command("application", "assign", realm, name, "--group", EVERYBODY)
        self.here.command("push-group", "add", realm, name, "teams", "--starts-with", TEAM)
        return name

    def push(self, realm: str, application: str, there: str) -> Pushed:
        with self._measured(there) as measured:
            output, peak = self._run("push", realm, application, "--json")
        summary = json.loads(output)
        return Pushed(measured[0], summary["seconds"], summary["counts"], peak)

    def plan(self, realm: str, application: str) -> tuple[float, float, int]:
        """Seconds of the whole command, MiB at most, and how many changes it shows."""
        started = time.perf_counter()
        output, peak = self._run("plan", realm, application, "--json")
        return time.perf_counter() - started, peak, len(json.loads(output)["changes"])

    def bare(self, people: Sequence[dict[str, Any]], groups: Sequence[tuple[str, Sequence[str]]]) -> Spent:
        """What a push sends, sent by the load generator, to a new realm; `groups`: names, and userNames in them."""
        realm, token = self.new_realm()
        driver = LoadDriver(self.server.scim(realm), token, self.parallel)
        with self._measured(realm) as measured:
            made = _send(driver, _creations("/Users", "userName", people))
            ids = {user["userName"]: user["id"] for user in map(json.loads, made)}
            wanted = [
                {
                    "schemas": [GROUP],
                    "displayName": name,
                    "members": [{"value": ids[member], "display": member} for member in members],
                }
                for name, members in groups
            ]
            _send(driver, _creations("/Groups", "displayName", wanted))
        return measured[0]

    def people(self, there: str, token: str) -> Sequence[dict[str, Any]]:
        """What a push has sent of each user, as the server has it."""
        headers = {"Authorization": f"Bearer {token}"}
        found: list[dict[str, Any]] = []
        with httpx.Client(base_url=self.server.scim(there), headers=headers, timeout=60) as http:
            while True:
                query = {"startIndex": str(len(found) + 1), "count": "1000"}
                page = http.get("/Users", params=query).raise_for_status().json()
                found += page["Resources"]
                if len(found) >= page["totalResults"]:
                    return [{name: value for name, value in user.items() if name not in ANSWERED} for user in found]

    def requests(self, realm: str) -> int:
        """How many the server has answered for a realm."""
        metrics = httpx.get(f"{self.server.url}/metrics", timeout=30).raise_for_status().text
        counts = re.findall(rf'_count\{{[^}}]*realm="{realm}"[^}}]*\}} ([\d.e+]+)', metrics)
        return round(sum(float(count) for count in counts))

    @contextmanager
    def _measured(self, realm: str) -> Iterator[list[Spent]]:
        """Fills the list at the end."""
        measured: list[Spent] = []
        requests, started = self.requests(realm), time.perf_counter()
        server, sender = processor_time(self.server.process.pid), own_time()
        yield measured
        seconds = time.perf_counter() - started
        server, sender = processor_time(self.server.process.pid) - server, own_time() - sender
        measured.append(Spent(seconds, server, sender, self.requests(realm) - requests))

    def _run(self, *arguments: str) -> tuple[str, float]:
        """A command's output, and the MiB that it held at most."""
        command = [sys.executable, "-m", "scimbridge", *arguments]
        output, errors = self.folder / "output", self.folder / "errors"
        with output.open("w") as out, errors.open("w") as err:
            process = subprocess.Popen(  # noqa: S603 (our own program)
                command, env=self.here.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"scimbridge {' '.join(arguments)}: {output.read_text()} {errors.read_text()[-2000:]}")
        return output.read_text(), usage.ru_maxrss / 1024


def _send(driver: LoadDriver, requests: Iterator[Request]) -> Sequence[bytes]:
    """The bodies of what was created."""
    done: Measurement = run_on_uvloop(driver.run(lambda: next(requests, None), 3600))
    if done.unexpected or done.broken:
        sys.exit(f"unexpected answers: {dict(done.unexpected)}, {done.broken} broken connections")
    return done.kept


def _creations(path: str, name: str, resources: Sequence[dict[str, Any]]) -> Iterator[Request]:
    """Each looked up, as a push does, and created."""
    for wanted in resources:
        filter_text = quote(f"{name} eq {json.dumps(wanted[name])}", safe="")
        yield Request("GET", f"{path}?filter={filter_text}&startIndex=1&count=100", None, frozenset({200}))
        body = json.dumps(wanted, separators=(",", ":")).encode()
        yield Request("POST", path, body, frozenset({201}), keep=True)


def processor_time(process: int) -> float:
    """Seconds so far, of all its threads (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_time() -> float:
    """Of a processor, in this process and those that it has seen end."""
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def show(*cells: object) -> None:
    sys.stdout.write(f"| {' | '.join(str(cell) for cell in cells)} |\n")
    sys.stdout.flush()


def row(name: str, spent: Spent, people: int, *more: object) -> None:
    per_user = [f"{seconds / people * 1e6:.0f}" for seconds in (spent.seconds, spent.server, spent.sender)]
    show(name, spent.requests, f"{spent.seconds:.2f}", f"{people / spent.seconds:,.0f}", *per_user, *more)


def compare(rig: Rig, people: int, groups: int, each: int, rounds: int) -> None:
    """Bare, push, bare, push, ..., bare: each push against the mean of its neighbours."""
    rig.here.command("realm", "create", "here")
    fill(rig.here.database, "here", people, groups=groups, each=each)
    there, token = rig.new_realm()
    application = rig.new_application("here", there, token)
    rig.push("here", application, there)
    again = rig.push("here", application, there)
    bodies = rig.people(there, token)
    teams = [
        (f"{TEAM}{number:03}", [user_name((number * each + place) % people) for place in range(min(each, people))])
        for number in range(groups)
    ]
    show("", "requests", "s", "users/s", "us a user", "us in the server", "us in the sender", "engine s", "ratio")
    show(*["---"] * 9)
    before, ratios = rig.bare(bodies, teams), []
    row("bare", before, people, "", "")
    for _ in range(rounds):
        there, token = rig.new_realm()
        pushed = rig.push("here", rig.new_application("here", there, token), there)
        after = rig.bare(bodies, teams)
        wanted = (before.seconds + after.seconds) / 2
        ratios.append(wanted / pushed.engine)
        cells = (f"{pushed.engine:.2f}", f"{ratios[-1]:.2f} ({wanted / pushed.spent.seconds:.2f} with its start)")
        row("push", pushed.spent, people, *cells)
        row("bare", after, people, "", "")
        before = after
    sys.stdout.write(f"\nratio, median of {rounds}: {statistics.median(ratios):.2f} (wanted: 0.8)\n")
    sys.stdout.write(
        f"second push: {again.spent.requests} requests, {again.engine:.2f} s"
        f" ({again.spent.seconds:.2f} s with its start; wanted: 0 and less than 3), {again.peak:.0f} MiB\n"
    )


def plan_large(rig: Rig, people: int) -> None:
    """Ten changes among so many who were pushed."""
    rig.here.command("realm", "create", "large")
    fill(rig.here.database, "large", people, groups=0, each=0)
    there, token = rig.new_realm()
    application = rig.new_application("large", there, token)
    pushed = rig.push("large", application, there)
    row(f"push of {people:,}", pushed.spent, people, f"{pushed.engine:.2f}", f"{pushed.peak:.0f} MiB at most")
    change(rig.here.database, "large", range(0, people, people // 10))
    seconds, peak, changes = rig.plan("large", application)
    sys.stdout.write(f"\nplan of {changes} changes among {people:,}: {seconds:.2f} s, {peak:.0f} MiB at most\n")
    changed = rig.push("large", application, there)
    sys.stdout.write(f"their push: {changed.spent.requests} requests, {changed.engine:.2f} s, {changed.peak:.0f} MiB\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--each", type=int, default=100, help="members of a group")
    parser.add_argument("--parallel", type=int, default=16)
    parser.add_argument("--pin", action="store_true", help="a processor for the server, another for who sends")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=int, default=0, metavar="PEOPLE", help="plan ten changes among so many, too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "there").mkdir()
        there = Installation(folder / "there")
        there.command("realm", "create", "first")
        with running(there, "--metrics-public") as server:
            if chosen.pin:
                pin(server.process.pid, 0)
                pin(os.getpid(), 1)
            rig = Rig(folder, there, server, chosen.parallel)
            if chosen.rounds:
                compare(rig, chosen.users, chosen.groups, chosen.each, chosen.rounds)
            if chosen.large:
                plan_large(rig, chosen.large)


if __name__ == "__main__":
    main()

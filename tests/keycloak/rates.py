"""How fast the bridge is against the same Admin API calls made directly, in one run, with one client.

    uv run --directory tests python -m keycloak.rates http://127.0.0.1:8080 --users 10000

wants a Keycloak in development mode whose first administrator is admin/admin; it makes a realm there and deletes it.
The bridge runs here, as a process of its own, on a database in a temporary folder. Client, bridge and Keycloak share
this machine's processors: the ratio counts, not the rate. With --keycloak-pid each operation tells the processor time
that it takes in Keycloak, in the bridge and in this client, which other work on the machine disturbs least; and with
--pin Keycloak and the bridge have a processor each, with the client on whichever of the two is free.
"""

import argparse
import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from processors import pin
from scimbridge.adapters.load import LoadDriver, Source
from scimbridge.interop.bench import Measurement, Request

from .journeys.bridged import PATCH, Bridged, bridged, every, scim_user
from .journeys.console import Console, KeycloakRealm, person

PASSWORD = "Rates-7Kq2ZxV9-of-the-bridge"
# A prime: jumps about, so that no cache sees an order.
STRIDE = 7919
# So many who can still join a group that holds all others.
JOINERS = 6_000


class Run:
    """Two realms of one Keycloak, one with a bridge before it, and the same connections to both.

    In one realm the bridge would be busy with taking note of what is made directly.
    """

    def __init__(
        self, realm: KeycloakRealm, bridge: Bridged, connections: int, seconds: float, keycloak: int | None
    ) -> None:
        self.realm, self.bridge, self.seconds = realm, bridge, seconds
        self.processes = (keycloak, bridge.server.process.pid, os.getpid()) if keycloak else ()
        admin = f"{realm.console.url}/admin/realms/{realm.name}"
        self.direct = LoadDriver(admin, realm.client_token(), connections, "application/json")
        self.scim = LoadDriver(bridge.base, bridge.token, connections)
        self.numbers = itertools.count(1)

    def measure(self, driver: LoadDriver, source: Source, seconds: float = 0) -> Measurement:
        done = asyncio.run(driver.run(source, seconds or self.seconds))
        if done.unexpected or done.broken:
            sys.exit(f"unexpected answers: {dict(done.unexpected)}, {done.broken} broken connections")
        return done

    def seed(self, users: int) -> None:
        """So many users on each way, without passwords."""
        for driver, create in ((self.direct, self.admin_create), (self.scim, self.scim_create)):
            requests = (create() for _ in range(users))
            self.measure(driver, lambda requests=requests: next(requests, None), 3600)  # type: ignore[misc]

    def admin_create(self, **more: Any) -> Request:
        """What the bridge writes for such a user, its external id included."""
        name = f"direct-{next(self.numbers)}@example.test"
        user = person(name) | {"attributes": {"externalId": [f"00u-{name}"]}} | more
        return Request("POST", "/users", json.dumps(user).encode(), frozenset({201}))

    def scim_create(self, **more: Any) -> Request:
        user = scim_user(f"bridge-{next(self.numbers)}@example.test") | more
        return Request("POST", "/Users", json.dumps(user).encode(), frozenset({201}))

    def compare(self, operation: str, wanted: float, direct: Source, scim: Source) -> None:
        """The direct calls first and last, and their mean: what Java compiles meanwhile is in neither's favour."""
        first, begin = self.timed(self.direct, direct)
        middle, through = self.timed(self.scim, scim)
        last, end = self.timed(self.direct, direct)
        theirs, ours = (first + last) / 2, middle
        good = "" if ours >= wanted * theirs else " MISSED"
        costs = "".join(f" {cost} |" for cost in (begin, end, through)) if self.processes else ""
        sys.stdout.write(
            f"| {operation} | {theirs:,.0f} | {ours:,.0f} | {ours / theirs:.2f} | {wanted} |{costs}{good}\n"
        )
        sys.stdout.flush()

    def timed(self, driver: LoadDriver, source: Source) -> tuple[float, str]:
        """Good answers a second, and the milliseconds of a processor for each in the three processes."""
        before = [processor_time(process) for process in self.processes]
        done = self.measure(driver, source)
        spent = [processor_time(process) - then for process, then in zip(self.processes, before, strict=True)]
        return done.rate, " ".join(f"{seconds * 1000 / max(1, len(done.latencies)):.3f}" for seconds in spent)

    def writes(self) -> None:
        self.compare("create", 0.8, self.admin_create, self.scim_create)
        clear = [{"type": "password", "value": PASSWORD, "temporary": False}]
        self.compare(
            "create with password",
            1.6,
            lambda: self.admin_create(credentials=clear),
            lambda: self.scim_create(password=PASSWORD),
        )

    def joins(self, theirs: Sequence[str], ours: Sequence[str], filled: int) -> None:
        """Each user joins a group that holds `filled` already."""
        groups = [self.realm.make("/groups", {"name": f"rates-{filled}"})]
        groups.append(self.bridge.scim("POST", "/Groups", {"displayName": f"rates-{filled}"}).json()["id"])
        for driver, join, ids, group in (
            (self.direct, self.admin_join, theirs, groups[0]),
            (self.scim, self.scim_join, ours, groups[1]),
        ):
            fill = (join(id_, group) for id_ in ids[:filled])
            self.measure(driver, lambda fill=fill: next(fill, None), 3600)  # type: ignore[misc]
        # Nobody twice: who is a member already costs Keycloak half.
        there, here = iter(theirs[filled:]), iter(ours[filled:])
        self.compare(
            f"join a group of {filled:,}",
            0.8,
            lambda: next((self.admin_join(id_, groups[0]) for id_ in there), None),
            lambda: next((self.scim_join(id_, groups[1]) for id_ in here), None),
        )

    @staticmethod
    def admin_join(user: str, group: str) -> Request:
        return Request("PUT", f"/users/{user}/groups/{group}", None, frozenset({204}))

    @staticmethod
    def scim_join(user: str, group: str) -> Request:
        operation = {"op": "add", "path": "members", "value": [{"value": user}]}
        body = json.dumps({"schemas": [PATCH], "Operations": [operation]}).encode()
        return Request("PATCH", f"/Groups/{group}?excludedAttributes=members", body, frozenset({200, 204}))

    def reads(self, theirs: Sequence[dict[str, Any]], ours: Sequence[dict[str, Any]]) -> None:
        ok, turns = frozenset({200}), itertools.count()

        def any_of(users: Sequence[dict[str, Any]]) -> dict[str, Any]:
            return users[next(turns) * STRIDE % len(users)]

        def get(path: str) -> Request:
            return Request("GET", path, None, ok)

        self.compare(
            "get", 10, lambda: get(f"/users/{any_of(theirs)['id']}"), lambda: get(f"/Users/{any_of(ours)['id']}")
        )
        self.compare(
            "lookup by name",
            10,
            lambda: get(f"/users?exact=true&username={quote(any_of(theirs)['username'])}"),
            lambda: get(f"/Users?filter={quote('userName eq ' + json.dumps(any_of(ours)['userName']))}"),
        )
        self.compare(
            "page of 100",
            10,
            lambda: get(f"/users?first={len(theirs) // 2}&max=100"),
            lambda: get(f"/Users?startIndex={len(ours) // 2 + 1}&count=100"),
        )

    def end_of_access(self, count: int) -> float:
        """Seconds from the deactivation until no token of its user is good any more; the longest of `count`."""
        longest = 0.0
        for number in range(count):
            name = f"ended-{number}@example.test"
            user = self.bridge.create(name, password=PASSWORD)["id"]
            session = self.bridge.behind.sign_in(name, PASSWORD, "openid offline_access")
            assert session
            begun = time.perf_counter()
            self.bridge.set_active(user, active=False)
            assert not session.known()
            longest = max(longest, time.perf_counter() - begun)
        return longest


def processor_time(process: int) -> float:
    """Seconds so far, of all its threads (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keycloak", help="its URL, e.g. http://127.0.0.1:8080")
    parser.add_argument("--users", type=int, default=10_000, help="how many are there before anything is measured")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5, help="for each operation")
    parser.add_argument("--keycloak-pid", type=int, help="its Java process on this machine (Linux)")
    parser.add_argument("--pin", action="store_true", help="a processor for Keycloak, another for the bridge")
    chosen = parser.parse_args()
    if chosen.pin and not chosen.keycloak_pid:
        parser.error("--pin wants --keycloak-pid")
    with closing(Console(chosen.keycloak)) as console:
        name = f"rates-{time.time_ns() % 10**9}"
        realm, behind = (
            KeycloakRealm.create(console, f"{name}-{way}", accessTokenLifespan=7200) for way in ("direct", "bridge")
        )
        try:
            with (
                tempfile.TemporaryDirectory() as folder,
                bridged(Path(folder), behind, "--freshness", "86400") as bridge,
            ):
                if chosen.pin:
                    pin(chosen.keycloak_pid, 0)
                    pin(bridge.server.process.pid, 1)
                measure(Run(realm, bridge, chosen.connections, chosen.seconds, chosen.keycloak_pid), chosen.users)
        finally:
            realm.delete()
            behind.delete()


def measure(run: Run, count: int) -> None:
    """All of it, a line of a table as each is known."""
    run.measure(run.direct, run.admin_create, 5)  # what Java compiles for it, it compiles now
    begun = time.perf_counter()
    run.seed(count)
    sys.stdout.write(f"{count} users on each way in {time.perf_counter() - begun:.0f} s\n\n")
    costs = ["direct, first: ms in Keycloak, bridge, client", "direct, last", "bridge"] if run.processes else []
    head = ["operation", "direct, a second", "bridge, a second", "ratio", "at least", *costs]
    sys.stdout.write(f"| {' | '.join(head)} |\n{'|---' * len(head)}|\n")
    run.writes()
    run.seed(JOINERS)
    theirs, ours = run.realm.users(), list(every(run.bridge.http, "/Users"))
    for filled in (0, min(10_000, count)):
        run.joins([user["id"] for user in theirs], [user["id"] for user in ours], filled)
    run.reads(theirs, ours)
    sys.stdout.write(f"\nend of access after a deactivation: {run.end_of_access(20) * 1000:.0f} ms at most\n")


if __name__ == "__main__":
    main()

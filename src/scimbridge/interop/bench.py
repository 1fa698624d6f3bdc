"""How fast is a SCIM server: the operations that identity providers send, and what came of them.

Users and one group are made for it under a name of their own, and deleted afterwards. A request counts only if its
status is the expected one.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import orjson

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

OPERATIONS = ("get", "filter", "page", "patch", "create", "add-member")

# Members a PATCH while the group is filled: what AWS and Keycloak allow at most.
_FILL = 100

# Seconds; a run that ends when its requests do.
_UNTIL_DRY = 3600.0

# A prime: it visits every user unless their number is a multiple of it.
_STRIDE = 7919


@dataclass(frozen=True, slots=True)
class Request:
    """A request below the SCIM base URL; `keep` asks for the answer's body in `Measurement.kept`."""

    method: str
    path: str
    body: bytes | None
    expected: frozenset[int]
    keep: bool = False


@dataclass(slots=True)
class Measurement:
    """What a run saw; latencies in seconds, in order of arrival."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    unexpected: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    kept: list[bytes] = field(default_factory=list)

    def add(self, request: Request, status: int, body: bytes, latency: float) -> None:
        if status not in request.expected:
            self.unexpected[status] += 1
            return
        self.latencies.append(latency)
        if request.keep:
            self.kept.append(body)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of the good answers did not exceed; 0 if there are none."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Driver(Protocol):
    """Sends requests over a number of connections until the time is up or the source is dry."""

    async def run(self, source: Callable[[], Request | None], seconds: float) -> Measurement: ...


class BenchRefusedError(Exception):
    """The server did not take what the run needs first."""


class Bench:
    """One run against one server; `run` names its users and group."""

    def __init__(self, driver: Driver, run: str, users: int) -> None:
        self._driver, self._run, self._wanted = driver, run, users
        self._turns = itertools.count()
        self._numbers = itertools.count(1)
        self._users: list[tuple[str, str]] = []
        self._outside: list[str] = []
        self._group = ""

    async def prepare(self) -> None:
        """Makes the users, and a group that holds them all. Raises BenchRefusedError."""
        # One request first: a server that slows down bad credentials would be asked a thousand times otherwise.
        await self._drain(iter([Request("GET", "/Users?count=1", None, frozenset({200}))]))
        made = await self._driver.run(_in_turn(self._creation() for _ in range(self._wanted)), _UNTIL_DRY)
        self._users = [_identity(body) for body in made.kept]
        _check(made)
        if len(self._users) < self._wanted:
            raise BenchRefusedError(f"only {len(self._users)} of {self._wanted} users could be created")
        group = {"schemas": [GROUP], "displayName": f"bench-{self._run}"}
        bodies = await self._drain(iter([_post("/Groups", group)]))
        if not bodies:
            raise BenchRefusedError("the group could not be created")
        self._group = orjson.loads(bodies[0])["id"]
        ids = [id_ for id_, _ in self._users]
        for start in range(0, len(ids), _FILL):
            await self._drain(iter([self._addition(ids[start : start + _FILL])]))

    async def measure(self, operation: str, seconds: float) -> Measurement:
        """Runs one of OPERATIONS for so long."""
        measurement = await self._driver.run(self._source(operation), seconds)
        if operation == "create":
            self._outside += [_identity(body)[0] for body in measurement.kept]
        return measurement

    async def clean_up(self) -> None:
        """Deletes everything that the run made."""
        ids = [id_ for id_, _ in self._users] + self._outside
        paths = ([f"/Groups/{self._group}"] if self._group else []) + [f"/Users/{id_}" for id_ in ids]
        await self._drain(Request("DELETE", path, None, frozenset({204})) for path in paths)

    def _source(self, operation: str) -> Callable[[], Request | None]:
        ok = frozenset({200})
        if operation == "get":
            return lambda: Request("GET", f"/Users/{self._any_user()[0]}", None, ok)
        if operation == "filter":
            return lambda: Request("GET", f"/Users?filter={quote(self._lookup())}", None, ok)
        if operation == "page":
            middle = Request("GET", f"/Users?startIndex={len(self._users) // 2 + 1}&count=100", None, ok)
            return lambda: middle
        if operation == "patch":
            turns = ((id_, active) for active in itertools.cycle((False, True)) for id_, _ in self._users)
            return lambda: self._activation(*next(turns))
        if operation == "create":
            return self._creation
        outsiders = iter(tuple(self._outside))
        return lambda: next((self._addition([id_]) for id_ in outsiders), None)

    async def _drain(self, requests: Iterator[Request]) -> Sequence[bytes]:
        measurement = await self._driver.run(_in_turn(requests), _UNTIL_DRY)
        _check(measurement)
        return measurement.kept

    def _any_user(self) -> tuple[str, str]:
        """Jumps about, so that a server's caches see no order; repeatable, so that runs compare."""
        return self._users[next(self._turns) * _STRIDE % len(self._users)]

    def _lookup(self) -> str:
        return f'userName eq "{self._any_user()[1]}"'

    def _creation(self) -> Request:
        number = next(self._numbers)
        name = f"bench-{self._run}-{number}@example.test"
        user = {
            "schemas": [USER],
            "userName": name,
            "name": {"givenName": f"Given{number}", "familyName": f"Family{number}"},
            "emails": [{"primary": True, "value": name, "type": "work"}],
            "displayName": f"Given{number} Family{number}",
            "locale": "en-US",
            "externalId": f"00ubench{self._run}{number}",
            "active": True,
        }
        return _post("/Users", user)

    def _activation(self, id_: str, active: bool) -> Request:
        return _patch(f"/Users/{id_}", {"op": "replace", "value": {"active": active}})

    def _addition(self, ids: Sequence[str]) -> Request:
        values = [{"value": id_} for id_ in ids]
        return _patch(f"/Groups/{self._group}", {"op": "add", "path": "members", "value": values})


def _in_turn(requests: Iterator[Request]) -> Callable[[], Request | None]:
    return lambda: next(requests, None)


def _check(measurement: Measurement) -> None:
    """Raises BenchRefusedError unless every request was answered as it had to be."""
    if measurement.unexpected:
        status, count = measurement.unexpected.most_common(1)[0]
        raise BenchRefusedError(f"{count} requests of the preparation were answered with status {status}")
    if measurement.broken:
        raise BenchRefusedError(f"{measurement.broken} connections broke during the preparation")


def _post(path: str, body: object) -> Request:
    return Request("POST", path, orjson.dumps(body), frozenset({201}), keep=True)


def _patch(path: str, operation: object) -> Request:
    body = orjson.dumps({"schemas": [PATCH], "Operations": [operation]})
    return Request("PATCH", path, body, frozenset({200, 204}))


def _identity(body: bytes) -> tuple[str, str]:
    user = orjson.loads(body)
    return user["id"], user["userName"]

"""A service over the memory store, with a clock and ids that tests can foretell."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from scimbridge.access.realm import Realm
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.directory.passwords import StoredPasswords
from scimbridge.directory.ports import Actor
from scimbridge.directory.service import Call, Service
from scimbridge.scim.core import CORE
from scimbridge.scim.discovery import Limits
from scimbridge.scim.messages import SearchRequest

BASE = "https://id.example.test/realms/acme/scim/v2"
USERS, GROUPS = CORE.by_endpoint["Users"], CORE.by_endpoint["Groups"]


class ReversingHasher:
    """Stands for argon2id where only the flow counts: slow hashing is tested in test_passwords.py."""

    def __init__(self) -> None:
        self.hashed: list[str] = []

    async def hash(self, password: str) -> str:
        self.hashed.append(password)
        return password[::-1]

    async def verify(self, encoded: str, password: str) -> bool:
        return encoded == password[::-1]


class Site:
    """One realm, and short words for what tests do to it."""

    def __init__(self, **settings: Any) -> None:
        instants = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in itertools.count())
        numbers = itertools.count(1)
        self.directory = MemoryDirectory(
            CORE,
            realm="r1",
            clock=lambda: next(instants),
            ids=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
        )
        self.hasher = ReversingHasher()
        realm = Realm(id="r1", name="acme", **settings)
        self.service = Service(realm, CORE, self.directory, StoredPasswords(self.hasher), Limits())

    def call(self, if_match: str | None = None, **request: Any) -> Call:
        return Call(BASE, Actor("tester"), SearchRequest(**request), if_match)

    async def user(self, user_name: str = "ada@example.test", **attributes: Any) -> dict[str, Any]:
        rendered = await self.service.create(USERS, {"userName": user_name, **attributes}, self.call())
        return dict(orjson.loads(rendered.body))

    async def group(self, name: str, *members: str) -> dict[str, Any]:
        body = {"displayName": name, "members": [{"value": member} for member in members]}
        return dict(orjson.loads((await self.service.create(GROUPS, body, self.call())).body))

    async def show(self, id_: str, **request: Any) -> dict[str, Any]:
        kind = USERS if self.directory.get("User", id_) else GROUPS
        return dict(orjson.loads((await self.service.read(kind, id_, self.call(**request))).body))


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def make_site() -> Callable[..., Site]:
    return Site


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}

"""A bridged realm over stores in memory and a Keycloak in memory, with a clock that tests move."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.adapters.memory.directory import MemoryDirectory
from scimbridge.adapters.memory.ledger import MemoryLedger
from scimbridge.bridge.directory import BridgedDirectory
from scimbridge.bridge.mapping import AccountMapping
from scimbridge.directory.ports import (
    Actor,
    Change,
    Directory,
    Document,
    Entry,
    JournalQuery,
    MemberChange,
    New,
    Password,
    Query,
    Record,
)
from scimbridge.scim.core import CORE
from scimbridge.scim.filter import bind_text

from .fake import FakeKeycloak

if TYPE_CHECKING:
    from scimbridge.bridge.ports import Ledger

OKTA = Actor("service-account-okta", "okta", "req-1")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def user(name: str, /, **attributes: Any) -> Document:
    return {"schemas": [USER], "userName": name, "active": True, **attributes}


def group(name: str, /, **attributes: Any) -> Document:
    return {"schemas": [GROUP], "displayName": name, **attributes}


class Site:
    """One realm, and short words for what tests do to it."""

    def __init__(self, **settings: Any) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.setting = Keycloak("https://kc.example.test/realms/acme", **settings)
        self.keycloak = FakeKeycloak(lambda: self.time)
        numbers = itertools.count(1)
        self._ids = lambda: f"local-{next(numbers)}"
        self.local: Directory = MemoryDirectory(CORE, realm="r1", clock=lambda: self.time, ids=self._ids)
        self.ledger: Ledger = MemoryLedger()
        self.slept = 0.0
        self.directory = self.restarted()

    def restarted(self) -> BridgedDirectory:
        """The directory as another process would have it."""
        self.directory = BridgedDirectory(
            self.local,
            self.keycloak,
            self.ledger,
            CORE,
            self.setting,
            clock=lambda: self.time,
            ids=self._ids,
            sleep=self._sleep,
        )
        return self.directory

    def later(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def user(self, name: str, /, password: Password | None = None, **attributes: Any) -> Record:
        return await self.directory.create(New("User", user(name, **attributes), password=password), OKTA)

    async def group(self, name: str, members: Sequence[str] = ()) -> Record:
        return await self.directory.create(New("Group", group(name), members), OKTA)

    async def change(
        self,
        record: Record,
        document: Document | None = None,
        *members: MemberChange,
        password: Password | None = None,
    ) -> Record | None:
        change = Change(document, members, password)
        return await self.directory.update(record.type, record.id, lambda _: change, OKTA)

    async def delete(self, record: Record) -> bool:
        return await self.directory.delete(record.type, record.id, lambda _: None, OKTA)

    async def show(self, record: Record) -> Document | None:
        """The resource as a client would see it now."""
        await self.directory.confirm(record.type, record.id)
        found = self.directory.get(record.type, record.id)
        return None if found is None else orjson.loads(found.document)

    async def find(self, kind: str, text: str) -> list[Document]:
        page = await self.directory.search(Query({kind: bind_text(text, CORE.by_name[kind])}))
        return [orjson.loads(record.document) for record in page.records]

    async def members(self, record: Record) -> set[str]:
        return {member.id for member in await self.directory.members(record.id)}

    async def journal(self) -> Sequence[Entry]:
        return await self.directory.journal(JournalQuery())

    async def require_agreement(self) -> None:
        """Both sides have the same users, groups and members, each once, and nothing is left half done."""
        page = await self.local.search(Query({"User": None, "Group": None}, count=1000))
        links = self.ledger.links([record.id for record in page.records])
        assert links.keys() == {record.id for record in page.records}
        assert {link.target for link in links.values()} == {*self.keycloak.accounts_by_id, *self.keycloak.groups_by_id}
        mapping = AccountMapping(CORE.by_name["User"], self.setting.attributes)
        for record in page.records:
            document, target = orjson.loads(record.document), links[record.id].target
            if record.type == "User":
                assert mapping.actual(self.keycloak.accounts_by_id[target]) == mapping.desired(document)
                continue
            assert self.keycloak.groups_by_id[target].name == document["displayName"]
            ours = {links[member.id].target for member in await self.local.members(record.id)}
            theirs = {account for account, of in self.keycloak.joined if of == target}
            assert ours == theirs | {
                child.id for child in self.keycloak.groups_by_id.values() if child.parent == target
            }
        assert await self.ledger.open_intents() == []

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def make_site() -> Callable[..., Site]:
    return Site

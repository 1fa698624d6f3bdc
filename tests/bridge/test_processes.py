"""Two servers on one database file, with one Keycloak behind both: neither takes the other's work for anything else."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.directory import SqliteDirectory
from scimbridge.adapters.sqlite.links import SqliteLedger
from scimbridge.directory.ports import AddMembers
from scimbridge.scim.core import CORE
from scimbridge.scim.errors import Unavailable

from .conftest import Site, user

Pair = tuple[Site, Site]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    first, second = (Site(identity_provider="okta", adopt=frozenset({"userName"}), pool_size=1) for _ in range(2))
    second.keycloak = first.keycloak
    numbers = itertools.count(1)
    databases = []
    for site in (first, second):
        databases.append(Database(tmp_path / "scimbridge.db"))
        site.local = SqliteDirectory(
            databases[-1], "r1", CORE, clock=lambda: first.time, ids=lambda: f"id-{next(numbers)}"
        )
        site.ledger = SqliteLedger(databases[-1], "r1")
        site.restarted()
    yield first, second
    for site, database in zip((first, second), databases, strict=True):
        await site.directory.close()
        await database.close()


class Halt:
    """Stops the n-th call of a name until it is let go."""

    def __init__(self, name: str, nth: int = 1) -> None:
        self._name, self._left = name, nth
        self.reached, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                self.reached.set()
                await self.go.wait()


async def halted(
    site: Site, write: Awaitable[object], name: str, nth: int = 1
) -> tuple[Halt, "asyncio.Future[object]"]:
    """The write, begun and stopped there."""
    site.keycloak.pause = halt = Halt(name, nth)
    task = asyncio.ensure_future(write)
    await halt.reached.wait()
    return halt, task


async def look_around(site: Site) -> None:
    """All that a server does by itself."""
    site.later(3600)
    await site.directory.heal()
    await site.directory.sweep()
    await site.directory.follow()


async def test_a_change_that_the_other_has_half_done_is_not_taken_back(pair: Pair) -> None:
    first, second = pair
    ada = await first.user("ada")
    halt, change = await halted(first, first.change(ada, user("ada", active=False)), "end_access")
    await look_around(second)
    assert await second.show(ada) == {"id": ada.id} | user("ada")
    assert not first.keycloak.accounts_by_id[ada.id].enabled
    halt.go.set()
    await change
    await second.require_agreement()


async def test_a_user_whom_the_other_makes_is_nobody_found_there(pair: Pair) -> None:
    first, second = pair
    halt, create = await halted(first, first.user("ada", externalId="00u1"), "link_identity")
    await look_around(second)
    assert await second.find("User", 'userName eq "ADA"') == []
    with pytest.raises(Unavailable, match="another process"):
        await second.user("Ada")
    halt.go.set()
    await create
    await second.require_agreement()


async def test_a_member_whom_the_other_puts_in_stays_in(pair: Pair) -> None:
    first, second = pair
    crew, people = await first.group("crew"), [await first.user(name) for name in ("ada", "bo")]
    adding = first.change(crew, None, AddMembers([person.id for person in people]))
    halt, change = await halted(first, adding, "join", 2)
    await look_around(second)
    assert len(first.keycloak.joined) == 1
    halt.go.set()
    await change
    await second.require_agreement()


async def test_one_resource_is_changed_by_one_of_them_at_a_time_and_another_at_the_same_time(pair: Pair) -> None:
    first, second = pair
    ada, bo = [await first.user(name) for name in ("ada", "bo")]
    halt, change = await halted(first, first.change(ada, user("ada", active=False)), "end_access")
    with pytest.raises(Unavailable, match="another process") as refused:
        await second.change(ada, user("ada", title="Boss"))
    assert refused.value.headers == {"Retry-After": "1"}
    with pytest.raises(Unavailable):
        await second.delete(ada)
    assert await second.change(bo, user("bo", title="Boss"))
    halt.go.set()
    await change
    assert await second.change(ada, user("ada", title="Boss", active=False))
    await second.require_agreement()


async def test_both_put_members_into_one_group_at_a_time_but_not_the_same(pair: Pair) -> None:
    first, second = pair
    crew, people = await first.group("crew"), [(await first.user(name)).id for name in ("ada", "bo", "cy")]
    halt, change = await halted(first, first.change(crew, None, AddMembers(people[:2])), "join", 2)
    assert await second.change(crew, None, AddMembers(people[2:]))
    with pytest.raises(Unavailable):
        await second.change(crew, None, AddMembers(people[:1]))
    halt.go.set()
    await change
    assert await second.members(crew) == set(people)
    await second.require_agreement()


@pytest.mark.parametrize(
    ("write", "where"),
    [
        (lambda site, _: site.user("bo", externalId="00u1"), "link_identity"),
        (lambda site, ada: site.change(ada, user("ada", active=False)), "end_access"),
    ],
)
async def test_what_a_process_left_that_is_no_more_is_healed_by_the_other(
    pair: Pair, write: Callable[[Site, object], Awaitable[object]], where: str
) -> None:
    first, second = pair
    ada = await first.user("ada")
    _, task = await halted(first, write(first, ada), where)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    first.keycloak.pause = None
    await second.directory.heal()
    assert len(await second.ledger.open_intents()) == 1
    first.ledger.close()
    await second.directory.heal()
    await second.require_agreement()


async def test_one_of_them_tends_the_realm_and_the_other_when_that_rests_or_is_no_more(pair: Pair) -> None:
    first, second = (site.directory for site in pair)
    assert [await first.tend(), await second.tend(), await first.tend()] == [True, False, True]
    await first.rest()
    assert [await second.tend(), await first.tend()] == [True, False]
    await second.close()
    assert await first.tend()

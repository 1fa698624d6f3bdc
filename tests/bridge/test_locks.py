"""Locks of single resources, and of single members of a group (bridge/locks.py)."""

import asyncio
from collections.abc import Sequence

import pytest

from scimbridge.bridge.locks import Lock, Locks


class Watch:
    """Who is inside, and who came in in which order."""

    def __init__(self) -> None:
        self.locks = Locks()
        self.inside: set[str] = set()
        self.order: list[str] = []
        self.together = 0
        self.leave = asyncio.Event()

    async def enter(self, name: str, key: str = "team", members: Sequence[str] = ()) -> None:
        async with self.locks.of(key, members):
            self.inside.add(name)
            self.order.append(name)
            self.together = max(self.together, len(self.inside))
            await self.leave.wait()
            self.inside.discard(name)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("others", "together"),
    [
        ([("team", ())], 1),
        ([("crew", ())], 2),
        ([("team", ("bo",))], 1),
        ([("team", ("ada",)), ("team", ("bo",))], 1),
    ],
)
async def test_a_resource_is_held_by_one_alone(others: list[tuple[str, Sequence[str]]], together: int) -> None:
    watch = Watch()
    tasks = [asyncio.create_task(watch.enter("first"))]
    tasks += [asyncio.create_task(watch.enter(str(number), *other)) for number, other in enumerate(others)]
    await settle()
    assert watch.together == together
    watch.leave.set()
    await asyncio.gather(*tasks)
    assert len(watch.order) == len(tasks)


async def test_members_come_and_go_beside_each_other_and_one_of_them_at_a_time() -> None:
    watch = Watch()
    wanted = [("1", ("ada",)), ("2", ("bo", "cy")), ("3", ("cy", "bo")), ("4", ("dee",))]
    tasks = [asyncio.create_task(watch.enter(name, "team", members)) for name, members in wanted]
    await settle()
    assert watch.inside == {"1", "2", "4"}
    watch.leave.set()
    await asyncio.gather(*tasks)
    assert watch.order[-1] == "3"


async def test_who_wants_it_alone_is_not_starved_by_those_who_share_it() -> None:
    watch = Watch()
    tasks = [
        asyncio.create_task(watch.enter(name, "team", members))
        for name, members in [("1", ("ada",)), ("alone", ()), ("2", ("bo",))]
    ]
    await settle()
    assert watch.inside == {"1"}
    watch.leave.set()
    await asyncio.gather(*tasks)
    assert watch.order == ["1", "alone", "2"]


async def test_who_gives_up_waiting_holds_nothing() -> None:
    watch = Watch()
    first, second, third = [asyncio.create_task(watch.enter(name)) for name in ("1", "2", "3")]
    await settle()
    second.cancel()
    watch.leave.set()
    await asyncio.gather(first, third)
    assert watch.order == ["1", "3"]


async def test_who_gives_up_at_the_moment_of_entering_holds_nothing() -> None:
    lock = Lock()
    await lock.acquire(shared=False)
    waiting = asyncio.create_task(lock.acquire(shared=False))
    await settle()
    lock.release()  # lets it in, and before it runs it is cancelled
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(1):
        assert await lock.acquire(shared=False)


async def test_who_enters_is_told_whether_it_was_free_all_along() -> None:
    locks, told = Locks(), list[bool]()

    async def enter(members: Sequence[str]) -> None:
        async with locks.of("team", members) as free:
            told.append(free)
            await settle()

    await asyncio.gather(enter(["ada"]), enter(["bo"]), enter(["bo", "cy"]), enter([]))
    assert told == [True, True, False, False]


async def test_who_gives_up_waiting_for_a_second_lock_lets_go_of_the_first() -> None:
    locks = Locks()
    async with locks.of("team", ["ada"]):
        waiting = asyncio.create_task(locks.of("team", ["ada", "bo"]).__aenter__())
        await settle()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1), locks.of("team") as free:
        assert free

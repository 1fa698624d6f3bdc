"""Lines of the journal that a push which was ended left open: the next one settles them, and says so."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scimbridge.provisioning.application import PushGroup

from .engine import Site
from .test_crash import Cut, build, restore

RED = PushGroup("red", value="red")
AGAIN = "The push that began it was ended; a later one did what was still needed."
FOUND = "The push that began it was ended; a later look found it there."


async def cut(site: Site, *, after: bool) -> None:
    await Cut(site, 1, after=after).push()
    restore(site)
    site.restarted()


def told(site: Site) -> Sequence[tuple[str, str, str]]:
    """Action, outcome and reason of each line of the journal."""
    return [(entry.action, entry.outcome, entry.reason) for entry in site.ledger.journal(count=1000)]


async def require_none_open(site: Site) -> None:
    assert site.ledger.left_open() == []
    assert all(entry.finished for entry in site.ledger.journal(count=1000))


async def test_a_create_that_is_found_there_is_done(site: Site) -> None:
    await site.people("ada")
    await cut(site, after=True)
    summary = await site.provisioner.push()
    assert summary.left_open == {"done": 1}
    assert told(site) == [("create", "done", FOUND), ("create", "done", "It was there already and is ours now.")]
    assert (await site.provisioner.push()).left_open == {}


async def test_one_that_is_not_is_abandoned_and_done_again(site: Site) -> None:
    await site.people("ada")
    await cut(site, after=False)
    assert (await site.provisioner.push()).left_open == {"abandoned": 1}
    assert told(site) == [("create", "abandoned", AGAIN), ("create", "done", "")]


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
async def test_of_somebody_who_is_not_to_be_there_any_more(site: Site, *, after: bool) -> None:
    (ada,) = await site.people("ada")
    await cut(site, after=after)
    await site.unassign(ada)
    summary = await site.provisioner.drain()
    assert summary.left_open == {"done" if after else "abandoned": 1}
    await require_none_open(site)
    await site.require_agreement()


async def test_a_change_is_done_again(site: Site) -> None:
    (ada,) = await site.people("ada")
    await site.events()
    await site.change(ada, title="x")
    await cut(site, after=True)
    assert (await site.provisioner.push()).left_open == {"abandoned": 1}
    assert told(site)[1:] == [("update", "abandoned", AGAIN), ("update", "done", "")]


async def test_what_nobody_has_queued_any_more_is_looked_at_all_the_same(site: Site) -> None:
    """Of a person provisioned by hand nothing is left in the queue once a task of it was cancelled."""
    (ada,) = await site.people("ada")
    await cut(site, after=True)
    for work in await site.ledger.claim(site.environment().now(), 9):
        await site.ledger.cancel(work.type, work.source, work.kind)
    assert (await site.provisioner.drain()).left_open == {"done": 1}
    assert site.ledger.link("User", ada.id) is not None
    await require_none_open(site)


async def test_a_password_that_was_being_sent(site: Site) -> None:
    await site.set(passwords="sync")
    (ada,) = await site.people("ada")
    await site.events()
    await site.set_password(ada, "s3cret")
    await site.provisioner.follow()
    await cut(site, after=False)
    summary = await site.provisioner.push()
    assert summary.left_open == {"abandoned": 1}
    assert [entry.outcome for entry in site.ledger.journal(count=9) if entry.action == "password"] == [
        "abandoned",
        "done",
    ]


@pytest.mark.parametrize("wish", ["dropped", "dropped with --delete", "deleted here", "deleted here and left there"])
@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
async def test_a_group_that_is_not_to_be_there_any_more(site: Site, wish: str, *, after: bool) -> None:
    red = await site.group("red-team")
    await site.push_group(RED)
    await cut(site, after=after)
    match wish:
        case "dropped" | "dropped with --delete":
            await site.drop_push_group("red", delete=wish != "dropped")
        case "deleted here":
            await site.delete(red)
        case _:
            await site.set(on_unassign="leave")
            await site.delete(red)
    summary = await site.provisioner.push()
    assert summary.left_open == {"done" if after else "abandoned": 1}
    is_left = after and wish in {"dropped", "deleted here and left there"}
    assert len(site.target.groups) == is_left
    await require_none_open(site)
    await site.require_agreement()


async def test_what_the_application_may_not_do_now_stays_in_doubt(site: Site) -> None:
    """Else what the target has would never be asked again."""
    (ada,) = await site.people("ada")
    await site.change(ada, title="before")
    await site.events()
    await site.change(ada, title="after")
    await cut(site, after=True)
    actions = site.application.actions
    await site.set(actions=replace(actions, push_profile_updates=False))
    await site.change(ada, title="before")
    assert (await site.provisioner.push()).left_open == {}
    await site.set(actions=actions)
    assert (await site.provisioner.push()).left_open == {"abandoned": 1}
    assert site.target.named("ada")["title"] == "before"


@pytest.mark.parametrize("number", [3, 17, 30, 41, 43])
async def test_after_a_push_that_was_cut_anywhere_the_next_leaves_nothing_open(site: Site, number: int) -> None:
    people, _ = await build(site)
    await Cut(site, number, after=True).push()
    restore(site)
    left = len(site.ledger.left_open())
    assert left
    site.restarted()
    await site.change(people[0], title="x")
    assert sum((await site.provisioner.push()).left_open.values()) == left
    await require_none_open(site)
    await site.require_agreement()

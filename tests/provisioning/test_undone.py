"""A change that may have reached the target, and is taken back here before anybody knows: the target follows."""

import pytest

from scimbridge.provisioning.application import PushGroup

from .engine import Site
from .test_crash import Cut, restore

RED = PushGroup("red", value="red")
# Of so many, one who loses something is no mass removal.
MANY = [f"user{number}" for number in range(20)]


async def cut(site: Site) -> None:
    """The next request has its effect, and its answer is heard by nobody."""
    await Cut(site, 1, after=True).push()
    restore(site)
    site.restarted()


async def test_an_attribute_that_was_changed_and_changed_back(site: Site) -> None:
    (ada,) = await site.people("ada")
    await site.change(ada, title="before")
    await site.events()
    await site.change(ada, title="after")
    await cut(site)
    await site.change(ada, title="before")
    await site.events()
    assert site.target.named("ada")["title"] == "before"
    await site.require_agreement()


async def test_somebody_who_was_deactivated_and_activated_again(site: Site) -> None:
    ada, *_ = await site.people("ada", *MANY)
    await site.events()
    await site.change(ada, active=False)
    await cut(site)
    await site.change(ada, active=True)
    await site.events()
    assert site.target.named("ada")["active"] is True
    await site.require_agreement()


async def test_somebody_who_was_activated_and_deactivated_again(site: Site) -> None:
    ada, *_ = await site.people("ada", *MANY)
    await site.events()
    await site.change(ada, active=False)
    await site.events()
    await site.change(ada, active=True)
    await cut(site)
    await site.change(ada, active=False)
    await site.events()
    assert site.target.named("ada")["active"] is False
    await site.require_agreement()


@pytest.mark.parametrize("how", ["joined", "left"])
async def test_a_member_who_came_or_went_and_did_not(site: Site, how: str) -> None:
    ada, bo, *_ = await site.people("ada", "bo", *MANY)
    red = await site.group("red-team", *([ada, bo] if how == "left" else [ada]))
    await site.push_group(RED)
    await site.events()
    there = site.target.members_of("red-team")
    await (site.leave(red, bo) if how == "left" else site.join(red, bo))
    await cut(site)
    await (site.join(red, bo) if how == "left" else site.leave(red, bo))
    await site.events()
    assert site.target.members_of("red-team") == there

"""What a target is told of the last push: with all of it, a change is one request and nothing is read before."""

from typing import Any

import pytest

from scimbridge.provisioning.mapping import DEFAULT_MAPPINGS, Mapped
from scimbridge.provisioning.target import Written

from .engine import Site

PHONE = 'phoneNumbers[type eq "work"].value'


@pytest.fixture
def told(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Mapped | None]:
    """What each update is given as the last push."""
    heard: list[Mapped | None] = []
    update = site.target.update

    async def listen(id: str, mapped: Mapped, *, previous: Mapped | None = None) -> Written:  # noqa: A002
        heard.append(previous)
        return await update(id, mapped, previous=previous)

    monkeypatch.setattr(site.target, "update", listen)
    return heard


async def changed(site: Site, told: list[Mapped | None], before: dict[str, Any], **after: Any) -> Mapped:
    """The last push, as it is told when these attributes become others."""
    ada = await site.user("ada", **before)
    await site.assign(ada)
    await site.events()
    await site.change(ada, **after)
    await site.events()
    (last,) = told
    assert last is not None
    return last


async def test_what_had_no_value_was_cleared_then(site: Site, told: list[Mapped | None]) -> None:
    await site.set(mappings=DEFAULT_MAPPINGS)
    last = await changed(site, told, {"title": "before"}, title="after")
    assert last.document["title"] == "before"
    assert PHONE in last.cleared
    assert "title" not in last.cleared


async def test_what_loses_its_value_was_not(site: Site, told: list[Mapped | None]) -> None:
    await site.set(mappings=DEFAULT_MAPPINGS)
    phones = [{"type": "work", "value": "1"}]
    last = await changed(site, told, {"phoneNumbers": phones}, phoneNumbers=None)
    assert PHONE not in last.cleared
    assert "title" in last.cleared


async def test_by_another_mapping_nobody_knows(site: Site, told: list[Mapped | None]) -> None:
    await site.set(mappings=DEFAULT_MAPPINGS)
    ada = await site.user("ada", title="before")
    await site.assign(ada)
    await site.events()
    await site.set(mappings=DEFAULT_MAPPINGS[:-1])
    await site.change(ada, title="after")
    await site.events()
    assert [last.cleared for last in told if last] == [()]

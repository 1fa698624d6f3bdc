"""Pushes: what reaches the target, what the ledger keeps of it, and what becomes of what goes wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scimbridge.adapters.sqlite.database import Database
from scimbridge.provisioning.application import PushGroup

from .engine import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    database = Database(tmp_path / "scimbridge.db")
    yield await Site(database).open()
    await database.close()


class TestUsers:
    async def test_a_person_who_is_assigned_is_created_once(self, site: Site) -> None:
        await site.people("ada", "bo")
        await site.user("cy")
        assert sorted(await site.pushed()) == ["provision ada", "provision bo"]
        assert await site.pushed() == []
        await site.require_agreement()

    async def test_pushes_groups(self, site: Site) -> None:
        people = await site.people("ada", "bo")
        await site.group("red-team", *people)
        await site.push_group(PushGroup("red", value="red"))
        assert sorted(await site.pushed()) == ["provision ada", "provision bo", "push group red-team"]
        assert site.target.members_of("red-team") == ["ada", "bo"]
        await site.require_agreement()

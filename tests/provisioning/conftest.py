"""What the tests of the engine share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scimbridge.adapters.sqlite.database import Database

from .engine import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    database = Database(tmp_path / "scimbridge.db")
    yield await Site(database).open()
    await database.close()

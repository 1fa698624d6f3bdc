import pytest

from .site import Site


@pytest.fixture
def site() -> Site:
    return Site()

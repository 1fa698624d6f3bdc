"""How the slow tests share two workers: all that talk to a Keycloak in one of them, else a module at a time."""

import pytest


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist loadgroup`: a Keycloak takes a gigabyte and half a minute, and is there once."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        group = "keycloak" if "serve_keycloak" in fixtures else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))

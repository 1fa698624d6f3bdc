"""Targets of the provisioner's judges, each behind a tap."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.server import Installation, running
from keycloak.conftest import serve_keycloak

from .site import Directory, Site, open_site
from .tap import Tap, tapping

__all__ = ["serve_keycloak"]


@dataclass(frozen=True, slots=True)
class Ours:
    """A server of ours as the target: `there` is what it has, `tap` the way to it."""

    there: Directory
    tap: Tap
    token: str


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Ours]:
    folder = tmp_path / "target"
    folder.mkdir()
    installation = Installation(folder)
    installation.command("realm", "create", "portal")
    token = installation.command("token", "create", "portal", "provisioner")
    with running(installation) as server, tapping(server.scim("portal")) as tap:
        there = Directory(server, "portal", token)
        yield Ours(there, tap, token)
        there.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return open_site(tmp_path / "site")
